"""The registry drop: CSV files of the fund's information system, checked, compared, then written.

Each file is read once, line by line, into a staging table of the database that only this connection sees (`staging`). What is
wrong with a line alone is found while reading (`reading`, `cells`); what is wrong with it among the others by set-based queries
(`references`). Then a plan says what each line would change (`merging`): a dry run stops there, a real one carries it out in short
transactions. Memory stays flat whatever the size, and nothing is locked while files are read. What each file holds is declared in
`registre`, which reads like the contract.
"""
