"""Bytes sealed for the storage: each object has its own data key, itself wrapped by a vault key kept elsewhere.

A sealed object is one version byte, seven random bytes, then chunks of 64 KiB, each AES-256-GCM with its tag. The nonce of
a chunk is those seven bytes, its number and a flag for the last one (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár); the object's id and the number are authenticated with it. So a chunk that was changed, moved, dropped or
taken from another object does not open, and neither does an object cut at a chunk's end.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.env import ENV
from enclos.socle.identifiants import uuid7
from enclos.socle.sealed import Keyring, SealError, keys_from

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
VERSION = b"\x01"
PREFIX_BYTES = 7
HEADER_BYTES = len(VERSION) + PREFIX_BYTES
KEY_BYTES = 32

type Buffer = bytes | bytearray | memoryview


@cache
def vault_ring() -> Keyring:
    """The keys that wrap data keys (`ENCLOS_VAULT_KEYS`); a system check refuses a derived one in production."""
    return Keyring(keys_from(ENV.vault_keys, "coffre"))


@dataclass(frozen=True)
class DataKey:
    """The key of one object, for that object only."""

    objet_id: UUID = field(default_factory=uuid7)
    secret: bytes = field(default_factory=lambda: os.urandom(KEY_BYTES), repr=False)

    @classmethod
    def unwrapped(cls, objet_id: UUID, wrapped: bytes | memoryview) -> "DataKey":
        """The key of a stored object; raises `SealError` when no vault key opens it."""
        return cls(objet_id, vault_ring().unseal(bytes(wrapped), objet_id.bytes))

    def wrapped(self) -> tuple[bytes, str]:
        """The key as its row keeps it, and the name of the vault key that wrapped it."""
        ring = vault_ring()
        return ring.seal(self.secret, self.objet_id.bytes), ring.active.name

    def aad(self, number: int) -> bytes:
        return self.objet_id.bytes + number.to_bytes(8)


def nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes([is_last])


class Sealer:
    """Seals what it is given piece by piece, and knows at the end the size and SHA-256 of it all."""

    def __init__(self, key: DataKey) -> None:
        self.key = key
        self.taille = 0  # bytes given
        self._digest = hashlib.sha256()
        self._cipher = AESGCM(key.secret)
        self._prefix = os.urandom(PREFIX_BYTES)
        self._number = 0
        self._rest = bytearray()
        self._head = VERSION + self._prefix

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def update(self, data: Buffer) -> bytes:
        """What can be written now; maybe nothing."""
        self._digest.update(data)
        self.taille += len(data)
        self._rest += data
        pieces, start = [self._take_head()], 0
        with memoryview(self._rest) as rest:
            # Strictly more: the last chunk is known only at the end, and is never empty unless the object is.
            while len(rest) - start > CHUNK_BYTES:
                pieces.append(self._seal(rest[start : start + CHUNK_BYTES], is_last=False))
                start += CHUNK_BYTES
        del self._rest[:start]
        return b"".join(pieces)

    def finish(self) -> bytes:
        return self._take_head() + self._seal(self._rest, is_last=True)

    def _take_head(self) -> bytes:
        head, self._head = self._head, b""
        return head

    def _seal(self, data: Buffer, *, is_last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return self._cipher.encrypt(nonce(self._prefix, number, is_last=is_last), data, self.key.aad(number))


def sealed(data: Iterable[Buffer], sealer: Sealer) -> Iterator[bytes]:
    """Seal a stream with `sealer`, which then knows its size and SHA-256."""
    for piece in data:
        if out := sealer.update(piece):
            yield out
    yield sealer.finish()


def opened(pieces: Iterable[Buffer], key: DataKey) -> Iterator[bytes]:
    """Open a sealed stream, chunk by chunk: nothing comes out that was not authenticated.

    Raises `SealError` where it was changed, reordered or cut, or when it is another object's.
    """
    cipher = AESGCM(key.secret)
    rest = bytearray()
    prefix, number = b"", 0

    def unseal(data: Buffer, *, is_last: bool) -> bytes:
        try:
            return cipher.decrypt(nonce(prefix, number, is_last=is_last), data, key.aad(number))
        except InvalidTag as error:
            raise SealError(f"chunk {number} of object {key.objet_id} does not open") from error

    for piece in pieces:
        rest += piece
        start = 0
        if not prefix and len(rest) >= HEADER_BYTES:
            if rest[:1] != VERSION:
                raise SealError(f"object {key.objet_id} is not sealed in a version known here")
            prefix, start = bytes(rest[1:HEADER_BYTES]), HEADER_BYTES
        while prefix and len(rest) - start > SEALED_CHUNK_BYTES:
            yield unseal(rest[start : start + SEALED_CHUNK_BYTES], is_last=False)
            start, number = start + SEALED_CHUNK_BYTES, number + 1
        del rest[:start]
    if not prefix or len(rest) < TAG_BYTES:
        raise SealError(f"object {key.objet_id} is cut short")
    yield unseal(rest, is_last=True)
