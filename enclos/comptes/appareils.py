"""Browsers that signed in before. Each keeps its own counter of tries: whoever knows a member's number, which is easily
guessed, can then shut out strangers, never the member at home.

The cookie holds, for up to four accounts of one household, a number and its signature for that account. It proves nothing else
and opens nothing. The number begins with the moment it was given: a member may have all those given so far forgotten.
"""

import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from enclos.comptes.identifiants import Identifiant
from enclos.comptes.models import Compte, Compteur
from enclos.journal.actions import Actor, record

COOKIE = "__Host-appareil" if settings.SESSION_COOKIE_SECURE else "appareil"
LIFE = timedelta(days=390)
MOST_ACCOUNTS = 4


def signature(number: str, who: Identifiant, secret: str | None = None) -> str:
    """What only the portal could have written for this browser and this account."""
    return salted_hmac(
        "enclos.comptes.appareils", f"{number}:{who.empreinte}", secret=secret, algorithm="sha256"
    ).hexdigest()[:40]


def known_device(request: HttpRequest, who: Identifiant) -> str | None:
    """The number of this browser if it signed in to this account before, and was not forgotten since."""
    return next(
        (number for entry in entries(request) if (number := number_of(entry, who)) and is_kept(number, who)), None
    )


def entries(request: HttpRequest) -> list[str]:
    """What the cookie holds, one for each account."""
    return [entry for entry in request.COOKIES.get(COOKIE, "")[:1000].split("/") if entry]


def number_of(entry: str, who: Identifiant) -> str:
    """The number of an entry that we signed for this account; "" for any other."""
    number, _, mark = entry.partition(".")
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if mark and hmac.compare_digest(mark.encode(), signature(number, who, secret).encode()):
            return number
    return ""


def milliseconds() -> int:
    return int(timezone.now().timestamp() * 1000)


def is_kept(number: str, who: Identifiant) -> bool:
    """Whether the number was given after the member last had them forgotten. Asked for a number of ours alone."""
    forgotten_at = Compteur.objects.filter(pk=oubli(who.empreinte)).values_list("libre_at", flat=True).first()
    given, _, rest = number.partition("-")
    return forgotten_at is None or (bool(rest) and int(given, 16) > int(forgotten_at.timestamp() * 1000))


def oubli(empreinte: str) -> str:
    """The row that says when the devices of an identifier were forgotten; swept when no cookie can be as old."""
    return f"oubli:{empreinte}"


@transaction.atomic
def forget_all(compte: Compte, *, by: Actor) -> None:
    """Every browser that signed in to this account so far is a stranger again."""
    personne, now = compte.personne, timezone.now()
    for empreinte in {personne.nir_index, personne.nia_index} - {None} if personne else set():
        Compteur.objects.update_or_create(
            pk=oubli(str(empreinte)), defaults={"nombre": 0, "libre_at": now, "expire_at": now + LIFE}
        )
    record("comptes.appareils.forgotten", compte, by=by)


def remember(request: HttpRequest, response: HttpResponseBase, who: Identifiant) -> None:
    """Give this browser a number for this account, the latest first."""
    if known_device(request, who):
        return
    number = f"{milliseconds():x}-{secrets.token_hex(16)}"
    kept = [entry for entry in entries(request) if not number_of(entry, who)][: MOST_ACCOUNTS - 1]
    response.set_cookie(
        COOKIE,
        "/".join([f"{number}.{signature(number, who)}", *kept]),
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
