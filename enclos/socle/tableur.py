"""Cells of a CSV that a spreadsheet will open."""

# What makes a spreadsheet run a cell instead of showing it (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """The text of a cell; one that would be a formula is quoted, and shows as it is."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
