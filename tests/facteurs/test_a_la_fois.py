"""Many at the same instant: of those who come with one challenge, one letter or one key, as many pass as the rule says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from enclos.comptes.facteurs import lettre
from enclos.comptes.models import ClePasse, CodeSecours, Session
from enclos.courrier.models import Lettre
from tests.comptes.conftest import Titulaire
from tests.facteurs.authentificateur import Authentificateur
from tests.facteurs.conftest import adds_key, asks, gives_codes, gives_totp, here, proves

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 6


def at_once(act: Callable[[int], Any]) -> list[Any]:
    together = Barrier(MANY)

    def one(number: int) -> Any:
        together.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def twin(client: Client) -> Client:
    """Another request of the same browser."""
    other = here(Client())
    other.cookies = client.cookies.copy()
    return other


def test_of_many_with_one_challenge_one_comes_in(ordinateur: Client, jeanne: Titulaire):
    jeanne.signs_in(ordinateur)
    key = adds_key(ordinateur, jeanne, counts=False)
    browser = here(Client())
    answer = key.signs(asks(browser, "/connexion/cle/options/"))
    clients = [twin(browser) for _ in range(MANY)]
    statuses = at_once(lambda number: clients[number].post("/connexion/cle/", {"reponse": answer}).status_code)
    assert sorted(statuses) == [303] + [422] * (MANY - 1)
    assert Session.objects.filter(methode=Session.Methode.CLE).count() == 1


def test_of_many_with_the_code_of_the_letter_one_comes_in(jeanne: Titulaire):
    gives_totp(jeanne)
    first = Client()
    jeanne.signs_in(first)
    first.post("/connexion/double-verification/courrier/", {"demander": "oui"})
    secret = Lettre.objects.get().secret
    clients = [Client() for _ in range(3)]
    for client in clients:
        jeanne.signs_in(client)
    address = "/connexion/double-verification/courrier/"
    done = at_once(
        lambda number: clients[number].post(address, {"code_de_secours": secret}).status_code if number < 3 else 0
    )
    assert done.count(303) == 1
    assert lettre.expected(jeanne.compte) is None


def test_of_many_letters_asked_at_once_one_leaves(jeanne: Titulaire):
    gives_totp(jeanne)
    first = here(Client())
    jeanne.signs_in(first)
    clients = [twin(first) for _ in range(MANY)]
    address = "/connexion/double-verification/courrier/"
    statuses = at_once(lambda number: clients[number].post(address, {"demander": "oui"}).status_code)
    assert sorted(statuses) == [303] + [429] * (MANY - 1)
    assert Lettre.objects.count() == 1


def test_two_tabs_that_make_codes_leave_ten(jeanne: Titulaire):
    gives_codes(gives_totp(jeanne))
    first = here(Client())
    jeanne.signs_in(first)
    first.post("/connexion/double-verification/", {"code": jeanne.code()})
    proves(jeanne)
    clients = [twin(first) for _ in range(MANY)]
    at_once(lambda number: clients[number].post("/espace/compte/double-verification/codes-de-secours/").status_code)
    assert CodeSecours.objects.filter(compte=jeanne.compte).count() == 10


def test_an_eleventh_key_does_not_slip_in(ordinateur: Client, jeanne: Titulaire):
    jeanne.signs_in(ordinateur)
    proves(jeanne)
    for number in range(9):
        ClePasse.objects.create(
            compte=jeanne.compte, identifiant=bytes([number]), cle_publique=b"", nom=f"Clé {number}"
        )
    root = "/espace/compte/double-verification/cle/"
    tabs = []
    for _ in range(MANY):
        tab = twin(ordinateur)
        tabs.append((tab, Authentificateur().makes(asks(tab, f"{root}options/"))))
    statuses = at_once(
        lambda number: tabs[number][0].post(root, {"nom": "Une", "reponse": tabs[number][1]}).status_code
    )
    assert statuses.count(303) == 1
    assert ClePasse.objects.filter(compte=jeanne.compte).count() == 10
