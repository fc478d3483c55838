"""The pivot identity that FranceConnect gives, against the person that the registry knows (standards §4.3 and §4.8).

Two measures. To find somebody by it, all of it must be known and equal: names as written at birth, date, sex, place, country. To
tie it to an account whose member is already in, what both sides know must not differ, and the first names may be told in part.
What the registry does not hold is read from the NIR, which tells sex, place and country of birth.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from enclos.registre.models import Civilite, Personne
from enclos.registre.rapprochement import words_of

FRANCE = "99100"
ALGERIE = "99352"
SEXES = {"male": "M", "female": "F", "1": "M", "2": "F", Civilite.M: "M", Civilite.MME: "F"}
DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True)
class Pivot:
    """What is compared; empty when it is not known."""

    nom: tuple[str, ...]
    prenoms: tuple[str, ...]
    naissance: date | None
    sexe: str
    lieu: str
    pays: str


def from_claims(claims: dict[str, Any]) -> Pivot:
    """As FranceConnect tells it."""
    several = claims.get("given_name_array")
    first_names = " ".join(map(str, several)) if isinstance(several, list) and several else text(claims, "given_name")
    pays = text(claims, "birthcountry")
    lieu = text(claims, "birthplace") if pays == FRANCE else ""
    return Pivot(
        nom=tuple(words_of(text(claims, "family_name"))),
        prenoms=tuple(words_of(first_names)),
        naissance=birth_of(text(claims, "birthdate")),
        sexe=SEXES.get(text(claims, "gender"), ""),
        lieu=same_corsica(lieu),
        pays=pays,
    )


def text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:200] if isinstance(value, str) else ""


def birth_of(written: str) -> date | None:
    """A presumed date has its unknown parts at 01, at 00, or left out: all are the first of the period."""
    found = DATE.fullmatch(written)
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return date(year, month or 1, day or 1)
    except ValueError:
        return None


def same_corsica(lieu: str) -> str:
    """Corsica was one department: the same town is 20004, then 2A004."""
    return re.sub(r"^2[AB]", "20", lieu.upper())


def from_registry(personne: Personne) -> Pivot:
    """As the registry tells it, and its NIR where it does not."""
    sexe, lieu, pays = from_nir(personne)
    known_pays = personne.pays_naissance or (FRANCE if personne.lieu_naissance else "")
    if known_pays:
        pays = known_pays
        lieu = same_corsica(personne.lieu_naissance or lieu) if pays == FRANCE else ""
    return Pivot(
        nom=tuple(words_of(personne.nom_naissance)),
        prenoms=tuple(words_of(personne.prenoms)),
        naissance=personne.date_naissance,
        sexe=SEXES.get(personne.civilite, "") or sexe,
        lieu=lieu,
        pays=pays,
    )


def from_nir(personne: Personne) -> tuple[str, str, str]:
    """Sex, town and country of birth as the number tells them; empty where it does not."""
    nir = personne.nir
    if len(nir) != 13 or nir[0] not in "12":  # a waiting number, or one given for a time, tells nothing sure
        return "", "", ""
    sexe, department, place = SEXES[nir[0]], nir[5:7], nir[5:10]
    if department == "99":
        return sexe, "", place
    birth = personne.date_naissance
    if department in {"91", "92", "93", "94"} and birth is not None and birth.year < 1968:
        return sexe, "", ALGERIE  # departments of Algeria, before those numbers went to the Paris region
    if department == "96":
        return sexe, "", ""  # protectorates of that time: several countries
    return sexe, same_corsica(place), FRANCE


def glued(words: tuple[str, ...]) -> str:
    """« Jean-Pierre », « Jean Pierre » and « JEANPIERRE » are one."""
    return "".join(words)


def is_same(personne: Personne, told: Pivot) -> bool:
    """Whether this is that person, all of the pivot being known and equal."""
    if not (told.nom and told.prenoms and told.naissance and told.sexe and told.pays):
        return False
    if told.naissance != personne.date_naissance or glued(told.nom) != glued(tuple(words_of(personne.nom_naissance))):
        return False  # before the NIR is unsealed: most of those born on one day are told apart here
    known = from_registry(personne)
    if glued(told.prenoms) != glued(known.prenoms) or told.sexe != known.sexe or told.pays != known.pays:
        return False
    return told.pays != FRANCE or (bool(told.lieu) and told.lieu == known.lieu)


def differences(personne: Personne, told: Pivot) -> list[str]:
    """What differs between an account's civil identity and the one told, of what both sides know; empty when they agree.

    Birth name, first names and date must be known: nothing is tied on less.
    """
    known = from_registry(personne)
    found = []
    if not told.nom or glued(told.nom) != glued(known.nom):
        found.append("nom de naissance")
    if not same_start(told.prenoms, known.prenoms):
        found.append("prénoms")
    if told.naissance is None or told.naissance != known.naissance:
        found.append("date de naissance")
    if told.sexe and known.sexe and told.sexe != known.sexe:
        found.append("sexe")
    if told.pays and known.pays and told.pays != known.pays:
        found.append("pays de naissance")
    elif told.lieu and known.lieu and told.lieu != known.lieu:
        found.append("lieu de naissance")
    return found


def same_start(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one list of first names begins as the other: « Jeanne » and « Jeanne Marie »."""
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    return long[: len(short)] == short or glued(one) == glued(other)
