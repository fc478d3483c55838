"""Hashes bounded: a flood of sign-ins is sent away, and what it does not concern goes on."""

import threading

import pytest
from django.test import Client

from enclos.comptes import actions, hashers
from enclos.comptes.hashers import Busy, Slots
from tests.comptes.conftest import Titulaire


def test_beyond_the_queue_one_is_sent_away_at_once():
    slots = Slots(1, waiting=1, longest_wait=30)
    entered, leave = threading.Event(), threading.Event()
    results: list[str] = []

    def hold() -> None:
        with slots.one():
            entered.set()
            leave.wait(10)
            results.append("first")

    def wait() -> None:
        with slots.one():
            results.append("second")

    first = threading.Thread(target=hold)
    first.start()
    assert entered.wait(10)
    second = threading.Thread(target=wait)
    second.start()
    while slots._door._value:  # the second is in the queue once the door has no place left
        pass
    with pytest.raises(Busy), slots.one():
        pass
    leave.set()
    first.join(10)
    second.join(10)
    assert results == ["first", "second"]
    with slots.one():
        pass  # places are given back


def test_nobody_waits_for_ever():
    slots = Slots(1, waiting=5, longest_wait=0.01)
    with slots.one(), pytest.raises(Busy), slots.one():
        pass
    with slots.one():
        pass


@pytest.mark.django_db
def test_a_crowd_is_told_to_come_back_and_what_was_typed_stays(jeanne: Titulaire, monkeypatch, hashes: list[str]):
    slots = Slots(1, waiting=0, longest_wait=0.01)
    monkeypatch.setattr(actions, "SLOTS", slots)
    hashes.clear()
    with slots.one():
        response = jeanne.signs_in(Client())
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Beaucoup de personnes se connectent" in response.content.decode()
    assert jeanne.identifiant in response.content.decode()
    assert hashes == []


def test_hashes_are_computed_on_threads_that_give_way():
    import os

    here = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    there = hashers.on_the_side(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert there == min(19, max(here, 0) + hashers.NICENESS) or there == hashers.NICENESS
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == here
