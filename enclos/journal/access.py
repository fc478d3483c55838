"""How the rest of the house reads the journal: what was done to a thing, and what somebody did."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import models
from django.db.models import Q

from enclos.journal.models import Ligne, LigneQuerySet, Sceau

BATCH = 500
KEYS = 200  # objects named in one query


def lines_about(obj: models.Model) -> LigneQuerySet:
    """The lines whose object is this row."""
    return Ligne.objects.about(obj)


def lines_of_somebody(
    objects: Iterable[tuple[str, str]], actors: Iterable[tuple[str, str]], *, concerne: str
) -> Iterator[Ligne]:
    """Every line about one of `objects` (kind, id), by one of `actors` (kind, id), or that opened the data of the person `concerne`,
    each once, by batches: memory stays flat.

    Those about a few hundred objects come together, in the order of time; then those of the next objects.
    """
    wanted = Q(concerne=concerne) & ~Q(concerne="")
    for kind, key in actors:
        wanted |= Q(actor_kind=kind, actor_id=key)
    by_kind: dict[str, list[str]] = {}
    for kind, key in objects:
        by_kind.setdefault(kind, []).append(key)
    already = wanted
    yield from in_order(Ligne.objects.filter(wanted))
    for kind, keys in by_kind.items():
        for start in range(0, len(keys), KEYS):
            about = Q(object_kind=kind, object_id__in=keys[start : start + KEYS])
            yield from in_order(Ligne.objects.filter(about).exclude(already))


def in_order(lines: "models.QuerySet[Ligne]") -> Iterator[Ligne]:
    last = 0
    while batch := list(lines.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def lines_concerning(
    key: str, events: Iterable[str], *, most: int, before: tuple[datetime, int] | None = None
) -> Sequence[Ligne]:
    """The latest `most` lines in which somebody's data were opened, among these events; `before` is the (at, pk) of the last one read.

    One query by the index of whom it concerns. `key` is never empty.
    """
    lines = Ligne.objects.filter(concerne=key, event__in=list(events)).exclude(concerne="")
    if before is not None:
        at, pk = before
        lines = lines.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)
    return list(lines.order_by("-at", "-pk")[:most])


def lines_opened_by(key: str, *, since: datetime, until: datetime) -> Iterator[Ligne]:
    """Every line in which this agent had somebody's data within reach between two moments, the oldest first, by batches."""
    lines = Ligne.objects.filter(actor_kind="agent", actor_id=key, at__gte=since, at__lt=until).exclude(concerne="")
    return in_order(lines)


def last_seal(*, sealed_before: datetime | None = None) -> Sceau | None:
    """The end of the chain, or what it was at a moment; None before the first day is over."""
    rows = Sceau.objects.filter(sealed_at__lt=sealed_before) if sealed_before else Sceau.objects.all()
    return rows.order_by("-numero").first()


def last_seal_told_of(event: str) -> int:
    """The number of the last seal to which this happened; 0 when it happened to none."""
    line = Ligne.objects.filter(object_kind=Sceau._meta.label_lower, event=event).order_by("-pk").first()
    return int(line.object_id) if line else 0
