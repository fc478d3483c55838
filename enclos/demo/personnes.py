"""The people of the demo, as its folder `donnees/` tells them: nothing here reads the database."""

import csv
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

DONNEES = Path(__file__).parent / "donnees"
DEPOT = DONNEES / "depot"
JOUR = re.compile(r"\{J([+-]\d+)\}")


@dataclass(frozen=True)
class Figurant:
    """Somebody one can be in the demo."""

    cle: str  # in addresses: never the NIR
    role: str  # adherent or agent
    identifiant: str
    mot_de_passe: str
    libelle: str
    profils: list[str] = field(default_factory=list)
    totp: str = ""
    nom: str = ""
    caisse: str = ""
    services: tuple[str, ...] = ()
    droits: tuple[str, ...] = ()
    fonction: str = "gestionnaire"  # of an agent: a value of comptes.models.Role
    courriel: str = ""

    @property
    def is_agent(self) -> bool:
        return self.role == "agent"

    def as_json(self) -> dict[str, Any]:
        """As the contract tells `/demo/personnes.json`."""
        told = {"role": self.role, "profils": self.profils, "identifiant": self.identifiant,
                "mot_de_passe": self.mot_de_passe, "libelle": self.libelle}  # fmt: skip
        return told | ({"totp": self.totp} if self.totp else {})


@dataclass(frozen=True)
class Candidat:
    """Somebody known to the registry who has no account yet: one may register as them."""

    cle: str
    identifiant: str
    nom_naissance: str
    prenoms: str
    courriel: str
    libelle: str
    reponse: str  # what the question accepts, in words


@cache
def declared() -> dict[str, Any]:
    return tomllib.loads((DONNEES / "personnes.toml").read_text(encoding="utf-8"))


@cache
def candidats() -> list[Candidat]:
    """Everybody one may register as."""
    rows = rows_of_people()
    return [
        Candidat(
            cle=told["ref"],
            identifiant=rows[told["ref"]]["nir"],
            nom_naissance=rows[told["ref"]]["nom_naissance"],
            prenoms=rows[told["ref"]]["prenoms"],
            courriel=rows[told["ref"]]["email"],
            libelle=told["libelle"],
            reponse=told["reponse"],
        )
        for told in declared()["a_inscrire"]
    ]


@cache
def rows_of_people() -> dict[str, dict[str, str]]:
    with (DEPOT / "personnes.csv").open(encoding="utf-8", newline="") as stream:
        return {row["ref"]: row for row in csv.DictReader(stream)}


@cache
def figurants() -> dict[str, Figurant]:
    """Everybody, members first, by key."""
    rows = rows_of_people()
    people = [
        Figurant(
            cle=told["ref"],
            role="adherent",
            identifiant=rows[told["ref"]]["nir"],
            mot_de_passe=told["mot_de_passe"],
            libelle=told["libelle"],
            profils=rows[told["ref"]]["profils"].split("|"),
        )
        for told in declared()["adherents"]
    ]
    people += [
        Figurant(
            cle=told["identifiant"],
            role="agent",
            **{**told, "services": tuple(told["services"]), "droits": tuple(told.get("droits", ()))},
        )
        for told in declared()["agents"]
    ]
    return {one.cle: one for one in people}


DOCUMENTS = "documents.csv"


def write_drop(folder: Path, today: date) -> None:
    """Copy the drop into `folder`, its dates counted from `today`; documents apart, whose files are made when they are taken."""
    copy_drop(folder, today, [source for source in DEPOT.glob("*.csv") if source.name != DOCUMENTS])


def copy_drop(folder: Path, today: date, sources: Iterable[Path]) -> None:
    for source in sources:
        text = JOUR.sub(lambda match: str(today + timedelta(days=int(match[1]))), source.read_text(encoding="utf-8"))
        (folder / source.name).write_text(text, encoding="utf-8")
