"""One decision for several items: prepared, shown line by line, then done; or dropped during ten minutes.

Until it is done nothing of it reaches a member: the items are only held (`Affaire.lot`), by a row of which the worker keeps the promise.
Doing and dropping lock that row: whichever comes first wins, the other finds it over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from enclos.agents.access import looks_asked, still_scanning
from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.envois import emails
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.socle.dates import heure
from enclos.socle.refusals import Refusal
from enclos.suivi import actions as suivi
from enclos.suivi import repartition
from enclos.suivi.access import for_list
from enclos.suivi.models import FENETRE, LOT_MAX, Affaire, AffaireQuerySet, Genre, LigneDeLot, Lot


@dataclass(frozen=True, kw_only=True)
class Geste:
    """What is asked: the act, and what it needs."""

    genre: Lot.Genre
    reponse: str = ""
    service: Service | None = None
    agent: Compte | None = None


@dataclass(frozen=True)
class Prevision:
    """What will happen to one item: the act, or why not."""

    affaire: Affaire
    pourquoi_pas: str

    @property
    def is_possible(self) -> bool:
        return not self.pourquoi_pas


def gestes_of(agent: Compte) -> Sequence[Lot.Genre]:
    """The acts this agent may choose."""
    mine = [Lot.Genre.TRAITER, Lot.Genre.REORIENTER, Lot.Genre.REMETTRE]
    return [*mine[:2], Lot.Genre.ATTRIBUER, mine[2]] if peut(agent, Acte.SUPERVISER) else mine


def items_of(agent: Compte, pks: Sequence[UUID]) -> Sequence[Affaire]:
    """Those of `pks` that this agent sees, the first due first. Raises `Refusal` past a hundred."""
    if len(pks) > LOT_MAX:
        raise Refusal(f"Un lot compte {LOT_MAX} documents au plus.", code="lot_trop_grand")
    return list(with_scanning(for_list(Affaire.objects.for_agent(agent).filter(pk__in=pks))).oldest_due_first())


def with_scanning(rows: AffaireQuerySet) -> AffaireQuerySet:
    """Each with whether the antivirus is still looking at it: it cannot be opened, so it is not decided either; and with whether it may be a paper asked."""
    return rows.annotate(is_scanning=still_scanning(), looks_asked=looks_asked())


def foresee(affaires: Sequence[Affaire], geste: Geste, *, by: Compte) -> Sequence[Prevision]:
    """What would happen to each, were it done now."""
    refused, teams = "", set[int]()
    if geste.agent is not None:
        refused = repartition.why_nothing_to(geste.agent)
        teams = set(geste.agent.services.values_list("pk", flat=True))
    return [Prevision(affaire, refused or why_not(affaire, geste, teams, by=by)) for affaire in affaires]


def why_not(affaire: Affaire, geste: Geste, teams: set[int], *, by: Compte) -> str:
    """Why the act cannot be done on this item, in words; "" when it can."""
    if affaire.is_ended:
        return f"Déjà « {affaire.get_etat_display()} »"
    if affaire.lot_id is not None:
        return "Déjà dans un autre lot"
    if affaire.awaits_look:
        return "Attend un second regard"
    supervises = peut(by, Acte.SUPERVISER)
    if not (supervises or affaire.is_held_by(by)):
        return "Vous ne l’avez pas pris"
    match geste.genre:
        case Lot.Genre.ATTRIBUER:
            assert geste.agent is not None
            if affaire.is_held_by(geste.agent):
                return f"{geste.agent.nom} l’a déjà"
            if affaire.service_id not in teams:
                return f"{geste.agent.nom} n’est pas dans « {affaire.service.nom} »"
        case Lot.Genre.REMETTRE:
            if affaire.taken_by is None:
                return "Déjà dans la file"
        case Lot.Genre.TRAITER | Lot.Genre.REORIENTER:
            return why_not_decided(affaire, geste, by=by)
    return ""


def why_not_decided(affaire: Affaire, geste: Geste, *, by: Compte) -> str:
    """A decision needs what a single one needs: the item is one's own, or one may take it."""
    if not (affaire.is_held_by(by) or affaire.can_be_taken_by(by)):
        return f"{affaire.taken_by.nom} s’en occupe" if affaire.taken_by else "Quelqu’un s’en occupe"
    if geste.genre == Lot.Genre.REORIENTER:
        assert geste.service is not None
        return f"Déjà dans « {geste.service.nom} »" if affaire.service_id == geste.service.pk else ""
    match affaire.genre:
        case Genre.PAPIERS:
            return "Une liste de papiers se traite une par une"
        case Genre.MESSAGE | Genre.RECLAMATION:
            return "Un message se répond un par un"
    if getattr(affaire, "is_scanning", False):
        return "Analyse en cours"
    if getattr(affaire, "looks_asked", False):
        return "Un papier demandé lui ressemble : à lire à part"
    return ""


def locked_items(pks: Sequence[UUID]) -> list[Affaire]:
    """The rows as they are now, held to the end of the transaction; always in the same order, so that two lots never wait for each other."""
    held = Affaire.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=pks).order_by("pk")
    locked = list(held.values_list("pk", flat=True))
    return list(with_scanning(for_list(Affaire.objects.filter(pk__in=locked))).oldest_due_first())


@transaction.atomic
def prepare(geste: Geste, pks: Sequence[UUID], *, cle: UUID, by: Compte) -> Lot:
    """Hold the items for one act. What cannot be done any more is left aside, and said.

    `cle` comes from the preview: the same form sent twice gives the same lot. Raises `Refusal` when nothing is left to do, or when
    this agent may not.
    """
    if geste.genre not in gestes_of(by):
        raise Refusal("Ce geste est réservé à un superviseur.", code="superviseur_seulement", status=403)
    if len(pks) > LOT_MAX:
        raise Refusal(f"Un lot compte {LOT_MAX} documents au plus.", code="lot_trop_grand")
    rows = locked_items(pks)
    known = Lot.objects.filter(pk=cle).first()
    if known is not None:
        if known.auteur_id != by.pk:
            raise Http404
        return known
    seen = set(Affaire.objects.for_agent(by).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    previsions = foresee([row for row in rows if row.pk in seen], geste, by=by)
    possible = [one.affaire.pk for one in previsions if one.is_possible]
    if not possible:
        raise Refusal("Plus aucun de ces documents ne peut être traité ainsi.", code="lot_vide")
    lot = Lot(
        pk=cle, caisse=by.caisse, genre=geste.genre, auteur=by, nombre=len(possible), reponse=geste.reponse.strip(),
        service=geste.service, agent=geste.agent, next_at=None,
    )  # fmt: skip
    if lot.needs_approval:
        lot.next_at = lot.approuve_avant  # the promise: by then it is approved, or dropped
    else:
        schedule(lot)
    lot.save(force_insert=True)
    LigneDeLot.objects.bulk_create(
        LigneDeLot(
            lot=lot,
            affaire=one.affaire,
            resultat=LigneDeLot.Resultat.PREVU if one.is_possible else LigneDeLot.Resultat.ECARTE,
            motif=one.pourquoi_pas[:200],
        )
        for one in previsions
    )
    Affaire.objects.filter(pk__in=possible).update(lot=lot)
    record("suivi.lot.prepared", lot, by=by, genre=lot.genre, nombre=lot.nombre)
    if not lot.is_told and not lot.needs_approval:
        perform(lot)
        lot.refresh_from_db()
    return lot


def schedule(lot: Lot) -> None:
    """In ten minutes when members would read it; at once for what stays in the house, which another lot puts back."""
    lot.prevu_at = timezone.now() + FENETRE if lot.is_told else timezone.now()
    lot.next_at = lot.prevu_at


def locked_lot(lot: Lot) -> Lot:
    """The row as it is now; `no_key`, so that the items that point to it do not wait."""
    return Lot.objects.select_for_update(no_key=True, of=("self",)).get(pk=lot.pk)


@transaction.atomic
def approve(lot: Lot, *, by: Compte) -> Lot:
    """A second person says yes to a large lot, and its ten minutes begin. Raises `Refusal` for its author, or once it is over."""
    row = locked_lot(lot)
    if row.approuve_par_id == by.pk:
        return row
    if row.auteur_id == by.pk:
        raise Refusal("Un autre superviseur doit approuver ce lot : c’est la règle des deux personnes.", code="lot_soi")
    if not can_approve(by, row):
        raise Refusal(
            "Ce lot ne peut plus être approuvé, ou compte des documents de services qui ne sont pas les vôtres.",
            code="lot_pas_a_approuver",
        )
    row.approuve_par, row.approuve_at = by, timezone.now()
    schedule(row)
    row.save(update_fields=["approuve_par", "approuve_at", "prevu_at", "next_at"])
    record("suivi.lot.approved", row, by=by)
    if not row.is_told:
        perform(row)
        row.refresh_from_db()
    return row


def can_approve(agent: Compte, lot: Lot) -> bool:
    """Another superviseur, who sees every item of it."""
    if not lot.needs_approval or lot.auteur_id == agent.pk or not peut(agent, Acte.SUPERVISER):
        return False
    held = Affaire.objects.filter(lot=lot, pk__in=lot.lignes.values("affaire"))
    return not held.exclude(pk__in=Affaire.objects.for_agent(agent).values("pk")).exists()


@transaction.atomic
def cancel(lot: Lot, *, by: Actor, pourquoi: str = "") -> Lot:
    """« Annuler »: every item is as it was. Raises `Refusal` when the worker was quicker."""
    row = locked_lot(lot)
    if row.annule_at is not None:
        return row
    if row.execute_at is not None:
        raise Refusal(f"Trop tard : ce lot a été exécuté à {heure(row.execute_at)}.", code="lot_execute")
    locked_items(pks_of(row))
    free_items(row)
    now = timezone.now()
    row.annule_at, row.kept_at, row.next_at = now, now, None
    row.annule_par, row.pourquoi = by.actor_label[:120], pourquoi[:200]
    row.save(update_fields=["annule_at", "annule_par", "pourquoi", "kept_at", "next_at"])
    record("suivi.lot.cancelled", row, by=by, pourquoi=pourquoi)
    return row


def pks_of(lot: Lot) -> list[UUID]:
    return list(LigneDeLot.objects.filter(lot=lot, resultat="").order_by("affaire").values_list("affaire", flat=True))


def free_items(lot: Lot) -> None:
    Affaire.objects.filter(pk__in=pks_of(lot), lot=lot).update(lot=None)


@transaction.atomic
def perform(lot: Lot) -> None:
    """Do it: each item as its author would have done one by one, or left aside with the reason. Once, whoever asks again.

    A lot that nobody approved in time, or whose author may no longer decide, is dropped instead.
    """
    row = locked_lot(lot)
    if row.is_over:
        return
    auteur = row.auteur
    if row.needs_approval:
        cancel(row, by=SYSTEM, pourquoi="Personne ne l’a approuvé dans les 24 heures.")
        return
    if not auteur.is_active or Lot.Genre(row.genre) not in gestes_of(auteur) or not peut(auteur, Acte.TRAITER):
        cancel(row, by=SYSTEM, pourquoi=f"{auteur.nom} ne peut plus prendre cette décision.")
        return
    affaires = {affaire.pk: affaire for affaire in locked_items(pks_of(row))}
    free_items(row)
    for affaire in affaires.values():
        if affaire.lot_id == row.pk:
            affaire.lot_id = None
    # Member by member, in one order for every lot: two that tell the same people never wait for each other.
    lignes = list(LigneDeLot.objects.filter(lot=row, resultat="").order_by("affaire__personne", "pk"))
    mine = set(Affaire.objects.for_agent(auteur).filter(pk__in=affaires).values_list("pk", flat=True))
    geste = Geste(genre=Lot.Genre(row.genre), reponse=row.reponse, service=row.service, agent=row.agent)
    foreseen = {one.affaire.pk: one.pourquoi_pas for one in foresee(list(affaires.values()), geste, by=auteur)}
    for ligne in lignes:
        why = foreseen[ligne.affaire_id] if ligne.affaire_id in mine else "N’est plus dans vos services"
        ligne.motif = (why or attempt(ligne.affaire_id, geste, by=auteur))[:200]
        ligne.resultat = LigneDeLot.Resultat.ECARTE if ligne.motif else LigneDeLot.Resultat.FAIT
    LigneDeLot.objects.bulk_update(lignes, ["resultat", "motif"])
    row.execute_at = row.kept_at = timezone.now()
    row.next_at = None
    row.save(update_fields=["execute_at", "kept_at", "next_at"])
    faits = sum(ligne.resultat == LigneDeLot.Resultat.FAIT for ligne in lignes)
    record("suivi.lot.executed", row, by=auteur, faits=faits, ecartes=len(lignes) - faits)


def attempt(pk: UUID, geste: Geste, *, by: Compte) -> str:
    """The act on one item; what was refused, in words, undoes this one alone."""
    affaire = Affaire.objects.select_related("personne__caisse", "personne__compte").get(pk=pk)
    try:
        with transaction.atomic():
            act(affaire, geste, by=by)
    except Refusal as no:
        return no.phrase
    return ""


def act(affaire: Affaire, geste: Geste, *, by: Compte) -> None:
    match geste.genre:
        case Lot.Genre.ATTRIBUER:
            assert geste.agent is not None
            repartition.assign(affaire, agent=geste.agent, by=by)
        case Lot.Genre.REMETTRE:
            suivi.release(affaire, by=by)
        case Lot.Genre.REORIENTER:
            assert geste.service is not None
            suivi.take(affaire, by=by)
            suivi.redirect(affaire, service=geste.service, by=by)
        case Lot.Genre.TRAITER:
            suivi.take(affaire, by=by)
            if suivi.settle(affaire, reponse=geste.reponse, by=by):
                emails.decision_rendue(affaire, by=by)


# --- who sees which


def lot_for(agent: Compte, pk: UUID) -> Lot:
    """The agent's own, or one of the fund for who supervises; raises `Http404`."""
    rows = Lot.objects.filter(caisse=agent.caisse_id).select_related("auteur", "approuve_par", "service", "agent")
    lot = rows.filter(pk=pk).first()
    if lot is None or not (lot.auteur_id == agent.pk or supervises(agent, lot)):
        raise Http404
    return lot


def supervises(agent: Compte, lot: Lot) -> bool:
    """Whether this agent supervises a team of its author."""
    if not peut(agent, Acte.SUPERVISER):
        return False
    return Compte.objects.filter(pk=lot.auteur_id, services__in=agent.services.values("pk")).exists()


def lots_of(agent: Compte) -> Sequence[Lot]:
    """The agent's latest, and, for who supervises, those of the teams that are under way or await a second yes."""
    rows = Lot.objects.filter(caisse=agent.caisse_id).select_related("auteur", "approuve_par", "service", "agent")
    mine = list(rows.filter(auteur=agent).order_by("-created_at", "-pk")[:20])
    if not peut(agent, Acte.SUPERVISER):
        return mine
    others = rows.under_way().exclude(auteur=agent).filter(auteur__services__in=agent.services.values("pk")).distinct()
    return [*list(others.order_by("-created_at", "-pk")[:20]), *mine]


def lots_under_way(agent: Compte) -> Sequence[Lot]:
    """What of the agent's own waits to be done: shown above the queues, with « Annuler »."""
    return list(Lot.objects.under_way().filter(auteur=agent).order_by("created_at", "pk")[:5])


def lignes_of(lot: Lot, agent: Compte) -> Sequence[LigneDeLot]:
    """Its lines, with what a list shows of each item, what was left aside first; to another than its author, those of their teams alone."""
    lignes = list(LigneDeLot.objects.filter(lot=lot).order_by("pk"))
    rows = Affaire.objects.all() if lot.auteur_id == agent.pk else Affaire.objects.for_agent(agent)
    shown = for_list(rows.filter(pk__in=[ligne.affaire_id for ligne in lignes]))
    affaires = {one.pk: one for one in shown.oldest_due_first()}
    lignes = [ligne for ligne in lignes if ligne.affaire_id in affaires]
    for ligne in lignes:
        ligne.affaire = affaires[ligne.affaire_id]
    return sorted(lignes, key=lambda ligne: (ligne.resultat != LigneDeLot.Resultat.ECARTE, ligne.pk))
