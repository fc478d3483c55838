"""Promises: rows that say what is still to be done, by when, and who tried.

A mail to deliver, a receipt to sign, a file to scan: each is a row, saved in the transaction of what it follows. A task only
nudges it; a sweep nudges again whatever is due. So a lost task, a killed worker or a full disk lose nothing: the claim moves
`next_at` forward by a lease, during which nobody else takes it; a failure then sets the date of the next try.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from enclos.socle.logs import redact

logger = logging.getLogger(__name__)


class PermanentFailure(Exception):
    """Trying again would change nothing: somebody must look."""


class PromesseQuerySet[M: "Promesse"](models.QuerySet[M]):
    def open(self) -> "PromesseQuerySet[M]":
        return self.filter(kept_at=None, broken_at=None)

    def due(self, now: datetime | None = None) -> "PromesseQuerySet[M]":
        return self.open().filter(next_at__lte=now or timezone.now()).order_by("next_at")

    def broken(self) -> "PromesseQuerySet[M]":
        return self.exclude(broken_at=None)

    def late(self, than: timedelta, now: datetime | None = None) -> "PromesseQuerySet[M]":
        """Still open though first wanted longer than `than` ago."""
        return self.open().filter(promised_at__lt=(now or timezone.now()) - than)


class Promesse(models.Model):
    """What is still to be done for a row."""

    # Seconds before the second, third… try; the last one repeats until `give_up_after` tries.
    DELAYS: ClassVar[tuple[int, ...]] = (20, 60, 300, 900, 3600)
    GIVE_UP_AFTER: ClassVar[int] = 60
    # Longer than any work lasts (a mail server or a scanner that hangs): two workers on one promise would do it twice.
    LEASE: ClassVar[timedelta] = timedelta(seconds=120)
    # Open for longer than this, it is shown to the agents (« À surveiller »), under these words.
    PATIENCE: ClassVar[timedelta] = timedelta(hours=4)
    EN_PANNE: ClassVar[str] = ""

    promised_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(null=True, default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    kept_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    @staticmethod
    def index(name: str) -> models.Index:
        """The index each concrete promise declares, so that a sweep reads only what is open."""
        return models.Index(fields=["next_at"], name=name, condition=Q(kept_at=None, broken_at=None))

    @staticmethod
    def broken_index(name: str) -> models.Index:
        """The index of those given up, for who looks at them: a few among millions."""
        return models.Index(fields=["broken_at"], name=name, condition=~Q(broken_at=None))

    def next_delay(self) -> timedelta:
        return timedelta(seconds=self.DELAYS[min(self.attempts, len(self.DELAYS)) - 1])

    @property
    def is_kept(self) -> bool:
        return self.kept_at is not None

    @property
    def is_broken(self) -> bool:
        return self.broken_at is not None


STATE_FIELDS = ["next_at", "attempts", "kept_at", "broken_at", "last_error"]


def claim[M: Promesse](model: type[M], pk: Any) -> M | None:
    """Take one due promise for oneself, or None when another has it or nothing is left to do."""
    with transaction.atomic():
        row = model._default_manager.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(
            pk=pk, kept_at=None, broken_at=None, next_at__lte=timezone.now()
        ).first()  # fmt: skip
        if row is None:
            return None
        row.attempts += 1
        row.next_at = timezone.now() + max(row.next_delay(), row.LEASE)
        row.save(update_fields=["attempts", "next_at"])
        return row


def keep[M: Promesse](model: type[M], pk: Any, work: Callable[[M], object]) -> bool:
    """Do the work of one promise if it is due, and write down how it went; True when it is kept.

    `work` runs outside any transaction and must be idempotent. An exception is a reason to try again later;
    `PermanentFailure`, or too many tries, breaks the promise, which reconciliation and the agents then see.
    """
    row = claim(model, pk)
    if row is None:
        return False
    try:
        work(row)
    except Exception as error:
        now = timezone.now()
        is_final = isinstance(error, PermanentFailure) or row.attempts >= row.GIVE_UP_AFTER
        model._default_manager.filter(pk=pk, kept_at=None).update(
            last_error=redact(f"{type(error).__name__}: {error}")[:300],
            **({"broken_at": now, "next_at": None} if is_final else {"next_at": now + row.next_delay()}),
        )
        logger.warning(
            "promise %s %s failed (try %s): %s", model.__name__, pk, row.attempts, error, exc_info=not is_final
        )
        return False
    model._default_manager.filter(pk=pk).update(kept_at=timezone.now(), next_at=None, last_error="")
    return True


def restart[M: Promesse](model: type[M], pk: Any) -> bool:
    """Somebody looked: try again from the start, now. False when it is kept already, or does not exist."""
    open_or_broken = model._default_manager.filter(pk=pk, kept_at=None)
    return bool(open_or_broken.update(broken_at=None, attempts=0, next_at=timezone.now()))


@dataclass(frozen=True)
class Sweep:
    """A chore that every worker does again and again."""

    name: str
    every: float
    run: Callable[[], object]


SWEEPS: dict[str, Sweep] = {}


def sweep(name: str, *, every: float) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a chore of the workers, run about each `every` seconds; it must bear running twice at once."""

    def register(run: Callable[[], object]) -> Callable[[], object]:
        SWEEPS[name] = Sweep(name, every, run)
        return run

    return register


def sweep_promises[M: Promesse](model: type[M], work: Callable[[M], object], *, batch: int = 100) -> int:
    """Keep what is due; returns how many were kept."""
    due = list(model._default_manager.filter(kept_at=None, broken_at=None, next_at__lte=timezone.now())
               .order_by("next_at").values_list("pk", flat=True)[:batch])  # fmt: skip
    return sum(keep(model, pk, work) for pk in due)
