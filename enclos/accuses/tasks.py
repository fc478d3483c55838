"""Nudges: print and seal one receipt now, and again whatever is due."""

from django.tasks import task

from enclos.accuses.ancrage import stamp_last_seal
from enclos.accuses.horodatage import stamp
from enclos.accuses.impression import seal
from enclos.accuses.models import Accuse, Horodatage
from enclos.socle.promesses import keep, sweep, sweep_promises


@task
def seal_accuse(pk: str) -> None:
    """Make and store the signed PDF of one receipt, if it is due."""
    keep(Accuse, pk, seal)


@sweep("accuses", every=10)
def seal_due() -> int:
    return sweep_promises(Accuse, seal, batch=50)


@sweep("accuses.horodatage", every=15)
def stamp_due() -> int:
    """Nobody waits for a time-stamp: the sweep alone asks for it."""
    return sweep_promises(Horodatage, stamp, batch=50)


@sweep("accuses.sceau-du-journal", every=600)
def stamp_journal() -> bool:
    return stamp_last_seal()
