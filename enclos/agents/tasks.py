"""What every worker does for the bench."""

from enclos.agents import personne, point, quotas, silence
from enclos.agents.assistance.actions import forget_old_calls
from enclos.agents.chiffres import count_what_changes
from enclos.agents.lots import perform
from enclos.journal.actions import SYSTEM
from enclos.socle.promesses import sweep, sweep_promises
from enclos.suivi.models import Lot


@sweep("agents.appels", every=6 * 3600)
def tidy_calls() -> int:
    return forget_old_calls()


@sweep("agents.lots", every=5)
def perform_lots() -> int:
    """Do what was decided for several items and not dropped in time."""
    return sweep_promises(Lot, perform)


@sweep("agents.lectures", every=6 * 3600)
def tidy_readings() -> int:
    return quotas.forget_old_readings(by=SYSTEM) + personne.forget_old_openings(by=SYSTEM)


@sweep("agents.battement", every=60)
def beat() -> None:
    silence.beat()


@sweep("agents.chiffres", every=300)
def count_figures() -> int:
    return count_what_changes()


@sweep("agents.point", every=300)
def send_points() -> int:
    """Each has its key: sent again, it is the same one."""
    return point.send_all(by=SYSTEM)


@sweep("agents.silence", every=600)
def tell_silences() -> int:
    return point.tell_silences(by=SYSTEM)
