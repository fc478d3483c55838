"""Fifty tries at the same instant: counted one by one by the database the suite runs on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from enclos.comptes import actions, totp
from enclos.comptes.compteurs import Rule, count_try
from enclos.comptes.hashers import Slots
from enclos.comptes.models import Compteur, Session
from tests.comptes.conftest import Titulaire

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 50


def at_once(call, number: int = MANY):
    """The results of so many calls started together, each with its own connection."""
    barrier = Barrier(number)

    def run(rank: int):
        try:
            barrier.wait(20)
            return call(rank)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.fixture
def wide_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is sent away for the crowd: here the counters are tried, not the queue."""
    monkeypatch.setattr(actions, "SLOTS", Slots(4, waiting=MANY, longest_wait=60))


def test_of_fifty_tries_at_once_exactly_the_free_ones_go_through(transactional_db):
    rule = Rule(timedelta(hours=1), free=7, waits=(timedelta(minutes=1),), most=25)
    verdicts = at_once(lambda rank: count_try("x", rule))
    assert sorted(verdict.count for verdict in verdicts if verdict.is_allowed) == [1, 2, 3, 4, 5, 6, 7]
    assert Compteur.objects.get().nombre == 7


def test_without_a_limit_every_one_of_fifty_tries_is_counted(transactional_db):
    rule = Rule(timedelta(hours=1), free=1000, waits=(timedelta(minutes=1),), most=1000)
    verdicts = at_once(lambda rank: count_try("x", rule))
    assert sorted(verdict.count for verdict in verdicts) == list(range(1, MANY + 1))


def test_fifty_wrong_passwords_at_once_are_five_guesses(jeanne: Titulaire, wide_door, hashes: list[str]):
    hashes.clear()
    statuses = Counter(at_once(lambda rank: jeanne.signs_in(Client(REMOTE_ADDR=f"10.{rank}.0.1"), "faux").status_code))
    assert statuses == {422: 5, 429: MANY - 5}
    assert len(hashes) == 5


def test_fifty_right_passwords_at_once_come_in(jeanne: Titulaire, wide_door):
    statuses = Counter(at_once(lambda rank: jeanne.signs_in(Client()).status_code))
    assert statuses == {303: MANY}
    assert Session.objects.count() == MANY


def test_a_code_given_twice_at_once_serves_once(camille: Titulaire):
    code = camille.code()
    assert Counter(at_once(lambda rank: totp.accept(camille.compte, code), 8)) == {True: 1, False: 7}
