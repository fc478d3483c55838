"""Whole files made incomplete, longer, or double."""

from tests.coffre.inspection.fabrique.documents import pdf_text
from tests.coffre.inspection.fabrique.images import jpeg_photo, png_page


def truncated(data: bytes, kept: float = 0.6) -> bytes:
    """The beginning of a file whose copy stopped."""
    return data[: int(len(data) * kept)]


def with_trailing(data: bytes, extra: bytes = b"<?php echo 'coucou'; ?>" * 100) -> bytes:
    """A file with something else after its end."""
    return data + extra


def polyglots() -> dict[str, bytes]:
    """Files that two programs would read as two different things."""
    return {
        "gif then pdf": b"GIF89a" + b"\x00" * 20 + pdf_text(),
        "html then pdf": b"<html><script>alert(1)</script>" + pdf_text(),
        "zip then pdf": b"PK\x03\x04" + b"\x00" * 30 + pdf_text(),
        "text then jpeg": b"Bonjour\n" + jpeg_photo(100, 150),
        "script then png": b"#!/bin/sh\n" + png_page(100, 150),
    }
