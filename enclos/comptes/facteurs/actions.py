"""Proving a second factor by what was typed, and what follows a change."""

import base64
import json
import re
import time

from django.db import transaction
from django.http import HttpRequest

from enclos.comptes import compteurs, totp
from enclos.comptes.access import session_of
from enclos.comptes.actions import (
    BY_CODE,
    BY_SOURCE,
    TooManyTries,
    WrongCode,
    open_session,
    second_factor_given,
    source_key,
    what_is_left,
)
from enclos.comptes.compteurs import Rule, Verdict
from enclos.comptes.facteurs import cles, emails, secours, telephone
from enclos.comptes.models import ClePasse, CodeSecours, Compte, Session
from enclos.comptes.sources import source_of
from enclos.journal.actions import Actor, record
from enclos.socle import sealed

SIX_DIGITS = re.compile(r"[0-9]{6}")
PURPOSE = "codes-secours"
SLOT = "codes_secours"  # in the session, until they were noted
SHOWN_SECONDS = 15 * 60


class WrongRecoveryCode(WrongCode):
    """Neither one of the ten, nor one that has not served."""

    def __init__(self, verdict: Verdict, rule: Rule) -> None:
        super().__init__(verdict, rule)
        phrase = "Ce code de secours n’est pas le bon, ou il a déjà servi. Chacun sert une seule fois."
        self.phrase = phrase + what_is_left(verdict, rule)


def check_any(compte: Compte, typed: str, *, request: HttpRequest) -> None:
    """Prove the second factor by what was typed: the six digits of a telephone, or a recovery code, which is then spent.

    Raises `WrongCode`, `TooManyTries`, or `hashers.Busy`. To be called outside a transaction: a try counts even when it fails.
    """
    key = f"code:{compte.pk}"
    verdict = compteurs.count_try(key, BY_CODE)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="avec ce code")
    digits = re.sub(r"[\s.-]", "", typed[:40])
    is_number = digits.isdecimal()
    # Nothing is hashed for what has the shape of neither.
    code = "" if is_number else secours.read(typed)
    right = totp.accept(compte, digits) if SIX_DIGITS.fullmatch(digits) else bool(code) and secours.spend(compte, code)
    if not right:
        record("comptes.code.refused", compte, by=compte, essai=verdict.count, source=source_of(request))
        raise (WrongCode if is_number else WrongRecoveryCode)(verdict, BY_CODE)
    compteurs.forget(key)


def give_key(request: HttpRequest, compte: Compte, answer: str) -> None:
    """A passkey as second factor of the session that waits for it. Raises what `cles.prove` raises."""
    cles.prove(answer, request=request, usage=cles.SECOND, compte=compte)
    second_factor_given(request, compte)


def sign_in_with_key(request: HttpRequest, answer: str) -> Compte:
    """Open a session by a passkey alone: something one has, that asked for a finger, a face or a code of its own.

    Raises what `cles.prove` raises, or `TooManyTries` when too many fail from one network.
    """
    source = source_key(request)
    if source:
        verdict = compteurs.count_try(source, BY_SOURCE)
        if not verdict.is_allowed:
            raise TooManyTries(verdict, about="depuis votre réseau")
    compte = cles.prove(answer, request=request, usage=cles.ENTREE).compte
    if not compte.may_sign_in:
        raise cles.refused(compte, "compte fermé", request=request)
    with transaction.atomic():
        open_session(request, compte, methode=Session.Methode.CLE, strong=True)
        compteurs.give_back(source)
    return compte


@transaction.atomic
def remove_key(key: ClePasse, *, by: Actor) -> None:
    """The key opens nothing any more; without any other factor, the recovery codes go too."""
    if not ClePasse.objects.filter(pk=key.pk).delete()[0]:
        return  # a double click
    record("comptes.cle.removed", key.compte, by=by, cle=key.pk)
    telephone.forget_codes_if_off(key.compte)
    emails.changed(key.compte, by=by)


def make_codes(request: HttpRequest, compte: Compte, *, by: Actor) -> None:
    """Ten new recovery codes; the former ones die. They wait in the session to be shown. Raises `hashers.Busy`."""
    codes = secours.draw()
    rows = secours.hashed(codes)
    with transaction.atomic():
        had_some = CodeSecours.objects.filter(compte=compte).exists()
        secours.replace(compte, rows)
        record("comptes.codes_secours.made", compte, by=by)
        if had_some:
            emails.changed(compte, by=by)
    plain = json.dumps({"codes": codes, "until": int(time.time()) + SHOWN_SECONDS}).encode()
    session_of(request)[SLOT] = base64.b64encode(sealed.seal(plain, purpose=PURPOSE, aad=compte.pk.bytes)).decode()


def codes_to_show(request: HttpRequest, compte: Compte) -> list[str]:
    """The codes just made, until the member says they are noted, the session ends, or a quarter of an hour."""
    kept = str(session_of(request).get(SLOT, ""))
    if not kept:
        return []
    try:
        found = json.loads(sealed.unseal(base64.b64decode(kept), purpose=PURPOSE, aad=compte.pk.bytes))
    except (sealed.SealError, ValueError):
        return []
    return [secours.shown(code) for code in found["codes"]] if found["until"] > time.time() else []


def forget_codes_shown(request: HttpRequest) -> None:
    session_of(request).pop(SLOT, None)
