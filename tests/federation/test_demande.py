"""The departure: what is asked, and that its return is bound to this browser, for ten minutes, for one use."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.federation import etat
from enclos.comptes.models import Compte, Session
from enclos.comptes.sessions import SessionStore
from enclos.journal.models import Ligne
from tests.conftest import Acteur
from tests.federation.conftest import Navigateur, query_of

pytestmark = pytest.mark.django_db


def test_the_request_holds_what_franceconnect_wants_and_nothing_more(navigateur: Navigateur, caisse_par_defaut):
    told = query_of(navigateur.leaves())
    assert set(told) == {
        "response_type", "client_id", "redirect_uri", "scope", "acr_values", "state", "nonce", "code_challenge", "code_challenge_method",
    }  # fmt: skip
    assert told["response_type"] == "code"
    assert told["scope"] == "openid identite_pivot"
    assert told["acr_values"] == "eidas1"
    assert told["code_challenge_method"] == "S256"
    assert told["redirect_uri"] == "http://127.0.0.1:8000/connexion/franceconnect/retour/"
    assert min(len(told["state"]), len(told["nonce"]), len(told["code_challenge"])) >= 32
    other = query_of(navigateur.leaves())
    assert {told[name] for name in ("state", "nonce", "code_challenge")}.isdisjoint(other.values())


def check_lost(response) -> None:
    assert response.status_code == 403
    assert "Cette connexion n’est plus valable" in response.content.decode()
    assert not Session.objects.exclude(compte=None).exists()


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=", "?state=%00&code=x", "?code=x&state=" + "é" * 20])
def test_a_return_without_departure_is_refused_and_written_down(navigateur: Navigateur, caisse_par_defaut, query: str):
    check_lost(navigateur.client.get(f"/connexion/franceconnect/retour/{query}"))
    assert Ligne.objects.filter(event="comptes.federation.lost").count() == 1


def test_the_return_of_another_browser_is_refused(navigateur: Navigateur, jeanne: Compte):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    check_lost(Navigateur(Client(), navigateur.fournisseur).comes_back(way_back))
    assert navigateur.comes_back(way_back).status_code == 303  # it is still hers


def test_a_return_serves_once(navigateur: Navigateur, jeanne: Compte):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    assert navigateur.comes_back(way_back).status_code == 303
    again = navigateur.comes_back(way_back)
    assert again.status_code == 403
    assert "Vous êtes déjà connecté ici" in again.content.decode()
    assert Session.objects.exclude(compte=None).count() == 1


def test_a_return_that_fails_does_not_serve_again(navigateur: Navigateur, jeanne: Compte):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne", defaut="nonce")
    assert navigateur.comes_back(way_back).status_code == 403
    check_lost(navigateur.comes_back(way_back))


def test_a_state_of_another_request_is_refused(navigateur: Navigateur, jeanne: Compte):
    check_lost(navigateur.goes_through("jeanne", defaut="retour-etat"))


@pytest.mark.parametrize(("seconds", "is_in_time"), [(599, True), (601, False)])
def test_a_departure_is_kept_ten_minutes(navigateur: Navigateur, caisse_par_defaut, rf, seconds: int, is_in_time: bool):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        state = query_of(navigateur.leaves())["state"]
    with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
        request = rf.get("/")
        request.session = SessionStore(navigateur.client.cookies["session"].value)
        assert (etat.take(request, state, fournisseur="franceconnect") is not None) == is_in_time


def test_the_return_of_one_provider_is_not_that_of_the_other(navigateur: Navigateur, jeanne: Compte):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    check_lost(navigateur.comes_back(way_back.replace("/franceconnect/", "/organisme/")))


def test_of_two_returns_at_once_one_goes_through(navigateur: Navigateur, caisse_par_defaut, rf):
    """Both read the session before either writes it: the database lets one through."""
    state = query_of(navigateur.leaves())["state"]
    key = navigateur.client.cookies["session"].value
    requests = [rf.get("/"), rf.get("/")]
    for request in requests:
        request.session = SessionStore(key)
        assert request.session.get(etat.CLE)
    taken = [etat.take(request, state, fournisseur="franceconnect") for request in requests]
    assert [one is not None for one in taken] == [True, False]


def test_several_tabs_may_leave_and_come_back(navigateur: Navigateur, jeanne: Compte):
    first, _second = navigateur.leaves(), navigateur.leaves()
    assert navigateur.comes_back(navigateur.fournisseur.says(first, "jeanne")).status_code == 303


def test_only_the_last_departures_are_kept(navigateur: Navigateur, caisse_par_defaut):
    for _ in range(7):
        navigateur.leaves()
    assert len(SessionStore(navigateur.client.cookies["session"].value)[etat.CLE]) == etat.MOST


def test_one_comes_back_to_the_page_first_asked_for_and_nowhere_else(navigateur: Navigateur, jeanne: Compte):
    assert navigateur.goes_through("jeanne", suite="/espace/envois/?page=2")["Location"] == "/espace/envois/?page=2"
    for suite in ("https://ailleurs.example/", "//ailleurs.example/", "/agent/", "/\\ailleurs.example"):
        other = Navigateur(Client(), navigateur.fournisseur)
        assert other.goes_through("jeanne", suite=suite)["Location"] == "/espace/", suite


def test_departures_are_counted_by_network(navigateur: Navigateur, caisse_par_defaut, monkeypatch):
    from dataclasses import replace

    from enclos.comptes.federation import actions

    monkeypatch.setattr(actions, "STARTS", replace(actions.STARTS, free=2, most=2))
    navigateur.leaves()
    navigateur.leaves()
    assert navigateur.client.post("/connexion/franceconnect/").status_code == 429


def test_the_journal_is_not_filled_by_returns_that_answer_nothing(navigateur: Navigateur, caisse_par_defaut):
    for _ in range(25):
        check_lost(navigateur.client.get("/connexion/franceconnect/retour/?state=x"))
    assert Ligne.objects.filter(event="comptes.federation.lost").count() == 20


def test_reading_the_address_of_the_button_leads_to_the_sign_in_page(navigateur: Navigateur, caisse_par_defaut):
    assert navigateur.client.get("/connexion/franceconnect/")["Location"] == "/connexion/"
    assert navigateur.client.get("/connexion/organisme/")["Location"] == "/connexion/?suite=/agent/"


def test_nothing_is_there_without_a_provider(caisse_par_defaut):
    browser = Client()
    for path in ("", "retour/", "deconnecte/"):
        assert browser.get(f"/connexion/franceconnect/{path}").status_code == 404
    assert browser.post("/connexion/organisme/").status_code == 404
    assert "FranceConnect" not in browser.get("/connexion/").content.decode()


def test_a_form_of_another_site_starts_nothing(fournisseur, caisse_par_defaut):
    browser = Client(
        enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://ailleurs.example"}
    )
    assert browser.post("/connexion/franceconnect/").status_code == 403
    assert not Session.objects.exists()


def test_leaving_costs_few_queries(navigateur: Navigateur, caisse_par_defaut):
    navigateur.leaves()
    with CaptureQueriesContext(connection) as queries:
        navigateur.leaves()
    real = [one["sql"] for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(real) <= 4, "\n".join(real)


def test_what_was_typed_before_the_session_ended_is_given_back(navigateur: Navigateur, jeanne: Compte):
    member = Acteur(jeanne)
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
    late = member.post("/espace/envoyer-un-document/", {"objet": "autres"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert late.status_code == 403
    sealed_form = re.search(r'name="reprise" value="([^"]+)"', late.content.decode())
    assert sealed_form
    navigateur.client = member
    assert navigateur.goes_through("jeanne", reprise=sealed_form[1])["Location"] == "/connexion/reprendre/"
