"""« Mes documents »: everything received from the fund, sent to it, or proved, in one library."""
