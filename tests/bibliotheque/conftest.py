"""A library to look at: documents of the fund, sealed bytes included, and the yes to electronic notification."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from enclos.avis import texte
from enclos.bibliotheque import actions
from enclos.bibliotheque.models import Document
from enclos.coffre.models import Objet
from enclos.coffre.objets import store
from enclos.comptes.models import Acceptation, Compte
from enclos.journal.actions import SYSTEM
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from tests.coffre.inspection.fabrique import pdf_text
from tests.conftest import Acteur

ICI = "/espace/documents/"


def pdf(text: str = "Bonjour", pages: int = 1) -> Objet:
    return store(pdf_text(pages, text=text.encode("latin-1", "replace").decode("latin-1")), "application/pdf")


def depose(
    personne: Personne, libelle: str = "Relevé de cotisations", *, day: date | None = None, **told: Any
) -> Document:
    """A document of the fund, as the drop files it."""
    return actions.receive(
        personne,
        told.pop("cle", f"essai:{uuid4()}"),
        libelle=libelle,
        date=day or today_paris(),
        feuillets=told.pop("feuillets", None) or [pdf(libelle)],
        **{"by": SYSTEM, "domaine": "cotisations", "nature": "relevé", **told},
    )


def many(personne: Personne, number: int, **told: Any) -> None:
    """Rows alone, for pages that must not count them."""
    Document.objects.bulk_create(
        [
            Document(
                caisse_id=personne.caisse_id,
                personne=personne,
                cle=f"lot:{uuid4()}",
                date=today_paris() - timedelta(days=rang),
                **{
                    "origine": "recu",
                    "libelle": f"Relevé {rang}",
                    "domaine": "cotisations",
                    "concerne": personne.nom_complet,
                    "recherche": f" 2024 releve {rang}",
                    **told,
                },
            )
            for rang in range(number)
        ],
        batch_size=500,
    )


def accepte(compte: Compte, *, days_ago: int = 30) -> Acceptation:
    """The yes to documents by the portal (CRPA L112-15)."""
    return Acceptation.objects.create(
        compte=compte,
        texte=Acceptation.Texte.E_DOCUMENTS,
        version=texte.VERSION,
        sha256=texte.SHA256,
        accepted_at=timezone.now() - timedelta(days=days_ago),
    )


@pytest.fixture
def consentante(adherente: Acteur) -> Acteur:
    """Jeanne, who reads her documents here."""
    accepte(adherente.compte)
    return adherente


def texte_de(response: Any) -> str:
    """What a person reads, on one line."""
    return " ".join(response.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def octets_de(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content
