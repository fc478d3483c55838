"""Chores of the integration: reconciliation, every night."""

from datetime import datetime, time

from django.utils import timezone

from enclos.api.rapprochement import EVENT, reconcile_and_write_down
from enclos.journal.models import Ligne
from enclos.socle.dates import PARIS, paris
from enclos.socle.promesses import sweep
from enclos.socle.verrou import AlreadyRunning, alone

NIGHT = time(2, 30)


@sweep("api.controle", every=600)
def reconcile_tonight() -> bool:
    """Reconcile once a day, past half past two in Paris, whichever worker comes first; whether it was done now."""
    now = paris(timezone.now())
    if now.time() < NIGHT or is_done_since(datetime.combine(now.date(), NIGHT, PARIS)):
        return False
    try:
        with alone("controler"):
            if is_done_since(datetime.combine(now.date(), NIGHT, PARIS)):
                return False
            reconcile_and_write_down()
            return True
    except AlreadyRunning:
        return False


def is_done_since(moment: datetime) -> bool:
    return Ligne.objects.filter(event=EVENT, at__gte=moment).exists()
