"""The day when silence becomes a decision, once papers were asked for (CRPA L114-5, L114-5-1, R112-11-4).

A request that silence accepts: its time begins the day when all that is indispensable is in. A request that silence rejects: its time
is suspended while the fund waits, from the day it asks until the papers come, or until the date it gave if they do not come before.
A paper that is not indispensable suspends nothing.

The day is always computed again from what happened, never moved by so many days: asked twice, it is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Silence
from enclos.journal.actions import Actor, record
from enclos.socle.dates import add_months, paris
from enclos.suivi.actions import locked, rang_of
from enclos.suivi.models import Affaire


@dataclass(frozen=True)
class Regime:
    """What silence means for a request, and after how many months (CRPA L231-1, L231-4)."""

    silence: str
    months: int


@dataclass(frozen=True)
class Attente:
    """A wait for what is indispensable: asked on a day, to be given by another, all there on a third or not yet."""

    asked_on: date
    due_on: date
    complete_on: date | None = None

    @property
    def until(self) -> date:
        """The end of the suspension: the time allowed, or less when all came before (CRPA L114-5)."""
        end = self.due_on if self.complete_on is None else min(self.complete_on, self.due_on)
        return max(self.asked_on, end)


def regime_of(affaire: Affaire) -> Regime | None:
    """None for what asks for no decision."""
    nature = nomenclatures().natures.get(affaire.nature)
    if nature is None or not nature.is_request:
        return None
    return Regime(nature.silence, nature.silence_months)


def legal_day(regime: Regime, received_on: date, waits: Sequence[Attente]) -> date | None:
    """The day when silence becomes a decision; None while an acceptance has not begun to run."""
    if not waits:
        return add_months(received_on, regime.months)
    if regime.silence == Silence.ACCEPTATION:
        if any(wait.complete_on is None for wait in waits):
            return None
        return add_months(max(wait.complete_on for wait in waits if wait.complete_on), regime.months)
    return add_months(received_on, regime.months) + timedelta(days=days_of(waits))


def days_of(waits: Sequence[Attente]) -> int:
    """The days of suspension, those that two waits share counted once."""
    total, reached = 0, date.min
    for wait in sorted(waits, key=lambda wait: (wait.asked_on, wait.until)):
        start = max(wait.asked_on, reached)
        if wait.until > start:
            total += (wait.until - start).days
            reached = wait.until
    return total


@transaction.atomic
def recompute(affaire: Affaire, waits: Sequence[Attente], *, by: Actor) -> date | None:
    """Write the day that `waits` give to the item, and its place in the queue; the item in hand says the same."""
    regime = regime_of(affaire)
    if regime is None:
        return affaire.legal_on
    row = locked(affaire)
    legal_on = legal_day(regime, paris(row.received_at).date(), waits)
    if legal_on != row.legal_on:
        before = row.legal_on
        row.legal_on = legal_on
        row.rang_on = rang_of(row.due_on, legal_on, is_precaire=row.is_precaire)
        row.save(update_fields=["legal_on", "rang_on"])
        record(
            "suivi.affaire.legal_day_computed",
            row,
            by=by,
            silence=regime.silence,
            avant=before.isoformat() if before else "",
            apres=legal_on.isoformat() if legal_on else "",
        )
    affaire.legal_on = legal_on
    return legal_on
