"""Clean names of files: what a member typed stays recognisable, what could deceive or break a system goes.

Standard library only: the web worker uses it too. Rule: `standards.md` §8.2.
"""

import re
import unicodedata

from enclos.coffre.inspection.types import HEIC, JPEG, PDF, PNG

MAX_CHARACTERS = 120
MAX_BYTES = 200  # of UTF-8: file systems stop at 255, and prefixes are added when many files are downloaded together

EXTENSIONS = {PDF: (".pdf",), JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"), PNG: (".png",), HEIC: (".heic", ".heif")}

_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)")
_UNSAFE = re.compile(r'[<>:"|?*]')
_EXTENSION = re.compile(r"\.[0-9A-Za-z]{1,5}\Z")


def clean(name: str, media_type: str) -> tuple[str, bool]:
    """Return the name to keep, ending as its true type does, and whether its extension had to be corrected.

    Only the last component of a path is kept. Control signs, NUL, marks that turn the reading direction and signs
    that no system allows are removed; a name of which nothing is left becomes `document`.
    """
    kept = re.split(r"[/\\]", name)[-1] if not name.endswith(("/", "\\")) else ""
    kept = unicodedata.normalize("NFC", kept.encode("utf-8", "replace").decode("utf-8", "replace"))
    # Cc control, Cf invisible format marks (RTL override, zero width), Cs/Co/Cn what no font shows, Zl/Zp new lines.
    kept = "".join(
        sign for sign in kept if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    kept = re.sub(r"\s+", " ", _UNSAFE.sub("_", kept)).strip(" ").rstrip(" .")
    stem, extension = _split(kept)
    right = extension.lower() in EXTENSIONS[media_type]
    final = extension if right else EXTENSIONS[media_type][0]
    if not right and _split(stem)[1].lower() in EXTENSIONS[media_type]:
        stem, _ = _split(stem)  # « facture.pdf.exe »
    stem = stem.strip(" .") or "document"
    if _RESERVED.fullmatch(stem.split(".")[0]):
        stem = f"_{stem}"
    return _cut(stem, final) + final, bool(extension) and not right


def _split(name: str) -> tuple[str, str]:
    """Part a name from its extension; the end of a date (« facture du 12.11 ») is not one."""
    found = _EXTENSION.search(name)
    if found is None or found.group()[1:].isdigit():
        return name, ""
    return name[: found.start()], found.group()


def _cut(stem: str, extension: str) -> str:
    stem = stem[: MAX_CHARACTERS - len(extension)]
    while len((stem + extension).encode()) > MAX_BYTES:
        stem = stem[:-1]
    # Do not leave half a letter: a combining mark goes with the sign before it.
    return stem.rstrip(" .") or "document"
