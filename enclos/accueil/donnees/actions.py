"""Asking for the copy, and taking it."""

from django.db import transaction
from django.utils import timezone

from enclos.accueil.donnees.fabrication import forget
from enclos.accueil.models import CopieDonnees
from enclos.accueil.tasks import make_copy
from enclos.comptes.models import Compte
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal


class TooSoon(Refusal):
    """One copy a day."""

    def __init__(self) -> None:
        super().__init__(
            "Vous avez déjà demandé une copie dans les dernières 24 heures. Attendez demain pour en demander une autre.",
            code="copie_recente",
        )


class NotConfirmed(Refusal):
    """A stolen card opens an account of level 1: it must not give the whole NIR, the home and the contacts with it (standards, D3)."""

    def __init__(self) -> None:
        super().__init__(
            "Cette copie contient tout ce que la caisse sait de vous. Confirmez d’abord votre compte, avec le code de la lettre, dans "
            "« Mon compte ».",
            code="a_confirmer",
            status=403,
        )


@transaction.atomic
def ask(compte: Compte, *, by: Compte) -> CopieDonnees:
    """Promise the copy; asked twice at once, it is one. Raises `NotConfirmed`, `TooSoon`."""
    if not compte.is_confirmed:
        raise NotConfirmed
    Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
    last = CopieDonnees.objects.filter(compte=compte).order_by("-asked_at", "-pk").first()
    if last is not None and last.is_being_made:
        return last
    if last is not None and last.is_too_soon:
        raise TooSoon
    copie = CopieDonnees.objects.create(compte=compte)
    record("accueil.donnees.asked", compte, by=by, copie=str(copie.pk))
    make_copy.enqueue(str(copie.pk))
    return copie


def downloaded(copie: CopieDonnees, *, by: Compte) -> None:
    """The copy left the vault."""
    record("accueil.donnees.downloaded", by, by=by, copie=str(copie.pk))


def forget_all_of(compte: Compte, *, by: Actor) -> None:
    """The account closes: no copy of it stays."""
    CopieDonnees.objects.filter(compte=compte, kept_at=None, broken_at=None).update(
        broken_at=timezone.now(), next_at=None, last_error="compte fermé", erased_at=timezone.now()
    )
    for copie in CopieDonnees.objects.filter(compte=compte, erased_at=None, expire_at__isnull=False).order_by("pk"):
        forget(copie, by=by)
