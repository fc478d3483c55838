"""How the rest of the house reads the registry."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import QuerySet

from enclos.registre.models import Exploitation, Lien, Paiement, Personne
from enclos.socle import sealed
from enclos.socle.requetes import Slot, Written

LAST_PAYMENTS = 4
# RSA and prime d'activité are declared by the quarter: a payment older than that says nothing of today.
FRAGILE_FOR = timedelta(days=100)
LIENS = Written(Lien.objects.select_related("liee").filter(personne=Slot(Lien, "personne")).order_by("rang"))
EXPLOITATIONS = Written(Exploitation.objects.filter(personne=Slot(Exploitation, "personne"), cesse_le=None))
PAIEMENTS = Written(
    Paiement.objects.filter(personne=Slot(Paiement, "personne")).order_by("-date", "-id")[:LAST_PAYMENTS]
)


def person_by_nir(nir13: str) -> Personne | None:
    """The open person whose NIR, or waiting number, is `nir13`."""
    index = sealed.blind_index(nir13)
    people = Personne.objects.select_related("caisse").filter(closed_at=None)
    return people.filter(nir_index=index).first() or people.filter(nia_index=index).first()


def foyer_of(personne: Personne) -> Sequence[Lien]:
    """The household, spouse first."""
    return list(LIENS(personne=personne.pk))


def exploitations_of(personne: Personne) -> Sequence[Exploitation]:
    """The farms not left."""
    return list(EXPLOITATIONS(personne=personne.pk))


def last_payments_of(personne: Personne) -> Sequence[Paiement]:
    """The latest payments, no more than `LAST_PAYMENTS`."""
    return list(PAIEMENTS(personne=personne.pk))


def is_fragile(personne: Personne, day: date) -> bool:
    """Whether a late answer may be a month without income: the fund pays them RSA or prime d’activité these days."""
    return fragile_payments(day).filter(personne=personne).exists()


def fragile_payments(day: date) -> QuerySet[Paiement]:
    """The payments of RSA and prime d’activité that say something of `day`."""
    lately = Paiement.objects.filter(date__gt=day - FRAGILE_FOR, date__lte=day)
    return lately.filter(branche=Paiement.Branche.RSA_PRIME)
