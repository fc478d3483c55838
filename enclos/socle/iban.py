"""The number of a bank account (IBAN, ISO 13616): found in free text, where it must not be written."""

import re

SEPARATORS = r" \u00a0\u202f.\-"
# Where one may begin: a country, two digits, then signs in groups or in a row.
START = re.compile(rf"(?<![A-Z0-9])[A-Z]{{2}}\d{{2}}(?:[{SEPARATORS}]?[A-Z0-9]){{11,40}}")
# How many signs an IBAN has, by country (the register of ISO 13616): without it, one token in five would look like one.
LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22,
    "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
    "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27,
    "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33,
    "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29,
    "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
# The addresses of pages bear tokens drawn at random: none of them is anybody's account.
ADDRESS = re.compile(r"\b[a-z]+://\S+", re.IGNORECASE)


def is_iban(text: str) -> bool:
    """Whether these signs, separated or not, have the length and the key of an IBAN."""
    signs = "".join(sign for sign in text if sign.isalnum())
    if len(signs) != LENGTHS.get(signs[:2]):
        return False
    digits = "".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])
    return int(digits) % 97 == 1


def holds_iban(text: str) -> bool:
    """Whether an IBAN stands somewhere in `text`, whatever words follow it; what an address of a page bears is not looked at."""
    return any(begins_with_iban(found[0]) for found in START.finditer(ADDRESS.sub(" ", text).upper()))


def begins_with_iban(run: str) -> bool:
    """Whether the run begins with an IBAN: words that follow it look like more signs of it."""
    signs = "".join(sign for sign in run if sign.isalnum())
    return is_iban(signs[: LENGTHS.get(signs[:2], 0)])
