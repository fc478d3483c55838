"""Agents: nothing without the second factor, and a code serves once."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from enclos.comptes import totp
from enclos.comptes.models import Compte, Session
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire


@pytest.mark.parametrize(
    ("moment", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(moment: int, code: str):
    """RFC 6238, appendix B, the last six of eight digits."""
    assert totp.code_at(b"12345678901234567890", totp.current_step(moment)) == code


@pytest.mark.parametrize(("late", "found"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_differ_by_one_step(late: int, found: bool):
    secret, now = totp.new_secret(), 1_800_000_015.0
    code = totp.code_at(secret, totp.current_step(now + late))
    assert (totp.matching_step(secret, code, now=now) is not None) is found


def test_the_address_for_telephones_carries_the_secret_and_names_the_fund():
    secret = totp.new_secret()
    parts = urlsplit(totp.address_for_telephone(secret, "camille.roy", "Enclos MSA"))
    query = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Enclos%20MSA:camille.roy")
    assert base64.b32decode(query["secret"][0]) == secret
    assert query["issuer"] == ["Enclos MSA"]


pytestmark = pytest.mark.django_db


def test_an_agent_gives_password_then_code(navigateur: Client, camille: Titulaire):
    assert navigateur.get("/agent/")["Location"] == "/connexion/?suite=/agent/"
    asked = camille.signs_in(navigateur, suite="/agent/")
    assert asked["Location"] == "/connexion/code/?suite=%2Fagent%2F"
    page = navigateur.get(asked["Location"]).content.decode()
    assert "Code à 6 chiffres" in page
    assert 'autocomplete="one-time-code"' in page
    before = navigateur.cookies["session"].value
    code = camille.code()
    done = navigateur.post("/connexion/code/", {"code": f" {code[:3]} {code[3:]} ", "suite": "/agent/"})
    assert (done.status_code, done["Location"]) == (303, "/agent/")
    assert navigateur.cookies["session"].value != before
    assert Session.objects.get().is_strong
    events = [line.event for line in Ligne.objects.filter(event__startswith="comptes.session").order_by("pk")]
    assert events == ["comptes.session.begun", "comptes.session.opened"]


def test_without_the_code_an_agent_sees_nothing(navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur)
    for address in ("/agent/", "/connexion/reprendre/"):
        assert navigateur.get(address)["Location"].startswith("/connexion/code/")
    assert navigateur.get("/connexion/")["Location"].startswith("/connexion/code/")
    assert navigateur.get("/espace/").status_code == 404


def test_a_code_serves_once(camille: Titulaire):
    first, second = Client(), Client()
    camille.signs_in(first)
    camille.signs_in(second)
    code = camille.code()
    assert first.post("/connexion/code/", {"code": code}).status_code == 303
    again = second.post("/connexion/code/", {"code": code})
    assert again.status_code == 422
    assert "il a déjà servi" in again.content.decode()
    assert second.post("/connexion/code/", {"code": camille.code(-1)}).status_code == 422  # nor an older one
    assert second.post("/connexion/code/", {"code": camille.code(1)}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Tapez les 6 chiffres"), ("12345", "6 chiffres"), ("abcdef", "6 chiffres")]
)
def test_a_badly_written_code_is_explained(navigateur: Client, camille: Titulaire, typed: str, said: str):
    camille.signs_in(navigateur)
    response = navigateur.post("/connexion/code/", {"code": typed})
    assert response.status_code == 422
    assert said in response.content.decode()


def test_codes_cannot_be_guessed(navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur)
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if code not in map(camille.code, (-1, 0, 1)))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        statuses = [navigateur.post("/connexion/code/", {"code": wrong}).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]
        assert navigateur.post("/connexion/code/", {"code": camille.code()}).status_code == 429
        clock.shift(61)
        assert navigateur.post("/connexion/code/", {"code": camille.code()}).status_code == 303
    assert Ligne.objects.filter(event="comptes.code.refused").count() == 5


def test_an_agent_without_a_secret_cannot_come_in(navigateur: Client, camille: Titulaire):
    Compte.objects.filter(pk=camille.compte.pk).update(totp_sealed=b"")
    camille.signs_in(navigateur)
    assert navigateur.post("/connexion/code/", {"code": "000000"}).status_code == 422


def test_a_secret_moved_to_another_account_does_not_open(camille: Titulaire, jeanne: Titulaire):
    from enclos.socle.sealed import SealError

    jeanne.compte.totp_sealed = camille.compte.totp_sealed
    with pytest.raises(SealError):
        totp.secret_of(jeanne.compte)


def test_a_member_is_asked_no_code(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    assert navigateur.get("/connexion/code/")["Location"] == "/espace/"
    assert navigateur.get("/agent/").status_code == 404


def test_the_page_of_the_code_needs_the_password(navigateur: Client, caisse):
    assert navigateur.get("/connexion/code/")["Location"].startswith("/connexion/")


def test_an_agent_is_never_sent_to_a_members_page(navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur, suite="/espace/")
    done = navigateur.post("/connexion/code/", {"code": camille.code(), "suite": "/espace/"})
    assert done["Location"] == "/agent/"


def test_agents_names_are_read_in_any_case(navigateur: Client, camille: Titulaire):
    camille.identifiant = " Camille.Roy "
    assert camille.signs_in(navigateur).status_code == 303
