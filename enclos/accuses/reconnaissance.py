"""Whether a PDF carries a seal of ours, untouched, told from its bytes alone.

A file that a stranger drops is never parsed as a PDF in a web worker. It does not need to be: what our seal covers is every
byte of the file but the signature itself, and what we signed is harmless by construction. So we look for the one place where
a signature of ours stands, check that it covers all the rest, then the signature; anything else is not ours.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from enclos.accuses.cachet import Seal, der_of

BYTE_RANGE = re.compile(rb"/ByteRange \[(\d{1,8}) (\d{1,8}) (\d{1,8}) (\d{1,8})\]")
CONTENTS = re.compile(rb"<((?:[0-9A-F]{2})+)>")


def sealed_by(pdf: bytes, seals: Iterable[Seal]) -> Seal | None:
    """The seal of ours that covers the whole of `pdf`, or None when it bears none or a byte changed since."""
    found = BYTE_RANGE.findall(pdf)
    if not found:
        return None
    start, first, gap_end, rest = (int(number) for number in found[-1])
    if start != 0 or not 0 < first < gap_end or gap_end + rest != len(pdf):
        return None
    contents = CONTENTS.fullmatch(pdf[first:gap_end])
    if not contents:
        return None
    message = hashlib.sha256(pdf[:first] + pdf[gap_end:]).digest()
    return signed_by(bytes.fromhex(contents[1].decode()), message, seals)


def signed_by(padded: bytes, message: bytes, seals: Iterable[Seal]) -> Seal | None:
    """The seal that made this CMS signature over a SHA-256 `message` digest."""
    # 0.15 s to import, for the few who drop a file we do not know.
    from asn1crypto import cms

    length = der_length(padded)
    if length is None or padded[length:].strip(b"\0"):
        return None
    try:
        content = cms.ContentInfo.load(padded[:length], strict=True)
        signed_data = content["content"]
        (signer,) = signed_data["signer_infos"]
        attributes = signer["signed_attrs"]
        digests = [
            attribute["values"][0].native for attribute in attributes if attribute["type"].native == "message_digest"
        ]
        covered = attributes.untag().dump()
        signature = signer["signature"].native
        carried = {bytes(choice.chosen.dump()) for choice in signed_data["certificates"]}
    except (ValueError, TypeError, KeyError):
        return None
    if len(digests) != 1 or not hmac.compare_digest(digests[0], message):
        return None
    for seal in seals:
        if der_of(seal.certificate) in carried and verifies(seal, signature, covered):
            return seal
    return None


def verifies(seal: Seal, signature: bytes, covered: bytes) -> bool:
    key = seal.certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, covered, ec.ECDSA(hashes.SHA256()))
            return True
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, covered, padding.PKCS1v15(), hashes.SHA256())
            return True
    except InvalidSignature:
        pass
    return False


def der_length(data: bytes) -> int | None:
    """How many bytes the DER value at the head of `data` takes, or None when there is no whole one."""
    if len(data) < 2:
        return None
    size, head = data[1], 2
    if size & 0x80:
        width = size & 0x7F
        head += width
        if not 0 < width <= 4 or len(data) < head:
            return None
        size = int.from_bytes(data[2:head])
    return head + size if head + size <= len(data) else None
