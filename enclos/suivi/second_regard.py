"""The second look at what pays: one agent settles, another confirms, never the same (domain: « four-eyes for RIB »).

Asked by `actions.settle`, by the nature of the paper. Until it is given, the member reads « En cours ».
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.journal.actions import record
from enclos.socle.refusals import Refusal
from enclos.suivi.access import for_list
from enclos.suivi.actions import locked
from enclos.suivi.models import Affaire, AffaireQuerySet, Etat, SecondRegard

SHOWN = 50


class NotToLookAt(Refusal):
    """Somebody was quicker, or it is one's own."""

    def __init__(self) -> None:
        super().__init__(
            "Ce document n’attend plus votre second regard : un collègue l’a donné, ou vous l’avez décidé vous-même.",
            code="second_regard_impossible",
        )


def waiting_for(agent: Compte) -> Sequence[Affaire]:
    """What waits for a second look in the agent's fund and was settled by somebody else, the first due first."""
    return list(for_list(awaited_by_others_than(agent)).oldest_due_first()[:SHOWN])


def next_for(agent: Compte) -> Affaire | None:
    """The first of these."""
    return awaited_by_others_than(agent).oldest_due_first().first()


def awaited_by_others_than(agent: Compte) -> AffaireQuerySet:
    return Affaire.objects.open().filter(caisse=agent.caisse_id, awaits_look=True).exclude(taken_by=agent)


def affaire_to_look_at(agent: Compte, pk: UUID, *with_also: str) -> Affaire:
    """An item of the fund that waits for a second look, whatever the team; raises `Http404` for any other."""
    rows = Affaire.objects.open().filter(caisse=agent.caisse_id, awaits_look=True)
    found = rows.select_related("service", "caisse", "personne__compte", "taken_by", *with_also).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def last_look(affaire: Affaire) -> SecondRegard | None:
    """The look that is awaited, or the last one given."""
    rows = SecondRegard.objects.filter(affaire=affaire).select_related("asked_by", "looked_by")
    return rows.order_by("-asked_at", "-pk").first()


def was_confirmed_by(agent: Compte, pk: UUID) -> bool:
    """Whether this agent gave the second look to this item."""
    return SecondRegard.objects.filter(affaire=pk, looked_by=agent, is_confirmed=True).exists()


def was_given_in_fund_of(agent: Compte, pk: UUID) -> bool:
    """Whether somebody of the agent's fund has given the second look to this item."""
    given = SecondRegard.objects.filter(affaire=pk, affaire__caisse=agent.caisse_id, looked_at__isnull=False)
    return given.exists()


def held_look(affaire: Affaire, by: Compte) -> tuple[Affaire, SecondRegard]:
    """The item and the look it waits for, held. Raises `NotToLookAt`."""
    row = locked(affaire)
    look = SecondRegard.objects.select_for_update(no_key=True, of=("self",)).filter(affaire=row, looked_at=None).first()
    if look is None or not row.can_be_looked_at_by(by) or look.asked_by_id == by.pk:
        raise NotToLookAt
    return row, look


@transaction.atomic
def confirm(affaire: Affaire, *, by: Compte) -> bool:
    """« Confirmer »: the item is settled, by who had decided; False when this agent had confirmed it already."""
    if not locked(affaire).awaits_look and was_confirmed_by(by, affaire.pk):
        return False
    row, look = held_look(affaire, by)
    now = timezone.now()
    look.looked_by, look.looked_at, look.is_confirmed = by, now, True
    look.save(update_fields=["looked_by", "looked_at", "is_confirmed"])
    decision = {"awaits_look": False, "etat": Etat.TRAITE, "ended_at": now, "reponse": look.reponse}
    for field, value in decision.items():
        setattr(row, field, value)
        setattr(affaire, field, value)
    row.save(update_fields=list(decision))
    record("suivi.affaire.settled", row, by=by, decide_par=row.taken_by.nom if row.taken_by else "")
    return True


@transaction.atomic
def send_back(affaire: Affaire, *, mot: str, by: Compte) -> None:
    """« Renvoyer »: to who had decided, with a word. Raises `Refusal` without one."""
    if not mot.strip():
        raise Refusal("Dites à votre collègue ce qui ne va pas.", code="renvoi_sans_mot")
    row, look = held_look(affaire, by)
    look.looked_by, look.looked_at, look.is_confirmed, look.mot = by, timezone.now(), False, mot.strip()[:300]
    look.save(update_fields=["looked_by", "looked_at", "is_confirmed", "mot"])
    row.awaits_look, row.taken_at = False, timezone.now()
    row.save(update_fields=["awaits_look", "taken_at"])
    record("suivi.second_regard.returned", row, by=by)
