"""What the rest of the house may ask of what left."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from enclos.courrier.lettres import address_of
from enclos.courrier.models import Courriel, Lettre
from enclos.registre.models import Personne
from enclos.socle.adresses import AddressToVerify, NoFixedAddress


def is_undeliverable(address: str, since: datetime) -> bool:
    """Whether an e-mail to this address was refused for good, at once or by a bounce, since then."""
    return bool(address) and refusals_of(address, since).exists()


def refusals_of(address: str, since: datetime) -> QuerySet[Courriel]:
    """The e-mails to this address that were refused for good since then."""
    return Courriel.objects.filter(to__iexact=address, address_refused_at__gte=since)


def open_letter_of(personne: Personne) -> Lettre | None:
    """The letter with a secret that is on its way to this person, or that may still serve."""
    rows = Lettre.objects.open().filter(personne=personne, has_secret=True, expire_at__gt=timezone.now())
    return rows.order_by("-created_at").first()


def letters_of(personne: Personne) -> Sequence[Lettre]:
    """Every letter to this person, newest first: for the help desk and « mes données »."""
    return list(Lettre.objects.filter(personne=personne).order_by("-created_at", "-pk"))


def returned_letter_of(personne: Personne) -> Lettre | None:
    """The last letter posted to this person, when it came back from the address that the registry still gives."""
    last = Lettre.objects.filter(personne=personne).exclude(posted_at=None).order_by("-posted_at", "-pk").first()
    if last is None or last.returned_at is None:
        return None
    try:
        return last if address_of(personne).render() == last.destinataire else None
    except (AddressToVerify, NoFixedAddress):
        return last


def letters_to_watch(caisse_id: int) -> Sequence[Lettre]:
    """In this fund, what a person must look at: addresses to verify, letters that came back. The oldest first."""
    wanted = [Lettre.Etat.A_VERIFIER, Lettre.Etat.REFUSEE, Lettre.Etat.REVENUE]
    rows = Lettre.objects.filter(caisse=caisse_id, etat__in=wanted, seen_at=None)
    return list(rows.select_related("personne").order_by("created_at")[:30])
