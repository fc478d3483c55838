"""Leaving at both ends: here first, then where one came from. Nothing here waits for the provider."""

import base64
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from config.env import ENV
from enclos.comptes.access import session_of, signed_in
from enclos.comptes.federation.client import Identite
from enclos.comptes.models import Compte
from enclos.socle import sealed

CLE = "federation_sortie"  # in the session
PURPOSE = "jeton"
COOKIE = "__Host-sortie" if ENV.is_https else "sortie"
SALT = "enclos.comptes.sortie"
LIFE_SECONDS = 600


@dataclass(frozen=True)
class Sortie:
    """The address that ends the session over there, and what its way back must say."""

    url: str
    state: str

    def remember(self, response: HttpResponse) -> None:
        """The session is gone: a signed cookie keeps what the way back must hold."""
        response.set_cookie(
            COOKIE,
            signing.dumps(self.state, salt=SALT),
            max_age=LIFE_SECONDS,
            secure=ENV.is_https,
            httponly=True,
            samesite="Lax",
        )


def keep(request: HttpRequest, compte: Compte, identite: Identite, end_session: str) -> None:
    """Keep the id token, sealed, in the session of the server: it proves later which session to end over there."""
    if not end_session:
        return
    token = sealed.seal(identite.jeton.encode(), purpose=PURPOSE, aad=compte.pk.bytes)
    session_of(request)[CLE] = {"adresse": end_session, "jeton": base64.b64encode(token).decode()}


def prepare(request: HttpRequest) -> Sortie | None:
    """How to leave over there too, taken out of the session; None for who came in by themselves."""
    compte, told = signed_in(request), session_of(request).pop(CLE, None)
    if compte is None or told is None:
        return None
    try:
        token = sealed.unseal(base64.b64decode(told["jeton"]), purpose=PURPOSE, aad=compte.pk.bytes)
    except (sealed.SealError, ValueError):
        return None  # the keys changed: one leaves here alone
    state = secrets.token_urlsafe(32)
    query = {
        "id_token_hint": token.decode(),
        "state": state,
        "post_logout_redirect_uri": ENV.base_url + reverse("comptes:franceconnect_deconnecte"),
    }
    parted = "&" if "?" in told["adresse"] else "?"
    return Sortie(f"{told['adresse']}{parted}{urlencode(query)}", state)


def is_expected(request: HttpRequest, state: str) -> bool:
    """Whether this way back answers a departure of this browser."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        return False
    return isinstance(kept, str) and constant_time_compare(kept, state)


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
