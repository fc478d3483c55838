"""Amounts: euros with two decimals, written the French way, and read however people type them."""

import re
from decimal import Decimal

NARROW_SPACE = "\u202f"
MOST_EUROS = 9_999_999
EUROS = re.compile(r"eur(?:os?)?", re.IGNORECASE)
SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’]+")
# Thousands parted by dots or commas, or not at all; then the cents after the other sign, or after « € » as on a price tag.
SHAPE = re.compile(
    r"(?P<whole>[0-9]{1,7}|[0-9]{1,3}(?P<group>[.,])[0-9]{3}(?:(?P=group)[0-9]{3})*)(?:[.,€](?P<cents>[0-9]{2}))?€?"
)


class MontantError(ValueError):
    """The text is not an amount with its cents; `phrase` says so to a member, and never repeats what was typed."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


def euros(amount: Decimal) -> str:
    """« 1 234,56 € », with spaces that do not break."""
    whole, cents = f"{amount:.2f}".split(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    groups = f"{int(digits):,}".replace(",", NARROW_SPACE)
    return f"{sign}{groups},{cents}\u00a0€"


def cents_of(text: str) -> int:
    """« 1 234,56 € », « 1234.56 », « 1.234,56 EUR » or « 1234€56 » in cents.

    Raises `MontantError`. Cents must be there, even when there are none: « 412 » may be a memory of « 412,38 ».
    """
    found = SHAPE.fullmatch(EUROS.sub("€", SPACES.sub("", text)))
    if found is None:
        raise MontantError("Ce montant est mal écrit. Exemple : 148,52.")
    if found["cents"] is None:
        raise MontantError("Ajoutez les centimes, même s’il n’y en a pas. Exemples : 148,52 ou 412,00.")
    whole = int(re.sub(r"[.,]", "", found["whole"]))
    if whole > MOST_EUROS:
        raise MontantError("Ce montant est trop grand. Exemple : 148,52.")
    return whole * 100 + int(found["cents"])
