"""What the receipt of a sending says, and when it can be said.

Every file clean, or no antivirus to wait for: the accusé de réception comes with the sending. Else an accusé d’enregistrement
at once (CRPA R112-11-2), and the accusé de réception when the scan is done. The date of receipt is the same on both.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils import timezone

from enclos.accuses.actions import issue
from enclos.accuses.contenu import Contenu, DocumentRecu, FichierRecu, ReponseAttendue, ServiceCharge
from enclos.accuses.models import Accuse
from enclos.caisses.access import services_of
from enclos.caisses.models import Service
from enclos.envois import emails
from enclos.envois.classement import file_receipt
from enclos.envois.models import DocumentEnvoye, Envoi, PapierDemande
from enclos.journal.actions import Actor
from enclos.socle.jours_ouvres import add_working_days

ATTESTATION = "2026-11"
ATTESTATIONS = {
    "2026-11": (
        "J’atteste que les fichiers joints sont la copie fidèle et complète des documents d’origine, "
        "que je garde et que ma MSA peut me demander."
    )
}


def issue_acknowledgement(
    envoi: Envoi, documents: Sequence[DocumentEnvoye], services: Mapping[str, Service], *, by: Actor
) -> None:
    """Give the receipt that the state of the files allows; the caller saves `envoi`.

    `documents` come with their nature, pages, files and parts. A dangerous file is named apart: it was not received.
    """
    assert envoi.submitted_at is not None
    fichiers = [page.fichier for document in documents for page in document.pages.all()]
    if any(fichier.is_waiting for fichier in fichiers):
        if envoi.accuse_enregistrement_id is None:
            envoi.accuse_enregistrement = issue(
                kind=Accuse.Genre.ENREGISTREMENT,
                reference=envoi.reference,
                received_at=envoi.submitted_at,
                caisse=envoi.caisse,
                contenu=None,
                by=by,
            )
            emails.envoi_enregistre(envoi, by=by)
        return
    received = [
        document for document in documents if not all(page.fichier.is_infected for page in document.pages.all())
    ]
    if received:
        envoi.accuse_reception = issue(
            kind=Accuse.Genre.RECEPTION,
            reference=envoi.reference,
            received_at=envoi.submitted_at,
            caisse=envoi.caisse,
            contenu=contenu_of(envoi, received, services),
            by=by,
        )
        file_receipt(envoi, by=by)
        emails.envoi_recu(envoi, by=by)
    envoi.kept_at, envoi.next_at = timezone.now(), None


def contenu_of(envoi: Envoi, documents: Sequence[DocumentEnvoye], services: Mapping[str, Service]) -> Contenu:
    """The mentions of the accusé de réception (CRPA R112-11-1), document by document."""
    assert envoi.submitted_at is not None
    in_charge = [service_of(document, envoi, services) for document in documents]
    received = [
        DocumentRecu(
            nature=document.libelle,
            personne=document.concerne_nom,
            fichiers=tuple(
                FichierRecu.of(page.fichier) for page in document.pages.all() if not page.fichier.is_infected
            ),
            service=ServiceCharge.of(service) if service != in_charge[0] else None,
            is_request=bool(document.nature and document.nature.is_request),
            reponse=ReponseAttendue.of(document.nature, envoi.submitted_at) if document.nature else None,
            promise_on=document.affaire.due_on if document.affaire else None,
        )
        for document, service in zip(documents, in_charge, strict=True)
    ]
    return Contenu(
        objet=envoi.demande.libelle if envoi.demande else "Envoi de documents",
        expediteur=envoi.sender["nom"],
        service=ServiceCharge.of(in_charge[0]),
        documents=tuple(received),
        attestation=ATTESTATIONS[envoi.attestation],
        attestation_version=envoi.attestation,
        manquants=still_missing(envoi, documents),
    )


def still_missing(envoi: Envoi, documents: Sequence[DocumentEnvoye]) -> tuple[tuple[str, date], ...]:
    """What the requests that the sending answers still wait for, and until when: the receipt says it (CRPA R112-11-4)."""
    answered = {document.papier.demande_id for document in documents if document.papier}
    lists = answered | ({envoi.demande_id} if envoi.demande_id else set())
    if not lists:
        return ()
    rows = PapierDemande.objects.filter(demande__in=lists, answered_at=None).select_related("nature")
    papers = rows.order_by("demande", "rang")
    return tuple((f"{papier.rang}. {papier.libelle}", papier.due_on) for papier in papers)


def promised_on(envoi: Envoi, documents: Sequence[DocumentEnvoye], day: date) -> date:
    """By when all of it would be answered, sent on `day`: said before it is sent, in the words of the receipt."""
    services = services_of(envoi.caisse_id)
    return max(add_working_days(day, service_of(one, envoi, services).delai_jours_ouvres) for one in documents)


def service_of(document: DocumentEnvoye, envoi: Envoi, services: Mapping[str, Service]) -> Service:
    """Who reads it: the team that asked for this paper, else the team of its nature, which another fund may not have."""
    assert document.nature is not None
    if document.papier is not None:
        return document.papier.demande.service
    if envoi.demande is None:
        return services[document.nature.service_code]
    return services.get(document.nature.service_code, envoi.demande.service)
