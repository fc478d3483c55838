"""Signing in: what works, what is refused, and that all refusals are alike."""

import re
import unicodedata
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes import actions
from enclos.comptes.hashers import Argon2id
from enclos.comptes.models import Compteur, Session
from enclos.comptes.navigateurs import browser_of
from enclos.comptes.sessions import digest
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.models import Ligne
from enclos.socle import nir as nir_module
from enclos.socle import sealed
from tests.comptes.conftest import MOT_DE_PASSE, Titulaire

pytestmark = pytest.mark.django_db


def words(response) -> str:
    """What the page says, without what changes at each answer."""
    html = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", response.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_member_signs_in_and_reaches_her_home(navigateur: Client, jeanne: Titulaire):
    response = jeanne.signs_in(navigateur)
    assert (response.status_code, response["Location"]) == (303, "/espace/")
    assert navigateur.get("/connexion/")["Location"] == "/espace/"
    line = Ligne.objects.get(event="comptes.session.opened")
    assert line.actor_id == str(jeanne.compte.pk)


def test_the_page_has_the_fields_of_the_contract(navigateur: Client, caisse):
    html = navigateur.get("/connexion/").content.decode()
    assert re.search(r'<label for="id_identifiant">\s*Identifiant\s*</label>', html)
    assert re.search(r'<label for="id_mot_de_passe">\s*Mot de passe\s*</label>', html)
    assert 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html
    assert "inputmode" not in html
    assert caisse.telephone in html
    assert ">Mot de passe oublié ?</a>" in html


def test_our_own_forms_are_not_sent_without_their_origin(navigateur: Client, caisse):
    """With `no-referrer`, browsers send `Origin: null` with a form of the same site, and CSRF refuses every one of them."""
    assert navigateur.get("/connexion/")["Referrer-Policy"] == "same-origin"


def test_an_agent_is_asked_for_the_right_thing(navigateur: Client, caisse):
    html = navigateur.get("/connexion/?suite=/agent/").content.decode()
    assert "Celui que votre caisse vous a donné" in html
    assert "sécurité sociale" not in html


def test_the_sign_in_page_asks_the_database_for_nothing_but_the_fund(navigateur: Client, caisse):
    with CaptureQueriesContext(connection) as queries:
        navigateur.get("/connexion/")
    assert len(queries) <= 1


@pytest.mark.parametrize("number", [41, 2_900_000, 4_350_000])
@pytest.mark.parametrize("writing", ["plain", "spaced", "lower", "with key", "dots"])
def test_a_number_may_be_written_as_on_the_card(navigateur: Client, caisse, writing: str, number: int):
    nir13 = synthetic_nir(number)
    jeanne = Titulaire(CompteFactory.create(personne=PersonneFactory(nir=nir13), mot_de_passe=MOT_DE_PASSE), nir13)
    parts = (nir13[:1], nir13[1:3], nir13[3:5], nir13[5:7], nir13[7:10], nir13[10:])
    jeanne.identifiant = {
        "plain": nir13,
        "spaced": "\u00a0" + " ".join(parts) + " ",
        "lower": nir13.lower(),
        "with key": nir13 + nir_module.key_of(nir13),
        "dots": ".".join(parts),
    }[writing]
    assert jeanne.signs_in(navigateur).status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("285059999", "13 signes"),
        ("2850599990117 99", "les deux derniers ne correspondent pas"),
        ("9850599990117", "n’a pas la forme"),
        ("", "Tapez votre identifiant"),
    ],
)
def test_a_badly_written_number_is_explained_at_its_field(navigateur: Client, caisse, hashes, typed: str, said: str):
    response = navigateur.post("/connexion/", {"identifiant": typed, "mot_de_passe": "x"})
    html = response.content.decode()
    assert response.status_code == 422
    assert said in html
    assert 'href="#id_identifiant"' in html
    assert hashes == []


def outcomes(jeanne: Titulaire) -> dict[str, tuple[str, str]]:
    """What somebody may type, by why it is refused."""
    CompteFactory(personne=PersonneFactory(nir=synthetic_nir(51)), mot_de_passe=MOT_DE_PASSE, is_active=False)
    CompteFactory(personne=PersonneFactory(nir=synthetic_nir(52), decede=True), mot_de_passe=MOT_DE_PASSE)
    CompteFactory(personne=PersonneFactory(nir=synthetic_nir(53), closed_at=timezone.now()), mot_de_passe=MOT_DE_PASSE)
    CompteFactory(personne=PersonneFactory(nir=synthetic_nir(54)))
    return {
        "unknown": (synthetic_nir(59), MOT_DE_PASSE),
        "wrong": (jeanne.identifiant, "faux"),
        "too long": (jeanne.identifiant, "é" * 65),
        "closed": (synthetic_nir(51), MOT_DE_PASSE),
        "deceased": (synthetic_nir(52), MOT_DE_PASSE),
        "gone": (synthetic_nir(53), MOT_DE_PASSE),
        "without password": (synthetic_nir(54), MOT_DE_PASSE),
        "no such agent": ("personne.inconnue", MOT_DE_PASSE),
    }


def test_every_refusal_has_the_same_words_hashes_and_queries(jeanne: Titulaire, hashes: list[str]):
    answers: dict[str, Any] = {}
    for reason, (identifiant, mot_de_passe) in outcomes(jeanne).items():
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            response = Client(REMOTE_ADDR=f"10.0.{len(answers)}.1").post(
                "/connexion/", {"identifiant": identifiant, "mot_de_passe": mot_de_passe}
            )
        kinds = [query["sql"].split()[0] for query in queries]
        answers[reason] = (response.status_code, words(response), list(hashes), kinds)
        assert "session" not in response.cookies
        assert "appareil" not in response.cookies
    expected = answers["wrong"]
    assert expected[0] == 422
    assert expected[2] == ["verify"]
    assert "Identifiant ou mot de passe incorrect" in expected[1]
    assert {reason: answer for reason, answer in answers.items() if answer != expected} == {}
    assert Session.objects.count() == 0
    assert Ligne.objects.filter(event="comptes.session.refused").count() == len(answers)


def test_a_password_is_neither_trimmed_nor_bound_to_one_way_of_writing_accents(navigateur: Client, jeanne: Titulaire):
    assert jeanne.signs_in(Client(), f" {MOT_DE_PASSE}").status_code == 422
    assert jeanne.signs_in(Client(), MOT_DE_PASSE.upper()).status_code == 422
    decomposed = unicodedata.normalize("NFD", MOT_DE_PASSE)
    assert decomposed != MOT_DE_PASSE
    assert jeanne.signs_in(navigateur, decomposed).status_code == 303


def test_passwords_are_kept_in_argon2id_with_the_chosen_cost(jeanne: Titulaire):
    assert jeanne.compte.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(jeanne.compte.password.rsplit("$", 1)[1]) == 43  # 32 bytes


def test_a_password_kept_with_other_costs_is_hashed_anew_at_sign_in(navigateur: Client, jeanne: Titulaire):
    class Older(Argon2id):
        time_cost = 1

    jeanne.compte.password = Older().encode(MOT_DE_PASSE, "s" * 22)
    jeanne.compte.save()
    assert jeanne.signs_in(navigateur).status_code == 303
    jeanne.compte.refresh_from_db()
    assert ",t=2," in jeanne.compte.password
    assert navigateur.get("/connexion/").status_code == 302  # still signed in


def test_a_person_with_a_waiting_number_and_a_definitive_one_signs_in_with_either(caisse, jeanne: Titulaire):
    waiting = "7" + synthetic_nir(61)[1:]
    personne = jeanne.compte.personne
    assert personne is not None
    personne.nia_index = sealed.blind_index(waiting)
    personne.save()
    assert jeanne.signs_in(Client()).status_code == 303
    jeanne.identifiant = waiting
    assert jeanne.signs_in(Client()).status_code == 303


def test_signing_in_gives_a_new_session_even_when_one_was_there(navigateur: Client, jeanne: Titulaire, marc: Titulaire):
    navigateur.cookies["session"] = "f" * 32
    jeanne.signs_in(navigateur)
    first = navigateur.cookies["session"].value
    assert first != "f" * 32
    jeanne.signs_in(navigateur)
    second = navigateur.cookies["session"].value
    assert second not in {first, "f" * 32}
    marc.signs_in(navigateur)
    third = navigateur.cookies["session"].value
    assert third not in {first, second}
    assert [session.pk for session in Session.objects.all()] == [digest(third)]


def test_a_copy_of_the_database_opens_no_session(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    stolen = Client()
    stolen.cookies["session"] = Session.objects.get().pk
    assert stolen.get("/connexion/").status_code == 200


@pytest.mark.parametrize(
    "suite",
    [
        "https://ailleurs.example/espace/",
        "//ailleurs.example/",
        "/\\ailleurs.example",
        "javascript:alert(1)",
        "espace/",
        "/agent/",
        "/deconnexion/",
        "/connexion/",
        "http:///ailleurs.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(navigateur: Client, jeanne: Titulaire, suite: str):
    assert jeanne.signs_in(navigateur, suite=suite)["Location"] == "/espace/"


def test_one_goes_to_the_page_first_asked_for(navigateur: Client, jeanne: Titulaire):
    response = navigateur.get("/espace/envois/?page=2")
    assert response["Location"] == "/connexion/?suite=/espace/envois/%3Fpage%3D2"
    page = navigateur.get(response["Location"])
    assert 'name="suite" value="/espace/envois/?page=2"' in page.content.decode()
    assert jeanne.signs_in(navigateur, suite="/espace/envois/?page=2")["Location"] == "/espace/envois/?page=2"


def test_signing_in_costs_few_queries(navigateur: Client, jeanne: Titulaire, hashes: list[str]):
    hashes.clear()
    with CaptureQueriesContext(connection) as queries:
        jeanne.signs_in(navigateur)
    real = [query["sql"] for query in queries if not re.match(r"(SAVEPOINT|RELEASE|BEGIN|COMMIT)", query["sql"])]
    assert len(real) <= 10, "\n".join(real)
    assert hashes == ["verify"]


def test_the_nir_is_nowhere_after_trying(navigateur: Client, jeanne: Titulaire, caplog):
    caplog.set_level("DEBUG")
    jeanne.signs_in(navigateur, "faux")
    jeanne.signs_in(navigateur)
    written = [str(line.__dict__) for line in Ligne.objects.all()] + caplog.messages
    written += [row.cle for row in Compteur.objects.all()]
    assert not [text for text in written if jeanne.identifiant in text]


def test_the_accents_of_a_text_without_end_are_not_put_in_order(navigateur: Client, jeanne: Titulaire, monkeypatch):
    """That takes the square of its length: nine seconds for a request of 120 kB."""
    read: list[int] = []
    plain = actions.normalised
    monkeypatch.setattr(actions, "normalised", lambda text: [read.append(len(text)), plain(text)][1])
    assert jeanne.signs_in(navigateur, "a" + "\u0301\u0323" * 40_000).status_code == 422
    assert read == []
    assert jeanne.signs_in(navigateur, unicodedata.normalize("NFD", jeanne.mot_de_passe)).status_code == 303
    assert len(read) == 1


@pytest.mark.parametrize("address", ["/connexion/", "/deconnexion/", "/verifier/", "/"])
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE"])
def test_only_the_methods_a_browser_uses_are_answered(navigateur: Client, caisse, address: str, method: str):
    assert navigateur.generic(method, address).status_code == 405


def test_a_browser_that_never_came_is_told_to_the_member(navigateur: Client, jeanne: Titulaire, travailleur):
    subject = "Un nouvel appareil s’est connecté à votre compte"
    jeanne.signs_in(navigateur)
    travailleur()
    (told,) = [one for one in mail.outbox if one.subject == subject]
    assert told.to == [jeanne.compte.courriel]
    jeanne.signs_in(navigateur)
    travailleur()
    assert len([one for one in mail.outbox if one.subject == subject]) == 1
    jeanne.signs_in(Client())
    travailleur()
    assert len([one for one in mail.outbox if one.subject == subject]) == 2


def test_a_session_says_how_and_from_where_it_was_opened(navigateur: Client, jeanne: Titulaire):
    phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36 EdgA/126.0"
    navigateur.defaults["HTTP_USER_AGENT"] = phone
    jeanne.signs_in(navigateur)
    session = Session.objects.get()
    assert (session.methode, session.navigateur, session.source) == ("mot-de-passe", "Edge sur Android", "127.0.0.0/24")
    details = Ligne.objects.get(event="comptes.session.opened").details
    assert details == {"methode": "mot-de-passe", "navigateur": "Edge sur Android", "source": "127.0.0.0/24"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox sur Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Safari/604.1",
            "Safari sur iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/537 Chrome/126.0 Safari/537.36 OPR/112",
            "Opera sur Mac",
        ),
        ("curl/8.5", "Navigateur inconnu"),
        ("<script>alert(1)</script> 2850599990117", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_nothing_that_a_browser_writes_is_kept(said: str, shown: str, rf):
    assert browser_of(rf.get("/", headers={"User-Agent": said})) == shown
