"""The day when silence becomes a decision, once papers were asked for: both regimes (CRPA L114-5, L114-5-1, R112-11-4)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from enclos.caisses.access import forget
from enclos.caisses.models import Nature, Silence
from enclos.envois.demandes import PapierVoulu, ask_papers, drop, prolong
from enclos.envois.models import DemandePapiers
from enclos.envois.reponses import receive_by_post
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import PARIS, today_paris
from enclos.suivi.actions import open_affaire
from enclos.suivi.delais import Attente, Regime, legal_day
from enclos.suivi.models import Affaire
from tests.conftest import Acteur

REJET, ACCEPTATION = Regime(Silence.REJET, 2), Regime(Silence.ACCEPTATION, 2)
RECU = date(2026, 3, 2)


def attente(asked: int, due: int, complete: int | None = None) -> Attente:
    """Days of March 2026."""
    return Attente(date(2026, 3, asked), date(2026, 3, due), date(2026, 3, complete) if complete else None)


@pytest.mark.parametrize(
    ("waits", "day"),
    [
        ([], date(2026, 5, 2)),
        ([attente(10, 25)], date(2026, 5, 17)),  # suspended for the time allowed
        ([attente(10, 25, 15)], date(2026, 5, 7)),  # all came before: it ends then
        ([attente(10, 25, 31)], date(2026, 5, 17)),  # they came too late: no more than the time allowed
        ([attente(10, 25, 10)], date(2026, 5, 2)),  # the same day
        ([attente(5, 10), attente(12, 20)], date(2026, 5, 15)),
        ([attente(10, 20), attente(12, 25)], date(2026, 5, 17)),  # days that two lists share count once
        ([attente(10, 25), attente(12, 20)], date(2026, 5, 17)),
    ],
)
def test_a_request_that_silence_rejects_is_suspended_while_the_fund_waits(waits, day):
    assert legal_day(REJET, RECU, waits) == day


@pytest.mark.parametrize(
    ("waits", "day"),
    [
        ([], date(2026, 5, 2)),
        ([attente(10, 25)], None),  # it has not begun
        ([attente(10, 25, 15)], date(2026, 5, 15)),
        ([attente(10, 25, 31)], date(2026, 5, 31)),  # all in after the date: it begins then
        ([attente(5, 10, 9), attente(12, 20)], None),
        ([attente(5, 10, 9), attente(12, 20, 18)], date(2026, 5, 18)),
    ],
)
def test_a_request_that_silence_accepts_begins_when_all_is_in(waits, day):
    assert legal_day(ACCEPTATION, RECU, waits) == day


def test_months_end_where_they_end():
    assert legal_day(ACCEPTATION, RECU, [Attente(date(2026, 12, 1), date(2026, 12, 31), date(2026, 12, 31))]) == date(
        2027, 2, 28
    )


@pytest.fixture
def mars() -> Iterator[Any]:
    """The tenth of March 2026, at ten."""
    with time_machine.travel(datetime(2026, 3, 10, 10, tzinfo=PARIS), tick=False) as travel:
        yield travel


def at(travel, day: int) -> None:
    travel.move_to(datetime(2026, 3, day, 10, tzinfo=PARIS))


@pytest.fixture
def demandee(adherente: Acteur, mars) -> Affaire:
    """A request for RSA, received on the second of March: silence rejects it after two months."""
    nature = Nature.objects.get(pk="RSA_DEMANDE")
    return open_affaire(
        caisse=adherente.personne.caisse,
        service=adherente.personne.caisse.services.get(code="famille"),
        personne=adherente.personne,
        reference="KM7-RP4-QB2",
        libelle=nature.libelle,
        nature=nature.code,
        received_at=datetime(2026, 3, 2, 9, tzinfo=PARIS),
        legal_on=date(2026, 5, 2),
        by=SYSTEM,
    )


def ask(affaire: Affaire, *papiers: tuple[str, bool], due: int = 25) -> DemandePapiers:
    return ask_papers(
        personne=affaire.personne,
        service=affaire.service,
        affaire=affaire,
        libelle="Votre RSA",
        papiers=[
            PapierVoulu(nature=Nature.objects.get(pk=code), raison="Pour calculer.", is_indispensable=needed)
            for code, needed in papiers
        ],
        due_on=date(2026, 3, due),
        by=SYSTEM,
    )


def day_of(affaire: Affaire) -> date | None:
    return Affaire.objects.get(pk=affaire.pk).legal_on


def posts(demande: DemandePapiers, *rangs: int) -> None:
    receive_by_post(demande, rangs, received_on=today_paris(), opens_item=False, by=SYSTEM)


def test_the_item_is_suspended_then_goes_on_with_the_last_indispensable_paper(demandee, mars):
    demande = ask(demandee, ("BQ_RIB", True), ("RES_AVIS_IMPOT", True), ("LOG_BAIL", False))
    assert day_of(demandee) == date(2026, 5, 17)
    assert Affaire.objects.get().rang_on <= date(2026, 5, 17)
    assert "est suspendu depuis le 10 mars 2026, et jusqu’au 25 mars 2026" in demande.effet
    assert "17 mai 2026" in demande.effet
    at(mars, 12)
    posts(demande, 1)
    assert day_of(demandee) == date(2026, 5, 17)
    at(mars, 14)
    posts(demande, 2)
    assert day_of(demandee) == date(2026, 5, 6)  # four days
    assert DemandePapiers.objects.get().is_open  # the lease is still welcome
    assert Ligne.objects.filter(event="suivi.affaire.legal_day_computed").count() == 2


def test_a_paper_that_is_not_indispensable_suspends_nothing(demandee):
    demande = ask(demandee, ("LOG_BAIL", False))
    assert day_of(demandee) == date(2026, 5, 2)
    assert demande.effet == "Nous continuons à traiter votre dossier sans attendre ces papiers."
    assert "nous continuons" in demande.papiers.get().consequence


def test_more_time_suspends_longer_and_a_paper_dropped_ends_it(demandee, mars):
    demande = ask(demandee, ("BQ_RIB", True))
    prolong(demande, date(2026, 3, 30), by=SYSTEM)
    assert day_of(demandee) == date(2026, 5, 22)
    at(mars, 13)
    drop(demande.papiers.get(), by=SYSTEM)
    assert day_of(demandee) == date(2026, 5, 5)
    assert not DemandePapiers.objects.get().is_open


def test_an_acceptance_waits_for_all_that_is_indispensable(demandee, mars):
    Nature.objects.filter(pk="RSA_DEMANDE").update(silence=Silence.ACCEPTATION)
    forget()
    demande = ask(demandee, ("BQ_RIB", True), ("LOG_BAIL", False))
    assert day_of(demandee) is None
    assert "commence le jour où nous avons tous les papiers indispensables" in demande.effet
    at(mars, 20)
    posts(demande, 1)
    assert day_of(demandee) == date(2026, 5, 20)


def test_what_asks_for_no_decision_has_no_day(demandee):
    Affaire.objects.update(nature="LOG_BAIL", legal_on=None)
    demandee.refresh_from_db()
    demande = ask(demandee, ("BQ_RIB", True))
    assert (day_of(demandee), demande.silence) == (None, "")
    assert "quand nous avons tous les papiers" in demande.effet


def test_the_date_of_the_post_is_that_of_the_paper_not_of_the_click(demandee, mars):
    demande = ask(demandee, ("BQ_RIB", True))
    at(mars, 20)
    receive_by_post(demande, [1], received_on=today_paris() - timedelta(days=5), opens_item=False, by=SYSTEM)
    assert day_of(demandee) == date(2026, 5, 7)
    assert demande.papiers.get().etat_en_mots == "Reçu par la poste le 15 mars 2026"
