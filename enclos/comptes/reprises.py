"""A form sent after the session had ended: what was typed is given back, to the same account, after it signed in again.

The fields travel sealed in the sign-in page, then in the new session: nobody else at the same computer can read them. Files and
passwords are never kept. Only forms that came from our own pages are, so that nobody can prepare one for a member to send.
"""

import base64
import json
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest

from config.env import ENV
from enclos.comptes.models import Compte
from enclos.socle import sealed

PURPOSE = "reprise"
LIFE_SECONDS = 12 * 3600
MOST_BYTES = 60_000
# A code serves once and a password belongs to nobody's disk.
NEVER_KEPT = re.compile(r"csrfmiddlewaretoken|.*mot_de_passe.*|.*password.*|code|reponse|reprise|suite", re.IGNORECASE)
# Pages of this app handle their own late forms.
OWN_PATHS = ("/connexion/", "/deconnexion/", "/session/")


@dataclass(frozen=True)
class Reprise:
    """A form to send again."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool


def from_own_page(request: HttpRequest) -> bool:
    """Whether a form was sent from one of our pages: the browser says so, and no page can make it lie."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{request.get_host()}" or (ENV.is_https and origin == ENV.base_url)


def is_page(request: HttpRequest) -> bool:
    """Whether the answer will be shown as a page, rather than read by a script."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate" and "HX-Request" not in request.headers


def put_away(request: HttpRequest, compte: Compte) -> str:
    """What was typed in this form, sealed for this account; empty when there is nothing to keep."""
    if request.method != "POST" or request.path.startswith(OWN_PATHS):
        return ""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if not NEVER_KEPT.fullmatch(name)
        for value in values
        if isinstance(value, str)
    ]
    plain = json.dumps(
        {
            "path": request.get_full_path(),
            "fields": fields,
            "files": bool(request.FILES),
            "until": int(time.time()) + LIFE_SECONDS,
        },
        ensure_ascii=False,
    ).encode()
    if not (fields or request.FILES) or len(plain) > MOST_BYTES:
        return ""
    return base64.urlsafe_b64encode(sealed.seal(plain, purpose=PURPOSE, aad=compte.pk.bytes)).decode()


def take_out(token: str, compte: Compte) -> Reprise | None:
    """The form put away for this account; None when it was for another, is too old, or was changed."""
    try:
        plain = sealed.unseal(base64.urlsafe_b64decode(token), purpose=PURPOSE, aad=compte.pk.bytes)
        kept = json.loads(plain)
    except (sealed.SealError, ValueError):
        return None
    if kept["until"] < time.time() or urlsplit(kept["path"]).netloc:
        return None
    return Reprise(kept["path"], [(name, value) for name, value in kept["fields"]], kept["files"])


def forget_if_sent(request: HttpRequest) -> None:
    """The form taken up again has been sent: its copy is not needed any more."""
    token, user = request.session.get("reprise"), request.user
    if token and isinstance(user, Compte):
        kept = take_out(token, user)
        if kept is None or kept.path == request.get_full_path():
            del request.session["reprise"]
