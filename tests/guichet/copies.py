"""Asking for the copy of one’s data, and opening it."""

import io
import json
import zipfile
from typing import Any

from enclos.accueil.models import CopieDonnees
from enclos.coffre.objets import read
from tests.conftest import Acteur

ICI = "/espace/compte/mes-donnees/"
NIR = "2850559999011"


def demander(acteur: Acteur):
    return acteur.post(ICI)


def copie_of(acteur: Acteur) -> CopieDonnees:
    return CopieDonnees.objects.select_related("objet").filter(compte=acteur.compte).latest("asked_at")


def opened(acteur: Acteur) -> zipfile.ZipFile:
    """The last copy, as the vault keeps it."""
    objet = copie_of(acteur).objet
    assert objet is not None
    return zipfile.ZipFile(io.BytesIO(read(objet)))


def part(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(f"donnees/{name}.json"))
