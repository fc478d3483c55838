"""When an agent leaves: what they held goes back to the queue, where its date puts it."""

from django.db import transaction

from enclos.comptes.models import Compte
from enclos.journal.actions import Actor, record
from enclos.suivi.actions import locked
from enclos.suivi.models import Affaire, Etat


@transaction.atomic
def give_back_all(agent: Compte, *, by: Actor) -> int:
    """Put back in the queue all that `agent` has taken and not decided; returns how many items."""
    count = 0
    for affaire in Affaire.objects.filter(taken_by=agent, ended_at=None).order_by("pk"):
        row = locked(affaire)
        if not row.is_held_by(agent):
            continue  # decided meanwhile
        row.taken_by, row.taken_at, row.etat = None, None, Etat.RECU
        row.save(update_fields=["taken_by", "taken_at", "etat"])
        record("suivi.affaire.released", row, by=by, pris_par=agent.nom)
        count += 1
    return count
