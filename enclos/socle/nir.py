"""The social-security number (NIR): read as people write it, never shown whole.

Structure: 1 sex, 2-3 year, 4-5 month, 6-10 place, 11-13 rank, then a key of two digits = 97 - (number mod 97);
in Corsica 2A counts as 19 and 2B as 18. First digits 7 and 8 are waiting numbers; pseudo-months exist. Nothing else is
deduced from it: neither sex nor age nor birthplace.
"""

import re

SHAPE = re.compile(r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}")
SEPARATORS = re.compile(r"[\s.\-_\u00a0\u202f\u2009/]+")
# What may stand between the groups of a NIR wherever text goes: as typed, in an address, or as Python and JSON write it.
BETWEEN = r"(?:[\s.\-_/+\u00a0\u202f\u2009]|%20|%C2%A0|%E2%80%AF|\\xa0|\\u00a0|\\u202f|\\u2009|\\t){0,2}"
# What a log, a mail or a file name must never hold: 13 or 15 signs, separated or not. Inside a fingerprint or a key, where hexadecimal
# signs stand on either side, thirteen digits in a row are chance.
REDACTION = re.compile(
    r"(?<![0-9])(?<![0-9A-Fa-f]{4})"
    + BETWEEN.join(
        [r"[1-478]", r"[0-9]{2}", r"(?:0[1-9]|1[0-2]|[2-9][0-9])", r"(?:[0-9]{2}|2[ABab])", r"[0-9]{3}", r"[0-9]{3}"]
    )
    + rf"(?:{BETWEEN}[0-9]{{2}})?(?![0-9])(?![0-9A-Fa-f]{{4}})",
    re.IGNORECASE,
)


class NirError(ValueError):
    """The text is not a NIR; `phrase` says so to a member."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


def key_of(nir13: str) -> str:
    """The two digits that follow the 13 signs."""
    place = {"2A": "19", "2B": "18"}.get(nir13[5:7], nir13[5:7])
    number = int(nir13[:5] + place + nir13[7:])
    return f"{97 - number % 97:02d}"


def normalise(text: str) -> str:
    """The 13 signs of a NIR typed with or without its key, spaces, dots, or in lower case.

    Raises `NirError` when the shape is wrong, or when a key is given that does not agree.
    """
    compact = SEPARATORS.sub("", text).upper()
    if len(compact) not in {13, 15}:
        raise NirError(
            "Votre identifiant compte 13 signes : c’est votre numéro de sécurité sociale, sans les deux derniers chiffres. "
            f"Vous en avez tapé {len(compact)}."
        )
    nir13, key = compact[:13], compact[13:]
    if not SHAPE.fullmatch(nir13):
        raise NirError("Ce numéro n’a pas la forme d’un numéro de sécurité sociale. Exemple : 2 85 05 99 351 011.")
    if key and key != key_of(nir13):
        raise NirError(
            "Un chiffre de ce numéro est faux : les deux derniers ne correspondent pas. Vérifiez-le sur votre carte Vitale."
        )
    return nir13


def masked(nir13: str) -> str:
    """All but the last three signs hidden."""
    return f"• •• •• •• ••• {nir13[-3:]}"


def hidden_in(text: str) -> str:
    """`text` with whatever looks like a NIR hidden but for its last three signs: for the names people give to files."""
    return REDACTION.sub(lambda found: "•••" + "".join(sign for sign in found[0] if sign.isalnum())[-3:], text)
