"""When a telephone may ring, by the clock on the wall in Paris."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from enclos.courrier import heures, textos
from enclos.courrier.models import Texto
from enclos.courrier.tasks import deliver_texto, deliver_textos_due
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import paris
from tests.courrier.test_textos import NUMBER, default_caisse, fournisseur  # noqa: F401


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-17T10:00+01:00", "2026-11-17T10:00+01:00"),  # a Tuesday morning
        ("2026-11-17T07:59:59+01:00", "2026-11-17T08:00+01:00"),
        ("2026-11-17T08:00+01:00", "2026-11-17T08:00+01:00"),
        ("2026-11-17T19:59:59+01:00", "2026-11-17T19:59:59+01:00"),
        ("2026-11-17T20:00+01:00", "2026-11-18T08:00+01:00"),
        ("2026-11-21T20:30+01:00", "2026-11-23T08:00+01:00"),  # Saturday night: Monday
        ("2026-11-22T11:00+01:00", "2026-11-23T08:00+01:00"),  # Sunday
        ("2026-11-11T11:00+01:00", "2026-11-12T08:00+01:00"),  # the Armistice
        ("2026-12-24T21:00+01:00", "2026-12-26T08:00+01:00"),  # over Christmas, to a Saturday
        ("2026-04-04T21:00+02:00", "2026-04-07T08:00+02:00"),  # over Easter Sunday and Monday
        ("2026-03-28T21:00+01:00", "2026-03-30T08:00+02:00"),  # the clock goes forward on Sunday
        ("2026-10-24T21:00+02:00", "2026-10-26T08:00+01:00"),  # and back
        ("2026-10-25T02:30+02:00", "2026-10-26T08:00+01:00"),  # in the hour that comes twice
        ("2026-10-25T02:30+01:00", "2026-10-26T08:00+01:00"),  # when it comes again
        ("2026-03-29T01:59:59+01:00", "2026-03-30T08:00+02:00"),  # a second before the hour that never comes
        ("2026-03-28T19:59:59+01:00", "2026-03-28T19:59:59+01:00"),  # at the borders, on both sides of both nights
        ("2026-03-28T20:00+01:00", "2026-03-30T08:00+02:00"),
        ("2026-03-30T05:59:59+00:00", "2026-03-30T08:00+02:00"),
        ("2026-03-30T06:00+00:00", "2026-03-30T08:00+02:00"),
        ("2026-10-24T17:59:59+00:00", "2026-10-24T19:59:59+02:00"),
        ("2026-10-24T18:00+00:00", "2026-10-26T08:00+01:00"),
        ("2026-10-26T06:59:59+00:00", "2026-10-26T08:00+01:00"),
        ("2026-10-26T07:00+00:00", "2026-10-26T08:00+01:00"),
    ],
)
def test_what_can_wait_waits_for_the_next_opening(at, opens):
    assert heures.next_opening(utc(at)) == utc(opens)
    assert heures.is_open(utc(at)) == (utc(at) == utc(opens))


@given(st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)))
def test_an_opening_is_open_and_is_the_next_one(at):
    opening = heures.next_opening(at)
    assert heures.is_open(opening)
    assert at <= opening <= at + timedelta(days=5)
    assert opening == at or (paris(opening).hour, paris(opening).minute) == (8, 0)


def write(key: str, *, can_wait: bool) -> Texto:
    return textos.write(key=key, to=NUMBER, text="Du nouveau.", caisse=default_caisse(), can_wait=can_wait, by=SYSTEM)


@pytest.mark.django_db
def test_a_notice_written_at_night_rings_in_the_morning_and_a_code_at_once(fournisseur, travailleur):  # noqa: F811
    with time_machine.travel(utc("2026-11-17T22:00+01:00"), tick=False) as clock:
        notice, code = write("avis", can_wait=True), write("code", can_wait=False)
        travailleur()
        deliver_textos_due()
        assert len(fournisseur.received) == 1
        code.refresh_from_db()
        assert code.is_kept
        clock.move_to(utc("2026-11-18T07:59:50+01:00"))
        deliver_textos_due()
        assert len(fournisseur.received) == 1
        clock.move_to(utc("2026-11-18T08:00:01+01:00"))
        deliver_textos_due()
        assert len(fournisseur.received) == 2
        notice.refresh_from_db()
        assert notice.is_kept


@pytest.mark.django_db
def test_a_worker_that_wakes_up_late_rings_nobody_at_night(fournisseur):  # noqa: F811
    with time_machine.travel(utc("2026-11-17T19:59+01:00"), tick=False) as clock:
        notice = write("avis", can_wait=True)
        clock.move_to(utc("2026-11-17T23:00+01:00"))
        deliver_textos_due()
        deliver_texto.call(notice.pk)
        assert fournisseur.received == []
        notice.refresh_from_db()
        assert notice.next_at == utc("2026-11-18T08:00+01:00")
        assert notice.attempts == 0


@pytest.mark.django_db
def test_the_log_rings_once_at_four_fifths_and_once_at_the_end(fournisseur, caplog):  # noqa: F811
    for turn in range(5):
        textos.write(
            key=f"avis:{turn}", to=f"+3361234567{turn}", text="Du nouveau.", caisse=default_caisse(), by=SYSTEM
        )
        if turn == 2:
            assert caplog.text == ""
    assert caplog.text.count("text messages: 4 of the 5") == 1
    assert caplog.text.count("is spent") == 1
    assert textos.budget_to_watch(3) is None
    low = textos.budget_to_watch(4)
    assert low is not None
    assert not low.is_spent
    assert textos.budget_to_watch(5).is_spent
