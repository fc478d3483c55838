"""Walk through the segments of a JPEG (ITU-T T.81, annex B) without decoding it, to cut, clean and measure it."""

import re
import struct
from dataclasses import dataclass

from enclos.coffre.inspection.refus import FileRefusal

_SOI, _EOI, _SOS, _APP0, _APP1, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xFE
_SOF = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
# In coded data a marker is FF followed by neither 00 (a plain FF), nor a restart D0-D7, nor FF (filling).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, kw_only=True)
class Jpeg:
    """What the segments say. `clean` is the same picture, to the bit, without any metadata."""

    width: int
    height: int
    components: int
    orientation: int  # EXIF, 1 = upright
    has_position: bool
    has_trailing: bool  # something stands after the end of the picture
    lacks_blocks: bool  # there is an end, but too little before it for a picture of this size
    clean: bytes


def walk(data: bytes) -> Jpeg:
    """Read the segments of a JPEG that starts at byte 0.

    Raises `FileRefusal`: `tronque` when the data stops before the end of the picture, `image_illisible` otherwise.
    """
    if data[:2] != b"\xff\xd8":
        raise FileRefusal("image_illisible")
    kept: list[bytes] = [b"\xff\xd8"]
    size: tuple[int, int, int] | None = None
    orientation, has_position, position, coded = 1, False, 2, 0
    while True:
        marker, position = _marker_at(data, position)
        if marker == _EOI:
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        (length,) = _unpack(">H", data, position)
        if length < 2 or position + length > len(data):
            raise FileRefusal("tronque")
        body = data[position + 2 : position + length]
        if marker in _SOF and len(body) >= 6:
            height, width = struct.unpack_from(">HH", body, 1)
            size = (width, height, body[5])
        if marker == _APP1 and body[:6] == b"Exif\x00\x00":
            orientation, has_position = exif(body[6:])
        if (segment := _cleaned(marker, body)) is not None:
            kept.append(segment)
        position += length
        if marker == _SOS:
            end = _end_of_scan(data, position)
            kept.append(data[position:end])
            coded += end - position
            position = end
    if size is None or not size[0] or not size[1]:
        raise FileRefusal("image_illisible")
    kept.append(b"\xff\xd9")
    return Jpeg(
        width=size[0],
        height=size[1],
        components=size[2],
        orientation=orientation,
        has_position=has_position,
        has_trailing=has_trailing(data, position),
        # No coding spends less than one bit on a block of 8 × 8 points.
        lacks_blocks=coded * 8 < (size[0] + 7) // 8 * ((size[1] + 7) // 8),
        clean=b"".join(kept),
    )


def has_trailing(data: bytes, end: int) -> bool:
    """Tell whether something stands after the end; the padding that some devices add is nothing."""
    return bool(data[end:].strip(b"\x00\xff\r\n\t "))


def _cleaned(marker: int, body: bytes) -> bytes | None:
    """Return the segment to keep, None for metadata: texts, EXIF, thumbnails, colour profiles, makers' notes."""
    if marker == _COM or 0xE0 <= marker <= 0xEF:
        if marker == _APP0 and body[:5] == b"JFIF\x00" and len(body) >= 14:
            body = body[:12] + b"\x00\x00"  # resolution without its thumbnail
        elif marker == _APP14 and body[:5] == b"Adobe" and len(body) >= 12:
            body = body[:12]  # says how the colours are coded: the picture cannot be read without it
        else:
            return None
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _marker_at(data: bytes, position: int) -> tuple[int, int]:
    """Read the marker at `position` and where its segment starts; several FF may fill the space before it."""
    if position + 1 >= len(data):
        raise FileRefusal("tronque")
    if data[position] != 0xFF:
        raise FileRefusal("image_illisible")
    while data[position] == 0xFF:
        position += 1
        if position >= len(data):
            raise FileRefusal("tronque")
    return data[position], position + 1


def _end_of_scan(data: bytes, position: int) -> int:
    found = _MARKER.search(data, position)
    if found is None:
        raise FileRefusal("tronque")
    return found.start()


def _unpack(layout: str, data: bytes, position: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, position)
    except struct.error:
        raise FileRefusal("tronque") from None


def exif(tiff: bytes) -> tuple[int, bool]:
    """Read (orientation, whether a position is recorded) from an EXIF block; (1, False) when it makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1, False
    orientation, has_position = 1, False
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for index in range(min(count, 200)):
            tag, kind = struct.unpack_from(order + "HH", tiff, start + 2 + 12 * index)
            if tag == 0x0112 and kind == 3:
                (orientation,) = struct.unpack_from(order + "H", tiff, start + 10 + 12 * index)
            has_position |= tag == 0x8825
    except struct.error:
        pass
    return orientation if 1 <= orientation <= 8 else 1, has_position
