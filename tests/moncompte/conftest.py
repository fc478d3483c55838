"""A member who has just proved who she is, and what her mailbox received."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from enclos.comptes.models import Compte, Session
from enclos.courrier.models import Courriel
from tests.conftest import Acteur


def texte(client: Client, url: str) -> str:
    """What a person reads of a page."""
    response = client.get(url)
    assert response.status_code == 200, response
    return lu(response.content.decode())


def lu(html: str) -> str:
    """The text of a page, its spaces plain."""
    text = re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").replace("\u202f", " ")
    return " ".join(text.split())


def secret_of(to: str) -> str:
    """The code that this address was last sent."""
    return [row for row in Courriel.objects.filter(to=to).order_by("pk") if row.has_secret][-1].secret


def mails_to(to: str) -> list[str]:
    """The subjects of what an address was written."""
    return [row.subject for row in Courriel.objects.filter(to=to).order_by("pk")]


def link_in(to: str, subject: str) -> str:
    """The path of the link « ce n’est pas moi » of the last notice."""
    row = Courriel.objects.filter(to=to, subject=subject).order_by("pk").last()
    assert row is not None
    found = re.search(r"https?://[^/]+(/ce-n-est-pas-moi/\S+)", row.text)
    assert found
    return found[1]


def prove(acteur: Acteur) -> None:
    Session.objects.filter(compte=acteur.compte).update(prouve_at=timezone.now())


@pytest.fixture
def prouvee(adherente: Acteur) -> Acteur:
    """Jeanne, whose e-mail is verified, and who gave a fresh proof."""
    Compte.objects.filter(pk=adherente.compte.pk).update(
        courriel="jeanne@ancien.example", courriel_verifie_at=timezone.now()
    )
    adherente.compte.refresh_from_db()
    prove(adherente)
    return adherente


@pytest.fixture
def change_de_courriel(prouvee: Acteur) -> Callable[..., None]:
    """Changes her e-mail all the way."""

    def change(nouveau: str = "jeanne@nouveau.example") -> None:
        assert prouvee.post("/espace/compte/coordonnees/courriel/", {"courriel": nouveau}).status_code == 303
        done = prouvee.post("/espace/compte/coordonnees/courriel/code/", {"code": secret_of(nouveau)})
        assert (done.status_code, done["Location"]) == (303, "/espace/compte/coordonnees/")
        prouvee.compte.refresh_from_db()

    return change
