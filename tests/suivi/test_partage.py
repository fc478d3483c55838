"""Everybody at once on the same items: taken, given, put back, decided in a lot, dropped. One owner each, and the journal agrees."""

from collections import Counter
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from django.utils import timezone

from enclos.agents import lots
from enclos.agents.lots import Geste
from enclos.agents.tasks import perform_lots
from enclos.caisses.actions import install_shipped_data
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from enclos.socle.refusals import Refusal
from enclos.suivi import actions, repartition
from enclos.suivi.models import Affaire, LigneDeLot, Lot
from tests.agents.monde import agent, papier, superviseur
from tests.suivi.test_deux_agents import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PAPIERS = 12


@pytest.fixture(autouse=True)
def reference_data(transactional_db: None) -> None:
    install_shipped_data()


def tried(call):
    """What a call gives, or that it was refused: the only other end there may be."""
    try:
        return call()
    except Refusal:
        return None


def owner_of(affaire: Affaire) -> str:
    """Who has it, from the journal alone."""
    owner = ""
    for line in Ligne.objects.about(affaire).order_by("pk"):
        match line.event:
            case "suivi.affaire.taken":
                assert owner == "", f"taken while {owner} had it"
                owner = line.actor_id
            case "suivi.affaire.assigned":
                assert owner == "", f"given while {owner} had it"
                owner = str(Compte.objects.get(nom=line.details["a"]).pk)
            case "suivi.affaire.released":
                assert owner != "", "put back while nobody had it"
                owner = ""
    return owner


def test_everything_at_once_leaves_one_owner_each_and_the_journal_agrees():
    people = [agent("Camille Roy"), agent("Lou Petit"), agent("Ana Dupuis")]
    nadia, odile = superviseur(), superviseur("Odile Blanc")
    affaires = [papier(libelle=f"Bail {n}") for n in range(PAPIERS)]

    def take_some(who, seed):
        chance = Random(seed)
        for affaire in chance.sample(affaires, len(affaires)):
            tried(lambda affaire=affaire: actions.take(affaire, by=who))
            if chance.random() < 0.4:
                tried(lambda affaire=affaire: actions.release(affaire, by=who))
            tried(lambda: actions.take_next(who))

    def give_some(seed):
        chance = Random(seed)
        for affaire in chance.sample(affaires, len(affaires)):
            tried(lambda affaire=affaire: repartition.assign(affaire, agent=chance.choice(people), by=nadia))

    def in_lots(genre, seed):
        chance = Random(seed)
        for _ in range(4):
            some = [one.pk for one in chance.sample(affaires, 5)]
            geste = Geste(genre=genre, agent=people[0] if genre == Lot.Genre.ATTRIBUER else None)
            lot = tried(lambda some=some, geste=geste: lots.prepare(geste, some, cle=uuid4(), by=odile))
            if lot is not None and lot.is_told:
                tried(lambda lot=lot: lots.cancel(lot, by=odile))

    at_once([
        *(lambda who=who, n=n: take_some(who, n) for n, who in enumerate(people)),
        lambda: give_some(11),
        lambda: in_lots(Lot.Genre.REMETTRE, 21),
        lambda: in_lots(Lot.Genre.ATTRIBUER, 22),
        lambda: in_lots(Lot.Genre.TRAITER, 23),
        lambda: repartition.release_all(people[1], by=nadia),
    ])  # fmt: skip
    for affaire in Affaire.objects.order_by("pk"):
        assert owner_of(affaire) == (str(affaire.taken_by_id) if affaire.taken_by_id else "")
        assert affaire.lot_id is None
        assert (affaire.taken_by_id is None) == (affaire.get_etat_display() == "Reçu")


@pytest.mark.parametrize("turn", range(4))
def test_dropped_and_done_at_the_same_instant_one_wins(turn):
    nadia = superviseur()
    personne = CompteFactory().personne
    affaires = [papier(personne=personne) for _ in range(3)]
    lot = lots.prepare(Geste(genre=Lot.Genre.TRAITER), [one.pk for one in affaires], cle=uuid4(), by=nadia)
    Lot.objects.filter(pk=lot.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    results = at_once([
        perform_lots,
        lambda: tried(lambda: lots.cancel(lot, by=nadia)),
        perform_lots,
        lambda: tried(lambda: lots.cancel(lot, by=nadia)),
    ])  # fmt: skip
    lot.refresh_from_db()
    rows = list(Affaire.objects.order_by("pk"))
    assert all(row.lot_id is None for row in rows)
    mails = Courriel.objects.filter(cle__startswith="envois.decision").count()
    if lot.execute_at is not None:
        assert lot.annule_at is None
        assert {row.get_etat_display() for row in rows} == {"Traité"}
        assert mails == 3
        assert [one for one in (results[1], results[3]) if one is not None] == []
    else:
        assert lot.annule_at is not None
        assert {(row.get_etat_display(), row.taken_by_id) for row in rows} == {("Reçu", None)}
        assert mails == 0
    assert Ligne.objects.filter(event__in=["suivi.lot.executed", "suivi.lot.cancelled"]).count() == 1


def test_two_workers_do_a_lot_once():
    nadia = superviseur()
    affaires = [papier() for _ in range(5)]
    lot = lots.prepare(Geste(genre=Lot.Genre.TRAITER), [one.pk for one in affaires], cle=uuid4(), by=nadia)
    Lot.objects.filter(pk=lot.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    at_once([perform_lots, perform_lots, perform_lots])
    count = Counter(Ligne.objects.filter(event="suivi.affaire.settled").values_list("object_id", flat=True))
    assert set(count.values()) == {1}
    assert len(count) == 5


def test_two_lots_at_the_same_instant_never_share_an_item():
    people = [superviseur("Un"), superviseur("Deux"), superviseur("Trois")]
    affaires = [papier() for _ in range(8)]
    found = at_once([
        lambda who=who: tried(
            lambda: lots.prepare(Geste(genre=Lot.Genre.TRAITER), [one.pk for one in affaires], cle=uuid4(), by=who)
        )
        for who in people
    ])  # fmt: skip
    assert len([one for one in found if one]) == 1
    assert LigneDeLot.objects.filter(resultat="").count() == 8


def test_the_same_form_sent_twice_at_the_same_instant_is_one_lot():
    nadia, key = superviseur(), uuid4()
    affaires = [papier() for _ in range(3)]
    found = at_once(
        [lambda: lots.prepare(Geste(genre=Lot.Genre.TRAITER), [one.pk for one in affaires], cle=key, by=nadia)] * 3
    )
    assert {one.pk for one in found} == {key}
    assert Lot.objects.count() == 1
