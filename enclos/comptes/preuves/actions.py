"""Giving a fresh proof: a second factor, or a code sent to an address already proved."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from enclos.comptes import codes, compteurs
from enclos.comptes.access import session_of
from enclos.comptes.actions import BY_CODE, VISITOR
from enclos.comptes.compteurs import TooManyTries
from enclos.comptes.facteurs.actions import check_any
from enclos.comptes.models import Compte
from enclos.comptes.preuves.access import Moyen, Voie, voie_of
from enclos.comptes.sources import source_of
from enclos.journal.actions import record

OBJET = "preuve"


def send_code(compte: Compte, voie: Voie) -> None:
    """The code of the account's proof, to the address that `voie` gives. Raises `TooManyTries`, `TextoImpossible`."""
    send = codes.send_by_sms if voie.is_sms else codes.send_by_mail
    send(OBJET, str(compte.pk), to=voie.to, caisse=compte.caisse, concerne=compte.personne_id, by=compte)


def give(request: HttpRequest, compte: Compte, typed: str) -> None:
    """Prove oneself by what was typed: the second factor of those who have one, else the code that was sent.

    Raises `WrongCode` or `DeadCode`, `TooManyTries`, `hashers.Busy`. Outside a transaction: a try counts even when it fails.
    """
    if voie_of(compte).moyen is Moyen.FACTEUR:
        check_any(compte, typed, request=request)
    else:
        verdict = compteurs.count_try(f"preuve:{compte.pk}", BY_CODE)
        if not verdict.is_allowed:
            raise TooManyTries(verdict, about="avec ce code")
        codes.check(OBJET, str(compte.pk), typed, by=compte)
        compteurs.forget(f"preuve:{compte.pk}")
    prove(request)


@transaction.atomic
def prove(request: HttpRequest) -> None:
    """This session just gave a proof: fresh for ten minutes, under a new identifier (ASVS 7.2.4)."""
    session = session_of(request)
    assert session.row is not None
    session.prouve_at = timezone.now()
    session.cycle_key()
    session.save()
    record("comptes.preuve.given", session.row.compte, by=session.row.compte or VISITOR, source=source_of(request))
