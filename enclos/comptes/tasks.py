"""What the workers do: throw away what is over, and tell members what happened to their account."""

import logging

from django.tasks import task
from django.utils import timezone

from enclos.comptes import canaux, codes, compteurs
from enclos.comptes.coordonnees.contestation import warn
from enclos.comptes.models import Avertissement, Compte
from enclos.comptes.sessions import SessionStore
from enclos.courrier import textos
from enclos.journal.actions import SYSTEM
from enclos.socle.promesses import sweep

logger = logging.getLogger(__name__)


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
def tell_new_device(compte_id: str) -> None:
    """Somebody came in from a browser that had never opened this account: its owner is told."""
    compte = Compte.objects.select_related("personne", "caisse").get(pk=compte_id)
    warn(compte, Avertissement.Objet.CONNEXION, by=SYSTEM)


@task()
def tell_new_password(compte_id: str) -> None:
    """The password changed: its owner is told."""
    compte = Compte.objects.select_related("personne", "caisse").get(pk=compte_id)
    warn(compte, Avertissement.Objet.MOT_DE_PASSE, by=SYSTEM)
    if phone := canaux.working_phone(compte):
        try:
            textos.write(
                key=f"comptes.mot-de-passe.{compte.pk}.{timezone.now():%Y%m%d%H%M%S%f}",
                to=phone,
                text=f"{compte.caisse.nom} : le mot de passe de votre compte a changé. Ce n’est pas vous ? {compte.caisse.telephone}",
                caisse=compte.caisse,
                by=SYSTEM,
            )
        except textos.TextoImpossible as refusal:
            logger.info("the change of a password was not told by text message (%s)", refusal.code)
