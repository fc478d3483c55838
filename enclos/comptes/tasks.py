"""What the workers throw away again and again."""

from enclos.comptes import compteurs
from enclos.comptes.sessions import SessionStore
from enclos.socle.promesses import sweep


@sweep("comptes.sessions", every=3600)
def forget_ended_sessions() -> None:
    """Sessions ended for a day."""
    SessionStore.clear_expired()


@sweep("comptes.compteurs", every=3600)
def forget_old_counters() -> None:
    """Counters whose window is over."""
    compteurs.sweep_counters()
