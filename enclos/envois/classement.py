"""What a sending leaves in « Mes documents »: each document as it was sent, and the receipt that proves it."""

from collections.abc import Sequence

from enclos.bibliotheque import actions as bibliotheque
from enclos.bibliotheque.models import Domaine, Origine
from enclos.envois.models import DocumentEnvoye, Envoi
from enclos.journal.actions import Actor
from enclos.socle.dates import paris

# The groups of the nomenclature, as the library is divided. One that is not here is « Autre ».
DOMAINES = {
    "Logement": Domaine.FAMILLE,
    "Famille": Domaine.FAMILLE,
    "RSA et prime d’activité": Domaine.RSA_PRIME,
    "Retraite": Domaine.RETRAITE,
    "Exploitation": Domaine.COTISATIONS,
    "Cotisations et règlement": Domaine.COTISATIONS,
    "Accident du travail": Domaine.ACCIDENT,
    "Santé": Domaine.SANTE,
}


def file_documents(envoi: Envoi, documents: Sequence[DocumentEnvoye], *, by: Actor) -> None:
    """Each document, under the day of its receipt; in the transaction that sends them."""
    assert envoi.submitted_at is not None
    for document in documents:
        assert document.nature is not None
        bibliotheque.file(
            envoi.personne,
            f"envois.document.{document.pk}",
            origine=Origine.ENVOYE,
            libelle=document.libelle[:200],
            date=paris(envoi.submitted_at).date(),
            feuillets=[page.fichier for page in document.pages.all()],
            domaine=DOMAINES.get(document.nature.groupe, Domaine.AUTRE),
            nature=document.nature.code,
            concerne=document.concerne_nom,
            reference=envoi.reference,
            by=by,
        )


def file_receipt(envoi: Envoi, *, by: Actor) -> None:
    """The accusé de réception; that of registration gives way to it, and stays on the page of the sending."""
    accuse = envoi.accuse_reception
    assert accuse is not None
    assert envoi.submitted_at is not None
    bibliotheque.file(
        envoi.personne,
        f"accuses.{accuse.pk}",
        origine=Origine.ACCUSE,
        libelle=f"Accusé de réception de l’envoi {envoi.reference}",
        date=paris(envoi.submitted_at).date(),
        accuse=accuse,
        reference=envoi.reference,
        by=by,
    )
