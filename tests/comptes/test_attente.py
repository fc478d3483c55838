"""A session that waits for something opens nothing else: every address of the portal is tried with it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from enclos.comptes import totp
from enclos.comptes.models import Compte, MotDePasseProvisoire
from enclos.comptes.mots_de_passe import provisoires
from enclos.journal.actions import SYSTEM
from tests import test_acces
from tests.comptes.conftest import MOT_DE_PASSE, Titulaire
from tests.test_acces import Scene

scene = test_acces.scene
envoyer = test_acces.envoyer

pytestmark = pytest.mark.django_db

FORCED, SECOND = "/connexion/nouveau-mot-de-passe/", "/connexion/double-verification/"


def is_public(url: str) -> bool:
    return not getattr(resolve(url.partition("?")[0]).func, "login_required", True)


def waiting(scene: Scene, attend: str) -> Client:
    """The owner of everything there is, back with half of what it takes."""
    owner: Any = scene.people["owner"]
    compte = Compte.objects.get(pk=owner.compte.pk)
    who = Titulaire(compte, owner.personne.nir)
    client = Client()
    if attend == "password":
        password = provisoires.issue(compte, MotDePasseProvisoire.Canal.COURRIEL, by=SYSTEM)
    else:
        compte.set_password(MOT_DE_PASSE)
        compte.totp_sealed = totp.seal_secret(compte, totp.new_secret())
        compte.save()
        password = MOT_DE_PASSE
    assert who.signs_in(client, password).status_code == 303
    return client


@pytest.mark.parametrize(("attend", "home"), [("password", FORCED), ("second factor", SECOND)])
def test_nothing_opens_but_the_page_that_is_waited_for(scene: Scene, attend: str, home: str):
    client, opened, public = waiting(scene, attend), [], 0
    for name in sorted(test_acces.ADDRESSES):
        url = scene.url(name)
        response = client.get(url)
        if is_public(url):
            public += 1
            # The same page as for a visitor, but for the sign-in block.
            assert name.startswith("demo:") or b"Delattre" not in b"".join(response), name
        elif response.status_code != 404 and not response.get("Location", "").startswith(home):
            opened.append((name, response.status_code))
    own = {
        "password": {"comptes:nouveau_mot_de_passe"},
        "second factor": {name for name, _ in opened if "verification" in name or "second" in name or "secours" in name}
        | {"comptes:code_par_courrier", "comptes:options_second"},
    }[attend]
    assert {name for name, _ in opened} <= own
    assert public > 10


@pytest.mark.parametrize(("attend", "home"), [("password", FORCED), ("second factor", SECOND)])
def test_nothing_is_done_either(scene: Scene, attend: str, home: str):
    client, before = waiting(scene, attend), test_acces.figures()
    for name in sorted(test_acces.ADDRESSES):
        url = scene.url(name)
        if is_public(url) or url.startswith(home):
            continue
        response = client.post(url, {"medical": "non", "attestation": "on", "objet": "autres", "nombre": 1})
        assert response.status_code == 404 or response.get("Location", "").startswith(home), name
    assert test_acces.figures() == before


def test_a_script_is_told_where_to_go(scene: Scene):
    client = waiting(scene, "password")
    response = client.get("/espace/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (401, f"{FORCED}?suite=%2Fespace%2F")


def test_one_may_leave_and_stay(scene: Scene):
    client = waiting(scene, "password")
    assert client.post("/session/prolonger/").status_code == 204
    assert client.post("/deconnexion/").status_code == 303
    assert client.get(FORCED)["Location"].startswith("/connexion/?suite=")


def test_the_navigation_is_not_shown_before(scene: Scene):
    client = waiting(scene, "password")
    page = client.get(FORCED).content.decode()
    assert "Contact &amp; échanges" not in page
    assert "Se déconnecter" in page
