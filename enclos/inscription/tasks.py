"""Nudges: look at one finished registration now, and again whatever is due; erase what is too old."""

from datetime import timedelta

from django.db.models import Q
from django.tasks import task
from django.utils import timezone

from enclos.inscription.examen import conclude
from enclos.inscription.models import Conclusion, Inscription
from enclos.inscription.ouverture import announce_openings
from enclos.socle.promesses import keep, sweep, sweep_promises

KEPT = timedelta(days=396)  # thirteen months, as « Données personnelles » says


@task
def conclude_one(pk: int) -> None:
    """Look at one finished registration, if it is due."""
    keep(Conclusion, pk, conclude)


@sweep("inscription", every=5)
def conclude_due() -> int:
    return sweep_promises(Conclusion, conclude, batch=50)


@sweep("inscription.brouillons", every=600)
def forget_drafts() -> int:
    """Registrations too old, with all they hold; one that still waits to be looked at is kept until it was."""
    waiting = Q(conclusion__isnull=False, conclusion__kept_at=None, conclusion__broken_at=None)
    return Inscription.objects.filter(expires_at__lte=timezone.now()).exclude(waiting).delete()[0]


@sweep("inscription.conclusions", every=3600)
def forget_conclusions() -> int:
    """What became of registrations, once the help desk has no use for it; the journal keeps its line."""
    return Conclusion.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


@sweep("inscription.annonces", every=120)
def announce_due() -> int:
    """Accounts that a letter opened, once their password served."""
    return announce_openings()
