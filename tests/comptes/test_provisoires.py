"""Provisional passwords: what opens, what kills, and that nothing tells a dead one from a wrong one."""

import math
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.comptes import identifiants
from enclos.comptes.models import Compte, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier import lettres
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.comptes.conftest import MOT_DE_PASSE, Titulaire
from tests.comptes.test_connexion import words

pytestmark = pytest.mark.django_db
Canal = MotDePasseProvisoire.Canal

FORCED = "/connexion/nouveau-mot-de-passe/"
CHOSEN = "chevaux bleus sous la pluie"


@pytest.fixture
def claire(caisse: Caisse) -> Titulaire:
    """Somebody whose account has no password of its own yet."""
    nir = synthetic_nir(43)
    compte = CompteFactory.create(personne=PersonneFactory(nir=nir, prenoms="Claire", nom_naissance="Caron"))
    compte.set_unusable_password()
    compte.save()
    return Titulaire(compte, nir)


def given(compte: Compte, canal: str = Canal.COURRIEL) -> str:
    return provisoires.issue(compte, canal, by=SYSTEM)


def test_it_is_eighty_bits_of_signs_that_nobody_mistakes():
    assert 16 * math.log2(len(set(provisoires.ALPHABET))) >= 80
    assert not set(provisoires.ALPHABET) & set("OILU")
    drawn = {provisoires.draw() for _ in range(200)}
    assert len(drawn) == 200
    assert all(re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", one) for one in drawn)
    assert all(provisoires.read(one) == one for one in drawn)


def test_it_is_kept_as_passwords_are_and_written_nowhere(claire: Titulaire):
    password = given(claire.compte)
    row = MotDePasseProvisoire.objects.get()
    assert row.empreinte.startswith("argon2$argon2id$")
    assert not any(password in str(line.__dict__) for line in Ligne.objects.all())


@pytest.mark.parametrize(
    "writing",
    [
        lambda one: one,
        str.lower,
        lambda one: one.replace("-", " "),
        lambda one: f"  {one.replace('-', ' - ')} ",
        lambda one: one.replace("-", "–"),
        lambda one: one.replace("0", "o").replace("1", "l"),
        lambda one: one.replace("1", "I").replace("0", "O"),
    ],
)
def test_it_may_be_copied_as_one_reads_it(claire: Titulaire, navigateur: Client, monkeypatch, writing):
    monkeypatch.setattr(provisoires, "draw", lambda: "7K0Q-M1XR-00ZV-9B1W")
    response = claire.signs_in(navigateur, writing(given(claire.compte)))
    assert (response.status_code, response["Location"]) == (303, f"{FORCED}?suite=%2Fespace%2F")


def test_it_may_be_typed_without_anything_between(claire: Titulaire, navigateur: Client):
    assert claire.signs_in(navigateur, given(claire.compte).replace("-", "")).status_code == 303


def test_it_gives_the_page_where_one_chooses_and_the_chosen_one_opens(claire: Titulaire, navigateur: Client):
    page = navigateur.get(claire.signs_in(navigateur, given(claire.compte))["Location"])
    assert "Choisir votre mot de passe" in page.content.decode()
    assert 'autocomplete="new-password"' in page.content.decode()
    before = navigateur.cookies["session"].value
    response = navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN, "suite": "/espace/"})
    assert (response.status_code, response["Location"]) == (303, "/espace/")
    assert navigateur.cookies["session"].value != before
    assert navigateur.get("/espace/").status_code == 200
    assert claire.signs_in(Client(), CHOSEN).status_code == 303
    events = set(Ligne.objects.filter(actor_id=str(claire.compte.pk)).values_list("event", flat=True))
    assert events >= {"comptes.provisoire.used", "comptes.mot_de_passe.changed", "comptes.session.begun"}
    assert events >= {"comptes.session.opened"}


def test_one_goes_on_to_the_page_first_asked_for(claire: Titulaire, navigateur: Client):
    response = claire.signs_in(navigateur, given(claire.compte), suite="/espace/envois/")
    assert response["Location"] == f"{FORCED}?suite=%2Fespace%2Fenvois%2F"
    assert 'name="suite" value="/espace/envois/"' in navigateur.get(response["Location"]).content.decode()
    response = navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN, "suite": "/espace/envois/"})
    assert response["Location"] == "/espace/envois/"


def test_what_is_wrong_with_a_choice_is_said_and_may_be_read_over(claire: Titulaire, navigateur: Client):
    claire.signs_in(navigateur, given(claire.compte))
    response = navigateur.post(FORCED, {"nouveau_mot_de_passe": "claire"})
    assert response.status_code == 422
    assert "Il manque" in response.content.decode()
    assert "ni votre nom ni votre prénom" in response.content.decode()
    assert 'value="claire"' not in response.content.decode()
    assert 'type="password"' in response.content.decode()
    page = navigateur.get(f"{FORCED}?visible=1").content.decode()
    assert re.search(r'<input[^>]*type="text"[^>]*name="nouveau_mot_de_passe"', page) or re.search(
        r'name="nouveau_mot_de_passe"[^>]*type="text"|type="text"[^>]*name="nouveau_mot_de_passe"', page
    )


def test_it_serves_once(claire: Titulaire, navigateur: Client):
    password = given(claire.compte)
    assert claire.signs_in(navigateur, password).status_code == 303
    assert claire.signs_in(Client(), password).status_code == 422


def test_a_new_one_kills_the_former(claire: Titulaire, navigateur: Client):
    former, present = given(claire.compte), given(claire.compte)
    assert claire.signs_in(Client(), former).status_code == 422
    assert claire.signs_in(navigateur, present).status_code == 303


@pytest.mark.parametrize(("canal", "days"), [(Canal.COURRIEL, 7), (Canal.COURRIER, 30)])
@pytest.mark.parametrize(("seconds", "status"), [(-1, 303), (0, 422), (1, 422)])
def test_it_lives_seven_days_by_mail_and_thirty_by_post_to_the_second(
    claire: Titulaire, navigateur: Client, canal: str, days: int, seconds: int, status: int
):
    start = timezone.make_aware(datetime(2026, 11, 2, 9, 30))
    with time_machine.travel(start, tick=False):
        password = given(claire.compte, canal)
    with time_machine.travel(start + timedelta(days=days, seconds=seconds), tick=False):
        assert claire.signs_in(navigateur, password).status_code == status


@pytest.mark.parametrize("wrong", ["faux", "7K0Q-M1XR-00ZV-9B1W"])
def test_five_wrong_tries_kill_it_even_days_apart(claire: Titulaire, navigateur: Client, wrong: str):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        password = given(claire.compte)
    for day in range(5):
        with time_machine.travel(start + timedelta(days=day, hours=1), tick=False):
            assert claire.signs_in(Client(), wrong).status_code == 422
    with time_machine.travel(start + timedelta(days=6), tick=False):
        assert claire.signs_in(navigateur, password).status_code == 422
        assert claire.signs_in(navigateur, given(claire.compte)).status_code == 303


def test_four_wrong_tries_leave_it_alive(claire: Titulaire, navigateur: Client):
    password = given(claire.compte)
    for _ in range(4):
        claire.signs_in(Client(), "faux")
    assert claire.signs_in(navigateur, password).status_code == 303


def test_the_old_password_opens_while_another_is_on_its_way_and_wrong_ones_spare_it(
    jeanne: Titulaire, navigateur: Client
):
    password = given(jeanne.compte, Canal.COURRIER)
    for _ in range(4):
        jeanne.signs_in(Client(), "faux")
    assert MotDePasseProvisoire.objects.get().essais == 0
    assert jeanne.signs_in(navigateur)["Location"] == "/espace/"
    assert jeanne.signs_in(Client(), password)["Location"].startswith(FORCED)


def test_choosing_a_password_kills_the_one_that_is_on_its_way(jeanne: Titulaire, navigateur: Client):
    jeanne.signs_in(navigateur, given(jeanne.compte))
    late = given(jeanne.compte, Canal.COURRIER)
    navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})
    assert jeanne.signs_in(Client(), late).status_code == 422
    assert jeanne.signs_in(Client(), MOT_DE_PASSE).status_code == 422
    assert jeanne.signs_in(Client(), CHOSEN).status_code == 303


def test_a_letter_whose_password_served_is_closed(claire: Titulaire, navigateur: Client):
    password = given(claire.compte, Canal.COURRIER)
    assert claire.compte.personne is not None
    lettres.request(
        claire.compte.personne,
        lettres.Genre.MOT_DE_PASSE,
        secret=password,
        cle="essai",
        caisse=claire.compte.caisse,
        by=SYSTEM,
    )
    claire.signs_in(navigateur, password)
    assert Lettre.objects.get().closed_at is not None


def test_a_dead_one_is_refused_as_a_wrong_password_is(claire: Titulaire, jeanne: Titulaire, hashes: list[str]):
    """Same words, status, hashes and statements, whatever was typed in this shape and whoever it was for."""
    expired, killed, used = (
        CompteFactory.create(personne=PersonneFactory(nir=synthetic_nir(number))) for number in (81, 82, 83)
    )
    for compte in (expired, killed, used):
        compte.set_unusable_password()
        compte.save()
    passwords = {compte.pk: given(compte) for compte in (expired, killed, used)}
    MotDePasseProvisoire.objects.filter(compte=expired).update(expire_at=timezone.now())
    MotDePasseProvisoire.objects.filter(compte=killed).update(essais=5)
    MotDePasseProvisoire.objects.filter(compte=used).update(used_at=timezone.now())
    given(claire.compte)
    tries = {
        "expired": (synthetic_nir(81), passwords[expired.pk]),
        "killed": (synthetic_nir(82), passwords[killed.pk]),
        "used": (synthetic_nir(83), passwords[used.pk]),
        "wrong": (claire.identifiant, "7K0Q-M1XR-00ZV-9B1W"),
        "not in this shape": (claire.identifiant, "faux"),
        "of somebody else": (jeanne.identifiant, passwords[used.pk]),
        "own wrong": (jeanne.identifiant, "faux"),
        "unknown": (synthetic_nir(59), passwords[used.pk]),
    }
    answers: dict[str, Any] = {}
    for reason, (identifiant, mot_de_passe) in tries.items():
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            response = Client(REMOTE_ADDR=f"10.0.{len(answers)}.1").post(
                "/connexion/", {"identifiant": identifiant, "mot_de_passe": mot_de_passe}
            )
        kinds = [query["sql"].split()[0] for query in queries]
        answers[reason] = (response.status_code, words(response), list(hashes), kinds)
    assert answers["unknown"][0] == 422
    assert answers["unknown"][2] == ["verify"]
    # The second try of claire and jeanne may say how many are left, as everybody's second one: none does so soon.
    assert {reason: answer for reason, answer in answers.items() if answer != answers["unknown"]} == {}


def test_the_sign_in_page_says_how_to_ask_for_another_to_everybody(navigateur: Client, caisse: Caisse):
    page = navigateur.get("/connexion/").content.decode()
    assert 'href="/mot-de-passe-oublie/"' in page
    assert "mot de passe provisoire" in page


def test_two_entries_at_once_the_second_is_told_that_it_served(claire: Titulaire, navigateur: Client, monkeypatch):
    password = given(claire.compte)
    plain = provisoires.tried

    def overtaken(compte, typed):
        essai = plain(compte, typed)
        MotDePasseProvisoire.objects.update(used_at=timezone.now())
        return essai

    monkeypatch.setattr(provisoires, "tried", overtaken)
    response = claire.signs_in(navigateur, password)
    assert response.status_code == 409
    assert "vient de servir" in words(response)
    assert Session.objects.count() == 0


def test_two_tabs_one_chooses_and_the_other_is_told(claire: Titulaire, navigateur: Client):
    claire.signs_in(navigateur, given(claire.compte))
    navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})
    response = navigateur.post(FORCED, {"nouveau_mot_de_passe": "un autre choix de lapins"})
    assert response.status_code == 409
    assert "autre fenêtre" in words(response)
    assert claire.signs_in(Client(), CHOSEN).status_code == 303
    assert navigateur.get(FORCED)["Location"] == "/espace/"


def test_two_browsers_one_chooses_and_the_other_is_out(claire: Titulaire, navigateur: Client):
    other = Client()
    claire.signs_in(other, given(claire.compte))
    claire.signs_in(navigateur, given(claire.compte))
    navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})
    assert other.get(FORCED)["Location"].startswith("/connexion/?suite=")
    assert Session.objects.count() == 1


def test_the_mail_holds_the_password_and_a_link_without_secret(claire: Titulaire, navigateur: Client):
    provisoires.mail(claire.compte, by=SYSTEM)
    courriel = Courriel.objects.get()
    password = courriel.secret
    assert provisoires.read(password) == password
    assert password not in courriel.text + courriel.subject + courriel.cle
    addresses = re.findall(r"https?://\S+", courriel.text)
    assert [address.partition("//")[2].partition("/")[2] for address in addresses] == ["connexion/"]
    assert claire.signs_in(navigateur, password).status_code == 303


def test_a_closed_account_does_not_open_by_one(claire: Titulaire, navigateur: Client):
    password = given(claire.compte)
    Compte.objects.filter(pk=claire.compte.pk).update(is_active=False)
    assert claire.signs_in(navigateur, password).status_code == 422


def test_it_is_asked_of_who_knows_the_waiting_number_too(claire: Titulaire):
    assert identifiants.read(claire.identifiant).compte() == claire.compte
