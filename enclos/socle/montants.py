"""Amounts: euros with two decimals, written the French way."""

from decimal import Decimal

NARROW_SPACE = "\u202f"


def euros(amount: Decimal) -> str:
    """« 1 234,56 € », with spaces that do not break."""
    whole, cents = f"{amount:.2f}".split(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    groups = f"{int(digits):,}".replace(",", NARROW_SPACE)
    return f"{sign}{groups},{cents}\u00a0€"
