"""What becomes of the papers asked: sent, posted, accepted, to do again, not had, or waited for in vain."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.envois import emails
from enclos.envois.demandes import Etat, asked_again, call_back, change, held_paper, hold, settle
from enclos.envois.models import DemandePapiers, DocumentEnvoye, PapierDemande
from enclos.journal.actions import Actor, record
from enclos.socle.dates import paris, today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Affaire, Refus
from enclos.suivi.models import Etat as EtatAffaire


class AlreadyAnswered(Refusal):
    """Another tab, or the post, gave this paper before."""

    def __init__(self, papier: PapierDemande) -> None:
        super().__init__(
            f"« {papier.libelle} » : {papier.etat_en_mots[0].lower()}{papier.etat_en_mots[1:]}. "
            "Nous ne l’avons pas reçu deux fois. Retirez-le de cet envoi.",
            code="papier_deja_recu",
        )


def answer(papers: Collection[int], *, at: datetime, by: Actor) -> None:
    """These papers are in a sending: each closes alone, the request with the last one. In the transaction of the sending.

    Raises `AlreadyAnswered` when one came before: two tabs make one sending.
    """
    if not papers:
        return
    lists = PapierDemande.objects.filter(pk__in=papers).order_by().values("demande")
    demandes = {
        demande.pk: demande
        for demande in DemandePapiers.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=lists)
        .order_by("pk")
    }
    for papier in PapierDemande.objects.select_related("nature").filter(pk__in=papers).order_by("pk"):
        if papier.etat == Etat.RETIRE:
            continue  # not asked any more, and welcome
        if not papier.is_expected:
            raise AlreadyAnswered(papier)
        change(papier, Etat.ENVOYE, answered_at=at, recu_on=paris(at).date(), refaire="")
    for demande in demandes.values():
        settle(demande, by=by)


@transaction.atomic
def answer_with(document: DocumentEnvoye, papier: PapierDemande, *, by: Actor) -> bool:
    """An agent says that a document which came without naming it is a paper asked: it is received, since the day it was sent.

    False when the paper came otherwise meanwhile, or the document is another one already: what was wanted is there.
    Raises `Refusal` when the paper is of another person or fund.
    """
    papier = held_paper(papier)
    envoi, affaire, demande = document.envoi, document.affaire, papier.demande
    assert affaire is not None
    if demande.personne_id != envoi.personne_id or demande.caisse_id != affaire.caisse_id:
        raise Refusal("Ce papier n’est pas demandé à cet adhérent par votre caisse.", code="papier_d_un_autre")
    if not papier.is_expected:
        return False
    if not DocumentEnvoye.objects.filter(pk=document.pk, papier=None).update(papier=papier):
        return False
    document.papier = papier
    assert envoi.submitted_at is not None
    # Nothing was waited for before it was asked.
    recu_on = max(paris(envoi.submitted_at).date(), demande.asked_on)
    change(papier, Etat.ENVOYE, recu_on=recu_on, refaire="")
    record(
        "envois.papier.recognised", demande, by=by, reference=demande.reference, rang=papier.rang, envoi=envoi.reference
    )
    settle(demande, by=by)
    return True


@transaction.atomic
def follow(document: DocumentEnvoye | None, *, by: Actor) -> None:
    """Bring the paper that a document answers to what the agents decided of it; nothing for a document that answers none."""
    if document is None or document.papier is None:
        return
    papier = held_paper(document.papier)
    dernier = (
        DocumentEnvoye.objects.select_related("affaire", "envoi").filter(papier=papier, affaire__isnull=False)
        .order_by("-pk").first()
    )  # fmt: skip
    if dernier is None or dernier.affaire is None or papier.etat in {Etat.POSTE, Etat.RETIRE}:
        return
    affaire = dernier.affaire
    if affaire.etat == EtatAffaire.REFUSE:
        if papier.etat in {Etat.ENVOYE, Etat.ACCEPTE}:
            asked_again(papier, why_refused(affaire), by=by)
    elif affaire.is_ended:
        if papier.etat == Etat.ENVOYE:
            change(papier, Etat.ACCEPTE, answered_at=papier.answered_at)
    elif papier.etat in {Etat.ACCEPTE, Etat.A_REFAIRE}:  # the agent took her decision back
        sent_at = dernier.envoi.submitted_at
        assert sent_at is not None
        change(papier, Etat.ENVOYE, answered_at=sent_at, recu_on=paris(sent_at).date(), refaire="")
    settle(papier.demande, by=by)


def why_refused(affaire: Affaire) -> str:
    """« Le document n’est pas lisible. La page 2 est coupée. »"""
    if affaire.is_medical or affaire.refus == Refus.DANGEREUX:
        return affaire.reponse
    return f"{affaire.get_refus_display()}. {affaire.reponse}".strip()


@transaction.atomic
def say_missing(papier: PapierDemande, mot: str, *, by: Compte) -> None:
    """« Je n’ai pas ce papier »: closes nothing; an agent reads it, and does without the paper or says how to have it.

    Raises `Refusal` without a word, or when the paper came meanwhile.
    """
    papier = held_paper(papier)
    if not mot.strip():
        raise Refusal("Dites-nous en quelques mots pourquoi vous n’avez pas ce papier.", code="sans_mot")
    if not papier.is_expected:
        raise AlreadyAnswered(papier)
    if papier.mot == mot.strip() and not papier.mot_reponse:
        return  # a double click
    papier.mot, papier.mot_at, papier.mot_reponse = mot.strip(), timezone.now(), ""
    papier.save(update_fields=["mot", "mot_at", "mot_reponse"])
    demande = papier.demande
    record("envois.papier.said_missing", demande, by=by, reference=demande.reference, rang=papier.rang)
    call_back(demande, f"L’adhérent n’a pas un papier : {demande.libelle}", by=by)


@transaction.atomic
def receive_by_post(
    demande: DemandePapiers, rangs: Collection[int], *, received_on: date, opens_item: bool, by: Actor
) -> list[PapierDemande]:
    """Close the papers that came by the post, and say so to the member. Gives those that this very call closed.

    Their date is that of the paper's arrival. `opens_item` puts the list before the agents of its service, to be treated.
    Raises `Refusal` when no number is ticked, or on a day that is not possible.
    """
    demande = hold(demande)
    if not rangs:
        raise Refusal("Cochez au moins un numéro.", code="aucun_numero")
    if not demande.asked_on <= received_on <= today_paris():
        raise Refusal(
            "La date de réception est au plus tôt celle de la demande, et au plus tard aujourd’hui.",
            code="date_impossible",
        )
    papiers = list(
        PapierDemande.objects.select_related("nature").filter(demande=demande, rang__in=rangs, answered_at=None)
    )
    for papier in papiers:
        change(papier, Etat.POSTE, recu_on=received_on, refaire="")
    if not papiers:
        return []
    record(
        "envois.papiers.posted",
        demande,
        by=by,
        concerne=demande.personne,
        reference=demande.reference,
        rangs=[papier.rang for papier in papiers],
        received_on=received_on.isoformat(),
    )
    settle(demande, by=by)
    emails.papiers_recus_par_la_poste(demande, papiers, by=by)
    if opens_item:
        call_back(demande, f"Papiers reçus par la poste : {demande.libelle}", by=by)
    return papiers


@transaction.atomic
def expire(demande: DemandePapiers, *, by: Actor) -> bool:
    """Its date went by: the member is told what happens, the agents get the list back. False when somebody was quicker."""
    demande = hold(demande)
    late = list(
        PapierDemande.objects.select_related("nature").filter(
            demande=demande, answered_at=None, depasse_at=None, due_on__lt=today_paris()
        )
    )
    if not late:
        return False
    PapierDemande.objects.filter(pk__in=[papier.pk for papier in late]).update(depasse_at=timezone.now())
    record(
        "envois.demande.expired", demande, by=by, reference=demande.reference, rangs=[papier.rang for papier in late]
    )
    if any(papier.is_indispensable for papier in late):
        call_back(demande, f"Délai dépassé : {demande.libelle}", due_on=today_paris(), by=by)
    emails.papiers_depasses(demande, late, by=by)
    return True
