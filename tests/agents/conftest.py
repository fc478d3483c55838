"""Documents as members send them, without the six steps: rows, sealed bytes, and the act of sending itself."""

import hashlib
import io
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw

from enclos.caisses.models import Motif, Nature
from enclos.coffre.models import Fichier, Partie
from enclos.coffre.objets import store
from enclos.comptes.models import Compte
from enclos.envois.actions import Attestation, submit
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee
from enclos.suivi.models import Affaire

type Envoyer = Callable[..., list[Affaire]]


@cache
def scanned(width: int = 1240, height: int = 1754, text: str = "Contrat de location") -> bytes:
    """A page of text, as JPEG."""
    image = Image.new("RGB", (width, height), "#fbfaf6")
    draw = ImageDraw.Draw(image)
    draw.text((110, 100), text, fill="#111111", font_size=54)
    for number, line in enumerate(range(220, height - 160, 46)):
        draw.text(
            (110, line),
            f"Article {number + 1}. Le bailleur et le locataire conviennent de ce qui suit.",
            fill="#222222",
            font_size=26,
        )
    output = io.BytesIO()
    image.save(output, "JPEG", quality=80)
    return output.getvalue()


def file_of(pages: int = 1, *, nom: str = "IMG_2041.jpg", analyse: str = Fichier.Analyse.NON_ANALYSE) -> Fichier:
    """A file of `pages` pages, each a part of its own."""
    data = scanned()
    fichier = Fichier.objects.create(
        nom=nom, media_type="image/jpeg", taille=len(data), sha256=hashlib.sha256(data).hexdigest(), pages=pages,
        original=store(data, "image/jpeg"), analyse=analyse, bilan={"methode": "photo"},
        kept_at=None if analyse == Fichier.Analyse.EN_COURS else timezone.now(),
    )  # fmt: skip
    for rang in range(1, pages + 1):
        Partie.objects.create(fichier=fichier, rang=rang, pages=1, objet=store(scanned(), "image/jpeg"))
    return fichier


@pytest.fixture
def envoyer(db: None) -> Envoyer:
    """`envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE", pages=2)`: one sending, its items in order."""

    def send(
        compte: Compte, *natures: str, pages: int = 1, analyse: str = Fichier.Analyse.NON_ANALYSE
    ) -> list[Affaire]:
        personne = compte.personne
        assert personne is not None
        envoi = Envoi.objects.create(caisse=personne.caisse, personne=personne, compte=compte)
        for rang, code in enumerate(natures or ("LOG_BAIL",), start=1):
            document = DocumentEnvoye.objects.create(
                envoi=envoi, rang=rang, nature=Nature.objects.get(pk=code), concerne=DocumentEnvoye.Concerne.MOI, concerne_nom=personne.nom_complet,
                motif=Motif.objects.order_by("rang").first(),
            )  # fmt: skip
            PageEnvoyee.objects.create(document=document, rang=1, fichier=file_of(pages, analyse=analyse))
        submit(envoi, Attestation(is_medical=False, session="essai"), by=compte)
        return items_of(envoi)

    return send


def items_of(envoi: Envoi) -> list[Affaire]:
    return list(Affaire.objects.filter(document__envoi=envoi).order_by("document__rang"))


def text_of(response: object) -> str:
    """The page as one line of text, for what it says."""
    content: bytes = response.content  # type: ignore[attr-defined]
    return " ".join(content.decode().split())


def forms_in(response: object) -> Sequence[str]:
    return text_of(response).split("<form")[1:]
