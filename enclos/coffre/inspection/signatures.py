"""What a file truly is, by its first bytes: the name and the browser's word are never believed.

A file must begin as what it is: a picture or a PDF hidden behind another header is refused, because two programs
would then read two different things.
"""

import re

from enclos.coffre.inspection.types import HEIC, JPEG, PDF, PNG

# Brands of the HEIF family whose pictures are coded in HEVC, the only coding that phones use and that we decode.
_HEVC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_PDF_LEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?[\x00\t\n\x0c\r ]{0,16}%PDF-\d")

_UNREADABLE = (
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"BM", "bmp"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\xff\x0a", "jpegxl"),
    (b"\x00\x00\x00\x0cJXL ", "jpegxl"),
    (b"8BPS", "photoshop"),
    (b"MZ", "programme"),
    (b"\x7fELF", "programme"),
    (b"\xca\xfe\xba\xbe", "programme"),
    (b"\xcf\xfa\xed\xfe", "programme"),
    (b"#!", "programme"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office_ancien"),
    (b"{\\rtf", "rtf"),
    (b"%!PS", "postscript"),
    (b"\xc5\xd0\xd3\xc6", "postscript"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"ID3", "son"),
    (b"OggS", "son"),
    (b"fLaC", "son"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"\x00\x00\x01\xba", "video"),
)


def lead_of_pdf(data: bytes) -> int | None:
    """Count the bytes allowed before `%PDF-` (a byte-order mark, white space); None when this is not a PDF."""
    found = _PDF_LEAD.match(data)
    return found.end() - len(b"%PDF-0") if found else None


def media_type_of(data: bytes) -> str | None:
    """Return the accepted media type that these bytes begin as, or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if lead_of_pdf(data) is not None:
        return PDF
    brands = _brands(data)
    if brands & _HEVC_BRANDS and not brands & {b"avif", b"avis"}:
        return HEIC
    return None


def hides_something(data: bytes) -> bool:
    """Tell whether an unaccepted file carries a PDF or a picture after another header (a polyglot, or mail headers)."""
    head = data[:1024]
    return (
        b"%PDF-" in head or b"\x89PNG\r\n\x1a\n" in head or b"\xff\xd8\xff\xe0" in head or b"\xff\xd8\xff\xe1" in head
    )


def appearance_of(data: bytes) -> str:
    """Name what a refused file seems to be, with a key of `phrases.APPARENCES`."""
    brands = _brands(data)
    if brands & {b"avif", b"avis"}:
        return "avif"
    if brands:
        return "video"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if data[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "son"}.get(data[8:12], "video")
    for signature, name in _UNREADABLE:
        if data.startswith(signature):
            return name
    if data[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf1"):
        return "son"
    return _text(data[:4096])


def _zipped(data: bytes) -> str:
    """Tell office documents, which are ZIP folders, by the names of their first and last entries."""
    names = data[:8192] + data[-8192:]
    for mark, name in (
        (b"word/", "word"),
        (b"xl/", "excel"),
        (b"ppt/", "powerpoint"),
        (b"opendocument", "opendocument"),
        (b"Index/", "pages_apple"),
        (b".fpage", "xps"),
    ):
        if mark in names:
            return name
    return "zip"


def _text(head: bytes) -> str:
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "inconnu"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in start[:1024]:
        return "svg"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")):
        return "html"
    if start.startswith(b"<?xml"):
        return "html" if b"<html" in start else "xml"
    if re.match(rb"(?:received|return-path|from|delivered-to|mime-version|message-id|date|subject):", start):
        return "courriel"
    printable = sum(byte >= 32 or byte in b"\t\r\n\x0c" for byte in head)
    return "texte" if head and printable == len(head) else "inconnu"


def _brands(data: bytes) -> set[bytes]:
    """Read the brands of an ISO media file (`ftyp` box), major one included; empty when it is not one."""
    if data[4:8] != b"ftyp":
        return set()
    size = min(int.from_bytes(data[:4], "big"), 256, len(data))
    listed = data[8:12] + data[16:size]
    return {listed[index : index + 4] for index in range(0, len(listed) - 3, 4)}
