"""A day goes as a whole at its term, its seal stays, and the chain still holds."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from config.env import Env
from enclos.journal import checks, purge, verification
from enclos.journal.controle import constats
from enclos.journal.familles import Famille
from enclos.journal.models import Ligne, Sceau
from enclos.journal.purge import purge_due
from enclos.journal.scellement import seal_due
from tests.journal.conftest import DAYS, FIRST, faults, writes_on

OPENED = "comptes.session.opened"


TRACES, ACTES = 10, 20  # a year of ten days, for the tests: each day has its seals


def a_year_later(days: int = 0):
    """The first day is at its term and, `days` later, so many others."""
    return time_machine.travel(FIRST.replace(hour=3) + timedelta(days=TRACES + 1 + days), tick=False)


@pytest.fixture
def quiet(sealed, monkeypatch):
    """Sealed, and nothing since: the days until then are sealed too."""
    terms = {Famille.TRACES: timedelta(days=TRACES), Famille.ACTES: timedelta(days=ACTES)}
    monkeypatch.setattr(purge, "terms", lambda: terms)
    monkeypatch.setattr(verification, "SHORTEST", TRACES)
    with a_year_later():
        seal_due()
    return sealed


def test_the_terms_are_a_year_and_five(db):
    assert purge.terms() == {Famille.TRACES: timedelta(days=365), Famille.ACTES: timedelta(days=1826)}


def test_accesses_go_after_a_year_and_acts_stay(quiet):
    with a_year_later():
        assert purge_due() == 1
        assert purge_due() == 0
        assert faults() == []
        days = Ligne.objects.filter(event=OPENED).values_list("at__date", flat=True).distinct()
        assert sorted(days)[0] == date(2026, 3, 3)
        assert Ligne.objects.filter(at__date=FIRST.date(), famille="actes").count() == 3
        assert Ligne.objects.get(event="journal.journee.purged").details == {
            "jour": "2026-03-02",
            "famille": "traces",
            "lignes": 3,
        }
        sceau = Sceau.objects.get(day=FIRST.date(), famille="traces")
        assert (sceau.purged_at is not None, sceau.count) == (True, 3)
        assert not [constat for constat in constats() if constat.is_alarming]


def test_acts_go_at_their_own_term(quiet):
    with time_machine.travel(FIRST + timedelta(days=ACTES + 1), tick=False):
        seal_due()
        while purge_due():
            pass
        assert faults() == []
        assert Ligne.objects.order_by("at").first().at.date() == date(2026, 3, 3)


def test_a_line_put_back_on_a_purged_day_is_told(quiet):
    with a_year_later():
        purge_due()
    writes_on(0, count=1, event=OPENED)
    with a_year_later():
        assert faults() == [
            "Journée du 2 mars 2026, accès et connexions : des lignes ajoutées sur une journée purgée ou d’avant le journal"
        ]


def test_a_day_that_changed_is_not_purged_nor_those_that_follow(quiet, raw):
    raw("UPDATE journal_ligne SET actor_label = 'x' WHERE event = %s AND at < %s", [OPENED, FIRST + timedelta(hours=1)])
    with a_year_later(days=3):
        seal_due()
        assert purge_due() == 0
        assert faults() == ["Journée du 2 mars 2026, accès et connexions : une ligne au moins a changé"]


def test_a_purge_before_its_term_is_told(quiet):
    """Whoever holds the database says purged, and the lines may go: the date betrays them."""
    Sceau.objects.filter(day=date(2026, 3, 6), famille="traces").update(purged_at=FIRST + timedelta(days=9))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_ligne WHERE famille = 'traces' AND at > %s", [FIRST + timedelta(days=3.9)])
    with a_year_later():
        assert "Journée du 6 mars 2026, accès et connexions : purgée avant son terme" in faults()


def test_the_database_lets_go_of_purged_days_alone(quiet):
    Sceau.objects.filter(day=date(2026, 3, 6), famille="traces").update(purged_at=FIRST)
    others = "DELETE FROM journal_ligne WHERE event = %s AND at < %s"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(others, [OPENED, FIRST + timedelta(days=1)])
    # What was said purged is not taken back.
    with pytest.raises(DatabaseError), transaction.atomic():
        Sceau.objects.filter(day=date(2026, 3, 6)).update(purged_at=None)


def test_a_purge_that_does_not_run_is_told(quiet):
    with a_year_later(days=3):
        seal_due()
        wrong = {constat.libelle: constat.nombre for constat in constats() if constat.is_alarming}
    assert wrong == {"Journées à leur terme et pas encore purgées": 2}


def test_the_sweep_stops_after_so_many_days(quiet, monkeypatch):
    monkeypatch.setattr("enclos.journal.purge.AT_ONCE", 2)
    with a_year_later(days=DAYS):
        seal_due()
        assert purge_due() == 2
        assert purge_due() == 2


@pytest.mark.parametrize(
    ("env", "codes"),
    [
        (Env(), []),
        (Env(journal_traces_days=1096, journal_actes_days=365), []),
        (Env(journal_traces_days=364), ["journal.E001"]),
        (Env(journal_traces_days=1097), ["journal.E001"]),
        (Env(journal_actes_days=30), ["journal.E002"]),
    ],
)
def test_the_terms_have_bounds(env, codes):
    assert [problem.id for problem in checks.problems(env)] == codes
