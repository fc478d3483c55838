"""Papers the fund asks for: whoever stands above opens a request here, changes it, and sendings answer it (`reponses.py`).

The row of the request is the lock of all its papers: whoever changes one holds it first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from enclos.bibliotheque.models import Document
from enclos.caisses.models import Nature, Service
from enclos.envois import emails
from enclos.envois.lettre import write_letter
from enclos.envois.models import Concernant, DemandePapiers, PapierDemande
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import jour, paris, today_paris
from enclos.socle.identifiants import uuid7
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import HANDED_OVER, hand_over, locked, open_affaire
from enclos.suivi.delais import Attente, recompute, regime_of
from enclos.suivi.models import Affaire, Genre

Etat = PapierDemande.Etat
LOI = "Articles L114-5, L114-5-1 et R112-11-4 du code des relations entre le public et l’administration"
# What is asked again leaves at least so many days.
TIME_AGAIN = timedelta(days=10)


@dataclass(frozen=True, kw_only=True)
class PapierVoulu:
    """One paper to ask for: what, why, about whom, by when, and what happens otherwise."""

    nature: Nature
    raison: str
    precision: str = ""
    concerne: Mapping[str, Any] | None = None  # as `Personnes.values` gives it; the member when not said
    due_on: date | None = None  # the date of the list when not said
    is_indispensable: bool = True
    sinon: str = ""
    proposition: Document | None = None  # what the fund holds, and could do


@transaction.atomic
def ask_papers(
    *,
    personne: Personne,
    service: Service,
    libelle: str,
    papiers: Sequence[PapierVoulu],
    due_on: date,
    message: str = "",
    affaire: Affaire | None = None,
    base_juridique: str = LOI,
    cle: UUID | None = None,
    by: Actor,
) -> DemandePapiers:
    """Ask a member for a numbered, dated list of papers, and tell them, on paper too when nobody reads the portal (CRPA R112-11-4).

    `affaire` is the document that they complete, if there is one: the member reads there what is missing, and the day when silence
    becomes a decision follows from what is indispensable.

    Raises `Refusal` on an empty list, a paper without a reason, a date that is not to come, or what must not be asked through the portal.
    """
    check(papiers, due_on)
    regime = regime_of(affaire) if affaire else None
    demande = DemandePapiers.objects.create(
        id=cle or uuid7(),
        caisse_id=service.caisse_id,  # not always the member's own: a document may have come from another fund
        service=service,
        personne=personne,
        affaire=affaire,
        libelle=libelle,
        message=message.strip(),
        due_on=due_on,
        base_juridique=base_juridique,
        silence=regime.silence if regime else "",
        # Nobody in person: the team.
        asked_by="" if by.actor_kind == SYSTEM.actor_kind else by.actor_label,
    )
    PapierDemande.objects.bulk_create(
        PapierDemande(
            demande=demande,
            rang=rang,
            nature=papier.nature,
            precision=papier.precision.strip(),
            raison=papier.raison.strip(),
            due_on=papier.due_on or due_on,
            is_indispensable=papier.is_indispensable,
            sinon=papier.sinon.strip(),
            proposition=papier.proposition,
            **(papier.concerne or {"concerne": Concernant.Concerne.MOI, "concerne_nom": personne.nom_complet}),
        )
        for rang, papier in enumerate(papiers, start=1)
    )
    record("envois.demande.opened", demande, by=by, reference=demande.reference, papiers=len(papiers))
    clock(demande, by=by)
    emails.papiers_demandes(demande, by=by)
    write_letter(demande, "", by=by)
    return demande


def check(papiers: Sequence[PapierVoulu], due_on: date) -> None:
    """Raises `Refusal` on what must not leave."""
    if not papiers:
        raise Refusal("Dites quel papier il manque : la liste ne peut pas être vide.", code="liste_vide")
    if any(day <= today_paris() for day in (due_on, *(papier.due_on for papier in papiers if papier.due_on))):
        raise Refusal("La date limite doit être à venir.", code="date_passee")
    for papier in papiers:
        if papier.nature.is_medical:
            raise Refusal(f"« {papier.nature.libelle} » est médical : il se demande par la poste.", code="medical")
        if not papier.raison.strip():
            raise Refusal(f"Dites pourquoi vous demandez « {papier.nature.libelle} ».", code="sans_raison")


def hold(demande: DemandePapiers) -> DemandePapiers:
    """The request as it is now, held until the end of the transaction."""
    row = DemandePapiers.objects.select_for_update(no_key=True, of=("self",)).get(pk=demande.pk)
    row.personne = demande.personne
    return row


def held_paper(papier: PapierDemande) -> PapierDemande:
    """The paper as it is now, its request held."""
    demande = hold(papier.demande)
    row = PapierDemande.objects.select_related("nature").get(pk=papier.pk)
    row.demande = demande
    return row


def change(papier: PapierDemande, etat: PapierDemande.Etat, **fields: Any) -> None:
    """Write a state and what goes with it; the request is held."""
    now = timezone.now()
    waits = etat in PapierDemande.EXPECTED
    told = {"etat": etat, "etat_at": now, "answered_at": None if waits else now, **fields}
    for name, value in told.items():
        setattr(papier, name, value)
    papier.save(update_fields=list(told))


def settle(demande: DemandePapiers, *, by: Actor) -> None:
    """Close the request with its last paper, or open it again; then the day of silence. The request is held."""
    waits = PapierDemande.objects.filter(demande=demande, answered_at=None).exists()
    if waits == demande.is_open:
        clock(demande, by=by)
        return
    demande.closed_at = None if waits else timezone.now()
    demande.save(update_fields=["closed_at"])
    record(f"envois.demande.{'reopened' if waits else 'closed'}", demande, by=by, reference=demande.reference)
    clock(demande, by=by)


def clock(demande: DemandePapiers, *, by: Actor) -> None:
    """Bring the day when silence becomes a decision to what its papers say."""
    if demande.affaire is None or not demande.silence:
        return
    demandes = DemandePapiers.objects.filter(affaire=demande.affaire).order_by("asked_at").prefetch_related("papiers")
    waits = [wait for wait in map(attente_of, demandes) if wait]
    demande.affaire.legal_on = recompute(demande.affaire, waits, by=by)


def attente_of(demande: DemandePapiers) -> Attente | None:
    """What the engine knows of a request; None when nothing in it is indispensable."""
    papiers = [papier for papier in demande.papiers.all() if papier.is_indispensable]
    if not papiers:
        return None
    days = [papier.recu_on or paris(papier.answered_at).date() for papier in papiers if papier.answered_at]
    return Attente(
        asked_on=demande.asked_on,
        due_on=max(papier.due_on for papier in papiers),
        complete_on=max(days) if len(days) == len(papiers) else None,
    )


@transaction.atomic
def prolong(demande: DemandePapiers, due_on: date, *, by: Actor) -> bool:
    """Give more time for all that is still waited for, and say so. False when it was that date already.

    Raises `Refusal` when nothing is waited for, or when it would give less time.
    """
    demande = hold(demande)
    papiers = list(PapierDemande.objects.filter(demande=demande, answered_at=None))
    if not papiers:
        raise Refusal("Plus aucun papier n’est attendu dans cette liste.", code="demande_close")
    if all(papier.due_on == due_on for papier in papiers):
        return False
    latest = max(papier.due_on for papier in papiers)
    if due_on <= today_paris() or due_on < latest:
        raise Refusal(
            f"La nouvelle date doit être à venir, et après le {jour(latest)} : on ne retire pas du temps.",
            code="date_passee",
        )
    PapierDemande.objects.filter(pk__in=[papier.pk for papier in papiers]).update(due_on=due_on, depasse_at=None)
    demande.due_on = due_on
    demande.save(update_fields=["due_on"])
    record("envois.demande.prolonged", demande, by=by, reference=demande.reference, due_on=due_on.isoformat())
    clock(demande, by=by)
    emails.papiers_prolonges(demande, by=by)
    write_letter(demande, f"date-{due_on:%Y%m%d}", by=by)
    return True


@transaction.atomic
def drop(papier: PapierDemande, *, by: Actor) -> bool:
    """The fund does without it: nothing more is asked. False when it was not waited for any more."""
    papier = held_paper(papier)
    if not papier.is_expected:
        return False
    change(papier, Etat.RETIRE)
    record("envois.papier.dropped", papier.demande, by=by, reference=papier.demande.reference, rang=papier.rang)
    settle(papier.demande, by=by)
    emails.papier_retire(papier, by=by)
    return True


@transaction.atomic
def ask_again(papier: PapierDemande, raison: str, *, by: Actor) -> bool:
    """What came will not do: it is waited for again, and the member reads why. False when it is waited for already.

    Raises `Refusal` without a reason, or on a paper that is not asked any more.
    """
    papier = held_paper(papier)
    if not raison.strip():
        raise Refusal("Écrivez à l’adhérent pourquoi ce papier est à refaire.", code="sans_raison")
    if papier.is_expected:
        return False
    if papier.etat == Etat.RETIRE:
        raise Refusal("Ce papier n’est plus demandé.", code="papier_retire")
    asked_again(papier, raison, by=by)
    settle(papier.demande, by=by)
    emails.papier_a_refaire(papier, by=by)
    write_letter(papier.demande, f"refaire-{papier.rang}-{papier.etat_at:%Y%m%d%H%M%S}", by=by)
    return True


def asked_again(papier: PapierDemande, raison: str, *, by: Actor) -> None:
    """Write it; the request is held. There is always time left to do it again."""
    due_on = max(papier.due_on, today_paris() + TIME_AGAIN)
    change(papier, Etat.A_REFAIRE, refaire=raison.strip(), due_on=due_on, depasse_at=None, recu_on=None)
    if due_on > papier.demande.due_on:
        papier.demande.due_on = due_on
        papier.demande.save(update_fields=["due_on"])
    record("envois.papier.asked_again", papier.demande, by=by, reference=papier.demande.reference, rang=papier.rang)


@transaction.atomic
def insist(papier: PapierDemande, reponse: str, *, by: Actor) -> None:
    """Answer the member who has not the paper: it is asked for all the same. Raises `Refusal` without a word."""
    papier = held_paper(papier)
    if not reponse.strip():
        raise Refusal("Écrivez à l’adhérent comment il peut avoir ce papier.", code="sans_reponse")
    if not papier.is_expected or papier.mot_reponse == reponse.strip():
        return
    papier.mot_reponse, papier.etat_at = reponse.strip(), timezone.now()
    papier.save(update_fields=["mot_reponse", "etat_at"])
    record("envois.papier.insisted", papier.demande, by=by, reference=papier.demande.reference, rang=papier.rang)
    emails.papier_explique(papier, by=by)


@transaction.atomic
def propose(papier: PapierDemande, document: Document, *, by: Actor) -> None:
    """Say to the member that the fund holds this already: one yes is enough (CRPA L113-12)."""
    papier = held_paper(papier)
    if not papier.is_expected or papier.proposition_id == document.pk:
        return
    papier.proposition, papier.etat_at = document, timezone.now()
    papier.save(update_fields=["proposition", "etat_at"])
    record("envois.papier.proposed", papier.demande, by=by, reference=papier.demande.reference, rang=papier.rang)
    emails.papier_propose(papier, by=by)


def follow_item(demande: DemandePapiers, *, by: Actor) -> bool:
    """Send an open list where its item was sent since (CRPA L114-2), with what it put before the agents. False when it is there.

    The request is held. The answer goes to who has the file now, and no date changes.
    """
    affaire = demande.affaire
    if affaire is None or not demande.is_open or affaire.caisse_id == demande.caisse_id:
        return False
    left = demande.caisse
    demande.caisse, demande.service = affaire.caisse, affaire.service
    demande.save(update_fields=["caisse", "service"])
    if demande.relance is not None and not demande.relance.is_ended:
        row = locked(demande.relance)
        hand_over(row, demande.service)
        row.caisse = demande.caisse
        row.save(update_fields=[*HANDED_OVER, "caisse"])
        demande.relance = row
    record("envois.demande.followed", demande, by=by, reference=demande.reference, de=left.nom, vers=demande.caisse.nom)
    return True


def left_behind() -> QuerySet[DemandePapiers]:
    """Open lists whose item another fund has."""
    rows = DemandePapiers.objects.filter(closed_at=None, affaire__isnull=False).exclude(caisse=F("affaire__caisse"))
    return rows.select_related("personne__caisse", "personne__compte").order_by("pk")


@transaction.atomic
def rejoin(demande: DemandePapiers, *, by: Actor) -> bool:
    """The same, from a sweep."""
    return follow_item(hold(demande), by=by)


def call_back(demande: DemandePapiers, libelle: str, *, due_on: date | None = None, by: Actor) -> Affaire:
    """Put the list before the agents again; one item at a time. The request is held."""
    follow_item(demande, by=by)
    if demande.relance is not None and not demande.relance.is_ended:
        return demande.relance
    demande.relance = open_affaire(
        caisse=demande.caisse,
        service=demande.service,
        personne=demande.personne,
        reference=demande.reference,
        libelle=libelle[:160],
        genre=Genre.PAPIERS,
        due_on=due_on,
        legal_on=demande.affaire.legal_on if demande.affaire else None,
        received_at=timezone.now(),
        by=by,
    )
    demande.save(update_fields=["relance"])
    return demande.relance
