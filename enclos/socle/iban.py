"""The number of a bank account (IBAN, ISO 13616): found in free text, where it must not be written."""

import re

SEPARATORS = " \u00a0\u202f"
# Where one may begin: a country, two digits, then signs in groups or in a row.
START = re.compile(rf"(?<![A-Z0-9])[A-Z]{{2}}\d{{2}}(?:[{SEPARATORS}]?[A-Z0-9]){{11,40}}")
SHORTEST, LONGEST = 15, 34


def is_iban(text: str) -> bool:
    """Whether these signs, separated or not, have the length and the key of an IBAN."""
    signs = "".join(sign for sign in text if sign.isalnum())
    if not SHORTEST <= len(signs) <= LONGEST:
        return False
    digits = "".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])
    return int(digits) % 97 == 1


def holds_iban(text: str) -> bool:
    """Whether an IBAN stands somewhere in `text`, whatever words follow it."""
    return any(ends_as_iban(found[0]) for found in START.finditer(text.upper()))


def ends_as_iban(run: str) -> bool:
    """Whether the run begins with an IBAN: words that follow it look like more signs of it."""
    return any(is_iban(run[:end]) for end in range(SHORTEST, len(run) + 1))
