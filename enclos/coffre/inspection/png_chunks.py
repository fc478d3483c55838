"""Walk through the chunks of a PNG (ISO/IEC 15948) without inflating it, to cut, clean and measure it."""

import struct
import zlib
from dataclasses import dataclass

from enclos.coffre.inspection.jpeg_segments import exif, has_trailing
from enclos.coffre.inspection.refus import FileRefusal

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs"}


@dataclass(frozen=True, kw_only=True)
class Png:
    """What the chunks say. `clean` is the same picture, to the bit, without metadata nor animation."""

    width: int
    height: int
    bits: int
    has_alpha: bool
    is_interlaced: bool
    is_animated: bool
    has_position: bool
    has_trailing: bool  # something stands after the end of the picture
    clean: bytes


def walk(data: bytes) -> Png:
    """Read the chunks of a PNG that starts at byte 0, checking each sum.

    Raises `FileRefusal`: `tronque` when the data stops before the end of the picture, `image_illisible` otherwise.
    """
    if data[:8] != SIGNATURE:
        raise FileRefusal("image_illisible")
    position, kept, header = 8, [SIGNATURE], b""
    is_animated = has_transparency = has_position = False
    while True:
        if position + 12 > len(data):
            raise FileRefusal("tronque")
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise FileRefusal("tronque")
        if not header and (name != b"IHDR" or length != 13):
            raise FileRefusal("image_illisible")
        if name in _KEPT:
            body = memoryview(data)[position + 4 : end - 4]
            if zlib.crc32(body) != struct.unpack_from(">I", data, end - 4)[0]:
                raise FileRefusal("image_illisible")
            kept.append(data[position:end])
            if name == b"IHDR":
                header = bytes(body[4:])
            has_transparency |= name == b"tRNS"
        elif name[0] & 0x20 == 0:  # an unknown critical chunk: the picture cannot be understood without it
            raise FileRefusal("image_illisible")
        is_animated |= name == b"acTL"
        has_position |= name == b"eXIf" and exif(data[position + 8 : end - 4])[1]
        position = end
        if name == b"IEND":
            break
    width, height, bits, colour, _compression, _filter, interlace = struct.unpack(">IIBBBBB", header)
    if not width or not height:
        raise FileRefusal("image_illisible")
    return Png(
        width=width,
        height=height,
        bits=bits,
        has_alpha=bool(colour & 4) or has_transparency,
        is_interlaced=bool(interlace),
        is_animated=is_animated,
        has_position=has_position,
        has_trailing=has_trailing(data, position),
        clean=b"".join(kept),
    )
