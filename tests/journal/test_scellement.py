"""Each day is sealed once, whole, and whatever changes afterwards is told with its day."""

import hashlib
import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from enclos.journal import canon, ecrivains, scellement, verification
from enclos.journal.actions import SYSTEM, record
from enclos.journal.controle import constats
from enclos.journal.familles import Famille, famille_of
from enclos.journal.models import Ligne, Sceau
from enclos.journal.scellement import seal_due
from enclos.journal.tardives import seal_late
from enclos.socle.refusals import Refusal
from tests.journal.conftest import DAYS, FIRST, faults, on_day, writes_on

THIRD = "Journée du 4 mars 2026, actes : "


# --- what is sealed


def test_a_day_is_sealed_once_it_is_over_for_each_family(sealed):
    sceaux = list(Sceau.objects.order_by("numero"))
    assert [sceau.numero for sceau in sceaux] == list(range(1, 2 * DAYS + 1))
    assert {(sceau.day, sceau.famille, sceau.count) for sceau in sceaux[:2]} == {
        (date(2026, 3, 2), "actes", 3),
        (date(2026, 3, 2), "traces", 3),
    }
    for former, sceau in pairwise(sceaux):
        assert sceau.precedente == former.attestation
    with on_day(DAYS):
        assert seal_due() == 0


def test_the_day_that_runs_waits_and_so_do_its_last_minutes(sealed):
    writes_on(DAYS)
    with time_machine.travel(FIRST.replace(hour=0) + timedelta(days=DAYS + 1, minutes=9), tick=False):
        assert seal_due() == 0
    with time_machine.travel(FIRST.replace(hour=0) + timedelta(days=DAYS + 1, minutes=10), tick=False):
        assert seal_due() == 1


def test_days_without_a_line_are_sealed_too(sealed):
    with on_day(DAYS + 3):
        assert seal_due() == 3
        # The first of them holds the lines that told of the seals before.
        assert [s.count for s in Sceau.objects.filter(famille="traces", day__gte=date(2026, 3, 7)).order_by("day")] == [
            0,
            0,
            0,
        ]
        assert faults() == []


def test_an_empty_journal_has_nothing_to_seal(db):
    assert seal_due() == 0
    assert faults() == []


def test_the_root_is_the_sha256_of_the_lines_as_documented(sealed):
    sceau = Sceau.objects.get(day=date(2026, 3, 4), famille="actes")
    first = sealed[2][0]
    text = b"".join(canon.line(row) for row in canon.rows_of(sceau.day, "actes"))
    assert hashlib.sha256(text).hexdigest() == sceau.racine
    assert text.splitlines()[0].decode() == (
        f'[{first.pk},"2026-03-04T09:00:00.000000+00:00","suivi.affaire.taken","systeme","","Enclos","","","","actes",'
        '{"heure":0,"mot":"é"}]'
    )


def test_reading_a_day_takes_no_more_memory_than_a_batch(sealed, monkeypatch):
    whole = [row[0] for row in canon.rows_of(date(2026, 3, 4), "actes")]
    monkeypatch.setattr(canon, "BATCH", 2)
    assert [row[0] for row in canon.rows_of(date(2026, 3, 4), "actes")] == whole
    assert len(whole) == 3


def test_lines_of_one_instant_are_all_read_whatever_the_batch(db, monkeypatch):
    with time_machine.travel(FIRST, tick=False):
        keys = [record("suivi.affaire.taken", by=SYSTEM).pk for _ in range(7)]
    monkeypatch.setattr(canon, "BATCH", 3)
    assert [row[0] for row in canon.rows_of(FIRST.date(), "actes")] == keys


@pytest.mark.parametrize(
    ("event", "is_opening", "famille"),
    [
        ("agents.document.opened", False, Famille.TRACES),
        ("agents.document.preloaded", False, Famille.TRACES),
        ("agents.assistance.searched", False, Famille.TRACES),
        ("agents.assistance.letter_sent", False, Famille.ACTES),
        ("comptes.session.opened", False, Famille.TRACES),
        ("suivi.affaire.opened", False, Famille.ACTES),
        ("inscription.compte.opened", False, Famille.ACTES),
        ("nouvelle.chose.lue", True, Famille.TRACES),
    ],
)
def test_each_line_has_its_family(event, is_opening, famille):
    assert famille_of(event, is_opening=is_opening) == famille


# --- what changes afterwards


def test_a_changed_line_is_told_with_its_day(sealed, raw):
    raw("UPDATE journal_ligne SET actor_label = 'Personne' WHERE id = %s", [sealed[2][1].pk])
    assert faults() == [f"{THIRD}une ligne au moins a changé"]


def test_a_removed_line_is_told(sealed, raw):
    raw("DELETE FROM journal_ligne WHERE id = %s", [sealed[2][1].pk])
    assert faults() == [f"{THIRD}1 ligne manque"]


def test_two_lines_swapped_are_told(sealed, raw):
    one, other = sealed[2][0].pk, sealed[2][1].pk
    for before, after in ((one, -1), (other, one), (-1, other)):
        raw("UPDATE journal_ligne SET id = %s WHERE id = %s", [after, before])
    assert faults() == [f"{THIRD}une ligne au moins a changé"]


def test_a_line_moved_to_another_day_is_told_of_both(sealed, raw):
    raw("UPDATE journal_ligne SET at = %s WHERE id = %s", [FIRST + timedelta(days=1), sealed[2][1].pk])
    assert sorted(faults()) == ["Journée du 3 mars 2026, actes : 1 ligne ajoutée après coup", f"{THIRD}1 ligne manque"]


def test_a_line_moved_to_the_other_family_is_told(sealed, raw):
    raw("UPDATE journal_ligne SET famille = 'traces' WHERE id = %s", [sealed[2][1].pk])
    assert f"{THIRD}1 ligne manque" in faults()


def test_a_line_written_in_the_past_is_told(sealed):
    with time_machine.travel(FIRST + timedelta(days=2), tick=False):
        record("suivi.affaire.taken", by=SYSTEM)
    assert faults() == [f"{THIRD}1 ligne venue après le sceau"]


def test_a_line_slipped_under_a_free_number_is_told(sealed, raw):
    raw("DELETE FROM journal_ligne WHERE id = %s", [sealed[3][0].pk])
    raw("UPDATE journal_ligne SET id = %s, at = %s WHERE id = %s", [sealed[3][0].pk, FIRST + timedelta(days=2), sealed[3][1].pk])  # fmt: skip
    assert f"{THIRD}1 ligne ajoutée après coup" in faults()


def test_a_line_before_the_first_day_is_told(sealed):
    with time_machine.travel(FIRST - timedelta(days=400), tick=False):
        record("suivi.affaire.taken", by=SYSTEM)
    assert faults() == [
        "Journée du 26 janvier 2025, actes : des lignes ajoutées sur une journée purgée ou d’avant le journal"
    ]


@pytest.mark.parametrize(
    "change", ["count = count + 1", "racine = 'x'", "sealed_at = verified_at", "limite = limite + 9"]
)
def test_a_changed_seal_is_told(sealed, raw, change):
    Sceau.objects.filter(numero=3).update(verified_at=FIRST)
    raw(f"UPDATE journal_sceau SET {change} WHERE numero = 3")
    sceau = Sceau.objects.get(numero=3)
    assert f"Chaîne : le sceau du {sceau.en_mots} a changé" in faults()


def test_a_line_changed_and_its_seal_made_again_without_the_key_is_told(sealed, raw):
    raw("UPDATE journal_ligne SET actor_label = 'Personne' WHERE id = %s", [sealed[2][1].pk])
    again = canon.Empreinte()
    for row in canon.rows_of(date(2026, 3, 4), "actes"):
        again.add(row)
    raw("UPDATE journal_sceau SET racine = %s WHERE day = '2026-03-04' AND famille = 'actes'", [again.racine])
    assert faults() == ["Chaîne : le sceau du 4 mars 2026, actes a changé"]


def test_a_removed_seal_is_told(sealed, raw):
    sceau = Sceau.objects.get(numero=5)
    raw("DELETE FROM journal_sceau WHERE numero = 5")
    following = Sceau.objects.get(numero=6)
    said = faults()
    assert f"Chaîne : 1 sceau manque avant le {following.en_mots}" in said
    assert any(f"le sceau n° 5, du {sceau.en_mots.split(',')[0]}, n’est plus" in one for one in said)


def test_the_end_of_the_chain_cut_and_made_again_is_told(sealed, raw):
    raw("UPDATE journal_ligne SET actor_label = 'Personne' WHERE id = %s", [sealed[4][1].pk])
    raw("DELETE FROM journal_sceau WHERE day = '2026-03-06'")
    with on_day(DAYS):
        assert seal_due() == 1
    assert faults() == [
        f"Chaîne : le sceau n° {numero}, du 6 mars 2026, n’est plus celui que le journal dit" for numero in (9, 10)
    ]


def test_reconciliation_names_the_day_and_goes_on_naming_it(sealed, raw):
    raw("DELETE FROM journal_ligne WHERE id = %s", [sealed[0][0].pk])
    with on_day(30):
        seal_due()
    for _ in range(2):
        with on_day(30, hour=4):
            wrong = [constat.libelle for constat in constats() if constat.is_alarming]
        assert wrong == ["Journée du 2 mars 2026, actes : 1 ligne manque"]


def test_reconciliation_reads_the_last_days_and_then_those_read_longest_ago(sealed, monkeypatch):
    with on_day(30):
        seal_due()
    Sceau.objects.filter(day=date(2026, 3, 4)).update(verified_at=FIRST)
    read = []
    plain = verification.examine
    monkeypatch.setattr(verification, "examine", lambda day, famille: read.append(day) or plain(day, famille))
    with on_day(30):
        list(verification.altered_days(seconds=60))
    assert read[:6] == [date(2026, 3, 29)] * 2 + [date(2026, 3, 30)] * 2 + [date(2026, 3, 31)] * 2
    assert read[6:8] == [date(2026, 3, 4)] * 2
    read.clear()
    with on_day(30):
        list(verification.altered_days(seconds=0))
    assert len(read) == 6  # no time left: the last days, all the same


def test_an_installation_at_rest_is_in_order(sealed):
    with on_day(DAYS):
        assert not [constat for constat in constats() if constat.is_alarming]


def test_a_day_nobody_seals_is_told(sealed):
    with on_day(DAYS + 3):
        wrong = {constat.libelle: constat.nombre for constat in constats() if constat.is_alarming}
    assert wrong == {"Journées finies depuis un jour et pas encore scellées": 2}


# --- late lines


def test_late_lines_are_accepted_by_somebody_and_by_no_machine(sealed):
    with time_machine.travel(FIRST + timedelta(days=2), tick=False):
        record("suivi.affaire.taken", by=SYSTEM)
    with on_day(DAYS, hour=5):
        seal_due()
        assert faults() == [f"{THIRD}1 ligne venue après le sceau"]
        sceau = seal_late(date(2026, 3, 4), "actes", raison="La machine dormait.", by=SYSTEM)
        assert (sceau.rang, sceau.count) == (1, 1)
        assert faults() == []
        assert Ligne.objects.about(sceau).get().details["raison"] == "La machine dormait."
        with pytest.raises(Refusal):
            seal_late(date(2026, 3, 4), "actes", raison="Encore.", by=SYSTEM)


def test_a_supplement_never_covers_what_changed(sealed, raw):
    with time_machine.travel(FIRST + timedelta(days=2), tick=False):
        record("suivi.affaire.taken", by=SYSTEM)
    raw("UPDATE journal_ligne SET actor_label = 'Personne' WHERE id = %s", [sealed[2][1].pk])
    with on_day(DAYS, hour=5), pytest.raises(Refusal):
        seal_late(date(2026, 3, 4), "actes", raison="La machine dormait.", by=SYSTEM)


# --- in the same time


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_keeps_its_day_open():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: nothing commits late")
    writes_on(0, count=1)
    has_written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with time_machine.travel(FIRST.replace(hour=23), tick=False), transaction.atomic():
            record("suivi.affaire.settled", by=SYSTEM)
            has_written.set()
            may_commit.wait(20)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert has_written.wait(20)
    try:
        with on_day(1):
            assert seal_due() == 0
            assert seal_due() == 0
            # Nobody else waits for it: writing goes on.
            record("suivi.affaire.taken", by=SYSTEM)
    finally:
        may_commit.set()
        writer.join(20)
    with on_day(1):
        assert seal_due() == 1
        assert Sceau.objects.get(day=FIRST.date(), famille="actes").count == 2
        assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_seal_a_day_once(monkeypatch):
    for day in range(3):
        writes_on(day)
    barrier = threading.Barrier(4)
    done: list[int] = []

    def work() -> None:
        barrier.wait()
        try:
            done.append(scellement.seal_due())
        finally:
            connection.close()

    with on_day(3):
        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        seal_due()
        assert Sceau.objects.count() == 6
        assert sum(done) <= 3
        assert faults() == []
    assert not ecrivains.BORNES


# --- the database refuses


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_ligne SET event = 'x'",
        "DELETE FROM journal_ligne",
        "UPDATE journal_sceau SET racine = 'x'",
        "UPDATE journal_sceau SET numero = numero + 100",
        "DELETE FROM journal_sceau",
    ],
)
def test_the_database_itself_refuses(sealed, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert faults() == []


def test_triggers_taken_away_are_told(sealed):
    from enclos.journal import declencheurs

    declencheurs.remove(connection)
    try:
        with on_day(DAYS):
            wrong = [constat.libelle for constat in constats() if constat.is_alarming]
    finally:
        declencheurs.install(connection)
    assert wrong == ["Déclencheurs de la base absents : le journal peut changer"]
