"""No two agents on one item: threads, each with its own connection, on the database the suite runs on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from enclos.caisses.actions import install_shipped_data
from enclos.caisses.models import Caisse
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.suivi import actions
from enclos.suivi.models import Affaire, Refus

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS, PAPIERS = 6, 24


@pytest.fixture(autouse=True)
def reference_data(transactional_db: None) -> None:
    """A transactional test leaves the tables empty behind it, the fund's included."""
    install_shipped_data()


def team() -> list[Compte]:
    service = Caisse.objects.get().services.get(code="famille")
    personne = PersonneFactory(caisse=service.caisse)
    for _ in range(PAPIERS):
        actions.open_affaire(
            caisse=service.caisse, service=service, personne=personne, reference="KM7-RP4-QB2", libelle="Bail",
            received_at=timezone.now(), by=SYSTEM,
        )  # fmt: skip
    return [CompteFactory(agent=True, caisse=service.caisse, services=[service]) for _ in range(AGENTS)]


def at_once(calls):
    """Run every call in its thread, all started together."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait(10)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def take_all(agent: Compte) -> list[Affaire]:
    taken = []
    while affaire := actions.take_next(agent):
        taken.append(affaire)
    return taken


def test_six_agents_share_the_queue_and_nobody_gets_the_same_item():
    agents = team()
    taken = at_once([lambda agent=agent: take_all(agent) for agent in agents])
    count = Counter(affaire.pk for share in taken for affaire in share)
    assert len(count) == PAPIERS
    assert set(count.values()) == {1}
    for agent, share in zip(agents, taken, strict=True):
        assert set(Affaire.objects.held_by(agent)) == set(share)


def test_two_clicks_at_the_same_instant_give_one_item():
    camille = team()[0]
    shown_at = timezone.now()
    taken = at_once([lambda: actions.take_next(camille, asked_at=shown_at)] * 4)
    assert len({affaire.pk for affaire in taken}) == 1
    assert Affaire.objects.held_by(camille).count() == 1


def test_two_decisions_at_the_same_instant_leave_one():
    camille = team()[0]
    affaire = actions.take_next(camille)
    assert affaire is not None

    def decide(call):
        try:
            return call()
        except actions.AlreadyDecided:
            return "dit non"

    results = at_once([
        lambda: decide(lambda: actions.settle(Affaire.objects.get(pk=affaire.pk), by=camille)),
        lambda: decide(lambda: actions.settle(Affaire.objects.get(pk=affaire.pk), by=camille)),
        lambda: decide(
            lambda: actions.refuse(Affaire.objects.get(pk=affaire.pk), refus=Refus.AUTRE, reponse="Non.", by=camille)
        ),
    ])  # fmt: skip
    assert results.count(True) == 1


def test_an_item_taken_by_two_agents_goes_to_one():
    agents = team()
    affaire = Affaire.objects.order_by("pk").first()
    assert affaire is not None

    def take(agent):
        try:
            return actions.take(affaire, by=agent).taken_by_id
        except actions.AlreadyTaken:
            return None

    holders = [holder for holder in at_once([lambda agent=agent: take(agent) for agent in agents]) if holder]
    assert len(holders) == 1
