"""A passkey made of software: it answers what a browser answers, byte for byte, and can be told to misbehave."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN, RP_ID = "http://localhost", "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authentificateur:
    """One key, once made for one account of one site."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    counts: bool = True  # a key shared between one's devices does not
    count: int = 0
    identifiant: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: bytes = b""

    def makes(self, options: dict[str, Any], **changes: Any) -> str:
        """What `navigator.credentials.create` answers; `changes` replace parts of it."""
        self.user_handle = unb64(options["user"]["id"])
        numbers = self.private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        data = (
            self.data(ATTESTED) + bytes(16) + len(self.identifiant).to_bytes(2) + self.identifiant + cbor2.dumps(cose)
        )
        client = self.client("webauthn.create", options["challenge"], **changes)
        response = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal", "hybrid"],
        }
        return self.answer(response)

    def signs(self, options: dict[str, Any], *, user_handle: bytes | None = None, **changes: Any) -> str:
        """What `navigator.credentials.get` answers."""
        client = self.client("webauthn.get", options["challenge"], **changes)
        if self.counts:
            self.count += 1
        data = self.data()
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        handle = self.user_handle if user_handle is None else user_handle
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(signature),
            "userHandle": b64(handle) if handle else None,
        }
        return self.answer(response)

    def answer(self, response: dict[str, Any]) -> str:
        name = b64(self.identifiant)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "authenticatorAttachment": "platform",
             "clientExtensionResults": {}, "response": response}
        )  # fmt: skip

    def data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4)

    def client(self, kind: str, asked: str, /, **changes: Any) -> bytes:
        told = {"type": kind, "challenge": asked, "origin": self.origin, "crossOrigin": False} | changes
        return json.dumps(told).encode()
