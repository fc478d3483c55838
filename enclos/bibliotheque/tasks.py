"""What every worker does for the library: follow the notices, write what the law deems, erase at the term."""

import enclos.bibliotheque.notifications  # noqa: F401  (its sweeps)
from enclos.bibliotheque.conservation import purge
from enclos.socle.promesses import sweep


@sweep("bibliotheque.conservation", every=3600)
def erase_at_term() -> int:
    """Documents whose years are over."""
    return purge()
