"""Nudges: print and seal one receipt now, and again whatever is due."""

from django.tasks import task

from enclos.accuses.impression import seal
from enclos.accuses.models import Accuse
from enclos.socle.promesses import keep, sweep, sweep_promises


@task
def seal_accuse(pk: str) -> None:
    """Make and store the signed PDF of one receipt, if it is due."""
    keep(Accuse, pk, seal)


@sweep("accuses", every=10)
def seal_due() -> int:
    return sweep_promises(Accuse, seal, batch=50)
