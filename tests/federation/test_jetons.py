"""Tokens made by hand, where the provider cannot be told to make them: the clock to the second, odd shapes, odd keys."""

import base64
import json

import pytest
from joserfc import jwk, jwt

from enclos.comptes.federation import jetons
from enclos.comptes.federation.erreurs import Invalide

NOW = 1_800_000_000
ISSUER, CLIENT, NONCE = "https://fournisseur.example/api/v2", "enclos", "n" * 43
KEY = jwk.ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
OTHER = jwk.ECKey.generate_key("P-256", {"kid": "k2", "use": "sig", "alg": "ES256"})
CLAIMS = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "a" * 64 + "v1",
    "nonce": NONCE,
    "acr": "eidas1",
    "iat": NOW,
    "exp": NOW + 60,
}


def signed(claims: object = CLAIMS, *, key=KEY, header: dict[str, str] | None = None) -> str:
    return jwt.encode(header or {"alg": "ES256", "kid": "k1"}, claims, key, algorithms=["ES256"])


def keys(*several, fresh_only: bool = False):
    def source(*, fresh: bool):
        return [one.as_dict(private=False) for one in several] if fresh or not fresh_only else []

    return source


def check(**changes) -> None:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    now = claims.pop("now", NOW)
    jetons.check_id_token(
        claims, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, accepts=lambda acr: acr == "eidas1", now=now
    )


def test_a_right_token_is_read():
    assert jetons.read(signed(), keys(KEY, OTHER))["sub"] == CLAIMS["sub"]
    assert jetons.read(signed(), keys(KEY, fresh_only=True))["sub"] == CLAIMS["sub"]
    check()


@pytest.mark.parametrize(
    "changes",
    [
        {"now": NOW + 60 + 59},
        {"iat": NOW + 60},
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "autre"], "azp": CLIENT},
    ],
    ids=["late by less than a minute", "early by a minute", "list", "several audiences"],
)
def test_what_may_be(changes):
    check(**changes)


@pytest.mark.parametrize(
    ("changes", "motif"),
    [
        ({"now": NOW + 60 + 60}, "expiré"),
        ({"iat": NOW + 61}, "avenir"),
        ({"exp": None}, "exp absent"),
        ({"iat": None}, "iat absent"),
        ({"exp": "demain"}, "exp absent"),
        ({"exp": True}, "exp absent"),
        ({"iss": ISSUER + "/"}, "émetteur"),
        ({"iss": None}, "émetteur"),
        ({"aud": None}, "destinataire"),
        ({"aud": "enclos2"}, "destinataire"),
        ({"aud": ["autre"]}, "destinataire"),
        ({"aud": [CLIENT, "autre"]}, "destinataire"),
        ({"aud": {"enclos": 1}}, "destinataire"),
        ({"sub": ""}, "sujet"),
        ({"sub": None}, "sujet"),
        ({"sub": 12}, "sujet"),
        ({"sub": "x" * 256}, "sujet"),
        ({"nonce": None}, "nonce"),
        ({"nonce": NONCE[:-1]}, "nonce"),
        ({"nonce": ["n"]}, "nonce"),
        ({"acr": None}, "niveau"),
        ({"acr": "eidas0"}, "niveau"),
    ],
)
def test_what_may_not(changes, motif: str):
    with pytest.raises(Invalide, match=motif):
        check(**changes)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_token_of_an_odd_shape_is_refused():
    good = signed()
    header, payload, signature = good.split(".")
    for odd in (
        "", ".", "..", "a.b", "a.b.c.d", f"{header}.{payload}.", f"{header}..{signature}", f".{payload}.{signature}",
        f"{part([])}.{payload}.{signature}", f"{part({'kid': 'k1'})}.{payload}.{signature}", f"{part({'alg': 1})}.{payload}.{signature}",
        good + "x" * jetons.MOST_BYTES, "é.è.à", f"{part({'alg': 'ES256', 'kid': 'k1', 'crit': ['b64'], 'b64': False})}.{payload}.{signature}",
    ):  # fmt: skip
        with pytest.raises(Invalide):
            jetons.read(odd, keys(KEY))


def test_a_signature_by_another_key_of_the_same_name_is_refused():
    imposed = jwk.ECKey.generate_key("P-256", {"kid": "k1"})
    with pytest.raises(Invalide, match="signature"):
        jetons.read(signed(key=imposed), keys(KEY))


def test_a_token_that_names_no_key_is_read_when_there_is_one_alone():
    anonymous = signed(header={"alg": "ES256"})
    assert jetons.read(anonymous, keys(KEY))["iss"] == ISSUER
    with pytest.raises(Invalide, match="clé inconnue"):
        jetons.read(anonymous, keys(KEY, OTHER))


def test_the_key_that_a_token_carries_is_not_believed():
    thief = jwk.ECKey.generate_key("P-256", {"kid": "k1"})
    header = {"alg": "ES256", "kid": "k1", "jwk": thief.as_dict(private=False)}
    with pytest.raises(Invalide):
        jetons.read(signed(key=thief, header=header), keys(KEY))


def test_a_public_key_is_not_a_secret_to_sign_with():
    """HS256 with the published RSA key: the oldest confusion there is."""
    rsa = jwk.RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"})
    fake = f"{part({'alg': 'HS256', 'kid': 'r1'})}.{part(CLAIMS)}.c2lnbmF0dXJl"
    with pytest.raises(Invalide, match="HS256"):
        jetons.read(fake, keys(rsa))


@pytest.mark.parametrize("claims", ["[]", '"text"', "12", "not json"])
def test_claims_that_are_none_are_refused(claims: str):
    from joserfc import jws

    token = jws.serialize_compact({"alg": "ES256", "kid": "k1"}, claims.encode(), KEY, algorithms=["ES256"])
    with pytest.raises(Invalide):
        jetons.read(token, keys(KEY))
