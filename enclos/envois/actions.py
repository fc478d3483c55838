"""The act of sending, and what may come after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from enclos.accuses.contenu import ReponseAttendue
from enclos.caisses.access import services_of
from enclos.coffre.actions import quarantine
from enclos.comptes.models import Compte
from enclos.envois import emails
from enclos.envois.access import whole_documents_of
from enclos.envois.accuse import ATTESTATION, issue_acknowledgement, service_of
from enclos.envois.classement import file_documents
from enclos.envois.demandes import follow_item, hold
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi
from enclos.envois.reponses import answer
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import open_affaire


def address(envoi: Envoi, documents: Sequence[DocumentEnvoye], *, by: Actor) -> None:
    """What answers a list goes to the fund that asked, or to the one that has its item since; the requests are held from here on.

    A sending that is nothing but the papers of one list is an answer to that list, wherever it was started from. Raises `Refusal` when
    two funds would have to receive it.
    """
    asked = {document.papier.demande_id: document.papier.demande for document in documents if document.papier}
    if envoi.demande is not None:
        asked.setdefault(envoi.demande.pk, envoi.demande)
    held: dict[UUID, DemandePapiers] = {}
    for pk in sorted(asked):  # always in the same order, so that two sendings never wait for each other
        asked[pk].personne = envoi.personne
        held[pk] = hold(asked[pk])
        follow_item(held[pk], by=by)
    for document in documents:
        if document.papier:
            document.papier.demande = held[document.papier.demande_id]
    if envoi.demande is not None:
        envoi.demande = held[envoi.demande.pk]
    elif len(held) == 1 and all(document.papier for document in documents):
        envoi.demande = next(iter(held.values()))
    if envoi.demande is not None:
        envoi.caisse = envoi.demande.caisse
    for document in documents:
        if document.papier and document.papier.demande.caisse_id != envoi.caisse_id:
            raise Refusal(
                f"« {document.libelle} » vous est demandé par {document.papier.demande.caisse.nom} : envoyez-le à part. "
                "Retirez-le de cet envoi, puis répondez à cette demande depuis votre accueil.",
                code="autre_caisse",
            )


@dataclass(frozen=True)
class Attestation:
    """What the member declared before sending, and from which session (standards D12)."""

    is_medical: bool
    session: str  # a fingerprint of the session's key


@transaction.atomic
def submit(envoi: Envoi, attestation: Attestation, *, by: Compte) -> Envoi:
    """Turn the draft into a sending: the moment of its commit is the date of receipt (CRPA L112-13).

    All its files are durable already. A double click, a second tab or a replayed form get the same sending.
    Raises `Refusal` when a document is incomplete, medical or dangerous.
    """
    personne = envoi.personne
    held = Envoi.objects.select_for_update(no_key=True, of=("self",)).filter(pk=envoi.pk).first()
    if held is None:
        raise Refusal("Cet envoi n’existe plus : vous l’avez effacé dans une autre page.", code="efface", status=410)
    if not held.is_draft:
        return held
    envoi = held
    envoi.personne = personne
    documents = whole_documents_of(envoi)
    address(envoi, documents, by=by)
    check_complete(envoi, documents, attestation)

    now = timezone.now()
    services = services_of(envoi.caisse_id)
    for document in documents:
        assert document.nature is not None
        document.affaire = open_affaire(
            caisse=envoi.caisse,
            service=service_of(document, envoi, services),
            personne=envoi.personne,
            reference=envoi.reference,
            libelle=document.libelle,
            groupe=document.nature.groupe,
            nature=document.nature.code,
            legal_on=silence.le if (silence := ReponseAttendue.of(document.nature, now)) else None,
            received_at=now,
            by=by,
        )
        document.save(update_fields=["affaire"])
    answer([document.papier_id for document in documents if document.papier_id], at=now, by=by)

    envoi.submitted_at, envoi.promised_at, envoi.next_at = now, now, now
    envoi.attestation, envoi.sender = ATTESTATION, sender_of(envoi.personne, by)
    record(
        "envois.envoi.submitted",
        envoi,
        by=by,
        reference=envoi.reference,
        attestation=ATTESTATION,
        session=attestation.session,
        empreintes=[page.fichier.sha256 for document in documents for page in document.pages.all()],
    )
    issue_acknowledgement(envoi, documents, services, by=by)
    envoi.save()
    file_documents(envoi, documents, by=by)
    return envoi


class Incomplete(Refusal):
    """A document is not described, or has no file."""

    def __init__(self) -> None:
        super().__init__("Il manque encore quelque chose à cet envoi : reprenez-le où il en est.", code="incomplet")


def check_complete(envoi: Envoi, documents: list[DocumentEnvoye], attestation: Attestation) -> None:
    """The last look before sending; raises `Refusal`."""
    if attestation.is_medical:
        raise Refusal("Un document médical part par la poste : retirez-le de cet envoi.", code="medical")
    if not documents or any(not d.is_described or not d.pages.all() for d in documents):
        raise Incomplete
    if any(document.goes_by_post for document in documents):
        raise Refusal("Un de ces documents part par la poste : retirez-le de cet envoi.", code="par_la_poste")
    for document in documents:
        for page in document.pages.all():
            if page.fichier.is_infected:
                raise Refusal(
                    f"Le fichier « {page.fichier.nom} » est dangereux : retirez-le, puis envoyez le reste.",
                    code="dangereux",
                )
            if not page.fichier.is_readable:
                raise Refusal(
                    f"Le fichier « {page.fichier.nom} » a été retiré : il ne peut plus être envoyé. Retirez-le, puis envoyez le reste.",
                    code="retire",
                )


def sender_of(personne: Personne, compte: Compte) -> dict[str, Any]:
    """Who sends, as known that day (CRPA R112-9-1)."""
    return {
        "nom": personne.nom_complet,
        "adresse": personne.lignes_adresse(),
        "courriel": compte.courriel,
        "ref": personne.ref,
    }


@transaction.atomic
def withdraw_medical(document: DocumentEnvoye, *, by: Actor) -> None:
    """An agent says that it is medical: its files leave everybody's sight, and the member is told the postal way."""
    for page in document.pages.select_related("fichier").order_by("fichier"):
        quarantine(page.fichier, by=by)
    record("envois.document.withdrawn", document, by=by, reference=document.envoi.reference)
    emails.document_medical(document, by=by)
