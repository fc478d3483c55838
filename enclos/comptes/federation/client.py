"""Speaking with a provider: its configuration, its keys, the exchange of a code, the identity.

Every call is bounded in time and size, follows no redirect, and holds no connection to the database while it waits.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils.crypto import constant_time_compare

from enclos.coffre.uploads import let_go_of_database
from enclos.comptes.federation import jetons
from enclos.comptes.federation.erreurs import FournisseurError, Invalide, Panne, incident_in
from enclos.comptes.federation.fournisseurs import Fournisseur
from enclos.comptes.federation.jetons import Claims

if TYPE_CHECKING:
    from requests import Response

    from enclos.comptes.federation.etat import Demande

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.05, 5.0, 8.0
MOST_BYTES = 500_000
KEPT_SECONDS = 3600  # standards §4.1: at most one hour
CALLS_AT_ONCE = 24  # in one process: a provider that hangs must not take the threads of those who do without it
WELL_KNOWN = "/.well-known/openid-configuration"

_turns = threading.BoundedSemaphore(CALLS_AT_ONCE)
_kept: dict[str, tuple[float, Any]] = {}


@dataclass(frozen=True)
class Identite:
    """Who somebody is, as a provider proved it."""

    emetteur: str
    sujet: str
    acr: str
    amr: tuple[str, ...]
    claims: Claims
    jeton: str  # the id token itself: it ends the session over there


def forget_all() -> None:
    """Read every configuration again at the next call."""
    _kept.clear()


@contextmanager
def speaking() -> Iterator[None]:
    """A turn, without the database; whatever fails on the network is a `Panne`."""
    from requests.exceptions import RequestException  # 0.3 s that the other pages are spared

    if not _turns.acquire(blocking=False):
        raise Panne("trop d’échanges en même temps")
    try:
        let_go_of_database()
        yield
    except (RequestException, OSError) as error:
        raise Panne(f"réseau : {type(error).__name__}") from error
    finally:
        _turns.release()


def opened(fournisseur: Fournisseur, redirect_uri: str = "") -> Any:
    """An Authlib session whose answers are bounded."""
    from authlib.integrations.requests_client import OAuth2Session  # nearly a second: at the first use alone

    from enclos.comptes.federation.bornes import BoundedAdapter

    session = OAuth2Session(
        fournisseur.client_id,
        fournisseur.client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 (the name of a method)
        code_challenge_method="S256",
        scope=fournisseur.scope,
        redirect_uri=redirect_uri,
        leeway=0,  # an access token lives 60 seconds: with the usual leeway it would be born expired
    )
    session.trust_env = not fournisseur.is_of_this_machine
    for prefix in ("https://", "http://"):
        session.mount(prefix, BoundedAdapter(CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS, MOST_BYTES))
    return session


def read_json(fournisseur: Fournisseur, url: str, *, fresh: bool = False) -> Claims:
    """A public document of the provider, kept an hour. Raises `Panne` or `Invalide`."""
    kept = _kept.get(url)
    if kept is not None and not fresh and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]  # type: ignore[no-any-return]
    with speaking(), opened(fournisseur) as session:
        response = session.get(url, withhold_token=True, allow_redirects=False)
        told = document(response)
    if url.endswith(WELL_KNOWN):
        check_metadata(fournisseur, told)
    _kept[url] = (time.monotonic(), told)
    return told


def document(response: "Response") -> Claims:
    if response.status_code != 200:
        raise Panne(f"configuration : {response.status_code}")
    try:
        told = response.json()
    except ValueError:
        raise Panne("configuration : illisible") from None
    if not isinstance(told, dict):
        raise Invalide("configuration : forme")
    return told


def check_metadata(fournisseur: Fournisseur, told: Claims) -> None:
    """It speaks for the issuer we know, and its addresses are safe. Raises `Invalide`."""
    if told.get("issuer") != fournisseur.emetteur:
        raise Invalide("configuration : émetteur")
    wanted = ["authorization_endpoint", "token_endpoint", "jwks_uri"]
    wanted += ["userinfo_endpoint"] if fournisseur.reads_userinfo else []
    optional = ["end_session_endpoint"] if told.get("end_session_endpoint") else []
    for name in wanted + optional:
        parts = urlsplit(str(told.get(name, "")))
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and fournisseur.is_of_this_machine)
        if not (is_safe and parts.hostname):
            raise Invalide(f"configuration : {name}")


def metadata(fournisseur: Fournisseur) -> Claims:
    """What the provider publishes of itself. Raises `Panne` or `Invalide`."""
    return read_json(fournisseur, fournisseur.emetteur.rstrip("/") + WELL_KNOWN)


def keys_of(fournisseur: Fournisseur) -> jetons.KeySource:
    def keys(*, fresh: bool) -> list[Claims]:
        told = read_json(fournisseur, metadata(fournisseur)["jwks_uri"], fresh=fresh).get("keys")
        return [key for key in told if isinstance(key, dict)] if isinstance(told, list) else []

    return keys


def authorization_url(fournisseur: Fournisseur, demande: "Demande", redirect_uri: str, *, login_hint: str = "") -> str:
    """Where the browser goes to say who it is (standards §4.2). Raises `Panne` or `Invalide`."""
    endpoint = metadata(fournisseur)["authorization_endpoint"]
    extra = {"nonce": demande.nonce}
    extra |= {"acr_values": fournisseur.acr} if fournisseur.acr else {}
    extra |= {"claims": fournisseur.claims} if fournisseur.claims else {}
    extra |= {"login_hint": login_hint} if login_hint else {}
    with opened(fournisseur, redirect_uri) as session:
        url, _ = session.create_authorization_url(
            endpoint, state=demande.state, code_verifier=demande.verifier, **extra
        )
    return str(url)


def check_return(fournisseur: Fournisseur, iss: str | None) -> None:
    """The `iss` of the return (RFC 9207): required of who says it sends one. Raises `Invalide` or `Panne`."""
    is_promised = metadata(fournisseur).get("authorization_response_iss_parameter_supported") is True
    if (iss is None and is_promised) or (iss is not None and iss != fournisseur.emetteur):
        raise Invalide("retour : émetteur")


def identify(fournisseur: Fournisseur, demande: "Demande", code: str, redirect_uri: str) -> Identite:
    """Exchange a code at once (it lives 30 seconds), check what comes back. Raises `Panne` or `Invalide`."""
    from authlib.integrations.base_client.errors import OAuthError

    told = metadata(fournisseur)
    refused: list[str] = []

    def note_refusal(response: "Response") -> "Response":
        if response.status_code in {400, 401}:
            refused.append(error_uri_of(response))
        return response

    with opened(fournisseur, redirect_uri) as session:
        session.register_compliance_hook("access_token_response", note_refusal)
        try:
            with speaking():
                token = session.fetch_token(
                    told["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=demande.verifier,
                    allow_redirects=False,
                )
        except OAuthError as error:
            raise Invalide(f"échange : {str(error.error)[:40]}", incident="".join(refused)) from error
        except ValueError:
            raise Panne("échange : illisible") from None
        if not isinstance(token.get("id_token"), str) or not token.get("access_token"):
            raise Invalide("échange : jeton absent")
        keys = keys_of(fournisseur)
        proved = claims = jetons.read(token["id_token"], keys)
        jetons.check_id_token(
            proved,
            issuer=fournisseur.emetteur,
            client_id=fournisseur.client_id,
            nonce=demande.nonce,
            accepts=fournisseur.accepts,
        )
        if fournisseur.reads_userinfo:
            claims = userinfo(fournisseur, session, told["userinfo_endpoint"], proved["sub"], keys) | proved
    amr = proved.get("amr")  # of the signed token alone: it may spare the second factor
    return Identite(
        emetteur=fournisseur.emetteur,
        sujet=proved["sub"],
        acr=str(proved.get("acr", ""))[:40],
        amr=tuple(str(one) for one in amr) if isinstance(amr, list) else (),
        claims=claims,
        jeton=token["id_token"],
    )


def error_uri_of(response: "Response") -> str:
    try:
        told = response.json()
    except ValueError:
        return ""
    return incident_in(str(told.get("error_uri", ""))) if isinstance(told, dict) else ""


def userinfo(fournisseur: Fournisseur, session: Any, url: str, sub: str, keys: jetons.KeySource) -> Claims:
    """The identity: a signed token too, of the same person. Raises `Panne` or `Invalide`."""
    with speaking():
        response = session.get(url, allow_redirects=False)
    if response.status_code != 200:
        raise Panne(f"identité : {response.status_code}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "application/jwt":
        claims = jetons.read(response.text, keys)
        jetons.check_issued(claims, issuer=fournisseur.emetteur, client_id=fournisseur.client_id)
    elif kind == "application/json" and not fournisseur.must_sign_userinfo:
        claims = document(response)
    else:
        raise Invalide("identité : type")
    if not constant_time_compare(str(claims.get("sub", "")), sub):
        raise Invalide("identité : sujet")
    return claims


__all__ = ["FournisseurError", "Identite", "authorization_url", "check_return", "forget_all", "identify", "metadata"]
