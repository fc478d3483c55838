"""What is waited for from a provider: bound to the browser's own session, for ten minutes, for one use."""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from enclos.comptes.access import session_of
from enclos.comptes.models import Session

CLE = "federation"  # in the session: each request by its state
LIFE_SECONDS = 600
MOST = 4  # tabs of one browser


@dataclass(frozen=True)
class Demande:
    """One departure towards a provider."""

    state: str
    nonce: str
    verifier: str  # PKCE
    fournisseur: str
    but: str  # "connexion" or "association"
    suite: str
    reprise: str  # what was typed before the session ended, sealed
    at: int


def begin(request: HttpRequest, *, fournisseur: str, but: str, suite: str, reprise: str = "") -> Demande:
    """Remember a departure in the session."""
    demande = Demande(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        fournisseur=fournisseur,
        but=but,
        suite=suite[:500],
        reprise=reprise,
        at=int(time.time()),
    )
    session = session_of(request)
    kept: list[dict[str, Any]] = session.get(CLE, [])
    session[CLE] = [*kept, asdict(demande)][-MOST:]
    return demande


def take(request: HttpRequest, state: str, *, fournisseur: str) -> Demande | None:
    """The departure that this return answers, taken out of the session; None when there is none, or it is too old.

    Of two returns at once, the database lets one through: the row changes only if nobody changed it before.
    """
    session = session_of(request)
    kept: list[dict[str, Any]] = session.get(CLE, [])
    found = [one for one in kept if constant_time_compare(one["state"], state)]
    row = session.row
    if not found or row is None:
        return None
    session[CLE] = [one for one in kept if one is not found[0]]
    if not session[CLE]:
        del session[CLE]
    if not replace_data(row, session.encode(dict(session.items()))):
        return None
    demande = Demande(**found[0])
    is_fresh = 0 <= time.time() - demande.at <= LIFE_SECONDS
    return demande if is_fresh and demande.fournisseur == fournisseur else None


def replace_data(row: Session, data: str) -> bool:
    """Write the data of a session, unless somebody did since it was read."""
    changed = Session.objects.filter(pk=row.pk, session_data=row.session_data).update(session_data=data)
    row.session_data = data
    return bool(changed)
