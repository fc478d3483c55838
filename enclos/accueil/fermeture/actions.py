"""Closing the account of a member, with everything that lives above it."""

from contextlib import suppress

from django.db import transaction

from enclos.accueil.donnees.actions import forget_all_of
from enclos.accueil.fermeture import emails
from enclos.avis.actions import forget_choices
from enclos.bibliotheque.notifications import account_closed
from enclos.comptes import fermeture
from enclos.comptes.models import Compte
from enclos.envois.access import all_drafts_of
from enclos.envois.brouillon import discard_draft
from enclos.messagerie.access import every_draft_of
from enclos.messagerie.brouillon import discard_draft as discard_message
from enclos.socle.refusals import Refusal


@transaction.atomic
def close_account(compte: Compte, *, by: Compte) -> bool:
    """Drafts are thrown away as when they are too old, then the account is closed and its holder told. False when it was already.

    The notice is written first: closing erases the address it goes to.
    """
    assert compte.personne is not None
    if Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk).closed_at is not None:
        return False
    for brouillon in all_drafts_of(compte.personne):
        with suppress(Refusal):  # sent meanwhile, in another tab: it has its receipt, and goes on
            discard_draft(brouillon, by=by)
    for message in every_draft_of(compte.personne):
        with suppress(Refusal):
            discard_message(message, by=by)
    forget_all_of(compte, by=by)
    account_closed(compte.personne)
    forget_choices(compte, by=by)
    emails.compte_ferme(compte, by=by)
    return fermeture.close(compte, by=by)
