"""The second factor of agents: codes of six digits from a secret shared with their telephone (RFC 6238, SHA-1, 30 seconds)."""

import base64
import hmac
import secrets
import time
from urllib.parse import quote, urlencode

from enclos.comptes.models import Compte
from enclos.socle import sealed

STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1  # steps before and after the present one, for clocks that differ
SECRET_BYTES = 20  # RFC 4226 §4 R6 recommends 160 bits
PURPOSE = "totp"


def new_secret() -> bytes:
    """A secret to share once."""
    return secrets.token_bytes(SECRET_BYTES)


def base32(secret: bytes) -> str:
    """A secret as telephones take it."""
    return base64.b32encode(secret).decode().rstrip("=")


def code_at(secret: bytes, step: int) -> str:
    """The code of one step of thirty seconds (RFC 4226 §5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def current_step(now: float | None = None) -> int:
    """The number of the present step."""
    return int(time.time() if now is None else now) // STEP_SECONDS


def matching_step(secret: bytes, code: str, *, now: float | None = None) -> int | None:
    """The step whose code it is, or None; every step is compared whatever comes first."""
    present = current_step(now)
    matches = [step for step in range(present - DRIFT, present + DRIFT + 1) if same(code_at(secret, step), code)]
    return matches[-1] if matches else None


def same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def seal_secret(compte: Compte, secret: bytes) -> bytes:
    """The secret as the database keeps it, tied to its account."""
    return sealed.seal(secret, purpose=PURPOSE, aad=compte.pk.bytes)


def secret_of(compte: Compte) -> bytes | None:
    """The secret of an account, or None when it has none. Raises `SealError`."""
    if not compte.totp_sealed:
        return None
    return sealed.unseal(bytes(compte.totp_sealed), purpose=PURPOSE, aad=compte.pk.bytes)


def accept(compte: Compte, code: str) -> bool:
    """Whether `code` is right and had not been used: of two at once with the same code, one passes."""
    secret = secret_of(compte)
    step = matching_step(secret, code) if secret else None
    if step is None:
        return False
    return bool(Compte.objects.filter(pk=compte.pk, totp_last_step__lt=step).update(totp_last_step=step))


def address_for_telephone(secret: bytes, identifiant: str, issuer: str) -> str:
    """The `otpauth://` address that a telephone reads in a QR code."""
    label = f"{quote(issuer)}:{quote(identifiant)}"
    return f"otpauth://totp/{label}?" + urlencode({"secret": base32(secret), "issuer": issuer}, quote_via=quote)
