"""Messages by HTTP, as a browser without JavaScript writes them."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from enclos.caisses.access import default_caisse
from enclos.demo.factories import CompteFactory
from enclos.messagerie.models import Fil, Message
from tests.coffre.inspection.fabrique import jpeg_photo
from tests.conftest import Acteur

PHOTO = jpeg_photo()
TEXTE = "Bonjour,\nmon aide au logement a baissé ce mois-ci. Pouvez-vous me dire pourquoi ?"


def fichier(content: bytes = PHOTO, name: str = "IMG_2041.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def texte(response: HttpResponse) -> str:
    """What a person reads: the spaces that hold are spaces."""
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


@dataclass
class Plume:
    """Somebody writing a message."""

    acteur: Acteur
    reference: str = ""

    def url(self, name: str, *args: object) -> str:
        return reverse(f"messagerie:{name}", args=[self.reference, *args])

    def post(self, name: str, *args: object, **data: object) -> Any:
        return self.acteur.post(self.url(name, *args), data)

    def get(self, name: str, *args: object) -> Any:
        return self.acteur.get(self.url(name, *args))

    def commence(self, sujet: str = "FAM_LOGEMENT") -> "Plume":
        response = self.acteur.post(reverse("messagerie:nouveau"), {"sujet": sujet})
        assert response.status_code == 302, response.content.decode()
        self.reference = response["Location"].split("/")[4]
        return self

    def ecrit(self, words: str = TEXTE, **data: object) -> "Plume":
        response = self.post("texte", texte=words, **data)
        assert response.status_code == 302, response.content.decode()
        return self

    def joint(self, *fichiers: SimpleUploadedFile, action: str = "suivant", **data: object) -> Any:
        return self.post("fichiers", fichiers=list(fichiers) or [fichier()], action=action, **data)

    def envoie(self, **data: object) -> Any:
        return self.post("verification", **({"attestation": "on", "medical": "non"} | data))

    def repond(self, words: str, **data: object) -> Any:
        page = self.get("fil")
        return self.post("repondre", texte=words, dernier=page.context["dernier"], **({"action": "envoyer"} | data))

    @property
    def message(self) -> Message:
        return Message.objects.get(reference=self.reference)

    @property
    def fil(self) -> Fil:
        return self.message.fil


def ecrit(acteur: Acteur, words: str = TEXTE, *, sujet: str = "FAM_LOGEMENT") -> Plume:
    """A message sent, without a file."""
    plume = Plume(acteur).commence(sujet).ecrit(words)
    response = plume.envoie()
    assert response.status_code == 302, response.content.decode()
    return plume


@pytest.fixture
def envoye(adherente: Acteur) -> Plume:
    """A message of hers to « Famille et logement »."""
    return ecrit(adherente)


@pytest.fixture
def consoeur(db: None) -> Acteur:
    """Inès Maes, of the same team as Camille Roy."""
    services = default_caisse().services.filter(code="famille")
    return Acteur(CompteFactory(agent=True, nom="Inès Maes", services=services))
