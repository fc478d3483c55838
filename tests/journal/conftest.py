"""A journal of a few days, sealed; and somebody who writes in the database without asking the house."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from enclos.journal import declencheurs
from enclos.journal.actions import SYSTEM, record
from enclos.journal.models import Ligne
from enclos.journal.scellement import seal_due
from enclos.journal.verification import altered_days, broken_links, strays

FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = 5


def writes_on(day: int, count: int = 3, event: str = "suivi.affaire.taken") -> list[Ligne]:
    """So many lines, an hour apart, on the day numbered so."""
    lines = []
    for hour in range(count):
        with time_machine.travel(FIRST + timedelta(days=day, hours=hour), tick=False):
            lines.append(record(event, by=SYSTEM, heure=hour, mot="é"))
    return lines


@contextmanager
def on_day(day: int, hour: int = 3) -> Iterator[None]:
    """The day numbered so, before anybody writes."""
    with time_machine.travel(FIRST.replace(hour=hour) + timedelta(days=day), tick=False):
        yield


@pytest.fixture
def sealed(db: None) -> list[list[Ligne]]:
    """Five days of acts and of traces, sealed; their acts, day by day."""
    acts = []
    for day in range(DAYS):
        acts.append(writes_on(day))
        writes_on(day, event="comptes.session.opened")
    with on_day(DAYS):
        assert seal_due() == DAYS
        assert faults() == []
    return acts


def faults() -> list[str]:
    """What verification says of everything."""
    return [*broken_links(), *strays(), *altered_days(everything=True)]


@pytest.fixture
def raw(db: None) -> Callable[..., None]:
    """Writes in the tables as somebody who holds the database, the triggers taken away."""

    def write(sql: str, parameters: list[Any] | None = None) -> None:
        declencheurs.remove(connection)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or [])
        finally:
            declencheurs.install(connection)

    return write
