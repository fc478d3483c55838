"""At its term a day of the journal goes as a whole; its seal stays, and still ties the chain. Nothing else deletes a line."""

import logging
from collections.abc import Mapping
from datetime import UTC, date, timedelta

from django.db import router, transaction
from django.utils import timezone

from config.env import ENV
from enclos.journal.actions import SYSTEM, record
from enclos.journal.familles import Famille
from enclos.journal.models import Ligne, Sceau, bounds
from enclos.journal.verification import examine
from enclos.socle.verrou import AlreadyRunning, alone

logger = logging.getLogger(__name__)

PURGED = "journal.journee.purged"
AT_ONCE = 40  # days of a family in one go


def terms() -> Mapping[Famille, timedelta]:
    """How long each family is kept once its day is over."""
    return {
        Famille.TRACES: timedelta(days=ENV.journal_traces_days),
        Famille.ACTES: timedelta(days=ENV.journal_actes_days),
    }


def due_before(famille: Famille) -> date:
    """Days before this one have reached their term."""
    return (timezone.now() - terms()[famille]).astimezone(UTC).date()


def purge_due() -> int:
    """Remove the lines of the days at their term, the oldest first; returns how many days.

    A day that is not what was sealed stays, with those that follow: its lines are evidence, and reconciliation tells of it.
    """
    done = 0
    try:
        with alone("journal"):
            for famille in Famille:
                for day in days_due(famille):
                    if not examine(day, famille).is_whole:
                        logger.error("journal: %s (%s) is not what was sealed: not purged", day, famille)
                        break
                    purge_day(day, famille)
                    done += 1
    except AlreadyRunning:
        return done
    return done


def days_due(famille: Famille, *, patience: timedelta = timedelta()) -> list[date]:
    """The oldest days that have reached their term, `patience` ago at least."""
    rows = Sceau.objects.filter(rang=0, famille=famille, purged_at=None, day__lt=due_before(famille) - patience)
    return list(rows.order_by("day").values_list("day", flat=True)[:AT_ONCE])


@transaction.atomic
def purge_day(day: date, famille: Famille) -> None:
    """Mark the seals first: the database lets go of lines whose seal says so, and of no others."""
    start, end = bounds(day)
    sceaux = Sceau.objects.filter(day=day, famille=famille, purged_at=None)
    first = sceaux.select_for_update(no_key=True, of=("self",)).order_by("rang").first()
    if first is None:
        return
    sceaux.update(purged_at=timezone.now())
    lines = Ligne.objects.filter(famille=famille, at__gte=start, at__lt=end)
    gone = lines._raw_delete(router.db_for_write(Ligne))
    record(PURGED, first, by=SYSTEM, jour=day.isoformat(), famille=str(famille), lignes=gone)
