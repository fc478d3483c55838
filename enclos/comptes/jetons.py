"""Whose page a form was on: its token says so.

Two people of one household share a computer. A page left open by one of them must never be sent, nor offered again, in the account of
the other. Django's secret of a session's forms is 32 free letters and digits: ours are 16 at random (95 bits), then 16 that only this
account gives with them. Nothing is stored, no page changes.
"""

import re

from django.http import HttpRequest
from django.middleware.csrf import CSRF_TOKEN_LENGTH, _unmask_cipher_token  # type: ignore[attr-defined]
from django.utils.crypto import get_random_string

from enclos.comptes.models import Compte
from enclos.socle.sealed import attest

HALF = 16
STAMPED = re.compile(r"[A-Za-z0-9]{16}[0-9a-f]{16}")


def stamp_of(compte: Compte, chance: str) -> str:
    return attest(f"formulaire\0{compte.pk}\0{chance}")[:HALF]


def renew(request: HttpRequest, compte: Compte) -> None:
    """The forms of this browser are this account's from now on."""
    chance = get_random_string(HALF)
    request.META.update(CSRF_COOKIE=chance + stamp_of(compte, chance), CSRF_COOKIE_NEEDS_UPDATE=True)


def secret_in(request: HttpRequest) -> str:
    """What the token of this form says; empty when it has none that bears a stamp. The form is not trusted for that."""
    token = request.POST.get("csrfmiddlewaretoken", "")
    if not re.fullmatch(rf"[A-Za-z0-9]{{{CSRF_TOKEN_LENGTH}}}", token):
        return ""
    secret: str = _unmask_cipher_token(token)
    return secret if STAMPED.fullmatch(secret) else ""


def is_of(request: HttpRequest, compte: Compte) -> bool:
    """Whether this form was on a page of this account."""
    secret = secret_in(request)
    return bool(secret) and secret[HALF:] == stamp_of(compte, secret[:HALF])


def is_of_another(request: HttpRequest, compte: Compte) -> bool:
    """Whether it was on a page of somebody else."""
    return bool(secret_in(request)) and not is_of(request, compte)
