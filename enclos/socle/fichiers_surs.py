"""Files that are there whole, or not at all, under names that any disk takes."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO

LONGEST_NAME = 80  # signs


@contextmanager
def replacing(path: Path, *, is_secret: bool = False) -> Iterator[IO[bytes]]:
    """Write beside `path`, make it durable, then give it its name: a cut leaves the old file, or none.

    Others than the owner and the group do not read it; nor does the group what `is_secret`.
    """
    partial = path.with_name(f".{path.name}.partiel")
    partial.unlink(missing_ok=True)  # left by a cut: it would keep its rights
    try:
        with open(partial, "wb", opener=owner_alone if is_secret else not_for_everybody) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def replacing_text(path: Path) -> Iterator[TextIO]:
    """The same for text in UTF-8, line ends as written."""
    with replacing(path) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
        yield text
        text.flush()
        text.detach()


def not_for_everybody(path: str, flags: int) -> int:
    """These files are about people: others than the owner and the group do not read them."""
    return os.open(path, flags, 0o640)


def owner_alone(path: str, flags: int) -> int:
    """What opens somebody's account is for one pair of eyes."""
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names of a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def safe_name(nom: str) -> str:
    """Nothing that a disk refuses, nor a path: letters, digits, spaces, dots, hyphens and apostrophes."""
    kept = re.sub(r"[^\w .’'()-]+", "_", nom).strip(" .")
    stem, dot, extension = kept.rpartition(".")
    if dot and len(extension) <= 5:
        return f"{stem[:LONGEST_NAME]}.{extension}"
    return kept[:LONGEST_NAME] or "fichier"
