"""What every worker does for the bench."""

from enclos.agents.assistance.actions import forget_old_calls
from enclos.socle.promesses import sweep


@sweep("agents.appels", every=6 * 3600)
def tidy_calls() -> int:
    return forget_old_calls()
