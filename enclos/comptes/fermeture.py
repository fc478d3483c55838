"""Closing an account, and taking it up again: the affiliation does not depend on it, and what was sent stays."""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from enclos.comptes.models import (
    Acceptation,
    Association,
    ClePasse,
    Code,
    CodeSecours,
    Compte,
    MotDePasseProvisoire,
    Session,
)
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal

WAYS_IN = (MotDePasseProvisoire, ClePasse, CodeSecours, Association)


@transaction.atomic
def close(compte: Compte, *, by: Actor) -> bool:
    """End every way in and every session, take back what was accepted. False when it is closed already.

    The row stays, with its person: the journal and the sendings name it. What the fund was told of the member's contact details
    stays too: letters go there.
    """
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).select_related("personne").get(pk=compte.pk)
    if compte.closed_at is not None:
        return False
    now = timezone.now()
    erased = {model._meta.model_name: model._default_manager.filter(compte=compte).delete()[0] for model in WAYS_IN}
    Code.objects.filter(lien=str(compte.pk)).delete()
    Acceptation.objects.filter(compte=compte, withdrawn_at=None).update(withdrawn_at=now)
    sessions = Session.objects.filter(compte=compte).delete()[0]
    letter = open_letter_of(compte.personne) if compte.personne else None
    if letter is not None:
        lettres.cancel(letter, by=by)  # what it bears opens nothing any more
    compte.is_active, compte.closed_at = False, now
    empty(compte)
    record("comptes.compte.closed", compte, by=by, sessions=sessions, effaces=erased)
    return True


@transaction.atomic
def reopen_for_registration(personne: Personne, *, by: Actor) -> Compte:
    """The closed account of a person, blank again, for a new registration to fill: one person has one row.

    It has neither password nor contact details, and waits for the letter that confirms it (level 1). Raises `Refusal` when there
    is no account, or one that its holder did not close: somebody shut that one, it is not for a form to open it.
    """
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).filter(personne=personne).first()
    if compte is None or compte.closed_at is None:
        raise Refusal("Ce compte n’est pas fermé.", code="pas_ferme")
    compte.is_active, compte.closed_at = True, None
    compte.niveau = Compte.Niveau.A_CONFIRMER
    compte.caisse_id = personne.caisse_id
    empty(compte)
    record("comptes.compte.reopened", compte, by=by)
    return compte


def empty(compte: Compte) -> None:
    """Save the account without anything that opens it or reaches its holder."""
    compte.password = make_password(None)
    compte.totp_sealed, compte.totp_last_step = b"", 0
    compte.courriel = compte.telephone = ""
    compte.courriel_verifie_at = compte.telephone_verifie_at = None
    compte.save()


def closed_account_of(personne: Personne) -> Compte | None:
    """The account that this person closed; None when it is open, shut by somebody else, or was never opened."""
    return Compte.objects.filter(personne=personne, closed_at__isnull=False).first()
