"""The lines of the day that runs are watched from the minute after they are written."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from enclos.journal import canon, ecrivains, jalons
from enclos.journal.actions import SYSTEM, record
from enclos.journal.controle import constats
from enclos.journal.models import Jalon, Ligne, Sceau
from enclos.journal.scellement import seal_due
from tests.journal.conftest import DAYS, FIRST, on_day, writes_on


@pytest.fixture(autouse=True)
def nothing_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jalons.HORIZON, "until", None)
    monkeypatch.setattr(ecrivains, "BORNES", {})


def pose() -> int:
    """Two sweeps: on PostgreSQL the second one uses what the first one saw."""
    return jalons.pose_due() + jalons.pose_due()


@pytest.fixture
def watched(db: None) -> list[Ligne]:
    """Six lines of one day, under two milestones, and no seal. What the portal wrote at its birth is under one before."""
    pose()
    lines = writes_on(0)
    assert pose() == 1
    with time_machine.travel(FIRST + timedelta(hours=5), tick=False):
        lines += [record("comptes.session.opened", by=SYSTEM, mot="é") for _ in range(3)]
        assert pose() == 1
    assert list(jalons.faults()) == []
    return lines


def test_the_lines_of_today_are_held_in_a_chain(watched):
    birth, first, second = Jalon.objects.order_by("numero")
    assert (birth.after, birth.precedente) == (0, "")
    assert (first.after, first.until, first.count) == (birth.until, watched[2].pk, 3)
    assert (second.after, second.until, second.count) == (first.until, watched[5].pk, 3)
    assert second.precedente == first.attestation
    assert jalons.unwatched() == 0
    assert pose() == 0


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM journal_ligne WHERE id = %s", "1 ligne manque"),
        ("UPDATE journal_ligne SET actor_label = 'Autre' WHERE id = %s", "une ligne au moins a changé"),
        ("UPDATE journal_ligne SET details = '{}' WHERE id = %s", "une ligne au moins a changé"),
    ],
)
def test_a_line_of_today_removed_or_changed_is_told_by_reconciliation(watched, raw, sql, said):
    raw(sql, [watched[1].pk])
    assert list(jalons.faults()) == [f"Journal, entre 10 h 00 et 12 h 00 : {said}"]
    assert f"Journal, entre 10 h 00 et 12 h 00 : {said}" in [one.libelle for one in constats() if one.is_fault]
    with pytest.raises(SystemExit):
        call_command("verifier_journal")


def test_a_line_put_back_elsewhere_is_told(watched, raw):
    """As many lines as before: one taken away, one written in its place."""
    raw("UPDATE journal_ligne SET event = 'suivi.affaire.released' WHERE id = %s", [watched[4].pk])
    assert len(list(jalons.faults())) == 1


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE journal_jalon SET count = 2 WHERE numero = 1", "il a changé"),
        ("DELETE FROM journal_jalon WHERE numero = 1", "ceux d’avant manquent"),
    ],
)
def test_a_milestone_changed_or_removed_is_told(watched, raw, sql, said):
    raw(sql)
    assert [one for one in jalons.faults() if said in one]


def test_a_milestone_taken_out_of_the_middle_is_told(watched, raw):
    with time_machine.travel(FIRST + timedelta(hours=6), tick=False):
        record("comptes.session.opened", by=SYSTEM)
        pose()
    raw("DELETE FROM journal_jalon WHERE numero = 3")
    assert list(jalons.faults()) == ["Jalon n° 4 du journal : il ne suit pas celui d’avant"]


def test_one_made_again_without_the_key_is_told(watched, raw):
    jalon = Jalon.objects.get(numero=2)
    raw("UPDATE journal_jalon SET attestation = %s WHERE numero = 2", [canon.milestone(jalon)[:64]])
    assert "Jalon n° 2 du journal : il a changé" in jalons.faults()


def test_milestones_go_once_their_days_are_sealed_and_the_chain_goes_on(db):
    record("comptes.session.opened", by=SYSTEM)
    pose()
    record("comptes.session.opened", by=SYSTEM)
    pose()
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        record("comptes.session.opened", by=SYSTEM)
        assert seal_due() >= 1
        pose()
        record("comptes.session.opened", by=SYSTEM)
        pose()
        assert not Jalon.objects.filter(numero=1).exists()
        assert Jalon.objects.exists()
        assert list(jalons.faults()) == []


def test_after_an_upgrade_only_what_no_seal_holds_is_read(sealed):
    with on_day(DAYS, hour=4):
        pose()
        jalon = Jalon.objects.get()
    assert jalon.after == max(Sceau.objects.values_list("limite", flat=True)) < jalon.until
    assert list(jalons.faults()) == []


def test_many_lines_take_several_milestones_and_several_sweeps(db, monkeypatch):
    monkeypatch.setattr(jalons, "MOST", 2)
    monkeypatch.setattr(jalons, "MOST_TAKEN", 3)
    writes_on(0, count=9)
    for _ in range(10):
        pose()
    assert sum(Jalon.objects.values_list("count", flat=True)) == Ligne.objects.count()
    assert max(Jalon.objects.values_list("count", flat=True)) == 2
    assert list(jalons.faults()) == []


def test_reconciliation_says_how_many_lines_are_not_watched_yet(watched):
    record("comptes.session.opened", by=SYSTEM)
    (found,) = [one for one in constats() if one.libelle.startswith("Lignes du journal des dernières minutes")]
    assert (found.nombre, found.is_fault) == (1, False)


@pytest.mark.django_db(transaction=True)
def test_a_line_written_late_by_a_long_transaction_is_waited_for():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: nobody else is in the middle of a line")
    pose()
    before = Jalon.objects.count()
    written, may_end = threading.Event(), threading.Event()

    def writes_slowly() -> None:
        with transaction.atomic():
            record("comptes.session.opened", by=SYSTEM)
            written.set()
            may_end.wait(10)
        connections.close_all()

    writer = threading.Thread(target=writes_slowly)
    writer.start()
    written.wait(10)
    record("comptes.session.opened", by=SYSTEM)  # a greater key, already there
    assert [jalons.pose_due() for _ in range(3)] == [0, 0, 0]
    may_end.set()
    writer.join()
    assert pose() == 1
    assert Jalon.objects.count() == before + 1
    assert Jalon.objects.order_by("-numero").first().count == 2
    assert list(jalons.faults()) == []
