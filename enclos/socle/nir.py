"""The social-security number (NIR): read as people write it, never shown whole.

Structure: 1 sex, 2-3 year, 4-5 month, 6-10 place, 11-13 rank, then a key of two digits = 97 - (number mod 97);
in Corsica 2A counts as 19 and 2B as 18. First digits 7 and 8 are waiting numbers; pseudo-months exist. Nothing else is
deduced from it: neither sex nor age nor birthplace.
"""

import re

SHAPE = re.compile(r"[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}")
SEPARATORS = re.compile(r"[\s.\-_\u00a0\u202f\u2009/]+")
# What a log, a mail or a file name must never hold: 13 or 15 signs, separated or not.
REDACTION = re.compile(
    r"(?<![0-9A-Za-z])[1-478][\s.\u00a0\u202f-]?\d{2}[\s.\u00a0\u202f-]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s.\u00a0\u202f-]?"
    r"(?:\d{2}|2[ABab])[\s.\u00a0\u202f-]?\d{3}[\s.\u00a0\u202f-]?\d{3}(?:[\s.\u00a0\u202f-]?\d{2})?(?![0-9A-Za-z])"
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
        raise NirError("Un chiffre de ce numéro est faux : les deux derniers ne correspondent pas. Vérifiez-le sur votre carte Vitale.")
    return nir13


def masked(nir13: str) -> str:
    """All but the last three signs hidden."""
    return f"• •• •• •• ••• {nir13[-3:]}"
