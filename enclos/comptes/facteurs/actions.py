"""Proving a second factor, and changing what an account has."""

import re

from django.http import HttpRequest

from enclos.comptes import compteurs, totp
from enclos.comptes.actions import BY_CODE, TooManyTries, WrongCode
from enclos.comptes.facteurs import secours
from enclos.comptes.models import Compte
from enclos.comptes.sources import source_of
from enclos.journal.actions import record

SIX_DIGITS = re.compile(r"[0-9]{6}")


def check_any(compte: Compte, typed: str, *, request: HttpRequest) -> None:
    """Prove the second factor by what was typed: the six digits of a telephone, or a recovery code, which is then spent.

    Raises `WrongCode`, `TooManyTries`, or `hashers.Busy`. To be called outside a transaction: a try counts even when it fails.
    """
    key = f"code:{compte.pk}"
    verdict = compteurs.count_try(key, BY_CODE)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="avec ce code")
    if not accept(compte, typed):
        record("comptes.code.refused", compte, by=compte, essai=verdict.count, source=source_of(request))
        raise WrongCode(verdict, BY_CODE)
    compteurs.forget(key)


def accept(compte: Compte, typed: str) -> bool:
    """Whether it is one or the other; nothing is hashed for what has the shape of neither."""
    digits = re.sub(r"[\s.-]", "", typed[:40])
    if SIX_DIGITS.fullmatch(digits):
        return totp.accept(compte, digits)
    code = secours.read(typed)
    return bool(code) and secours.spend(compte, code)
