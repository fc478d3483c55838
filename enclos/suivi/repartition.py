"""Who treats what: items given to an agent by who supervises, put back together, sent to another fund."""

from datetime import date

from django.db import transaction

from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Service, Silence
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.journal.actions import record
from enclos.socle.dates import add_months, jour, paris
from enclos.socle.refusals import Refusal
from enclos.suivi import emails
from enclos.suivi.absences import absence_of
from enclos.suivi.actions import (
    HANDED_OVER,
    AlreadyDecided,
    AwaitsLook,
    InLot,
    check_movable,
    give,
    hand_over,
    locked,
    rang_of,
    redirect,
    release,
)
from enclos.suivi.models import Affaire, Genre


def check_supervises(by: Compte) -> None:
    """Raises `Refusal` for an agent who does not supervise."""
    if not peut(by, Acte.SUPERVISER):
        raise Refusal("Ce geste est réservé à un superviseur.", code="superviseur_seulement", status=403)


def why_nothing_to(agent: Compte) -> str:
    """Why this agent cannot be given anything today, in words; "" when they can."""
    if not (agent.is_active and peut(agent, Acte.TRAITER)):
        return f"{agent.nom} ne traite plus de documents."
    if absence := absence_of(agent):
        return f"{agent.nom} est en absence jusqu’au {jour(absence.au)}."
    return ""


def why_not_to(agent: Compte, service: Service) -> str:
    """The same, for an item of `service`."""
    if agent.caisse_id != service.caisse_id or not agent.services.filter(pk=service.pk).exists():
        return f"{agent.nom} n’est pas dans le service « {service.nom} »."
    return why_nothing_to(agent)


@transaction.atomic
def assign(affaire: Affaire, *, agent: Compte, by: Compte) -> bool:
    """Give an item, free or held, to an agent of its team; False when they had it already.

    Raises `AlreadyDecided`, `InLot`, `AwaitsLook`, or `Refusal` when that agent cannot have it.
    """
    check_supervises(by)
    row = locked(affaire)
    if row.is_ended:
        raise AlreadyDecided(row)
    if row.lot_id is not None:
        raise InLot(row)
    if row.awaits_look:
        raise AwaitsLook
    if row.is_held_by(agent):
        return False
    if why_not := why_not_to(agent, row.service):
        raise Refusal(why_not, code="agent_impossible")
    if row.taken_by is not None:
        record("suivi.affaire.released", row, by=by, pris_par=row.taken_by.nom)
        Affaire.objects.filter(pk=row.pk).update(taken_by=None, taken_at=None)
    return give(row, agent, by=by)


@transaction.atomic
def release_all(agent: Compte, *, by: Compte) -> int:
    """« Remettre tout dans la file »: what the agent holds in the teams of `by`; says how many. What a lot holds stays."""
    check_supervises(by)
    held = Affaire.objects.for_agent(by).held_by(agent).filter(lot=None)
    rows = list(held.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for row in rows:
        release(row, by=by)
    return len(rows)


@transaction.atomic
def transfer(affaire: Affaire, *, service: Service, by: Compte) -> bool:
    """Send it to another team, of this fund or of another one (CRPA L114-2, L114-3); False when it is there already.

    It leaves the queues of the former fund at once. The day it was received and the day promised do not change. When silence is an
    acceptance, its delay starts again from the fund that can answer; when it is a rejection, it runs from the first one.
    """
    if service.caisse_id == affaire.caisse_id:
        return redirect(affaire, service=service, by=by)
    check_supervises(by)
    row = locked(affaire)
    if row.service_id == service.pk:
        return False
    check_movable(row, by)
    if row.genre == Genre.PAPIERS:
        raise Refusal("Une liste de papiers reste dans la caisse qui les a demandés.", code="papiers_de_la_caisse")
    came_from, left = row.service, row.caisse
    hand_over(row, service)
    row.caisse = service.caisse
    row.legal_on = legal_on_after(row)
    row.rang_on = rang_of(row.due_on, row.legal_on, is_precaire=row.is_precaire)
    row.save(update_fields=[*HANDED_OVER, "caisse", "legal_on", "rang_on"])
    record(
        "suivi.affaire.transferred",
        row,
        by=by,
        de=f"{came_from.nom}, {left.nom}",
        vers=f"{service.nom}, {service.caisse.nom}",
    )
    emails.transmis(row, by=by)
    return True


def legal_on_after(row: Affaire) -> date | None:
    """The day silence becomes a decision, once another fund has it (CRPA L114-3)."""
    nature = nomenclatures().natures.get(row.nature)
    if row.legal_on is None or nature is None or nature.silence != Silence.ACCEPTATION:
        return row.legal_on
    return add_months(paris(row.service_since).date(), nature.silence_months)
