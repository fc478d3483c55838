"""Counting tries, exactly, whatever the number of workers and of tries at the same instant.

A try is counted before it is made, in one statement that the database serialises: of fifty tries at once, exactly those that the
rule allows go through. A try that comes too early is neither made nor counted, so that the minutes told to a member stay true.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from enclos.comptes.models import Compteur
from enclos.socle.refusals import Refusal


@dataclass(frozen=True)
class Rule:
    """How many tries, and how long to wait between them."""

    window: timedelta  # counting starts again after it
    free: int  # tries without waiting
    waits: tuple[timedelta, ...]  # after the try number `free`, `free` + 1…; the last one repeats
    most: int  # tries in a window: then its end must be waited for

    def wait_after(self, count: int) -> timedelta:
        """How long after the try number `count`."""
        if count < self.free:
            return timedelta(0)
        return self.waits[min(count - self.free, len(self.waits) - 1)]


@dataclass(frozen=True)
class Verdict:
    """Whether the try may be made, which one it is, and else when the next may."""

    is_allowed: bool
    count: int
    wait: timedelta = timedelta(0)
    closes: bool = False  # this try is the last one before a wait

    @property
    def minutes(self) -> int:
        """The wait in minutes, never less than one."""
        return max(1, -int(-self.wait.total_seconds() // 60))


class TooManyTries(Refusal):
    """The next try must wait; `retry_after` is in seconds."""

    def __init__(self, verdict: Verdict, *, about: str) -> None:
        minutes = "une minute" if verdict.minutes == 1 else f"{verdict.minutes} minutes"
        super().__init__(f"Il y a eu trop d’essais {about}. Réessayez dans {minutes}.", code="essais", status=429)
        self.retry_after = max(1, round(verdict.wait.total_seconds()))


# When a try need not wait. Not its own moment: of two tries at once, the one that read its clock first may come second.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

UPSERT = """
INSERT INTO {table} AS c (cle, nombre, libre_at, expire_at) VALUES (%s, 1, %s, %s)
ON CONFLICT (cle) DO UPDATE SET
  nombre = CASE WHEN c.expire_at <= %s THEN 1 ELSE c.nombre + 1 END,
  libre_at = CASE WHEN c.expire_at <= %s THEN excluded.libre_at
                  WHEN c.nombre + 1 >= %s THEN c.expire_at
                  {steps}
                  ELSE %s END,
  expire_at = CASE WHEN c.expire_at <= %s THEN excluded.expire_at ELSE c.expire_at END
WHERE c.expire_at <= %s OR c.libre_at <= %s
RETURNING nombre
"""


def count_try(key: str, rule: Rule) -> Verdict:
    """Count one try of `key` if the rule lets it be made now."""
    now = timezone.now()
    # One branch for each wait: the number of the try is known by the database alone.
    steps = [(rule.free + rank, wait) for rank, wait in enumerate(rule.waits[:-1])]
    first_free = at(now + rule.waits[0]) if rule.free == 1 else at(LONG_AGO)
    branches = ["WHEN c.nombre + 1 < %s THEN %s"] + ["WHEN c.nombre + 1 = %s THEN %s"] * len(steps)
    parameters: list[Any] = [
        key,
        first_free,
        at(now + rule.window),
        at(now),
        at(now),
        rule.most,
        rule.free,
        at(LONG_AGO),
    ]
    for number, wait in steps:
        parameters += [number, at(now + wait)]
    parameters += [at(now + rule.waits[-1]), at(now), at(now), at(now)]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT.format(table=Compteur._meta.db_table, steps=" ".join(branches)), parameters)
        row = cursor.fetchone()
    if row is not None:
        count = int(row[0])
        return Verdict(True, count, closes=count >= rule.free or count >= rule.most)
    counter = Compteur.objects.filter(pk=key).first()
    if counter is None:  # swept between the two statements
        return Verdict(False, 0, timedelta(minutes=1))
    return Verdict(False, counter.nombre, counter.libre_at - now)


def at(moment: datetime) -> Any:
    """A moment as this database writes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def give_back(key: str) -> None:
    """The try was a success: it does not count among the others of its source."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Compteur._meta.db_table} SET nombre = nombre - 1, libre_at = %s"  # noqa: S608 (a constant)
            " WHERE cle = %s AND nombre > 0",
            [at(LONG_AGO), key],
        )


def forget(*keys: str) -> int:
    """Start counting again; returns how many counters there were."""
    return Compteur.objects.filter(pk__in=keys).delete()[0]


def sweep_counters() -> int:
    """Forget the counters whose window is over; returns how many."""
    return Compteur.objects.filter(expire_at__lt=timezone.now()).delete()[0]
