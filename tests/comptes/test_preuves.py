"""A fresh proof before a sensitive act: by the second factor, by a code, or by a letter."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes import totp
from enclos.comptes.models import Association, Compte, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.preuves.access import FRESH
from enclos.courrier.models import Lettre
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire
from tests.comptes.test_connexion import words

pytestmark = pytest.mark.django_db

PROOF = "/connexion/preuve/"
ACT = "/espace/compte/coordonnees/adresse/"  # any sensitive page
ASKED = f"{PROOF}?suite=%2Fespace%2Fcompte%2Fcoordonnees%2Fadresse%2F"
MOVED = {"adresse4": "3 RUE DU PUITS", "code_postal": "62000", "localite": "ARRAS"}


@pytest.fixture
def jeanne(jeanne: Titulaire, navigateur: Client) -> Titulaire:
    """Signed in, her e-mail proved."""
    Compte.objects.filter(pk=jeanne.compte.pk).update(courriel_verifie_at=timezone.now())
    jeanne.compte.refresh_from_db()
    jeanne.signs_in(navigateur)
    return jeanne


def code_in_mail() -> str:
    told = [str(one.body) for one in mail.outbox if one.subject == "Votre code de vérification"]
    return re.findall(r"^(\d{6})$", told[-1], re.MULTILINE)[0]


def proves(client: Client, travailleur, suite: str = ACT):
    client.post(PROOF, {"action": "envoyer", "suite": suite})
    travailleur()
    return client.post(PROOF, {"code": code_in_mail(), "suite": suite})


def test_a_sensitive_page_asks_for_a_code_then_opens_for_ten_minutes(
    navigateur: Client, jeanne: Titulaire, travailleur
):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        assert (navigateur.get(ACT).status_code, navigateur.get(ACT)["Location"]) == (302, ASKED)
        page = words(navigateur.get(ASKED))
        assert "Recevoir le code" in page
        assert jeanne.compte.courriel not in page
        assert mail.outbox == []
        response = navigateur.post(PROOF, {"action": "envoyer", "suite": ACT})
        assert "Un code est parti" in words(navigateur.get(response["Location"]))
        travailleur()
        response = navigateur.post(PROOF, {"code": code_in_mail(), "suite": ACT})
        assert (response.status_code, response["Location"]) == (303, ACT)
    for seconds, status in ((-1, 200), (0, 302)):
        with time_machine.travel(start + FRESH + timedelta(seconds=seconds), tick=False):
            assert navigateur.get(ACT).status_code == status


def test_a_proof_gives_the_session_a_new_name_and_keeps_its_age(navigateur: Client, jeanne: Titulaire, travailleur):
    before, opened = navigateur.cookies["session"].value, Session.objects.get().created_at
    proves(navigateur, travailleur)
    after = navigateur.cookies["session"].value
    assert after != before
    assert Session.objects.get().created_at == opened
    stolen = Client()
    stolen.cookies["session"] = before
    assert stolen.get("/espace/").status_code == 302
    assert navigateur.get("/espace/").status_code == 200
    assert Ligne.objects.filter(event="comptes.preuve.given", actor_id=str(jeanne.compte.pk)).count() == 1


def test_the_proof_of_one_browser_is_not_another_s(navigateur: Client, jeanne: Titulaire, travailleur):
    other = Client()
    jeanne.signs_in(other)
    proves(navigateur, travailleur)
    assert other.get(ACT)["Location"] == ASKED


def test_what_was_typed_is_not_lost_when_the_proof_is_too_old(navigateur: Client, jeanne: Titulaire, travailleur):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        proves(navigateur, travailleur)
    with time_machine.travel(start + timedelta(minutes=12), tick=False):
        response = navigateur.post(ACT, MOVED | {"mot_de_passe": "secret"}, headers={"Sec-Fetch-Site": "same-origin"})
        assert (response.status_code, response["Location"]) == (303, ASKED)
        response = proves(navigateur, travailleur)
        assert response["Location"] == "/connexion/reprendre/"
        page = navigateur.get("/connexion/reprendre/").content.decode()
        assert f'action="{ACT}"' in page
        assert 'name="adresse4" value="3 RUE DU PUITS"' in page
        assert "secret" not in page


def test_whoever_has_a_second_factor_proves_by_it_and_not_by_mail(navigateur: Client, jeanne: Titulaire):
    secret = totp.new_secret()
    Compte.objects.update(totp_sealed=totp.seal_secret(jeanne.compte, secret))
    page = words(navigateur.get(ASKED))
    assert "code de secours" in page
    assert "Recevoir le code" not in page
    navigateur.post(PROOF, {"action": "envoyer", "suite": ACT})
    assert mail.outbox == []
    response = navigateur.post(PROOF, {"code": totp.code_at(secret, totp.current_step()), "suite": ACT})
    assert (response.status_code, response["Location"]) == (303, ACT)


def test_a_second_factor_given_at_sign_in_counts_as_a_proof(jeanne: Titulaire):
    secret = totp.new_secret()
    Compte.objects.update(totp_sealed=totp.seal_secret(jeanne.compte, secret))
    client = Client()
    where = jeanne.signs_in(client)["Location"]
    assert client.get("/espace/").status_code == 302
    client.post(where, {"code": totp.code_at(secret, totp.current_step())})
    assert client.get(ACT).status_code == 200


@pytest.mark.parametrize("state", ["unverified", "none"])
def test_without_a_working_mail_the_letter_is_explained_and_proves(
    navigateur: Client, jeanne: Titulaire, travailleur, state: str
):
    Compte.objects.update(courriel_verifie_at=None, **({"courriel": ""} if state == "none" else {}))
    assert "par courrier" in words(navigateur.get(ASKED))
    assert navigateur.post(PROOF, {"action": "envoyer", "suite": ACT}).status_code == 422
    response = navigateur.post(PROOF, {"action": "courrier"})
    assert "Un courrier part à l’adresse postale" in words(navigateur.get(response["Location"]))
    travailleur()
    client = Client()
    jeanne.signs_in(client, Lettre.objects.get().secret)
    client.post("/connexion/nouveau-mot-de-passe/", {"nouveau_mot_de_passe": "chevaux bleus sous la pluie"})
    assert client.get(ACT).status_code == 200


def test_a_letter_confirms_an_account_that_waited_for_it(jeanne: Titulaire):
    Compte.objects.update(niveau=Compte.Niveau.A_CONFIRMER)
    by_mail = provisoires.issue(jeanne.compte, MotDePasseProvisoire.Canal.COURRIEL, by=SYSTEM)
    jeanne.signs_in(Client(), by_mail)
    assert Compte.objects.get().niveau == Compte.Niveau.A_CONFIRMER
    by_post = provisoires.issue(jeanne.compte, MotDePasseProvisoire.Canal.COURRIER, by=SYSTEM)
    jeanne.signs_in(Client(), by_post)
    assert Compte.objects.get().niveau == Compte.Niveau.CONFIRME


def test_a_letter_takes_away_what_a_stranger_put_in_an_account_that_waited_for_it(jeanne: Titulaire):
    Compte.objects.update(
        niveau=Compte.Niveau.A_CONFIRMER,
        courriel="voleur@courriel.example",
        courriel_verifie_at=timezone.now(),
        totp_sealed=totp.seal_secret(jeanne.compte, totp.new_secret()),
    )
    Association.objects.create(compte=jeanne.compte, emetteur="https://fc.example", sujet="1")
    by_post = provisoires.issue(jeanne.compte, MotDePasseProvisoire.Canal.COURRIER, by=SYSTEM)
    response = jeanne.signs_in(Client(), by_post)
    assert response["Location"].startswith("/connexion/nouveau-mot-de-passe/")
    compte = Compte.objects.get()
    assert (compte.courriel, compte.courriel_verifie_at) == (jeanne.compte.personne.email, None)
    assert not compte.totp_sealed
    assert not compte.associations.exists()


def test_a_provisional_password_by_mail_proves_nothing_more(navigateur: Client, jeanne: Titulaire):
    client = Client()
    jeanne.signs_in(client, provisoires.issue(jeanne.compte, MotDePasseProvisoire.Canal.COURRIEL, by=SYSTEM))
    client.post("/connexion/nouveau-mot-de-passe/", {"nouveau_mot_de_passe": "chevaux bleus sous la pluie"})
    assert client.get(ACT)["Location"] == ASKED


def test_codes_are_not_guessed(navigateur: Client, jeanne: Titulaire, travailleur):
    navigateur.post(PROOF, {"action": "envoyer", "suite": ACT})
    travailleur()
    right = code_in_mail()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    said = [words(navigateur.post(PROOF, {"code": wrong, "suite": ACT})) for _ in range(5)]
    assert "Il vous reste 4 essais" in said[0]
    assert "Il vous reste un essai" in said[3]
    assert "n’est plus valable" in said[4]
    response = navigateur.post(PROOF, {"code": right, "suite": ACT})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_codes_are_not_sent_without_end(navigateur: Client, jeanne: Titulaire):
    statuses = [navigateur.post(PROOF, {"action": "envoyer", "suite": ACT}).status_code for _ in range(5)]
    assert statuses == [303, 303, 303, 429, 429]


def test_a_script_is_told_where_to_go(navigateur: Client, jeanne: Titulaire):
    response = navigateur.get(ACT, headers={"HX-Request": "true", "Sec-Fetch-Mode": "cors"})
    assert (response.status_code, response["HX-Redirect"]) == (401, ASKED)


def test_nobody_is_sent_elsewhere_after_a_proof(navigateur: Client, jeanne: Titulaire, travailleur):
    assert proves(navigateur, travailleur, suite="https://ailleurs.example/")["Location"] == "/espace/"


def test_a_visitor_has_nothing_to_prove(navigateur: Client, caisse):
    assert navigateur.get(PROOF)["Location"].startswith("/connexion/?suite=")


def test_the_page_costs_few_queries(navigateur: Client, jeanne: Titulaire):
    with CaptureQueriesContext(connection) as queries:
        navigateur.get(ASKED)
    assert len(queries) <= 4
