"""How many times the identity question was answered wrongly for one person: three in thirty days, counted exactly.

The thirty days slide: a fixed window would let three answers end one and three begin the next, six within a day. A row for each
person holds the moments; whoever counts holds the row, so fifty registrations at once are three answers and no more.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from enclos.inscription.models import Essais
from enclos.registre.models import Personne

MOST = 3
WINDOW = timedelta(days=30)  # three in thirty days are also three in twenty-four hours, the other limit of D2


def hold(personne: Personne) -> Essais:
    """The person's row, held until the transaction ends."""
    Essais.objects.bulk_create([Essais(personne=personne)], ignore_conflicts=True)
    return Essais.objects.select_for_update(no_key=True).get(pk=personne.pk)


def may_try(essais: Essais) -> bool:
    return len(essais.since(timezone.now() - WINDOW)) < MOST


def note_wrong(essais: Essais) -> None:
    """One more; those that no longer count are forgotten."""
    now = timezone.now()
    essais.faux = [moment.isoformat() for moment in [*essais.since(now - WINDOW), now]]
    essais.save(update_fields=["faux"])


def blocked_until(personne: Personne) -> datetime | None:
    """When the question may be answered again; None when it may now."""
    essais = Essais.objects.filter(pk=personne.pk).first()
    counted = essais.since(timezone.now() - WINDOW) if essais else []
    return counted[-MOST] + WINDOW if len(counted) >= MOST else None


def forget(personne: Personne) -> int:
    """Start counting again; returns how many wrong answers there were."""
    essais = hold(personne)
    forgotten = len(essais.since(timezone.now() - WINDOW))
    essais.faux = []
    essais.save(update_fields=["faux"])
    return forgotten
