"""Days and moments in words, on a Paris clock, on the nights when it moves too."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from enclos.socle.dates import add_months, heure, jour, jour_court, moment, paris, today_paris


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-21T09:47:12", "samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris)"),
        ("2026-07-01T22:05:09", "jeudi 2 juillet 2026 à 0 h 05 min 09 s (heure de Paris)"),
        ("2026-12-31T23:30:00", "vendredi 1er janvier 2027 à 0 h 30 min 00 s (heure de Paris)"),
        # the hour that comes twice
        ("2026-10-25T00:30:00", "dimanche 25 octobre 2026 à 2 h 30 min 00 s (heure de Paris, heure d’été)"),
        ("2026-10-25T01:30:00", "dimanche 25 octobre 2026 à 2 h 30 min 00 s (heure de Paris, heure d’hiver)"),
        ("2026-10-24T23:59:59", "dimanche 25 octobre 2026 à 1 h 59 min 59 s (heure de Paris)"),
        ("2026-10-25T02:00:00", "dimanche 25 octobre 2026 à 3 h 00 min 00 s (heure de Paris)"),
        # the hour that does not come
        ("2026-03-29T00:59:59", "dimanche 29 mars 2026 à 1 h 59 min 59 s (heure de Paris)"),
        ("2026-03-29T01:00:00", "dimanche 29 mars 2026 à 3 h 00 min 00 s (heure de Paris)"),
    ],
)
def test_a_moment_is_written_as_on_a_receipt(instant: str, words: str):
    assert moment(utc(instant)) == words


def test_the_two_hours_of_the_night_of_october_are_never_written_alike():
    assert moment(utc("2026-10-25T00:30:00")) != moment(utc("2026-10-25T01:30:00"))


@pytest.mark.parametrize(
    ("day", "words", "short"),
    [
        (date(2026, 11, 1), "1er novembre 2026", "1er nov."),
        (date(2026, 8, 2), "2 août 2026", "2 août"),
        (date(2024, 2, 29), "29 février 2024", "29 févr."),
        (date(2026, 12, 31), "31 décembre 2026", "31 déc."),
    ],
)
def test_a_day_is_written_in_words(day: date, words: str, short: str):
    assert jour(day) == words
    assert jour_court(day) == short


def test_an_hour_is_that_of_paris():
    assert heure(utc("2026-07-01T08:05:00")) == "10 h 05"
    assert paris(utc("2026-07-01T08:05:00")).isoformat() == "2026-07-01T10:05:00+02:00"


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-07-01T21:59:59", date(2026, 7, 1)),
        ("2026-07-01T22:00:00", date(2026, 7, 2)),
        ("2026-01-01T23:00:00", date(2026, 1, 2)),
    ],
)
def test_the_day_changes_at_midnight_in_paris(instant: str, day: date):
    with time_machine.travel(utc(instant), tick=False):
        assert today_paris() == day


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 22), 2, date(2027, 1, 22)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_are_counted_from_date_to_date(start: date, months: int, end: date):
    assert add_months(start, months) == end
