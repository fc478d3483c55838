"""What an agent decides: the state of the item, and what follows on the member's side, in one transaction."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from enclos.agents import quotas
from enclos.agents.access import Lisible, Papier
from enclos.agents.models import Lecture
from enclos.coffre.actions import Prepared
from enclos.coffre.models import Fichier
from enclos.comptes.equipe import who
from enclos.comptes.models import Compte
from enclos.envois import emails
from enclos.envois.actions import withdraw_medical
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.envois.reponses import answer_with, follow
from enclos.journal.actions import record
from enclos.messagerie import actions as messagerie
from enclos.messagerie.access import has_unread
from enclos.messagerie.models import Fil
from enclos.socle.dates import jour
from enclos.socle.refusals import Refusal
from enclos.suivi import actions as suivi
from enclos.suivi import second_regard
from enclos.suivi.models import Affaire, Refus

PAR_LA_POSTE = (
    "Ce document contient des informations médicales. Elles ne passent pas par internet : envoyez-le par la poste, sous enveloppe "
    "fermée, au service médical. Nous l’avons retiré : plus personne ne peut l’ouvrir ici."
)


def opened(papier: Lisible, *, by: Compte) -> None:
    """Write that `by` had the document before her eyes: the member reads it. Raises `QuotaReached` when she may read no more today."""
    quotas.count(by, Lecture.DOCUMENT, objet=papier.affaire.pk, personne=papier.affaire.personne)
    as_of_today = who(by, papier.affaire.service)
    record("agents.document.opened", papier.affaire, by=by, concerne=papier.affaire.personne, **as_of_today)


def preloaded(papier: Lisible, *, by: Compte) -> None:
    """Write that the browser of `by` may fetch the images ahead. Nobody saw them: what the member reads is the opening."""
    record("agents.document.preloaded", papier.affaire, by=by, concerne=papier.affaire.personne)


def demande_opened(demande: DemandePapiers, *, by: Compte) -> None:
    """Write that `by` had a list of papers before her eyes: it counts as a document. Raises `QuotaReached`."""
    quotas.count(by, Lecture.DOCUMENT, objet=demande.pk, personne=demande.personne)
    as_of_today = who(by, demande.service)
    record(
        "agents.demande.opened", demande, by=by, concerne=demande.personne, reference=demande.reference, **as_of_today
    )


@transaction.atomic
def settle(papier: Papier, *, reponse: str, demande: PapierDemande | None = None, by: Compte) -> bool:
    """« Traité ». `demande` is the paper asked that the agent says this document is: it closes with it."""
    is_told = suivi.settle(papier.affaire, reponse=reponse, by=by)
    if demande is not None:  # a second look may still be to come: the paper is received all the same
        answer_with(papier.document, demande, by=by)
    if not is_told:
        return False
    follow(papier.document, by=by)
    emails.decision_rendue(papier.affaire, by=by)
    return True


@transaction.atomic
def refuse(papier: Papier, *, refus: Refus, reponse: str, by: Compte) -> bool:
    """« Refusé »."""
    if not suivi.refuse(papier.affaire, refus=refus, reponse=reponse, by=by):
        return False
    follow(papier.document, by=by)
    emails.decision_rendue(papier.affaire, by=by)
    return True


@transaction.atomic
def ask_more(papier: Papier, *, papiers: Sequence[PapierVoulu], due_on: date, message: str, by: Compte) -> bool:
    """« À compléter »: the papers become a request on the member's side, which tells them by e-mail."""
    affaire = papier.affaire
    if not suivi.ask_more(affaire, reponse=message, by=by):
        return False
    ask_papers(
        personne=affaire.personne,
        service=affaire.service,
        affaire=affaire,
        libelle=f"Pour compléter « {affaire.libelle} »"[:160],
        papiers=papiers,
        due_on=due_on,
        message=message,
        by=by,
    )
    follow(papier.document, by=by)
    return True


@transaction.atomic
def flag_medical(papier: Papier, *, by: Compte) -> bool:
    """« Signaler médical »: the files leave everybody's sight, the member is told the postal way."""
    if not suivi.flag_medical(papier.affaire, reponse=PAR_LA_POSTE, by=by):
        return False
    withdraw_medical(papier.document, by=by)
    follow(papier.document, by=by)
    return True


@transaction.atomic
def confirm(papier: Papier, *, by: Compte) -> bool:
    """The second look at a document settled by a colleague: the member is told now."""
    if not second_regard.confirm(papier.affaire, by=by):
        return False
    emails.decision_rendue(papier.affaire, by=by)
    return True


def downloaded(papier: Lisible, *, by: Compte) -> None:
    """The readable copy left the bench, as one PDF: a reading too. Raises `QuotaReached`."""
    quotas.count(by, Lecture.DOCUMENT, objet=papier.affaire.pk, personne=papier.affaire.personne)
    as_of_today = who(by, papier.affaire.service)
    record("agents.document.downloaded", papier.affaire, by=by, concerne=papier.affaire.personne, **as_of_today)


def original_opened(papier: Lisible, fichier: Fichier, *, raison: str, precision: str, by: Compte) -> None:
    """The bytes that the member's device sent left the vault, for a reason (standards 1.24). Raises `QuotaReached`."""
    quotas.count(by, Lecture.DOCUMENT, objet=papier.affaire.pk, personne=papier.affaire.personne)
    record(
        "agents.original.opened",
        papier.affaire,
        by=by,
        concerne=papier.affaire.personne,
        fichier=str(fichier.pk),
        sha256=fichier.sha256,
        raison=raison,
        precision=precision,
        **who(by, papier.affaire.service),
    )


def thread_opened(affaire: Affaire, fil: Fil, *, by: Compte) -> None:
    """Write that `by` had the thread before her eyes, and what she read of it. Raises `QuotaReached`."""
    quotas.count(by, Lecture.DOCUMENT, objet=affaire.pk, personne=affaire.personne)
    record("agents.message.opened", affaire, by=by, concerne=affaire.personne, **who(by, affaire.service))
    if has_unread(fil, by_member=True):
        messagerie.read_by_agent(fil, by=by)


def only_pdf_or_image(prepared: Prepared) -> None:
    """What a member can open anywhere. Raises `Refusal`."""
    if prepared.media_type not in {"application/pdf", "image/jpeg", "image/png"}:
        raise Refusal(
            f"Le fichier « {prepared.nom} » n’a pas été ajouté. Joignez un PDF, ou une image JPEG ou PNG : tout le monde peut les ouvrir.",
            code="type_refuse",
            status=422,
        )


@transaction.atomic
def ask_papers_in_thread(
    affaire: Affaire,
    fil: Fil,
    *,
    papiers: Sequence[PapierVoulu],
    due_on: date,
    message: str,
    vu: UUID | None,
    by: Compte,
) -> bool:
    """« Demander des papiers » from a message: a request on the member's side, said in the thread too."""
    fil = messagerie.hold_seen(fil, vu)  # before its item, as everything that changes a thread
    if not suivi.ask_more(affaire, reponse=message, by=by):
        return False
    demande = ask_papers(
        personne=affaire.personne,
        service=affaire.service,
        affaire=affaire,
        libelle=f"Pour répondre à votre message « {affaire.libelle} »"[:160],
        papiers=papiers,
        due_on=due_on,
        message=message,
        by=by,
    )
    asked = "\n".join(
        f"{papier.rang}. {papier.libelle}, avant le {jour(papier.due_on)}"
        for papier in demande.papiers.select_related("nature")
    )
    words = f"{message.strip()}\n\nÀ nous envoyer :\n{asked}".strip()
    messagerie.tell_papers(affaire, fil, words, by=by)
    return True
