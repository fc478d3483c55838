"""How long a session lives, how it ends, and that reading pages writes little."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.models import Session
from enclos.comptes.tasks import forget_ended_sessions
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from tests.comptes.conftest import Titulaire

pytestmark = pytest.mark.django_db

MINUTE = 60
HOUR = 3600
PAGE = "/connexion/reprendre/"  # private, and says 303 to who has nothing to take up


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 303


def test_a_member_who_does_nothing_is_out_after_twenty_minutes(clock, navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    clock.shift(19 * MINUTE)
    assert is_in(navigateur)
    clock.shift(20 * MINUTE)  # promised; one minute more is given
    assert is_in(navigateur)
    clock.shift(21 * MINUTE + 1)
    assert not is_in(navigateur)
    assert "Votre session a pris fin" in navigateur.get("/connexion/").content.decode()


def test_an_agent_is_out_after_fifteen(clock, navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur)
    navigateur.post("/connexion/code/", {"code": camille.code()})
    clock.shift(15 * MINUTE)
    assert is_in(navigateur)
    clock.shift(16 * MINUTE + 1)
    assert not is_in(navigateur)


def test_nobody_stays_more_than_ten_hours(clock, navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    for _ in range(39):
        clock.shift(15 * MINUTE)
        assert is_in(navigateur)
    clock.shift(15 * MINUTE)
    assert not is_in(navigateur)


def test_reading_pages_writes_at_most_once_a_minute(clock, navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    writes = []
    for _ in range(12):
        clock.shift(10)
        with CaptureQueriesContext(connection) as queries:
            navigateur.get(PAGE)
        writes += [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert len(writes) == 2


def test_session_account_and_person_come_in_one_query(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    with CaptureQueriesContext(connection) as queries:
        assert is_in(navigateur)
    assert len(queries) == 1


def test_a_visitor_without_cookie_costs_no_session_query(navigateur: Client, caisse):
    with CaptureQueriesContext(connection) as queries:
        navigateur.get("/espace/")
    assert [query for query in queries if "session" in query["sql"]] == []


def test_the_cookie_is_for_this_browser_run_alone(navigateur: Client, jeanne: Titulaire):
    cookie = jeanne.signs_in(navigateur).cookies["session"]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"


def test_signing_out_destroys_the_session_everywhere(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    copy = Client()
    copy.cookies["session"] = navigateur.cookies["session"].value
    assert is_in(copy)
    response = navigateur.post("/deconnexion/")
    assert (response.status_code, response["Location"]) == (303, "/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response.cookies["session"].value == ""
    assert not is_in(copy)
    assert Session.objects.count() == 0
    assert Ligne.objects.filter(event="comptes.session.closed").count() == 1


def test_signing_out_by_a_link_does_nothing(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    assert navigateur.get("/deconnexion/")["Location"] == "/espace/"
    assert is_in(navigateur)


def test_signing_out_twice_is_no_error(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    navigateur.post("/deconnexion/")
    assert navigateur.post("/deconnexion/").status_code == 303


def test_signing_out_after_the_end_leaves_nothing(clock, navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    clock.shift(HOUR)
    assert navigateur.post("/deconnexion/").status_code == 303
    assert Session.objects.count() == 0


def test_two_tabs_and_two_browsers(jeanne: Titulaire):
    phone, computer = Client(), Client()
    jeanne.signs_in(phone)
    jeanne.signs_in(computer)
    phone.post("/deconnexion/")
    assert not is_in(phone)
    assert is_in(computer)


def test_staying_moves_the_end_forward(clock, navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    clock.shift(19 * MINUTE)
    response = navigateur.post("/session/prolonger/")
    assert response.status_code == 204
    assert response["Session-Seconds-Left"] == str(20 * MINUTE)
    clock.shift(19 * MINUTE)
    assert is_in(navigateur)


def test_staying_does_not_pass_the_longest_time(clock, navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    for _ in range(39):
        clock.shift(15 * MINUTE)
        assert is_in(navigateur)
    clock.shift(10 * MINUTE)
    assert navigateur.post("/session/prolonger/")["Session-Seconds-Left"] == str(5 * MINUTE)


def test_one_cannot_stay_once_out(clock, navigateur: Client, jeanne: Titulaire):
    assert navigateur.post("/session/prolonger/").status_code == 401
    jeanne.signs_in(navigateur)
    clock.shift(HOUR)
    assert navigateur.post("/session/prolonger/").status_code == 401
    assert navigateur.get("/session/prolonger/").status_code == 405


def test_closing_an_account_ends_its_sessions(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    jeanne.compte.is_active = False
    jeanne.compte.save()
    assert not is_in(navigateur)
    assert Session.objects.count() == 0


@pytest.mark.parametrize("change", [{"decede": True}, {"closed_at": timezone.now()}])
def test_what_the_registry_says_of_a_person_ends_her_sessions(navigateur: Client, jeanne: Titulaire, change):
    jeanne.signs_in(navigateur)
    Personne.objects.filter(compte=jeanne.compte).update(**change)
    assert not is_in(navigateur)


def test_a_new_password_ends_the_other_sessions(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    jeanne.compte.set_password("tout autre chose")
    jeanne.compte.save()
    assert not is_in(navigateur)


def test_changing_the_secret_key_keeps_sessions_when_the_old_one_is_named(navigateur, jeanne: Titulaire, settings):
    jeanne.signs_in(navigateur)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "une autre clé, tout aussi secrète"
    assert is_in(navigateur)
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = "une troisième"
    assert not is_in(navigateur)


def test_sessions_ended_for_a_day_are_forgotten(clock, jeanne: Titulaire, marc: Titulaire):
    jeanne.signs_in(Client())
    clock.shift(23 * HOUR)
    forget_ended_sessions()
    assert Session.objects.count() == 1
    marc.signs_in(Client())
    clock.shift(2 * HOUR)
    forget_ended_sessions()
    assert [session.compte for session in Session.objects.all()] == [marc.compte]


def test_a_broken_cookie_is_dropped(navigateur: Client, caisse):
    navigateur.cookies["session"] = "é<script>"
    response = navigateur.get("/espace/")
    assert response.status_code == 302
    assert response.cookies["session"].value == ""
