"""Passwords that leaked elsewhere, looked up in a file on this machine: nothing is asked of the Internet (ASVS 6.2.12).

The file is the list of Have I Been Pwned « ordered by hash »: one SHA-1 in capital hexadecimal a line, a colon and a count maybe.
It is tens of gigabytes: a line is found by halving, in some forty short reads, and nothing is kept in memory.
"""

import hashlib
from pathlib import Path

HASH_SIGNS = 40
LINE = 64  # longer than any line


def has_leaked(password: str, path: Path) -> bool:
    """Whether the file holds this password. Raises `OSError` when it cannot be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while low < high:  # the first line that starts at or after `low` and is not before what is wanted
            middle = (low + high) // 2
            lines.seek(middle)
            if middle:
                lines.seek(middle - 1)
                lines.readline(LINE)  # the rest of the line before
            found = lines.readline(LINE)[:HASH_SIGNS].upper()
            if found and found < wanted:
                low = middle + 1
            else:
                high = middle
        lines.seek(max(0, low - 1))
        if low:
            lines.readline(LINE)
        return lines.readline(LINE)[:HASH_SIGNS].upper() == wanted
