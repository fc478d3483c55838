"""What a passkey signs: random bytes, for one browser, one session and one use, during five minutes.

They travel in a signed cookie, so that asking for them writes nothing: anybody may. Using them writes the one row that forbids
to use them again.
"""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from enclos.comptes import compteurs
from enclos.comptes.access import session_of
from enclos.comptes.compteurs import Rule
from enclos.socle.refusals import Refusal

COOKIE: Final = "__Host-defi" if settings.SESSION_COOKIE_SECURE else "defi"
LIFE: Final = timedelta(minutes=5)
SALT: Final = "enclos.comptes.facteurs.defis"
# Kept longer than the signature lasts: once forgotten, it is too old to serve.
ONCE: Final = Rule(2 * LIFE, free=1, waits=(2 * LIFE,), most=1)


class StaleChallenge(Refusal):
    """Too old, used already, or of another session: the gesture is to be made again."""

    def __init__(self) -> None:
        super().__init__(
            "Cette page était ouverte depuis trop longtemps, ou a déjà servi. Rien n’est perdu : recommencez le geste.",
            code="defi",
            status=422,
        )


def draw() -> bytes:
    return secrets.token_bytes(32)


def remember(request: HttpRequest, response: HttpResponseBase, challenge: bytes, *, usage: str) -> None:
    """Give the browser what it will be asked back, for `usage` and no other."""
    text = base64.urlsafe_b64encode(challenge).decode()
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=salt_of(request, usage)).sign(text),
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def take(request: HttpRequest, *, usage: str) -> bytes:
    """The challenge of this browser, once: of two at the same time, one gets it. Raises `StaleChallenge`."""
    signer = signing.TimestampSigner(salt=salt_of(request, usage))
    try:
        text = signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=LIFE)
    except signing.BadSignature:
        raise StaleChallenge
    if not compteurs.count_try(f"defi:{hashlib.sha256(text.encode()).hexdigest()}", ONCE).is_allowed:
        raise StaleChallenge
    return base64.urlsafe_b64decode(text)


def salt_of(request: HttpRequest, usage: str) -> str:
    """What the signature holds besides the bytes: the use, and the session when there is one."""
    session = session_of(request)
    of = session.row.pk if session.compte and session.row else ""  # `compte` reads the row
    return f"{SALT}:{usage}:{of}"
