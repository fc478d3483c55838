"""Between the password and the portal: nothing opens before the second factor, and losing it leads to the post."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.facteurs import lettre
from enclos.comptes.models import ClePasse, Code, CodeSecours, Compte, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.models import Courriel, Lettre
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire
from tests.facteurs.conftest import adds_key, gives_codes, gives_totp, here

pytestmark = pytest.mark.django_db

HERE = "/connexion/double-verification/"
POST = f"{HERE}courrier/"


def test_the_password_alone_opens_nothing(navigateur: Client, protegee: Titulaire):
    asked = protegee.signs_in(navigateur, suite="/espace/envois/")
    assert asked["Location"] == f"{HERE}?suite=%2Fespace%2Fenvois%2F"
    for address in ("/espace/", "/espace/compte/", "/espace/compte/double-verification/", "/connexion/reprendre/"):
        assert navigateur.get(address)["Location"].startswith(HERE), address
    assert navigateur.get("/connexion/")["Location"].startswith(HERE)
    assert navigateur.post("/espace/compte/double-verification/cle/options/").status_code == 302
    events = list(Ligne.objects.filter(event__startswith="comptes.session").values_list("event", flat=True))
    assert events == ["comptes.session.begun"]


def test_then_the_code_opens_the_page_one_asked_for(navigateur: Client, protegee: Titulaire):
    asked = protegee.signs_in(navigateur, suite="/espace/envois/")
    page = navigateur.get(asked["Location"]).content.decode()
    assert "Code à 6 chiffres" in page
    assert "Je n’ai plus mon téléphone" in page
    before = navigateur.cookies["session"].value
    done = navigateur.post(HERE, {"code": protegee.code(), "suite": "/espace/envois/"})
    assert (done.status_code, done["Location"]) == (303, "/espace/envois/")
    assert navigateur.cookies["session"].value != before
    assert navigateur.get("/espace/envois/").status_code == 200
    assert Session.objects.get().is_strong
    assert navigateur.get(HERE)["Location"] == "/espace/"


def test_a_code_serves_once_here_too(protegee: Titulaire):
    first, second = Client(), Client()
    protegee.signs_in(first)
    protegee.signs_in(second)
    code = protegee.code()
    assert first.post(HERE, {"code": code}).status_code == 303
    assert second.post(HERE, {"code": code}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Tapez les 6 chiffres"), ("12345", "6 chiffres"), ("abcdef", "6 chiffres")]
)
def test_a_badly_written_code_is_explained(navigateur: Client, protegee: Titulaire, typed: str, said: str):
    protegee.signs_in(navigateur)
    response = navigateur.post(HERE, {"code": typed})
    assert response.status_code == 422
    assert said in response.content.decode()


def test_codes_and_recovery_codes_are_counted_together(navigateur: Client, protegee: Titulaire):
    (good, *_) = gives_codes(protegee)
    wrong = next(
        code for code in ("000000", "111111", "222222", "333333") if code not in map(protegee.code, (-1, 0, 1))
    )
    with time_machine.travel(timezone.now(), tick=False) as clock:
        protegee.signs_in(navigateur)
        for _ in range(3):
            assert navigateur.post(HERE, {"code": wrong}).status_code == 422
        for _ in range(2):
            assert navigateur.post(f"{HERE}secours/", {"code_de_secours": "ZZZZ-ZZZZ-ZZZZ"}).status_code == 422
        stopped = navigateur.post(f"{HERE}secours/", {"code_de_secours": good})
        assert (stopped.status_code, stopped["Retry-After"]) == (429, "60")
        clock.shift(61)
        assert navigateur.post(f"{HERE}secours/", {"code_de_secours": good}).status_code == 303


@pytest.mark.parametrize("typed", ["", "ABCD", "K7WM-3PQR-9XT0", "K7WM-3PQR-9XTBB"])
def test_a_badly_written_recovery_code_costs_no_try(navigateur: Client, protegee: Titulaire, typed: str):
    protegee.signs_in(navigateur)
    assert navigateur.post(f"{HERE}secours/", {"code_de_secours": typed}).status_code == 422
    assert not Ligne.objects.filter(event="comptes.code.refused").exists()


def test_a_member_without_second_factor_is_asked_none(navigateur: Client, jeanne: Titulaire):
    assert jeanne.signs_in(navigateur)["Location"] == "/espace/"
    for address in (HERE, f"{HERE}secours/", POST):
        assert navigateur.get(address)["Location"] == "/espace/"
        assert navigateur.post(address, {"code": "000000"})["Location"] == "/espace/"
    assert navigateur.post(f"{HERE}cle/").status_code == 409


def test_with_a_key_alone_the_page_says_what_to_do_without_script(ordinateur: Client, jeanne: Titulaire):
    jeanne.signs_in(ordinateur)
    adds_key(ordinateur, jeanne)
    other = here(Client())
    jeanne.signs_in(other)
    page = other.get(HERE).content.decode()
    assert "Code à 6 chiffres" not in page
    assert "prenez un de vos codes de secours" in page
    assert "Je n’ai plus ma clé d’accès" in page


def test_the_pages_ask_little_of_the_database(
    navigateur: Client, protegee: Titulaire, django_assert_max_num_queries: Any
):
    protegee.signs_in(navigateur)
    navigateur.get(HERE)
    for address in (HERE, f"{HERE}secours/", POST):
        with django_assert_max_num_queries(2):
            navigateur.get(address)


def test_a_wrong_password_does_not_say_whether_there_is_a_second_factor(jeanne: Titulaire):
    """Nothing is asked of an account before its password was right."""
    with CaptureQueriesContext(connection) as told:
        jeanne.signs_in(Client(), "faux")
    assert not any("clepasse" in query["sql"] for query in told.captured_queries)


# --- all is lost


def asks_for_the_letter(client: Client) -> str:
    """The code of the letter, as it is printed."""
    done = client.post(POST, {"demander": "oui"})
    assert (done.status_code, done["Location"]) == (303, POST), done.content.decode()
    secret = Lettre.objects.latest("pk").secret
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", secret)
    return secret


def test_the_letter_opens_once_and_removes_the_second_factor(ordinateur: Client, jeanne: Titulaire):
    jeanne.signs_in(ordinateur)
    adds_key(ordinateur, jeanne)
    gives_totp(jeanne)
    browser = Client()
    jeanne.signs_in(browser)
    assert "Envoyer la lettre" in browser.get(POST).content.decode()
    secret = asks_for_the_letter(browser)
    assert "Code reçu par courrier" in browser.get(POST).content.decode()
    assert browser.get("/espace/")["Location"].startswith(HERE)
    days_later = Client()
    jeanne.signs_in(days_later)
    done = days_later.post(POST, {"code_de_secours": secret.lower()})
    assert (done.status_code, done["Location"]) == (303, "/espace/compte/double-verification/")
    assert "pas activée" in days_later.get(done["Location"]).content.decode()
    assert not ClePasse.objects.exists()
    assert not CodeSecours.objects.exists()
    assert Compte.objects.get(pk=jeanne.compte.pk).totp_sealed == b""
    assert ordinateur.get("/espace/").status_code == 302  # whoever came in with the former factor
    assert Ligne.objects.filter(event="comptes.facteurs.reset").count() == 1
    again = Client()
    assert jeanne.signs_in(again)["Location"] == "/espace/"


def test_the_letter_and_its_use_are_told(navigateur: Client, protegee: Titulaire):
    protegee.signs_in(navigateur)
    secret = asks_for_the_letter(navigateur)
    told = Courriel.objects.get(subject="Un courrier part pour débloquer votre double vérification")
    assert secret not in told.text
    navigateur.post(POST, {"code_de_secours": secret})
    assert Courriel.objects.filter(subject="La double vérification de votre compte a changé").exists()


def test_the_code_of_the_letter_is_kept_by_no_one(navigateur: Client, protegee: Titulaire):
    protegee.signs_in(navigateur)
    secret = asks_for_the_letter(navigateur).replace("-", "")
    row = Code.objects.get(objet=lettre.OBJET)
    assert secret not in row.empreinte
    assert not any(secret in str(line.details) for line in Ligne.objects.all())


@pytest.mark.parametrize(("late", "status"), [(timedelta(seconds=-1), 303), (timedelta(seconds=1), 422)])
def test_the_code_of_the_letter_lasts_thirty_days(protegee: Titulaire, late: timedelta, status: int):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = Client()
        protegee.signs_in(browser)
        secret = asks_for_the_letter(browser)
        clock.shift(timedelta(days=30) + late)
        later = Client()
        protegee.signs_in(later)
        assert later.post(POST, {"code_de_secours": secret}).status_code == status


def test_five_wrong_tries_kill_the_letter(protegee: Titulaire):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = Client()
        protegee.signs_in(browser)
        secret = asks_for_the_letter(browser)
        for _ in range(5):
            assert browser.post(POST, {"code_de_secours": "ZZZZ-ZZZZ-ZZZZ"}).status_code == 422
        clock.shift(120)
        assert browser.post(POST, {"code_de_secours": secret}).status_code == 422
        assert Compte.objects.get(pk=protegee.compte.pk).totp_sealed


def test_letters_are_not_sent_again_and_again(navigateur: Client, protegee: Titulaire):
    protegee.signs_in(navigateur)
    secret = asks_for_the_letter(navigateur)
    refused = navigateur.post(POST, {"demander": "oui"})
    assert refused.status_code == 429
    assert "Un courrier est déjà parti" in refused.content.decode()
    assert Lettre.objects.count() == 1
    assert navigateur.post(POST, {"code_de_secours": secret}).status_code == 303  # still the right one


def test_the_code_of_the_letter_is_of_one_account(navigateur: Client, protegee: Titulaire, marc: Titulaire):
    protegee.signs_in(navigateur)
    secret = asks_for_the_letter(navigateur)
    gives_totp(marc)
    neighbour = Client()
    marc.signs_in(neighbour)
    assert neighbour.post(POST, {"code_de_secours": secret}).status_code == 422
    assert Compte.objects.get(pk=marc.compte.pk).totp_sealed


def test_agents_have_no_letter(navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur)
    for address in (f"{HERE}secours/", POST):
        assert navigateur.get(address)["Location"].startswith("/connexion/code/")
        assert navigateur.post(address, {"demander": "oui"})["Location"].startswith("/connexion/code/")
    assert not Lettre.objects.exists()


def test_a_provisional_password_still_asks_for_the_second_factor_first(navigateur: Client, protegee: Titulaire):
    password = provisoires.issue(protegee.compte, provisoires.Canal.COURRIEL, by=SYSTEM)
    assert protegee.signs_in(navigateur, password)["Location"].startswith(HERE)
    assert navigateur.get("/connexion/nouveau-mot-de-passe/")["Location"].startswith(HERE)
    done = navigateur.post(HERE, {"code": protegee.code()})
    assert done["Location"].startswith("/connexion/nouveau-mot-de-passe/")
    assert navigateur.get("/espace/")["Location"].startswith("/connexion/nouveau-mot-de-passe/")
