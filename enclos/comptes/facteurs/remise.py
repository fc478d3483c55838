"""A second factor given by hand, when an agent's account begins or its telephone is lost."""

from django.db import transaction

from enclos.comptes import totp
from enclos.comptes.facteurs import emails
from enclos.comptes.models import Compte
from enclos.comptes.mots_de_passe import provisoires
from enclos.journal.actions import Actor, record


@transaction.atomic
def renew_factor(compte: Compte, *, by: Actor) -> bytes:
    """A new secret for the telephone; whatever stood beside the former one opens nothing any more, and every session ends."""
    held = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
    secret = totp.new_secret()
    held.totp_sealed, held.totp_last_step = totp.seal_secret(held, secret), 0
    held.save(update_fields=["totp_sealed", "totp_last_step"])
    held.cles_passe.all().delete()
    held.codes_secours.all().delete()
    sessions, _ = held.sessions.all().delete()
    record("comptes.totp.renewed", held, by=by, sessions=sessions)
    if held.has_usable_password():  # else nobody has come in yet
        emails.changed(held, by=by)
    return secret


@transaction.atomic
def forget_password(compte: Compte, *, by: Actor) -> None:
    """Neither the account's password nor a provisional one opens it: another must be given."""
    held = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
    held.set_unusable_password()
    held.save(update_fields=["password"])
    provisoires.kill(held)
    record("comptes.mot_de_passe.forgotten", held, by=by)
