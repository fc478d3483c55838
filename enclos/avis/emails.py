"""What members are told about how they are told."""

from datetime import date

from django.urls import reverse

from config.env import ENV
from enclos.comptes import emails
from enclos.comptes.models import Acceptation, Compte
from enclos.journal.actions import Actor
from enclos.socle.dates import jour, paris


def e_documents_acceptes(compte: Compte, acceptation: Acceptation, *, by: Actor) -> None:
    """The yes is kept: its date, its version, and the way back."""
    emails.send(
        f"avis.e-documents.{acceptation.pk}",
        to=compte.courriel,
        subject="Vous recevrez vos documents dans votre espace privé",
        body=(
            f"Depuis le {jour(paris(acceptation.accepted_at))}, vous recevez vos documents dans votre espace privé au lieu de la "
            f"poste. Vous avez accepté le texte dans sa version {acceptation.version}.\n\n"
            "Pour chaque document, un e-mail vous prévient. Un document que vous n’ouvrez pas dans les 15 jours est considéré "
            "comme reçu le jour où il a été mis à votre disposition.\n\n"
            f"Vous pouvez revenir au papier quand vous voulez :\n\n{ENV.base_url}{reverse('avis:e_documents')}"
        ),
        caisse=compte.caisse,
        by=by,
    )


def e_documents_retires(compte: Compte, acceptation: Acceptation, end: date, *, by: Actor) -> None:
    """Back to paper, from a day on."""
    emails.send(
        f"avis.e-documents-fin.{acceptation.pk}",
        to=compte.courriel,
        subject="Vous recevrez de nouveau vos documents par la poste",
        body=(
            f"Vous avez demandé le retour au papier. À partir du {jour(end)} au plus tard, vos documents arrivent par la poste.\n\n"
            "Ce qui est mis à votre disposition avant ce jour reste reçu dans votre espace privé : pensez à l’ouvrir.\n\n"
            f"{ENV.base_url}{reverse('avis:e_documents')}"
        ),
        caisse=compte.caisse,
        by=by,
    )
