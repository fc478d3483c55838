"""What the workers do: throw away what is over, and tell members what happened to their account."""

from datetime import datetime

from django.tasks import task

from enclos.comptes import canaux, codes, compteurs
from enclos.comptes.coordonnees.contestation import tell_by_text, warn
from enclos.comptes.models import Avertissement, Compte
from enclos.comptes.sessions import SessionStore
from enclos.journal.actions import SYSTEM
from enclos.socle.promesses import sweep


@sweep("comptes.sessions", every=3600)
def forget_ended_sessions() -> None:
    """Sessions ended for a day."""
    SessionStore.clear_expired()


@sweep("comptes.compteurs", every=3600)
def forget_old_counters() -> None:
    """Counters whose window is over."""
    compteurs.sweep_counters()


@sweep("comptes.codes", every=3600)
def forget_old_codes() -> None:
    """Codes dead for a day."""
    codes.sweep_codes()


@task()
def tell_new_device(compte_id: str, at: str) -> None:
    """Somebody came in, `at` that moment, from a browser that had never opened this account: its owner is told."""
    compte = Compte.objects.select_related("personne", "caisse").get(pk=compte_id)
    warn(compte, Avertissement.Objet.CONNEXION, at=datetime.fromisoformat(at), by=SYSTEM)


@task()
def tell_new_password(compte_id: str, at: str) -> None:
    """The password changed, `at` that moment: its owner is told by every channel."""
    compte = Compte.objects.select_related("personne", "caisse").get(pk=compte_id)
    moment = datetime.fromisoformat(at)
    warn(compte, Avertissement.Objet.MOT_DE_PASSE, at=moment, by=SYSTEM)
    tell_by_text(compte, Avertissement.Objet.MOT_DE_PASSE, canaux.working_phone(compte), at=moment, by=SYSTEM)
