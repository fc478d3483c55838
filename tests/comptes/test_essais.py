"""Too many tries: who waits, how long, and that known and unknown identifiers are told the same."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from enclos.comptes import actions, compteurs
from enclos.comptes.compteurs import Rule, count_try
from enclos.comptes.models import Compteur
from enclos.demo.nir import synthetic_nir
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire

pytestmark = pytest.mark.django_db

RULE = Rule(timedelta(hours=1), free=3, waits=(timedelta(minutes=1), timedelta(minutes=5)), most=6)


def tries(titulaire: Titulaire, number: int, *, address: str = "192.0.2.1", client: Client | None = None):
    """The last answer to so many wrong passwords."""
    for _ in range(number):
        response = titulaire.signs_in(client or Client(REMOTE_ADDR=address), "faux")
    return response


def test_a_counter_lets_the_free_tries_through_then_makes_wait_longer_and_longer():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [count_try("x", RULE).is_allowed for _ in range(5)] == [True, True, True, False, False]
        assert count_try("x", RULE).minutes == 1
        clock.shift(61)
        assert count_try("x", RULE).count == 4
        clock.shift(61)
        verdict = count_try("x", RULE)
        assert (verdict.is_allowed, verdict.minutes) == (False, 4)
        clock.shift(240)
        assert count_try("x", RULE).count == 5
        clock.shift(301)
        assert count_try("x", RULE).closes
        clock.shift(301)
        assert not count_try("x", RULE).is_allowed  # six in the hour: its end must come
        clock.shift(3600)
        assert count_try("x", RULE).count == 1


def test_a_try_made_too_early_is_not_counted_and_does_not_make_the_wait_longer():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            count_try("x", RULE)
        for _ in range(50):
            count_try("x", RULE)
        assert Compteur.objects.get(pk="x").nombre == 3
        clock.shift(61)
        assert count_try("x", RULE).is_allowed


def test_after_five_tries_every_identifier_gets_the_same_answer(jeanne: Titulaire, hashes: list[str]):
    unknown = Titulaire(jeanne.compte, synthetic_nir(77))
    answers = []
    for who in (jeanne, unknown):
        hashes.clear()
        seen = [tries(who, 1, address="192.0.2.1" if who is jeanne else "198.51.100.1") for _ in range(6)]
        assert [response.status_code for response in seen] == [422] * 5 + [429]
        assert len(hashes) == 5
        assert seen[-1]["Retry-After"] == "60"
        pages = [re.sub(r'value="[^"]*"|nonce="[^"]*"', "", response.content.decode()) for response in seen]
        assert "Réessayez dans une minute" in pages[-1]
        answers.append(pages)
    assert answers[0] == answers[1]


def test_the_right_password_waits_too(jeanne: Titulaire):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tries(jeanne, 5)
        assert jeanne.signs_in(Client()).status_code == 429
        clock.shift(61)
        assert jeanne.signs_in(Client()).status_code == 303
        assert jeanne.signs_in(Client(), "faux").status_code == 422  # a success starts counting again


def test_a_member_is_told_before_she_has_to_wait(jeanne: Titulaire):
    said = [tries(jeanne, 1).content.decode() for _ in range(5)]
    assert "Il vous reste" not in said[1]
    assert "Il vous reste deux essais" in said[2]
    assert "Il vous reste un essai" in said[3]
    assert "Prochain essai dans une minute" in said[4]


def test_no_more_than_twenty_five_tries_in_a_day(jeanne: Titulaire):
    made = 0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(23):
            made += tries(jeanne, 1).status_code == 422
            made += tries(jeanne, 1).status_code == 422  # the first hour's tries, then one an hour
            clock.shift(3600)
    assert made == 25


def test_a_browser_that_came_in_before_is_not_stopped_by_others(jeanne: Titulaire):
    known = Client(REMOTE_ADDR="203.0.113.7")
    jeanne.signs_in(known)
    known.post("/deconnexion/")
    for _ in range(50):
        tries(jeanne, 1, address="192.0.2.1")
    assert jeanne.signs_in(Client(REMOTE_ADDR="203.0.113.99")).status_code == 429
    assert jeanne.signs_in(known).status_code == 303


def test_a_known_browser_has_its_own_counter(jeanne: Titulaire):
    known = Client()
    jeanne.signs_in(known)
    assert tries(jeanne, 6, client=known).status_code == 429
    assert jeanne.signs_in(Client()).status_code == 303


def test_a_browser_known_for_one_account_is_a_stranger_to_another(jeanne: Titulaire, marc: Titulaire):
    known = Client()
    jeanne.signs_in(known)
    tries(marc, 5, address="192.0.2.1")
    assert marc.signs_in(known).status_code == 429


def test_a_household_shares_a_browser(jeanne: Titulaire, marc: Titulaire):
    known = Client()
    jeanne.signs_in(known)
    marc.signs_in(known)
    tries(jeanne, 5, address="192.0.2.1")
    tries(marc, 5, address="192.0.2.1")
    assert jeanne.signs_in(known).status_code == 303
    assert marc.signs_in(known).status_code == 303


@pytest.mark.parametrize("forged", ["x", "a.b", "/" * 900, ".", "é.è"])
def test_a_forged_device_cookie_is_a_stranger_s(jeanne: Titulaire, forged: str):
    client = Client()
    client.cookies["appareil"] = forged
    tries(jeanne, 5, address="192.0.2.1")
    assert jeanne.signs_in(client).status_code == 429


def test_a_source_that_tries_many_identifiers_is_stopped_and_its_neighbours_are_not(jeanne: Titulaire, monkeypatch):
    monkeypatch.setattr(actions, "BY_SOURCE", Rule(timedelta(hours=1), free=10, waits=(timedelta(hours=1),), most=10))
    for number in range(10):
        address = f"192.0.2.{number + 1}"  # one /24
        assert tries(Titulaire(jeanne.compte, synthetic_nir(1000 + number)), 1, address=address).status_code == 422
    stopped = jeanne.signs_in(Client(REMOTE_ADDR="192.0.2.250"))
    assert stopped.status_code == 429
    assert "depuis votre réseau" in stopped.content.decode()
    assert "Réessayez dans 60 minutes" in stopped.content.decode()
    assert jeanne.signs_in(Client(REMOTE_ADDR="192.0.3.250")).status_code == 303


def test_a_success_does_not_count_against_its_source(jeanne: Titulaire, marc: Titulaire, monkeypatch):
    monkeypatch.setattr(actions, "BY_SOURCE", Rule(timedelta(hours=1), free=3, waits=(timedelta(hours=1),), most=3))
    for _ in range(6):
        assert jeanne.signs_in(Client()).status_code == 303
    tries(marc, 2, address="127.0.0.9")
    for _ in range(4):  # the third try of the window, given back each time
        assert jeanne.signs_in(Client()).status_code == 303


def test_somebody_in_charge_can_let_a_member_try_again(jeanne: Titulaire):
    from enclos.comptes import identifiants

    tries(jeanne, 6)
    assert actions.unblock(identifiants.read(jeanne.identifiant), by=SYSTEM) == 1
    assert jeanne.signs_in(Client()).status_code == 303
    assert Ligne.objects.filter(event="comptes.compte.unblocked").count() == 1


def test_refused_tries_are_in_the_journal_until_they_have_to_wait(jeanne: Titulaire):
    tries(jeanne, 20)
    lines = Ligne.objects.filter(event="comptes.session.refused")
    assert lines.count() == 5
    assert {line.object_id for line in lines} == {str(jeanne.compte.pk)}
    assert {line.details["source"] for line in lines} == {"192.0.2.0/24"}


def test_old_counters_are_swept():
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        count_try("old", RULE)
    count_try("new", RULE)
    assert compteurs.sweep_counters() == 1
    assert [row.pk for row in Compteur.objects.all()] == ["new"]


def test_a_known_browser_gives_its_source_no_more_tries(jeanne: Titulaire, monkeypatch):
    """Her browser is not counted there: signing in again and again must not buy tries at other identifiers."""
    monkeypatch.setattr(actions, "BY_SOURCE", Rule(timedelta(hours=1), free=3, waits=(timedelta(hours=1),), most=3))
    known = Client()
    assert jeanne.signs_in(known).status_code == 303
    answers = []
    for number in range(5):
        answers.append(
            tries(Titulaire(jeanne.compte, synthetic_nir(2000 + number)), 1, address="127.0.0.9").status_code
        )
        assert jeanne.signs_in(known).status_code == 303
    assert answers == [422, 422, 422, 429, 429]
