"""Numbers that belong to nobody: place 999 is given to no commune, and rank starts where we like.

`standards.md` §3.9: tests and demo never hold a real person's number.
"""

COMMUNE = "999"
DEPARTEMENTS = ("59", "62", "2A", "2B", "80", "02")


def synthetic_nir(number: int) -> str:
    """The 13 signs of a synthetic NIR, another one for each `number` below ten million."""
    sexe, rest = 1 + number % 2, number // 2
    rang, rest = 1 + rest % 998, rest // 998
    annee, rest = 40 + rest % 60, rest // 60
    mois, rest = 1 + rest % 12, rest // 12
    return f"{sexe}{annee:02d}{mois:02d}{DEPARTEMENTS[rest % len(DEPARTEMENTS)]}{COMMUNE}{rang:03d}"


def is_synthetic(nir13: str) -> bool:
    return nir13[7:10] == COMMUNE
