"""Nudges: deliver one e-mail now, and again whatever is due."""

from django.tasks import task

from enclos.courrier.models import Courriel
from enclos.courrier.remise import send
from enclos.socle.promesses import keep, sweep, sweep_promises


@task
def deliver(pk: int) -> None:
    """Try to send one e-mail, if it is due."""
    keep(Courriel, pk, send)


@sweep("courrier", every=10)
def deliver_due() -> int:
    return sweep_promises(Courriel, send, batch=50)
