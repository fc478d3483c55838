"""From the text of a cell to the value the database takes, or a phrase that says what is wrong with it.

A reader takes the text and returns text (the database knows its own types), or None for unknown. It never quotes what it was
given: a column shifted by one would put a NIR in the report. Only codes that must belong to a list are repeated, redacted.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date
from functools import lru_cache

from enclos.api.depot.reading import quoted
from enclos.socle.dates import today_paris

type Reader = Callable[[str], str | None]


class Faute(ValueError):
    """What is wrong with a cell, in French."""


REF = re.compile(r"[A-Za-z0-9._-]{1,40}").fullmatch
MONTANT = re.compile(r"-?\d{1,9}(?:\.\d{1,2})?", re.ASCII).fullmatch
COURRIEL = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]{1,189}\.[^\s@,;<>\"]{2,}").fullmatch
EMPTY = "Cette cellule ne peut pas être vide."


def clean(text: str) -> str:
    """One line of composed, printable text: line breaks and odd spaces become a space."""
    if not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            raise Faute("Cette cellule contient un caractère invisible.")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def texte(longest: int, *, required: bool = False) -> Reader:
    """Text of at most `longest` signs; unknown is written as no text."""

    def read(cell: str) -> str:
        if not cell and not required:
            return cell  # half of all cells: this is where an import spends its time
        text = cell if cell.isascii() and cell.isprintable() and cell.strip() == cell else clean(cell)
        if not text and required:
            raise Faute(EMPTY)
        if len(text) > longest:
            raise Faute(f"{longest} signes au plus ; il y en a {len(text)}.")
        return text

    return read


def ref(cell: str) -> str:
    """The information system's own number of a person."""
    if not cell:
        raise Faute(EMPTY)
    if not REF(cell):
        raise Faute("Une référence compte au plus 40 signes, parmi A-Z a-z 0-9 . _ et -.")
    return cell


def ref_optional(cell: str) -> str | None:
    return ref(cell) if cell else None


def jour(cell: str) -> str | None:
    """A day, `AAAA-MM-JJ`."""
    if not cell:
        return None
    try:
        date.fromisoformat(cell)
    except ValueError:
        raise Faute("Cette date n’existe pas ou n’est pas écrite AAAA-MM-JJ.") from None
    if len(cell) != 10 or cell[4] != "-" or cell[7] != "-":
        raise Faute("Cette date n’est pas écrite AAAA-MM-JJ.")
    return cell


def jour_venu(cell: str) -> str | None:
    """The same, not to come: what is dated later than today, in Paris, has not been written yet."""
    if jour(cell) is not None and date.fromisoformat(cell) > today_paris():
        raise Faute("Cette date est à venir.")
    return cell or None


def booleen(cell: str) -> str | None:
    if not cell:
        return None
    if cell == "true":
        return "1"
    if cell == "false":
        return "0"
    raise Faute("Il faut true ou false.")


def decime(cell: str) -> str:
    """A flag whose unknown is no."""
    return booleen(cell) or "0"


def montant(cell: str) -> str | None:
    """Euros, `1234.56`."""
    if not cell:
        return None
    if not MONTANT(cell):
        if "," in cell:
            raise Faute("Le séparateur décimal est le point.")
        raise Faute("Il faut un montant en euros, avec deux décimales et un point : 1234.56.")
    return cell


def required(reader: Reader) -> Reader:
    """The same, but something must be there."""

    def read(cell: str) -> str:
        value = reader(cell)
        if value is None or value == "":
            raise Faute(EMPTY)
        return value

    return read


def selon(pattern: str, phrase: str) -> Reader:
    """Text of one shape, or nothing."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def read(cell: str) -> str:
        if cell and not matches(cell):
            raise Faute(phrase)
        return cell

    return read


def courriel(cell: str) -> str:
    if cell and (len(cell) > 254 or not COURRIEL(cell) or not cell.isprintable()):
        raise Faute("Cette adresse électronique est mal écrite.")
    return cell


def entier(most: int) -> Reader:
    """A whole number from 0 to `most`."""

    def read(cell: str) -> str | None:
        if not cell:
            return None
        if not (cell.isascii() and cell.isdecimal() and len(cell) <= 9 and int(cell) <= most):
            raise Faute(f"Il faut un nombre entier, de 0 à {most}.")
        return str(int(cell))

    return read


def choix(values: Collection[str]) -> Reader:
    """One of `values`, or nothing."""
    allowed = frozenset(values) | {""}
    listed = ", ".join(value for value in values if value)

    def read(cell: str) -> str:
        if cell not in allowed:
            raise Faute(f"« {quoted(cell)} » n’est pas une valeur possible : {listed}.")
        return cell

    return read


def plusieurs(values: Collection[str]) -> Reader:
    """Several of `values` joined by `|`, as a JSON list in the order of `values`."""
    order = list(values)

    @lru_cache(maxsize=64)
    def read(cell: str) -> str:
        given = set(cell.split("|")) if cell else set()
        if unknown := sorted(given.difference(order)):
            raise Faute(f"« {quoted(unknown[0])} » n’est pas une valeur possible : {', '.join(order)}, joints par |.")
        return json.dumps([value for value in order if value in given])

    return read


def chemin(cell: str) -> str:
    """The path of a file under `documents/`."""
    if not cell:
        raise Faute(EMPTY)
    steps = cell.split("/")
    if len(cell) > 400 or "\\" in cell or not cell.isprintable():
        raise Faute("Ce chemin est mal écrit.")
    if cell.startswith("/") or any(step in {"", ".", ".."} for step in steps):
        raise Faute("Ce chemin sort du dossier documents/.")
    return cell
