"""How long a refusal takes says nothing: measured over many pairs, asked in turn (standards, D5 and §2.4.2)."""

from collections.abc import Callable
from time import process_time

import pytest
from django.test import Client
from django.utils import timezone

from enclos.comptes import actions
from enclos.comptes.compteurs import Rule
from enclos.comptes.models import Compte
from enclos.comptes.mots_de_passe import oubli, provisoires
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.actions import SYSTEM

pytestmark = pytest.mark.django_db

PAIRS = 40
KINDS = ("known", "closed", "provisional", "unknown")


def test_a_wrong_password_takes_as_long_whoever_it_is_for(caisse, monkeypatch: pytest.MonkeyPatch):
    wide = Rule(actions.BY_SOURCE.window, free=10**6, waits=actions.BY_SOURCE.waits, most=10**6)
    monkeypatch.setattr(actions, "BY_SOURCE", wide)
    people = [PersonneFactory.create(nir=synthetic_nir(50_000 + rank)) for rank in range(3 * PAIRS)]
    model = CompteFactory.create(mot_de_passe="chevaux bleus sous la pluie")
    for rank, personne in enumerate(people):
        kind = KINDS[rank // PAIRS]
        compte = CompteFactory.create(personne=personne, is_active=kind != "closed")
        compte.password = model.password  # a hash as good as another
        compte.save()
        if kind == "provisional":
            provisoires.issue(compte, provisoires.Canal.COURRIEL, by=SYSTEM)
            Compte.objects.filter(pk=compte.pk).update(password="!")

    def measure(rank: int, kind: str) -> tuple[float, object]:
        typed = {"identifiant": synthetic_nir(50_000 + KINDS.index(kind) * PAIRS + rank), "mot_de_passe": "faux"}
        began = process_time()
        response = client.post("/connexion/", typed)
        return process_time() - began, (response.status_code, len(response.content))

    client = Client()
    assert takes_the_same_time(measure, KINDS, PAIRS)  # one hash more or less is thirty milliseconds


def test_asking_for_a_lost_password_takes_as_long_whoever_it_is(caisse, monkeypatch: pytest.MonkeyPatch):
    wide = Rule(oubli.DAY, free=10**6, waits=(oubli.HOUR,), most=10**6)
    monkeypatch.setattr(oubli, "BY_SITE", wide)
    monkeypatch.setattr(oubli, "BY_SOURCE", wide)
    kinds, pairs, people = ("known", "closed", "unknown"), 500, 167  # each may ask three times
    for rank in range(people):
        for place, kind in enumerate(kinds[:2]):
            personne = PersonneFactory.create(nir=synthetic_nir(60_000 + place * people + rank))
            CompteFactory.create(personne=personne, is_active=kind == "known", courriel_verifie_at=timezone.now())
    client = Client()

    def measure(rank: int, kind: str) -> tuple[float, object]:
        typed = {"identifiant": synthetic_nir(60_000 + kinds.index(kind) * people + rank % people)}
        began = process_time()
        response = client.post("/mot-de-passe-oublie/", typed)
        return process_time() - began, (response.status_code, response["Location"], len(response.content))

    assert takes_the_same_time(measure, kinds, pairs)


def takes_the_same_time(
    measure: Callable[[int, str], tuple[float, object]], kinds: tuple[str, ...], pairs: int
) -> bool:
    """Whether the kinds answer alike and work as long: medians 5 ms apart at most, and 20 ms at the 95th percentile of many.

    In time of this process: what other programs do to the wall clock says nothing of the portal.
    """
    work: dict[str, list[float]] = {kind: [] for kind in kinds}
    answers = set()
    for rank in range(pairs):
        for kind in kinds[rank % len(kinds) :] + kinds[: rank % len(kinds)]:  # each goes first as often as the others
            worked, answer = measure(rank, kind)
            work[kind].append(worked)
            answers.add(answer)
    assert len(answers) == 1, answers
    middle, high = at(work, 0.5), at(work, 0.95)
    is_slower = pairs >= 500 and max(high) - min(high) >= 0.020
    return max(middle) - min(middle) < 0.005 and not is_slower


def at(taken: dict[str, list[float]], share: float) -> list[float]:
    """The value under which so many of each kind are."""
    return [sorted(times)[int(share * len(times))] for times in taken.values()]
