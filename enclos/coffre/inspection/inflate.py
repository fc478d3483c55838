"""Measure what the streams of a PDF unfold to, stopping at a bound: nothing else may unfold them before.

A bomb of 1 kB unfolds to 300 MB through nested filters; readers that trust the file eat that memory first.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Sequence

STEP = 64 * 1024

# Their output is a picture whose size its header bounds; they can only come last.
PICTURE_FILTERS = {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}

_SHORT_NAMES = {
    "/Fl": "/FlateDecode",
    "/LZW": "/LZWDecode",
    "/RL": "/RunLengthDecode",
    "/AHx": "/ASCIIHexDecode",
    "/A85": "/ASCII85Decode",
}


class TooMuch(Exception):
    """The stream unfolds to more than its bound."""


class Broken(Exception):
    """The stream cannot be unfolded: a filter is unknown, or its data makes no sense."""


def unfold(raw: bytes, filters: Sequence[str], limit: int) -> bytes:
    """Undo every filter but a final picture filter. Raises `TooMuch` past `limit` bytes at any stage, and `Broken`."""
    data = raw
    for index, name in enumerate(filters):
        if name in PICTURE_FILTERS:
            if index != len(filters) - 1:
                raise Broken(name)
            break
        match _SHORT_NAMES.get(name, name):
            case "/FlateDecode":
                data = _inflate(data, limit)
            case "/RunLengthDecode":
                data = _run_length(data, limit)
            case "/ASCIIHexDecode":
                data = _hexadecimal(data)
            case "/ASCII85Decode":
                data = _ascii85(data)
            case "/LZWDecode":
                # Only its length is known, so nothing may follow it.
                if index != len(filters) - 1:
                    raise Broken(name)
                return bytes(_lzw_length(data, limit))
            case "/Crypt":
                continue
            case _:
                raise Broken(name)
        if len(data) > limit:
            raise TooMuch
    return data


def unfolded_length(raw: bytes, filters: Sequence[str], limit: int) -> int:
    """Count what `unfold` would give, without keeping it when the only filter is Flate, as nearly always."""
    if [_SHORT_NAMES.get(name, name) for name in filters] == ["/FlateDecode"]:
        return _inflated_length(raw, limit)
    return len(unfold(raw, filters, limit))


def _inflated_length(raw: bytes, limit: int) -> int:
    engine, total, pending = zlib.decompressobj(), 0, raw
    while pending and not engine.eof:
        try:
            total += len(engine.decompress(pending, STEP))
        except zlib.error as error:
            if total:
                break  # readers show what came before the fault, and so do we
            raise Broken("flate") from error
        if total > limit:
            raise TooMuch
        pending = engine.unconsumed_tail
    return total


def _inflate(raw: bytes, limit: int) -> bytes:
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(raw, limit + 1)
    except zlib.error as error:
        raise Broken("flate") from error
    if len(data) > limit:
        raise TooMuch
    return data


def _run_length(raw: bytes, limit: int) -> bytes:
    pieces, total, position = [], 0, 0
    while position < len(raw) and raw[position] != 128:
        length = raw[position]
        if length < 128:
            piece = raw[position + 1 : position + 2 + length]
            position += length + 2
        else:
            piece = raw[position + 1 : position + 2] * (257 - length)
            position += 2
        pieces.append(piece)
        total += len(piece)
        if total > limit:
            raise TooMuch
    return b"".join(pieces)


def _hexadecimal(raw: bytes) -> bytes:
    digits = re.sub(rb"\s", b"", raw.split(b">")[0])
    try:
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error as error:
        raise Broken("hexadecimal") from error


def _ascii85(raw: bytes) -> bytes:
    try:
        return base64.a85decode(raw.split(b"~")[0])
    except ValueError as error:
        raise Broken("ascii85") from error


def _lzw_length(raw: bytes, limit: int) -> int:
    """Count what LZW data unfolds to, keeping only the lengths of the strings in its table."""
    lengths = [1] * 256 + [0, 0]
    width, bits, available, total, previous = 9, 0, 0, 0, 0
    for byte in raw:
        bits, available = (bits << 8 | byte) & 0xFFFFFFFF, available + 8
        if available < width:
            continue
        available -= width
        code = bits >> available & ((1 << width) - 1)
        if code == 257:
            break
        if code == 256:
            del lengths[258:]
            width, previous = 9, 0
            continue
        if code < len(lengths):
            length = lengths[code]
        elif code == len(lengths) and previous:
            length = previous + 1
        else:
            raise Broken("lzw")
        if previous and len(lengths) < 4096:
            lengths.append(previous + 1)
        width = min(12, max(9, (len(lengths) + 1).bit_length()))
        total, previous = total + length, length
        if total > limit:
            raise TooMuch
    return total
