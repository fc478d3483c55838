"""Signed tokens: each check of standards §4.4, by joserfc. Nothing of a token is believed before its signature."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, Protocol

from django.utils.crypto import constant_time_compare

from enclos.comptes.federation.erreurs import Invalide

# Asymmetric alone: with HS256 the secret that we send at each exchange would sign; `none` signs nothing.
KEY_TYPES = {"ES256": "EC", "RS256": "RSA"}
SKEW_SECONDS = 60
MOST_BYTES = 200_000
type Claims = dict[str, Any]


class KeySource(Protocol):
    """The keys that the issuer publishes, read again when `fresh`."""

    def __call__(self, *, fresh: bool) -> list[Claims]: ...


def header_of(token: str) -> Claims:
    """What a token says of its own signature. Raises `Invalide`."""
    if len(token) > MOST_BYTES or token.count(".") != 2:
        raise Invalide("jeton : forme")
    first = token.split(".", 1)[0]
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        raise Invalide("jeton : forme") from None
    if not isinstance(header, dict) or not isinstance(header.get("alg"), str):
        raise Invalide("jeton : forme")
    return header


def key_for(header: Claims, keys: list[Claims]) -> Claims | None:
    """The one key that the header names, of the type that its algorithm wants."""
    alg, kid = header["alg"], header.get("kid")
    fitting = [
        key
        for key in keys
        if key.get("kty") == KEY_TYPES[alg] and key.get("use", "sig") == "sig" and key.get("alg", alg) == alg
    ]
    if kid is not None:
        fitting = [key for key in fitting if key.get("kid") == kid]
    return fitting[0] if len(fitting) == 1 else None


def read(token: str, keys: KeySource) -> Claims:
    """The claims of a token whose signature is right. Raises `Invalide`, or what `keys` raises.

    A key that is not known may be new: the published ones are read again, once.
    """
    from joserfc import jwk, jwt  # 0.2 s of a start that most processes never need
    from joserfc.errors import JoseError

    header = header_of(token)
    if header["alg"] not in KEY_TYPES:
        raise Invalide(f"jeton : algorithme {header['alg'][:10]}")
    found = key_for(header, keys(fresh=False)) or key_for(header, keys(fresh=True))
    if found is None:
        raise Invalide("jeton : clé inconnue")
    try:
        return jwt.decode(token, jwk.import_key(found), algorithms=[header["alg"]]).claims
    except (JoseError, ValueError):
        raise Invalide("jeton : signature") from None


def check_issued(claims: Claims, *, issuer: str, client_id: str) -> None:
    """By whom, and for whom. Raises `Invalide`."""
    if claims.get("iss") != issuer:
        raise Invalide("jeton : émetteur")
    audience = claims.get("aud")
    told = [audience] if isinstance(audience, str) else audience
    if not isinstance(told, list) or client_id not in told:
        raise Invalide("jeton : destinataire")
    if len(told) > 1 and claims.get("azp") != client_id:
        raise Invalide("jeton : destinataire")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise Invalide("jeton : sujet")


def check_id_token(
    claims: Claims, *, issuer: str, client_id: str, nonce: str, accepts: Callable[[str], bool], now: float | None = None
) -> None:
    """Everything but the signature. Raises `Invalide`."""
    check_issued(claims, issuer=issuer, client_id=client_id)
    now = time.time() if now is None else now
    for name in ("exp", "iat"):
        if not isinstance(claims.get(name), int | float) or isinstance(claims[name], bool):
            raise Invalide(f"jeton : {name} absent")
    if claims["exp"] <= now - SKEW_SECONDS:
        raise Invalide("jeton : expiré")
    if claims["iat"] > now + SKEW_SECONDS:
        raise Invalide("jeton : daté de l’avenir")
    if not isinstance(claims.get("nonce"), str) or not constant_time_compare(claims["nonce"], nonce):
        raise Invalide("jeton : nonce")
    if not accepts(str(claims.get("acr", ""))):
        raise Invalide("jeton : niveau")
