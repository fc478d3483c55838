"""Browsers that signed in before. Each keeps its own counter of tries: whoever knows a member's number, which is easily
guessed, can then shut out strangers, never the member at home.

The cookie holds, for up to four accounts of one household, a random number and its signature for that account. It proves nothing
else and opens nothing.
"""

import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from enclos.comptes.identifiants import Identifiant

COOKIE = "__Host-appareil" if settings.SESSION_COOKIE_SECURE else "appareil"
LIFE = timedelta(days=390)
MOST_ACCOUNTS = 4


def signature(number: str, who: Identifiant, secret: str | None = None) -> str:
    """What only the portal could have written for this browser and this account."""
    return salted_hmac(
        "enclos.comptes.appareils", f"{number}:{who.empreinte}", secret=secret, algorithm="sha256"
    ).hexdigest()[:40]


def known_device(request: HttpRequest, who: Identifiant) -> str | None:
    """The number of this browser if it signed in to this account before."""
    for entry in request.COOKIES.get(COOKIE, "")[:1000].split("/"):
        number, _, mark = entry.partition(".")
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            if mark and hmac.compare_digest(mark.encode(), signature(number, who, secret).encode()):
                return number
    return None


def remember(request: HttpRequest, response: HttpResponseBase, who: Identifiant) -> None:
    """Give this browser a number for this account, the latest first."""
    if known_device(request, who):
        return
    number = secrets.token_hex(16)
    kept = [entry for entry in request.COOKIES.get(COOKIE, "")[:1000].split("/") if entry][: MOST_ACCOUNTS - 1]
    response.set_cookie(
        COOKIE,
        "/".join([f"{number}.{signature(number, who)}", *kept]),
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
