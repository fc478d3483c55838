"""Fifty tries at the same instant: counted one by one by the database the suite runs on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from enclos.comptes import actions, codes, totp
from enclos.comptes.compteurs import Rule, count_try
from enclos.comptes.hashers import Slots
from enclos.comptes.models import Code, Compteur, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import oubli, provisoires
from enclos.courrier.models import Courriel
from enclos.demo.nir import synthetic_nir
from enclos.journal.actions import SYSTEM
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


def test_fifty_guesses_at_a_provisional_password_are_five(jeanne: Titulaire, wide_door, monkeypatch, hashes: list[str]):
    """The limit of the identifier is set aside: the five tries of the password itself are counted."""
    monkeypatch.setattr(
        actions, "BY_IDENTIFIER", Rule(timedelta(hours=1), free=99, waits=(timedelta(hours=1),), most=99)
    )
    password = provisoires.issue(jeanne.compte, provisoires.Canal.COURRIEL, by=SYSTEM)
    encoded = MotDePasseProvisoire.objects.get().empreinte
    compared: list[str | None] = []
    plain = actions.verify
    monkeypatch.setattr(actions, "verify", lambda typed, known: [compared.append(known), plain(typed, known)][1])
    guesses = [provisoires.draw() for _ in range(MANY)]
    statuses = Counter(at_once(lambda rank: jeanne.signs_in(Client(), guesses[rank]).status_code))
    assert statuses == {422: MANY}
    assert compared.count(encoded) == 5
    assert MotDePasseProvisoire.objects.get().essais == 5
    assert jeanne.signs_in(Client(), password).status_code == 422


def test_a_provisional_password_used_five_times_at_once_serves_once(jeanne: Titulaire, wide_door):
    password = provisoires.issue(jeanne.compte, provisoires.Canal.COURRIEL, by=SYSTEM)
    statuses = Counter(at_once(lambda rank: jeanne.signs_in(Client(), password).status_code, 5))
    assert statuses[303] == 1
    assert set(statuses) <= {303, 409, 422}  # overtaken, or too late to be compared at all
    assert Session.objects.count() == 1


def test_of_many_provisional_passwords_issued_at_once_one_opens(jeanne: Titulaire, wide_door):
    issued = at_once(lambda rank: provisoires.issue(jeanne.compte, provisoires.Canal.COURRIEL, by=SYSTEM), 6)
    assert MotDePasseProvisoire.objects.filter(used_at=None, killed_at=None).count() == 1
    assert MotDePasseProvisoire.objects.count() == 6
    opened = [jeanne.signs_in(Client(), password).status_code for password in issued[:4]]
    opened += [0] if 303 in opened else [jeanne.signs_in(Client(), password).status_code for password in issued[4:]]
    assert opened.count(303) <= 1


def test_fifty_guesses_at_a_code_are_five(jeanne: Titulaire):
    codes.send_by_mail("essai", "lien", to=jeanne.compte.courriel, caisse=jeanne.compte.caisse, by=SYSTEM)
    right = Courriel.objects.get().secret
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    def guess(rank: int) -> str:
        try:
            codes.check("essai", "lien", wrong, by=SYSTEM)
        except (codes.WrongCode, codes.DeadCode) as refusal:
            return type(refusal).__name__
        return "right"

    said = Counter(at_once(guess))
    assert said["right"] == 0
    assert said["WrongCode"] == 4  # the fifth says at once that the code is dead
    assert Code.objects.get().essais == 5
    with pytest.raises(codes.DeadCode):
        codes.check("essai", "lien", right, by=SYSTEM)


def test_a_code_given_by_fifty_at_once_serves_once(jeanne: Titulaire):
    codes.send_by_mail("essai", "lien", to=jeanne.compte.courriel, caisse=jeanne.compte.caisse, by=SYSTEM)
    right = Courriel.objects.get().secret

    def give(rank: int) -> bool:
        try:
            codes.check("essai", "lien", right, by=SYSTEM)
        except codes.DeadCode:
            return False
        return True

    assert Counter(at_once(give)) == {True: 1, False: MANY - 1}


def test_fifty_lost_passwords_at_once_are_three_requests(jeanne: Titulaire, monkeypatch):
    ask = "/mot-de-passe-oublie/"
    statuses = Counter(
        at_once(
            lambda rank: Client(REMOTE_ADDR=f"10.{rank}.0.1").post(ask, {"identifiant": jeanne.identifiant}).status_code
        )
    )
    assert statuses == {303: 3, 429: MANY - 3}


def test_fifty_sources_at_once_do_not_pass_the_share_of_the_site(jeanne: Titulaire, monkeypatch):
    monkeypatch.setattr(oubli, "BY_SITE", Rule(timedelta(hours=1), free=7, waits=(timedelta(hours=1),), most=7))
    numbers = [synthetic_nir(5_000 + rank) for rank in range(MANY)]
    statuses = Counter(
        at_once(
            lambda rank: (
                Client(REMOTE_ADDR=f"10.{rank}.0.1")
                .post("/mot-de-passe-oublie/", {"identifiant": numbers[rank]})
                .status_code
            )
        )
    )
    assert statuses == {303: 7, 429: MANY - 7}
