"""Paper: typst templates turned into tagged PDF files.

The output declares PDF/A-2a and PDF/UA-1. It is the same to the byte for the same template, data and date: fonts are ours,
the clock is not read, and the machine's own fonts are ignored.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent  # templates import the shared look as "/socle/typst/papier.typ"
FONTS = Path(__file__).resolve().parent / "polices"
STANDARDS: list["typst.PDFStandard"] = ["a-2a", "ua-1"]

UNPRINTABLE = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
}  # controls, invisible formats (RTL marks among them), surrogates, unassigned
# Every sign of these ranges is in Atkinson Hyperlegible or in the fonts typst carries; a test prints them all.
BEYOND_OUR_FONTS = re.compile(
    "[^\n -~\u00a0-\u02af\u0386-\u03ce\u0400-\u045f\u1e00-\u1eff\u2010-\u2027\u202f\u2030\u20ac\u2122\u25a1]"
)
LONG_WORD = re.compile(r"\S{24,}")
BREAK_EVERY = 12
COPIED_WHOLE = re.compile(
    r"[0-9a-f]{64}|https?://\S+"
)  # a fingerprint or an address is copied from the paper, or searched in it
ZERO_WIDTH_SPACE = "\u200b"


class TypesetError(Exception):
    """The template could not be turned into a PDF: a fault of ours, never of the data."""


@cache
def fonts() -> "typst.Fonts":
    """The fonts of the paper, read from the disk once per process."""
    # typst is an 80 MB library that a page of the web does not need.
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


def typeset(template: Path, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Print `data` on `template` (a .typ file under `enclos/`) and give the PDF.

    `at` is the date the file bears. The data reach the template as one JSON value, never as source, so nothing a
    member types can become an instruction. Signs that no font has come out as « □ ». Raises `TypesetError`.
    """
    import typst

    printable = each_text(data, clean)
    try:
        return compiled(template, printable, at)
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise TypesetError(error.diagnostic) from error
    try:
        return compiled(
            template,
            each_text(printable, lambda text: BEYOND_OUR_FONTS.sub("□", text)),
            at,
        )
    except typst.TypstError as error:
        raise TypesetError(error.diagnostic) from error


def compiled(template: Path, data: Any, at: datetime) -> bytes:
    import typst

    pdf, warnings = typst.compile_with_warnings(
        template,
        root=ROOT,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=STANDARDS,
        timestamp=int(at.timestamp()),
        format="pdf",
    )
    for warning in warnings:
        logger.warning("Typesetting %s: %s", template.name, warning.message)
    return pdf


def qr(text: str) -> list[list[int]]:
    """The rows of a QR code, 1 for black, without its quiet zone: the shared look draws them."""
    import segno

    return [list(row) for row in segno.make_qr(text, error="m").matrix]


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Give a copy of a JSON value with `change` applied to every text in it, keys left alone."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [each_text(item, change) for item in value]
    return value


def clean(text: str) -> str:
    """Take away what cannot be printed, and let a word without end (a file name) go to the next line."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in UNPRINTABLE)
    return LONG_WORD.sub(lambda word: breakable(word[0]), text)


def breakable(word: str) -> str:
    if COPIED_WHOLE.fullmatch(word):
        return word
    return ZERO_WIDTH_SPACE.join(word[start : start + BREAK_EVERY] for start in range(0, len(word), BREAK_EVERY))
