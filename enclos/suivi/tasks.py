"""What every worker does for the items."""

from enclos.socle.promesses import sweep
from enclos.suivi.precarite import follow_registry


@sweep("suivi.precarite", every=1800)
def follow_precarite() -> int:
    return follow_registry()
