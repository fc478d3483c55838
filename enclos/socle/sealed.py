"""Values sealed in the database: AES-256-GCM, a key id in each, and a blind index to find a NIR without opening it."""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.env import ENV

NONCE_BYTES = 12


class SealError(Exception):
    """The value was changed, moved to another row, or sealed by a key that is not here."""


@dataclass(frozen=True)
class Key:
    """One key of 32 bytes and the name it leaves in what it seals."""

    name: str
    secret: bytes


class Keyring:
    """The first key seals; each opens what it sealed."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.active = keys[0]
        self._ciphers = {key.name: AESGCM(key.secret) for key in keys}
        name = self.active.name.encode()
        self._prefix = bytes([len(name)]) + name
        self._encrypt = self._ciphers[self.active.name].encrypt

    @property
    def names(self) -> list[str]:
        return list(self._ciphers)

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        """`name|nonce|ciphertext`; `aad` ties the value to its purpose and row."""
        nonce = os.urandom(NONCE_BYTES)
        return self._prefix + nonce + self._encrypt(nonce, plain, aad)

    def unseal(self, token: bytes, aad: bytes) -> bytes:
        """Open `token`; raises `SealError`."""
        start = 1 + token[0] if token else 1
        cipher = self._ciphers.get(token[1:start].decode("ascii", "replace"))
        if cipher is None:
            raise SealError("the key that sealed this value is not in the ring")
        try:
            return cipher.decrypt(token[start : start + NONCE_BYTES], token[start + NONCE_BYTES :], aad)
        except (InvalidTag, ValueError) as error:  # ValueError: cut so short that its nonce is not whole
            raise SealError("the sealed value does not open") from error


def keys_from(texts: Sequence[str], purpose: str) -> list[Key]:
    """Keys written `name:base64`; outside production, one drawn from the secret key when none is given."""
    if not texts:
        return [Key("derivee", derived(purpose))]
    pairs = [text.split(":", 1) for text in texts]
    return [Key(name, base64.b64decode(secret)) for name, secret in pairs]


def derived(purpose: str) -> bytes:
    """32 bytes drawn from the secret key. Raises `SealError` in production, where each use has a key of its own.

    System checks say so before; a server started without them must not seal with what it cannot open again later.
    """
    if ENV.is_production:
        raise SealError(f"no key was given for « {purpose} »")
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(ENV.secret_key.encode())


@cache
def field_ring() -> Keyring:
    """The keys of values sealed in columns (`ENCLOS_FIELD_KEYS`)."""
    return Keyring(keys_from(ENV.field_keys, "champs"))


@cache
def index_key() -> bytes:
    """The key of blind indexes (`ENCLOS_INDEX_KEY`), kept outside the database: a NIR can be guessed from a plain hash."""
    return base64.b64decode(ENV.index_key) if ENV.index_key else derived("index")


@cache
def attestation_key() -> bytes:
    """Drawn from the key of blind indexes: it is outside the database too, and changes as seldom."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"attestation").derive(index_key())


@cache
def index_mac() -> hmac.HMAC:
    return hmac.new(index_key(), digestmod=hashlib.sha256)


def seal(plain: bytes, *, purpose: str, aad: bytes = b"") -> bytes:
    """Seal a value for one purpose and one row."""
    return field_ring().seal(plain, purpose.encode() + b"\0" + aad)


def unseal(token: bytes, *, purpose: str, aad: bytes = b"") -> bytes:
    """Open what `seal` closed with the same purpose and row; raises `SealError`."""
    return field_ring().unseal(bytes(token), purpose.encode() + b"\0" + aad)


def blind_index(value: str) -> str:
    """64 hexadecimal signs that find a value, and from which it cannot be found."""
    mac = index_mac().copy()  # an import computes one a row: starting from the key each time costs as much again
    mac.update(value.encode())
    return mac.hexdigest()


def attest(text: str) -> str:
    """64 hexadecimal signs that nobody could have written who holds the database alone."""
    return hmac.new(attestation_key(), text.encode(), hashlib.sha256).hexdigest()
