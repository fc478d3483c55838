"""An identity that FranceConnect proved, of somebody who has no account yet: kept in the browser's session while it is opened."""

import base64
import json
import secrets
import time
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.http import HttpRequest

from enclos.comptes.access import session_of
from enclos.comptes.federation.client import Identite
from enclos.registre.models import Personne
from enclos.socle import sealed

CLE = "federation_attente"
PURPOSE = "attente"
LIFE_SECONDS = 1800


@dataclass(frozen=True)
class Attente:
    """Whom FranceConnect proved, by which identity, and what they typed since."""

    personne: UUID
    emetteur: str
    sujet: str
    acr: str
    jeton: str
    end_session: str
    lien: str  # what the code sent to the address belongs to
    at: int
    courriel: str = ""
    conditions_version: str = ""
    conditions_sha256: str = ""

    @property
    def identite(self) -> Identite:
        return Identite(self.emetteur, self.sujet, self.acr, (), {}, self.jeton)


def keep(request: HttpRequest, personne: Personne, identite: Identite, end_session: str) -> None:
    """Remember it, sealed: the id token is worth a session over there."""
    attente = Attente(
        personne=personne.pk,
        emetteur=identite.emetteur,
        sujet=identite.sujet,
        acr=identite.acr,
        jeton=identite.jeton,
        end_session=end_session,
        lien=secrets.token_hex(16),
        at=int(time.time()),
    )
    write(request, attente)


def write(request: HttpRequest, attente: Attente) -> None:
    plain = json.dumps(asdict(attente) | {"personne": str(attente.personne)}).encode()
    session_of(request)[CLE] = base64.b64encode(sealed.seal(plain, purpose=PURPOSE)).decode()


def read(request: HttpRequest) -> Attente | None:
    """What is waited for in this browser; None when there is nothing, or for too long."""
    try:
        told = json.loads(sealed.unseal(base64.b64decode(session_of(request).get(CLE, "")), purpose=PURPOSE))
    except (sealed.SealError, ValueError):
        return None
    attente = Attente(**(told | {"personne": UUID(told["personne"])}))
    return attente if 0 <= time.time() - attente.at <= LIFE_SECONDS else None


def with_address(request: HttpRequest, attente: Attente, courriel: str, *, version: str, sha256: str) -> Attente:
    """The address typed, and the conditions accepted with it."""
    filled = replace(attente, courriel=courriel, conditions_version=version, conditions_sha256=sha256)
    write(request, filled)
    return filled
