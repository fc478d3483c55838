"""What can happen to a work item. Each action is atomic, writes one line in the journal, and bears a double click.

Decisions return True when this very call decided, False when the same agent had decided the same already: whoever calls
knows then whether what must follow (a mail, papers asked) is still to be done.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.journal.actions import Actor, record
from enclos.registre.access import is_fragile
from enclos.registre.models import Personne
from enclos.socle.dates import heure, moment, paris, today_paris
from enclos.socle.jours_ouvres import add_working_days
from enclos.socle.refusals import Refusal
from enclos.suivi import emails
from enclos.suivi.models import Affaire, AffaireQuerySet, Etat, Genre, Refus, Reservation, SecondRegard
from enclos.suivi.reservations import next_free

# How far ahead of the others somebody who cannot wait is taken.
PRECAIRE_AHEAD = timedelta(days=7)


class NotHeld(Refusal):
    """Somebody decides without having taken the item."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase, code="affaire_non_prise")


class AwaitsLook(Refusal):
    """It was settled, and another agent must confirm."""

    def __init__(self) -> None:
        super().__init__(
            "Ce document attend un second regard : il n’y a rien d’autre à décider pour le moment.",
            code="affaire_second_regard",
        )


class AlreadyTaken(Refusal):
    """A colleague has it."""

    def __init__(self, affaire: Affaire) -> None:
        assert affaire.taken_by is not None
        super().__init__(f"{affaire.taken_by.nom} s’occupe déjà de ce document.", code="affaire_deja_prise")


class AlreadyDecided(Refusal):
    """Another decision was taken before."""

    def __init__(self, affaire: Affaire) -> None:
        assert affaire.ended_at is not None
        who = f", par {affaire.taken_by.nom}" if affaire.taken_by else ""
        super().__init__(
            f"Ce document est déjà « {affaire.get_etat_display()} »{who}, {moment(affaire.ended_at)}. "
            "Votre décision n’a pas été enregistrée.",
            code="affaire_deja_decidee",
        )


class InLot(Refusal):
    """A decision for several items holds it: it is done or dropped first."""

    def __init__(self, affaire: Affaire) -> None:
        assert affaire.lot is not None
        when = f" à {heure(affaire.lot.prevu_at)}" if affaire.lot.prevu_at else ""
        super().__init__(
            f"Une décision en lot est prévue pour ce document{when}. Annulez d’abord ce lot pour décider autrement.",
            code="affaire_en_lot",
        )


def rang_of(due_on: date, legal_on: date | None, *, is_precaire: bool) -> date:
    """The day that orders the queue: the first of the two dates, and a week earlier for who cannot wait.

    The day promised to the member does not change: nobody is made to wait longer on the screen than in the queue.
    """
    first = min(due_on, legal_on) if legal_on else due_on
    return first - PRECAIRE_AHEAD if is_precaire else first


def locked(affaire: Affaire) -> Affaire:
    """The row as it is now, held until the end of the transaction.

    Its agent is read apart: PostgreSQL, after waiting for a lock, joins the new row with what the old one pointed to.
    """
    return Affaire.objects.select_for_update(no_key=True, of=("self",)).get(pk=affaire.pk)


@transaction.atomic
def open_affaire(
    *,
    caisse: Caisse,
    service: Service,
    personne: Personne,
    reference: str,
    libelle: str,
    received_at: datetime,
    by: Actor,
    genre: str = Genre.DOCUMENT,
    groupe: str = "",
    nature: str = "",
    due_on: date | None = None,
    legal_on: date | None = None,
    is_pressing: bool = False,
) -> Affaire:
    """Put something to do in the queue of `service`; due within its working days when `due_on` is not given.

    `is_pressing` is for what cannot wait whoever it is for (RSA not paid, a death): it is taken as early as for who cannot wait.
    """
    due_on = due_on or add_working_days(paris(received_at).date(), service.delai_jours_ouvres)
    is_precaire = is_pressing or is_fragile(personne, paris(received_at).date())
    affaire = Affaire.objects.create(
        caisse=caisse,
        service=service,
        personne=personne,
        reference=reference,
        libelle=libelle,
        genre=genre,
        groupe=groupe,
        nature=nature,
        received_at=received_at,
        service_since=received_at,
        due_on=due_on,
        legal_on=legal_on,
        is_precaire=is_precaire,
        rang_on=rang_of(due_on, legal_on, is_precaire=is_precaire),
    )
    record("suivi.affaire.opened", affaire, by=by, reference=reference, service=service.code)
    return affaire


@transaction.atomic
def take_next(
    agent: Compte,
    *,
    service: Service | None = None,
    among: AffaireQuerySet | None = None,
    asked_at: datetime | None = None,
    afresh: bool = False,
) -> Affaire | None:
    """Give `agent` the free item that is due first, of `service` or of all theirs; None when there is nothing left.

    `among` narrows what may be given. `asked_at` is when the page that asks was shown: a double click, or the same page in a
    second tab, gets what the first click gave instead of one more item. No two agents ever get the same one: the row is
    locked while it is chosen, those locked by others are skipped, and the update itself checks that nobody has it. (SQLite
    knows no row locks: there the transaction holds the whole database, and the check of the update is enough.) What a
    colleague's browser prepares is passed over, what the agent's own did comes first (`reservations`); unless `afresh`: whoever
    asks from the queue reads no item any more, and is given what the queue shows first, whatever a page she left had prepared.
    """
    if asked_at is not None:
        # Two clicks of one agent wait for each other; `no_key`, so that rows that point to the account do not.
        Compte.objects.select_for_update(no_key=True).get(pk=agent.pk)
        held = Affaire.objects.for_agent(agent).held_by(agent).filter(taken_at__gte=asked_at)
        if service is not None:
            held = held.filter(service=service)
        if already := held.order_by("-taken_at", "id").first():
            return already
    if afresh:
        Reservation.objects.filter(agent=agent).delete()
    queue = (Affaire.objects.all() if among is None else among).for_agent(agent).free()
    if service is not None:
        queue = queue.filter(service=service)
    while affaire := next_free(queue, agent):
        if give(affaire, agent):
            return affaire
    return None


def give(affaire: Affaire, agent: Compte, *, by: Compte | None = None) -> bool:
    """Write `agent` on a free item, taken by themselves or assigned by `by`; False when somebody was quicker."""
    now = timezone.now()
    if not Affaire.objects.free().filter(pk=affaire.pk).update(taken_by=agent, taken_at=now, etat=Etat.EN_COURS):
        return False
    affaire.taken_by, affaire.taken_at, affaire.etat = agent, now, Etat.EN_COURS
    Reservation.objects.filter(affaire=affaire).delete()
    if by is None or by.pk == agent.pk:
        record("suivi.affaire.taken", affaire, by=agent)
    else:
        record("suivi.affaire.assigned", affaire, by=by, a=agent.nom)
    return True


@transaction.atomic
def take(affaire: Affaire, *, by: Compte) -> Affaire:
    """Take this very item; or take it over when a colleague has left it for more than two days, or is away.

    Raises `AlreadyTaken`, `AlreadyDecided` or `InLot`.
    """
    affaire = locked(affaire)
    if affaire.is_ended:
        raise AlreadyDecided(affaire)
    if affaire.is_held_by(by):
        return affaire
    if affaire.lot_id is not None:
        raise InLot(affaire)
    if not affaire.can_be_taken_by(by):
        raise AlreadyTaken(affaire)
    if affaire.taken_by is not None:
        record("suivi.affaire.released", affaire, by=by, left_by=affaire.taken_by.nom)
        Affaire.objects.filter(pk=affaire.pk).update(taken_by=None, taken_at=None)
    give(affaire, by)
    return affaire


@transaction.atomic
def release(affaire: Affaire, *, by: Compte) -> Affaire:
    """Put it back in the queue, at the place its date gives it: one's own, or a colleague's for who supervises.

    Raises `NotHeld`, `AlreadyDecided` or `InLot`.
    """
    affaire = locked(affaire)
    if affaire.is_free:
        return affaire
    check_movable(affaire, by)
    holder = affaire.taken_by
    affaire.taken_by, affaire.taken_at, affaire.etat = None, None, Etat.RECU
    affaire.save(update_fields=["taken_by", "taken_at", "etat"])
    details: dict[str, Any] = {"pris_par": holder.nom} if holder is not None and holder.pk != by.pk else {}
    record("suivi.affaire.released", affaire, by=by, **details)
    return affaire


def check_movable(affaire: Affaire, by: Compte) -> None:
    """Who supervises moves what anybody holds, the others what they hold. Raises `AlreadyDecided`, `InLot`, `AwaitsLook` or
    `NotHeld`.
    """
    if not peut(by, Acte.SUPERVISER):
        check_held(affaire, by)
        return
    if affaire.is_ended:
        raise AlreadyDecided(affaire)
    if affaire.lot_id is not None:
        raise InLot(affaire)
    if affaire.awaits_look:
        raise AwaitsLook


def check_held(affaire: Affaire, by: Compte) -> None:
    """Raises `AlreadyDecided` on an ended item, `InLot` on one that waits for another decision, `AwaitsLook` on one that waits for a
    second look, `NotHeld` on one that `by` has not.
    """
    if affaire.is_ended:
        raise AlreadyDecided(affaire)
    if affaire.lot_id is not None:
        raise InLot(affaire)
    if affaire.awaits_look:
        raise AwaitsLook
    if affaire.taken_by is None:
        raise NotHeld("Vous avez remis ce document dans la file. Reprenez-le pour décider.")
    if affaire.taken_by_id != by.pk:
        raise NotHeld(
            f"{affaire.taken_by.nom} s’occupe maintenant de ce document. Votre décision n’a pas été enregistrée."
        )


def end(
    affaire: Affaire,
    etat: Etat,
    *,
    event: str,
    by: Compte,
    reponse: str = "",
    refus: str = "",
    is_medical: bool = False,
) -> bool:
    """Write a decision on an item that `by` holds; False when they had decided just that before."""
    row = locked(affaire)
    if row.is_ended and row.taken_by_id == by.pk and (row.etat, row.refus) == (etat, refus):
        return False
    check_held(row, by)
    decision = {
        "etat": etat,
        "ended_at": timezone.now(),
        "reponse": reponse.strip(),
        "refus": refus,
        "is_medical": is_medical,
    }
    for field, value in decision.items():
        setattr(row, field, value)
        setattr(affaire, field, value)  # what the caller holds says the same
    row.save(update_fields=list(decision))
    details: dict[str, Any] = {"refus": refus} if refus else {}
    record(event, row, by=by, **details)
    return True


@transaction.atomic
def settle(affaire: Affaire, *, by: Compte, reponse: str = "") -> bool:
    """« Traité », with a word to the member if there is one to say.

    False too when the nature asks for a second look: the item then waits for it, and the member is told nothing yet.
    """
    if needs_second_look(affaire):
        ask_second_look(affaire, reponse=reponse, by=by)
        return False
    return end(affaire, Etat.TRAITE, event="suivi.affaire.settled", by=by, reponse=reponse)


def needs_second_look(affaire: Affaire) -> bool:
    """Whether one agent settles it and another confirms."""
    nature = nomenclatures().natures.get(affaire.nature)
    return nature is not None and nature.needs_second_look


def ask_second_look(affaire: Affaire, *, reponse: str, by: Compte) -> None:
    """Settled by `by`, to be confirmed by somebody else; the same click twice asks once. Raises `NotHeld` or `AlreadyDecided`."""
    row = locked(affaire)
    if row.awaits_look and row.taken_by_id == by.pk:
        return
    if row.is_ended and row.taken_by_id == by.pk and row.etat == Etat.TRAITE:
        return  # confirmed since
    check_held(row, by)
    SecondRegard.objects.create(affaire=row, reponse=reponse.strip(), asked_by=by)
    row.awaits_look = affaire.awaits_look = True
    row.save(update_fields=["awaits_look"])
    record("suivi.second_regard.asked", row, by=by)


@transaction.atomic
def refuse(affaire: Affaire, *, refus: Refus, reponse: str, by: Compte) -> bool:
    """« Refusé », for a reason of the list and in words that the member can act upon."""
    if not reponse.strip():
        raise Refusal(
            "Un refus s’explique : écrivez à l’adhérent ce qui ne va pas et ce qu’il peut faire.",
            code="refus_sans_motif",
        )
    return end(affaire, Etat.REFUSE, event="suivi.affaire.refused", by=by, reponse=reponse, refus=refus)


@transaction.atomic
def ask_more(affaire: Affaire, *, reponse: str, by: Compte) -> bool:
    """« À compléter »: this paper is read, others are awaited, which will be items of their own."""
    return end(affaire, Etat.A_COMPLETER, event="suivi.affaire.completion_asked", by=by, reponse=reponse)


@transaction.atomic
def flag_medical(affaire: Affaire, *, reponse: str, by: Compte) -> bool:
    """The paper holds medical information: it leaves the bench, and the member is told to post it."""
    return end(
        affaire,
        Etat.REFUSE,
        event="suivi.affaire.flagged",
        by=by,
        reponse=reponse,
        refus=Refus.MEDICAL,
        is_medical=True,
    )


@transaction.atomic
def refuse_unread(affaire: Affaire, *, reponse: str, by: Actor) -> bool:
    """The machine refuses what nobody can open; whoever held it is relieved. False when it had ended already."""
    row = locked(affaire)
    if row.is_ended:
        return False
    row.etat, row.refus, row.ended_at, row.reponse = Etat.REFUSE, Refus.DANGEREUX, timezone.now(), reponse
    row.taken_by, row.taken_at, row.lot, row.awaits_look = None, None, None, False
    SecondRegard.objects.filter(affaire=row, looked_at=None).delete()
    row.save(update_fields=["etat", "ended_at", "reponse", "refus", "taken_by", "taken_at", "lot", "awaits_look"])
    record("suivi.affaire.refused", row, by=by, refus=Refus.DANGEREUX)
    return True


@transaction.atomic
def redirect(affaire: Affaire, *, service: Service, by: Compte) -> bool:
    """Send it to another team of the fund: free again there, received and due as before (CRPA L114-3)."""
    row = locked(affaire)
    if row.service_id == service.pk and row.taken_by_id != by.pk:
        return False
    check_movable(row, by)
    if service.caisse_id != row.caisse_id or service.pk == row.service_id:
        raise Refusal("Choisissez un autre service de votre caisse.", code="service_impossible")
    came_from = row.service
    hand_over(row, service)
    row.save(update_fields=HANDED_OVER)
    record("suivi.affaire.redirected", row, by=by, de=came_from.nom, vers=service.nom)
    emails.transmis(row, by=by)
    return True


HANDED_OVER = ["service", "service_since", "taken_by", "taken_at", "etat"]


def hand_over(row: Affaire, service: Service) -> None:
    """Another team has it from now on: the second date of CRPA L114-3. The first one, `received_at`, never changes."""
    row.service, row.service_since = service, timezone.now()
    row.taken_by, row.taken_at, row.etat = None, None, Etat.RECU


@transaction.atomic
def promise_again(affaire: Affaire, *, due_on: date, by: Compte) -> None:
    """Another day for the answer, which the caller tells to the member. What the law counts does not move.

    Raises `NotHeld`, `AlreadyDecided`, or `Refusal` on a day that is not to come.
    """
    row = locked(affaire)
    check_held(row, by)
    if due_on <= today_paris():
        raise Refusal("La nouvelle date doit être à venir.", code="date_passee")
    before = row.due_on
    row.due_on, row.rang_on = due_on, rang_of(due_on, row.legal_on, is_precaire=row.is_precaire)
    row.save(update_fields=["due_on", "rang_on"])
    affaire.due_on, affaire.rang_on = row.due_on, row.rang_on
    record("suivi.affaire.promised", row, by=by, avant=before.isoformat(), le=due_on.isoformat())


@transaction.atomic
def reopen(affaire: Affaire, *, by: Compte) -> Affaire:
    """Take back a decision, by the agent who took it and within a day. What the member was told is not unsaid."""
    affaire = locked(affaire)
    if affaire.is_held_by(by):
        return affaire
    if affaire.awaits_look and affaire.taken_by_id == by.pk:
        # Nobody was told anything yet.
        SecondRegard.objects.filter(affaire=affaire, looked_at=None).delete()
        affaire.awaits_look, affaire.taken_at = False, timezone.now()
        affaire.save(update_fields=["awaits_look", "taken_at"])
        record("suivi.second_regard.withdrawn", affaire, by=by)
        return affaire
    if not affaire.can_be_reopened_by(by):
        raise Refusal(
            "Cette décision ne peut plus être reprise : seul l’agent qui l’a prise le peut, dans les 24 heures, "
            "et jamais après « À compléter » ou « Signaler médical ».",
            code="affaire_close",
        )
    was = affaire.etat
    affaire.etat, affaire.ended_at, affaire.reponse, affaire.refus = Etat.EN_COURS, None, "", ""
    affaire.taken_at = timezone.now()
    affaire.save(update_fields=["etat", "ended_at", "reponse", "refus", "taken_at"])
    record("suivi.affaire.reopened", affaire, by=by, etat=was)
    return affaire
