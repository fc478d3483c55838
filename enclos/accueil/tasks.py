"""What every worker does for the copies of their data that members asked."""

from django.tasks import task

from enclos.accueil.donnees.fabrication import forget_old, make
from enclos.accueil.models import CopieDonnees
from enclos.socle.promesses import keep, sweep, sweep_promises


@task
def make_copy(pk: str) -> None:
    """Make one copy, if it is due."""
    keep(CopieDonnees, pk, make)


@sweep("accueil.copies", every=15)
def copies_due() -> int:
    return sweep_promises(CopieDonnees, make, batch=1)


@sweep("accueil.copies-perimees", every=3600)
def copies_over() -> int:
    return forget_old()
