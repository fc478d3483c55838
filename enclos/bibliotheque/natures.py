"""What the natures of documents are worth: whether they notify, how long one may contest, how long they are kept.

The list is data (`natures.toml`, or the file of `ENCLOS_NATURES_DOCUMENTS`): a fund adds its own words without touching the code.
"""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from config.env import ENV
from enclos.bibliotheque.recherche import plain

SHIPPED = Path(__file__).parent / "natures.toml"
YEARS = 5  # standards 7.4, when the nature says nothing


@dataclass(frozen=True, kw_only=True)
class Nature:
    """One kind of document."""

    code: str
    libelle: str
    notifie: bool = False  # a decision whose notification makes a delay run
    recours_mois: int = 0
    recours: str = ""  # before whom
    conservation_ans: int = YEARS
    autres_noms: tuple[str, ...] = ()


@cache
def natures() -> dict[str, Nature]:
    """By their code and their other names, all plain. Raises `ValueError` on a file that does not say what it should."""
    path = Path(ENV.natures_documents) if ENV.natures_documents else SHIPPED
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))["nature"]
        found = [Nature(**{**row, "autres_noms": tuple(row.get("autres_noms", ()))}) for row in told]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error
    return {plain(name): one for one in found for name in (one.code, one.libelle, *one.autres_noms)}


UNKNOWN = Nature(code="", libelle="")


def nature_of(word: str) -> Nature:
    """What is known of a nature, by its code or its name; one that nobody declared notifies nothing and is shown as it is."""
    if not word:
        return UNKNOWN
    return natures().get(plain(word)) or replace(UNKNOWN, libelle=word)
