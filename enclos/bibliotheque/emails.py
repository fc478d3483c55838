"""A document is there: what is said of it outside the portal, which is nothing of what it holds."""

from django.db import IntegrityError, transaction

from enclos.avis.annonces import announce
from enclos.avis.models import Avis
from enclos.avis.texte import DAYS_BEFORE_DEEMED
from enclos.bibliotheque.models import Document, limit_of
from enclos.journal.actions import Actor
from enclos.socle.dates import jour, paris

PREFIX = "bibliotheque.notification."
NOUVEAUX = "/espace/documents/?vue=nouveaux"


def cle_of(document: Document) -> str:
    """The key of the notice of a notification."""
    return f"{PREFIX}{document.pk}"


def document_notifie(document: Document, *, by: Actor) -> None:
    """A document that notifies: the day it was made available, the service, the delay to open it (CRPA R112-18)."""
    day = paris(document.filed_at).date()
    announce(
        document.personne,
        cle_of(document),
        evenement="document-recu",
        subject="Un document important vous attend",
        body=(
            f"Un document vous attend dans votre espace privé depuis le {jour(day)}.\n\n"
            f"Service : {document.service}.\n\n"
            f"Ouvrez-le avant la fin du {jour(limit_of(document.filed_at))}. Si vous ne l’ouvrez pas dans les {DAYS_BEFORE_DEEMED} jours, la loi "
            f"considère que vous l’avez reçu le {jour(day)}."
        ),
        # Not the document's own address: a key in an e-mail tells something, and its figures may look like a NIR.
        url=f"{NOUVEAUX}#a-ouvrir",
        by_post=True,
        by=by,
    )


def documents_recus(document: Document, *, is_electronic: bool = True, by: Actor) -> None:
    """Others: said once a day, however many there are. Two documents filed at the same instant are told by one of them.

    To who receives documents by the post (not `is_electronic`), it tells of a copy: in the portal, and by e-mail when they asked for it.
    """
    day = paris(document.filed_at).date()
    cle = f"bibliotheque.recus.{document.personne_id}.{day}"
    try:
        with transaction.atomic():
            announce(
                document.personne,
                cle,
                evenement="document-recu" if is_electronic else "document-copie",
                subject="Vous avez du nouveau dans « Mes documents »",
                body=f"Votre MSA a déposé un document, ou plusieurs, dans votre espace privé le {jour(day)}.\n\nOuvrez-les quand vous voulez.",
                url=NOUVEAUX,
                by=by,
            )
    except IntegrityError:
        if not Avis.objects.filter(cle=cle).exists():  # any other reason is not ours to hide
            raise
