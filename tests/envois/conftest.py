"""Sending documents by HTTP, as a browser without JavaScript does it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from enclos.envois.models import Envoi
from tests.coffre.inspection.fabrique import jpeg_photo
from tests.conftest import Acteur

PHOTO = jpeg_photo()
INFORMATIONS = {"nature": "RES_AVIS_IMPOT", "concerne": "moi", "motif": "complement_dossier"}


def fichier(content: bytes = PHOTO, name: str = "IMG_2041.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


@dataclass
class Parcours:
    """Somebody on the way to a sending."""

    acteur: Acteur
    reference: str = ""
    reponses: list[Any] = field(default_factory=list)

    def url(self, name: str, *args: object) -> str:
        return reverse(f"envois:{name}", args=[self.reference, *args])

    def post(self, name: str, *args: object, **data: object) -> Any:
        response = self.acteur.post(self.url(name, *args), data)
        self.reponses.append(response)
        return response

    def commence(self, objet: str = "autres") -> "Parcours":
        response = self.acteur.post(reverse("envois:objet"), {"objet": objet})
        assert response.status_code == 302, response.content.decode()
        self.reference = response["Location"].split("/")[3]
        return self

    def annonce(self, nombre: int = 1) -> "Parcours":
        assert self.post("nombre", nombre=nombre).status_code == 302
        return self

    def decrit(self, rang: int = 1, **informations: str) -> "Parcours":
        response = self.post("informations", rang, **(INFORMATIONS | informations))
        assert response.status_code == 302, response.content.decode()
        return self

    def ajoute(self, rang: int = 1, *fichiers: SimpleUploadedFile, **data: object) -> Any:
        return self.post("fichiers", rang, fichiers=list(fichiers) or [fichier()], **data)

    def envoie(self) -> Any:
        return self.post("verification", medical="non", attestation="on")

    @property
    def envoi(self) -> Envoi:
        return Envoi.objects.get(reference=self.reference)


def jusqu_a_verification(
    acteur: Acteur, fichiers: Sequence[SimpleUploadedFile] = (), objet: str = "autres"
) -> Parcours:
    parcours = Parcours(acteur).commence(objet).annonce(1).decrit(1)
    response = parcours.ajoute(1, *fichiers)
    assert response.status_code == 302, response.content.decode()
    return parcours


@pytest.fixture
def pret(adherente: Acteur) -> Parcours:
    """A draft of hers with one document and one photo: only « Envoyer » is left."""
    return jusqu_a_verification(adherente)


@pytest.fixture
def envoye(pret: Parcours) -> Parcours:
    """A sending of hers."""
    assert pret.envoie().status_code == 302
    return pret


def texte(response: HttpResponse) -> str:
    """What a person reads: the spaces that hold are spaces."""
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")
