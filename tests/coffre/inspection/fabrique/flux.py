"""Compressed streams that would take long to write honestly."""

import struct
import zlib


def repeated(piece: bytes, times: int) -> bytes:
    """Compress `piece` once and repeat its coded form: the same stream as `piece * times`, without the wait."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    coded = engine.compress(piece) + engine.flush(zlib.Z_FULL_FLUSH)
    total = 1
    for _ in range(times):
        total = zlib.adler32(piece, total)
    return b"\x78\xda" + coded * times + b"\x03\x00" + struct.pack(">I", total)
