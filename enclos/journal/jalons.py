"""Milestones: the lines of the day that runs are watched from the minute after they are written, without anybody waiting.

A seal holds a whole day and stays for ever; a milestone holds the lines between two keys until then. Lines go by key here: a key is
given once, and what a long transaction writes late is awaited as for a day.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from enclos.journal import canon, ecrivains
from enclos.journal.canon import Empreinte
from enclos.journal.models import Jalon, Ligne, Sceau, bounds
from enclos.journal.verification import difference
from enclos.socle.dates import heure
from enclos.socle.sealed import attest
from enclos.socle.verrou import AlreadyRunning, alone

logger = logging.getLogger(__name__)

MOST = 20_000  # lines of one milestone: a sweep stays short, the next one goes on
MOST_TAKEN = 5  # and so many of them


class Horizon:
    """The key up to which the next milestone goes: read at one sweep, used at a later one, once those who wrote then are gone.

    Between a key and its line a writer may be suspended for an instant: the time between two sweeps leaves it behind.
    """

    until: int | None = None

    def take(self) -> int | None:
        """A key below which nothing comes any more; None when it is too soon to say."""
        if connection.vendor != "postgresql":
            return newest() if ecrivains.are_gone("jalon") else None
        taken = self.until
        if taken is not None and not ecrivains.are_gone(("jalon", taken)):
            return None
        self.until = newest()
        ecrivains.are_gone(("jalon", self.until))  # from now on, those who write are known
        return taken


HORIZON = Horizon()


def newest() -> int:
    return Ligne.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def start() -> int:
    """Where the first milestone begins: above what the seals hold."""
    held: int | None = Sceau.objects.aggregate(most=Max("limite"))["most"]
    return held or 0


def pose_due() -> int:
    """Put a milestone after the lines that came since the last one, and remove those that seals replace; returns how many were put."""
    try:
        with alone("journal"):
            remove_sealed()
            horizon = HORIZON.take()
            return pose(horizon) if horizon is not None else 0
    except AlreadyRunning:
        return 0


def pose(horizon: int) -> int:
    """The caller holds the lock, and whoever wrote below the horizon is gone."""
    for done in range(MOST_TAKEN):
        former = Jalon.objects.order_by("-numero").first()
        after = former.until if former else start()
        rows = list(Ligne.objects.filter(pk__gt=after, pk__lte=horizon).order_by("pk").values_list(*canon.COLUMNS)[:MOST])  # fmt: skip
        if not rows:
            return done
        add(former, after, rows)
    return MOST_TAKEN


def add(former: Jalon | None, after: int, rows: list[tuple[Any, ...]]) -> None:
    empreinte = Empreinte()
    for row in rows:
        empreinte.add(row)
    instants: list[datetime] = [row[1] for row in rows]
    jalon = Jalon(
        numero=former.numero + 1 if former else 1,
        after=after,
        until=rows[-1][0],
        count=empreinte.count,
        racine=empreinte.racine,
        precedente=former.attestation if former else "",
        first_at=min(instants),
        last_at=max(instants),
        posed_at=timezone.now(),
    )
    jalon.attestation = attest(canon.milestone(jalon))
    jalon.save(force_insert=True)
    logger.info("journal: milestone %s up to line %s: %s", jalon.numero, jalon.until, jalon.attestation)


@transaction.atomic
def remove_sealed() -> None:
    """Those whose lines are all of days that have their seals. The last one stays: the next one ties to it."""
    day = Sceau.objects.filter(rang=0).order_by("-numero").values_list("day", flat=True).first()
    last = Jalon.objects.order_by("-numero").values_list("numero", flat=True).first()
    if day is None or last is None:
        return
    # A clock may have gone back: one that stays keeps those that follow it.
    kept = Jalon.objects.filter(last_at__gte=bounds(day)[1]).order_by("numero").values_list("numero", flat=True).first()
    Jalon.objects.filter(numero__lt=min(last, kept or last)).delete()


def faults() -> Iterator[str]:
    """What is wrong between the last seal and now, in words."""
    former: Jalon | None = None
    for jalon in Jalon.objects.order_by("numero").iterator(chunk_size=500):
        if attest(canon.milestone(jalon)) != jalon.attestation:
            yield f"Jalon n° {jalon.numero} du journal : il a changé"
        elif former is None and jalon.after > start():
            yield f"Jalon n° {jalon.numero} du journal : ceux d’avant manquent"
        elif former and (jalon.after, jalon.precedente) != (former.until, former.attestation):
            yield f"Jalon n° {jalon.numero} du journal : il ne suit pas celui d’avant"
        elif not is_purged(jalon):
            yield from altered(jalon)
        former = jalon


def is_purged(jalon: Jalon) -> bool:
    """The last milestone of a portal where nothing was written for years: its lines went at their term."""
    return Sceau.objects.filter(day=jalon.last_at.date(), purged_at__isnull=False).exists()


def altered(jalon: Jalon) -> Iterator[str]:
    read = Empreinte()
    for row in Ligne.objects.filter(pk__gt=jalon.after, pk__lte=jalon.until).order_by("pk").values_list(*canon.COLUMNS):
        read.add(row)
    if (read.count, read.racine) == (jalon.count, jalon.racine):
        return
    yield f"Journal, entre {heure(jalon.first_at)} et {heure(jalon.last_at)} : {difference(jalon, read)}"


def unwatched() -> int:
    """How many lines no seal and no milestone holds yet: those of the last minutes, when a worker runs."""
    last = Jalon.objects.order_by("-numero").values_list("until", flat=True).first()
    return Ligne.objects.filter(pk__gt=start() if last is None else last).count()
