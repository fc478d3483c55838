"""One way to write a line and a seal, so that the same ones always give the same digest.

Any tool can do it again: one JSON array a line, keys sorted, no space, UTF-8, a line feed after each, in the order of (at, id);
then SHA-256 of the whole.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q

from enclos.journal.models import Jalon, Ligne, Sceau, bounds

BATCH = 5_000
COLUMNS = (
    "pk",
    "at",
    "event",
    "actor_kind",
    "actor_id",
    "actor_label",
    "object_kind",
    "object_id",
    "concerne",
    "famille",
    "details",
)
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def instant(at: datetime) -> str:
    """To the microsecond, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def line(row: tuple[Any, ...]) -> bytes:
    """A row of `COLUMNS`, as it is digested."""
    return encode([row[0], instant(row[1]), *row[2:]]).encode() + b"\n"


def rows_of(day: date, famille: str) -> Iterator[tuple[Any, ...]]:
    """The lines of a day, in the order of (at, id), by batches: memory stays flat whatever their number."""
    start, end = bounds(day)
    rows = Ligne.objects.filter(famille=famille, at__lt=end).order_by("at", "pk").values_list(*COLUMNS)
    batch = list(rows.filter(at__gte=start)[:BATCH])
    while batch:
        yield from batch
        pk, at = batch[-1][0], batch[-1][1]
        batch = list(rows.filter(Q(at__gt=at) | Q(pk__gt=pk), at__gte=at)[:BATCH]) if len(batch) == BATCH else []


class Empreinte:
    """The digest of some lines, as they come."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.count = 0
        self.first_pk: int | None = None
        self.last_pk: int | None = None

    def add(self, row: tuple[Any, ...]) -> None:
        self.hash.update(line(row))
        self.count += 1
        self.first_pk = row[0] if self.first_pk is None else min(self.first_pk, row[0])
        self.last_pk = row[0] if self.last_pk is None else max(self.last_pk, row[0])

    @property
    def racine(self) -> str:
        return self.hash.hexdigest()

    @property
    def figures(self) -> tuple[int, int | None, int | None, str]:
        return self.count, self.first_pk, self.last_pk, self.racine


def figures_of(sceau: Sceau) -> tuple[int, int | None, int | None, str]:
    """What a seal says of its lines, to be compared with `Empreinte.figures`."""
    return sceau.count, sceau.first_pk, sceau.last_pk, sceau.racine


def seal(sceau: Sceau) -> str:
    """What a seal attests: everything but when it was read again and purged."""
    return encode(
        [
            sceau.numero,
            sceau.day.isoformat(),
            sceau.famille,
            sceau.rang,
            sceau.count,
            sceau.first_pk,
            sceau.last_pk,
            sceau.limite,
            sceau.racine,
            sceau.precedente,
            instant(sceau.sealed_at),
        ]
    )


def milestone(jalon: Jalon) -> str:
    """What a milestone attests."""
    return encode(
        [
            "jalon",
            jalon.numero,
            jalon.after,
            jalon.until,
            jalon.count,
            jalon.racine,
            jalon.precedente,
            instant(jalon.first_at),
            instant(jalon.last_at),
            instant(jalon.posed_at),
        ]
    )
