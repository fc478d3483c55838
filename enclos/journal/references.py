"""Reference numbers one can dictate on the telephone, and codes one can copy from paper."""

import secrets

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"  # no I, L, O
DIGITS = "23456789"  # no 0, 1
PATTERN = "LLD-LLD-LLD"
SIGNS = LETTERS + DIGITS


def new_reference() -> str:
    """Such as `KM7-RP4-QB2`: a digit every third sign, so that no word comes out by chance.

    6.2 × 10¹⁰ values (36 bits): unique by constraint, not a secret.
    """
    return "".join({"L": secrets.choice(LETTERS), "D": secrets.choice(DIGITS)}.get(sign, sign) for sign in PATTERN)


def new_code() -> str:
    """Ten signs, 49 bits: proves that one holds the paper when given with its reference."""
    return "".join(secrets.choice(SIGNS) for _ in range(10))


def normalise(text: str) -> str:
    """A reference as printed, from one typed in lower case, without hyphens or with spaces."""
    signs = "".join(sign for sign in text.upper() if sign.isalnum())
    return "-".join(signs[start : start + 3] for start in range(0, len(signs), 3))
