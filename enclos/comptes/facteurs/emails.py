"""What an account's owner is told about their second factor, beside the notice with its link « ce n’est pas moi »."""

from datetime import datetime

from django.utils import timezone

from enclos.comptes.coordonnees.contestation import warn
from enclos.comptes.coordonnees.emails import link, to_account
from enclos.comptes.models import Avertissement, ClePasse, Compte
from enclos.journal.actions import Actor
from enclos.socle.dates import heure, jour, paris

CALL = "Si ce n’est pas vous, appelez-nous tout de suite."


def changed(compte: Compte, *, by: Actor) -> None:
    """A factor was added or removed, or the recovery codes were made again: every contact is told, with a way to stop it."""
    if compte.is_adherent:
        warn(compte, Avertissement.Objet.FACTEUR, by=by)
        return
    now = timezone.now()
    to_account(
        compte,
        f"comptes.facteur.{compte.pk}.{now:%Y%m%d%H%M%S%f}",
        subject="La sécurité de votre compte d’agent a changé",
        body=(
            f"Une clé d’accès ou le code à 6 chiffres de votre compte d’agent a changé le {jour(paris(now))} à {heure(now)}.\n\n"
            "Si ce n’est pas vous, prévenez tout de suite la personne qui gère Enclos dans votre caisse."
        ),
        by=by,
    )


def code_de_secours_servi(compte: Compte, restants: int, *, by: Actor) -> None:
    """A recovery code opened the account."""
    now = timezone.now()
    suite = (
        "Il vous en reste " + ("un seul." if restants == 1 else f"{restants}.")
        if restants
        else "C’était le dernier : faites-en d’autres dans votre espace privé."
    )
    to_account(
        compte,
        f"comptes.secours.{compte.pk}.{now:%Y%m%d%H%M%S%f}",
        subject="Un de vos codes de secours a servi",
        body=f"Un de vos codes de secours a servi le {jour(paris(now))} à {heure(now)}. {suite}\n\n{link('comptes:facteurs')}\n\n{CALL}",
        by=by,
    )


def cle_copiee(key: ClePasse, *, by: Actor) -> None:
    """A key came with a count that goes backwards: two devices hold it. It was refused; told once a day."""
    now = timezone.now()
    to_account(
        key.compte,
        f"comptes.cle-copiee.{key.pk}.{paris(now):%Y%m%d}",
        subject="Une de vos clés d’accès a été refusée",
        body=(
            f"Une de vos clés d’accès a été refusée le {jour(paris(now))} à {heure(now)} : elle semble exister en deux exemplaires.\n\n"
            f"Connectez-vous autrement, retirez cette clé, puis faites-en une autre :\n\n"
            f"{link('comptes:facteurs')}\n\n{CALL}"
        ),
        by=by,
    )


def lettre_demandee(compte: Compte, expire_at: datetime, *, by: Actor) -> None:
    """A letter leaves with the code that removes the second factor."""
    to_account(
        compte,
        f"comptes.lettre-facteur.{compte.pk}.{timezone.now():%Y%m%d%H%M%S}",
        subject="Un courrier part pour débloquer votre double vérification",
        body=(
            "Quelqu’un a donné votre mot de passe, puis a dit ne plus avoir votre second moyen de connexion. Un code part par "
            f"courrier, à l’adresse postale que nous connaissons. Il sert jusqu’au {jour(expire_at)}.\n\n"
            f"C’est vous ? Attendez ce courrier. {CALL}"
        ),
        by=by,
    )
