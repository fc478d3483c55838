"""A query written once gives what Django's own gives."""

import threading
from datetime import date

import pytest
from django.db import connection

from enclos.demo.factories import ExploitationFactory, LienFactory, PaiementFactory, PersonneFactory
from enclos.registre.models import Exploitation, Lien, Paiement, Personne
from enclos.socle.requetes import Slot, Written, give, walk

pytestmark = pytest.mark.django_db


def test_the_same_objects_come_as_from_the_queryset_with_what_was_joined(django_assert_num_queries):
    lien = LienFactory(liee=PersonneFactory(prenoms="Paul"))
    LienFactory()
    written = Written(Lien.objects.select_related("liee", "personne").filter(personne=Slot(Lien, "personne")))
    with django_assert_num_queries(1):
        (found,) = written(personne=lien.personne_id)
        assert found == lien
        assert found.liee.prenoms == "Paul"
        assert found.personne.date_naissance == lien.personne.date_naissance
        assert not found._state.adding


def test_each_asking_has_its_own_values_in_the_place_of_the_slots():
    one, other = PersonneFactory(), PersonneFactory()
    written = Written(Personne.objects.filter(ref=Slot(Personne, "ref"), pk=Slot(Personne, "pk", "clef")))
    assert written.first(ref=one.ref, clef=one.pk) == one
    assert written.first(ref=other.ref, clef=other.pk) == other
    assert written.first(ref=one.ref, clef=other.pk) is None


def test_constants_order_and_limit_stay_in_the_query():
    personne = PersonneFactory()
    for month in (3, 1, 2):
        PaiementFactory(personne=personne, date=date(2026, month, 1))
    ExploitationFactory(personne=personne, cesse_le=date(2025, 1, 1))
    latest = Written(Paiement.objects.filter(personne=Slot(Paiement, "personne")).order_by("-date")[:2])
    assert [payment.date.month for payment in latest(personne=personne.pk)] == [3, 2]
    open_ones = Written(Exploitation.objects.filter(personne=Slot(Exploitation, "personne"), cesse_le=None))
    assert list(open_ones(personne=personne.pk)) == []


def test_a_missing_value_is_an_error_of_the_caller():
    written = Written(Personne.objects.filter(ref=Slot(Personne, "ref")))
    with pytest.raises(KeyError):
        written.first()


@pytest.mark.django_db(transaction=True)
def test_threads_ask_together_each_on_its_own_connection():
    people = [PersonneFactory() for _ in range(4)]
    written = Written(Personne.objects.filter(pk=Slot(Personne, "pk")))
    found: dict[str, list[Personne | None]] = {}

    def ask(personne: Personne) -> None:
        found[personne.ref] = [written.first(pk=personne.pk) for _ in range(20)]
        connection.close()

    threads = [threading.Thread(target=ask, args=(personne,)) for personne in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {personne.ref: [personne] * 20 for personne in people}


def test_what_was_given_is_not_asked_again(django_assert_num_queries):
    personne = PersonneFactory()
    liens = [LienFactory(personne=personne)]
    give(personne, "liens", liens)
    with django_assert_num_queries(0):
        assert list(personne.liens.all()) == liens


def test_every_row_is_walked_through_once_whatever_the_size_of_a_batch():
    people = {PersonneFactory().pk for _ in range(7)}
    for size in (1, 3, 7, 100):
        walked = [one.pk for one in walk(Personne.objects.all(), size=size)]
        assert len(walked) == len(set(walked)), size
        assert people <= set(walked), size
