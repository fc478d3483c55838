"""What an agent's browser prepares ahead: the item she will most likely be given next, set aside for her for a few minutes.

Setting aside is not giving. An agent who asks for this very item gets it, and who set it aside gets another; « Prendre le suivant »
alone passes over what colleagues set aside, and gives first what the agent did herself.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.suivi.models import Affaire, AffaireQuerySet, Reservation

# Longer than most papers take to read; short enough that nobody misses the item of a colleague who went for coffee.
LEASE = timedelta(minutes=5)


def set_aside_by_others(agent: Compte) -> Exists:
    """For an item: a colleague's browser prepares it now."""
    return Exists(Reservation.objects.live().filter(affaire=OuterRef("pk")).exclude(agent=agent))


def next_free(queue: AffaireQuerySet, agent: Compte) -> Affaire | None:
    """The item of `queue` to give `agent`, its row locked: what she set aside, else the first that nobody did.

    In a transaction. A colleague may have set it aside between our reading and our lock, which changes no row of the queue: this
    is looked at again once we hold it.
    """
    mine = queue.filter(reservation__agent=agent, reservation__until__gt=timezone.now())
    if affaire := mine.order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",)).first():
        return affaire
    rest = queue.exclude(set_aside_by_others(agent)).oldest_due_first()
    while affaire := rest.select_for_update(no_key=True, skip_locked=True, of=("self",)).first():
        if not Reservation.objects.live().filter(affaire=affaire).exclude(agent=agent).exists():
            return affaire
        rest = rest.exclude(pk=affaire.pk)
    return None


@transaction.atomic
def set_aside(
    agent: Compte, *, service: Service | None = None, among: AffaireQuerySet | None = None
) -> tuple[Affaire, bool] | None:
    """Set aside for `agent` what `take_next` would give her now; None when nothing is left.

    With whether this call set it aside, or found it so: asking again only makes it last longer.
    """
    # Two pages of one agent wait for each other.
    Compte.objects.select_for_update(no_key=True).get(pk=agent.pk)
    queue = (Affaire.objects.all() if among is None else among).for_agent(agent).free()
    if service is not None:
        queue = queue.filter(service=service)
    affaire = next_free(queue, agent)
    if affaire is None:
        return None
    until = timezone.now() + LEASE
    if Reservation.objects.filter(affaire=affaire, agent=agent).update(until=until):
        return affaire, False
    # Her former one, and whatever is left of a colleague's that is over.
    Reservation.objects.filter(agent=agent).delete()
    Reservation.objects.filter(affaire=affaire).delete()
    Reservation.objects.create(affaire=affaire, agent=agent, until=until)
    return affaire, True


def let_go(affaire: Affaire, *, by: Compte) -> None:
    """She left without it: colleagues are given it at once."""
    Reservation.objects.filter(affaire=affaire, agent=by).delete()
