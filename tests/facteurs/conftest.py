"""Members and agents with a password, as the tests of signing in have them, and what makes their second factor."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from enclos.comptes import totp
from enclos.comptes.facteurs import secours
from enclos.comptes.models import Compte, Session
from tests.comptes.conftest import Titulaire, caisse, camille, hashes, jeanne, marc, navigateur  # noqa: F401
from tests.facteurs.authentificateur import Authentificateur


def gives_totp(titulaire: Titulaire) -> Titulaire:
    """A telephone that shows codes, as if it had been added a while ago."""
    titulaire.secret = totp.new_secret()
    titulaire.compte.totp_sealed = totp.seal_secret(titulaire.compte, titulaire.secret)
    Compte.objects.filter(pk=titulaire.compte.pk).update(totp_sealed=titulaire.compte.totp_sealed)
    return titulaire


def gives_codes(titulaire: Titulaire) -> list[str]:
    """Ten recovery codes, in the clear."""
    codes = secours.draw()
    secours.replace(titulaire.compte, secours.hashed(codes))
    return codes


@pytest.fixture
def protegee(jeanne: Titulaire) -> Titulaire:  # noqa: F811
    """Jeanne, with a telephone that shows codes."""
    return gives_totp(jeanne)


def proves(titulaire: Titulaire) -> None:
    """As if the fresh proof had just been given in every browser of this account."""
    Session.objects.filter(compte=titulaire.compte).update(prouve_at=timezone.now())


def here(client: Client) -> Client:
    """The same browser at an address that has a name: passkeys are made for no number."""
    client.defaults["HTTP_HOST"] = "localhost"
    return client


@pytest.fixture
def ordinateur() -> Client:
    """A browser at http://localhost."""
    return here(Client())


def asks(client: Client, address: str) -> dict[str, Any]:
    """What the page's script asks before it speaks to the key."""
    response = client.post(address, headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 200, response.content
    found = json.loads(response.content)
    assert isinstance(found, dict)
    return found


def adds_key(client: Client, titulaire: Titulaire, *, nom: str = "Mon téléphone", **how: Any) -> Authentificateur:
    """Make a passkey for who is signed in."""
    proves(titulaire)
    key = Authentificateur(**how)
    root = "/agent/securite/" if titulaire.compte.is_agent else "/espace/compte/double-verification/"
    answer = key.makes(asks(client, f"{root}cle/options/"))
    done = client.post(f"{root}cle/", {"nom": nom, "reponse": answer})
    assert done.status_code == 303, done.content.decode()
    return key


def shows_key(client: Client, key: Authentificateur, **extra: Any) -> HttpResponse:
    """Sign in with a passkey alone."""
    answer = key.signs(asks(client, "/connexion/cle/options/"))
    return client.post("/connexion/cle/", {"reponse": answer, **extra})  # type: ignore[return-value]
