"""What every worker does for the bench."""

from enclos.agents.assistance.actions import forget_old_calls
from enclos.agents.lots import perform
from enclos.socle.promesses import sweep, sweep_promises
from enclos.suivi.models import Lot


@sweep("agents.appels", every=6 * 3600)
def tidy_calls() -> int:
    return forget_old_calls()


@sweep("agents.lots", every=5)
def perform_lots() -> int:
    """Do what was decided for several items and not dropped in time."""
    return sweep_promises(Lot, perform)
