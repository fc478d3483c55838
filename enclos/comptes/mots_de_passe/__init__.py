"""Choosing a password, the ones the house gives for a first entry, and getting back in when it is lost."""
