"""How the rest of the house reads the journal: what was done to a thing, and what somebody did."""

from collections.abc import Iterable, Iterator

from django.db import models
from django.db.models import Q

from enclos.journal.models import Ligne, LigneQuerySet

BATCH = 500
KEYS = 200  # objects named in one query


def lines_about(obj: models.Model) -> LigneQuerySet:
    """The lines whose object is this row."""
    return Ligne.objects.about(obj)


def lines_of_somebody(objects: Iterable[tuple[str, str]], actors: Iterable[tuple[str, str]]) -> Iterator[Ligne]:
    """Every line about one of `objects` (kind, id) or by one of `actors` (kind, id), each once, by batches: memory stays flat.

    Those about a few hundred objects come together, in the order of time; then those of the next objects.
    """
    wanted = Q(pk__in=())
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
