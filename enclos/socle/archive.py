"""A ZIP written piece by piece: whatever it holds, no more than a piece of it is in memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from enclos.socle.dates import paris

LEVEL = 1  # photos and PDF hardly shrink: more would only take time
READABLE = 0o100600 << 16  # a plain file, for its owner
LONGEST_NAME = 80
LARGE = 2**31  # bytes: beyond, sizes need 64 bits, and must say so before they are known


@dataclass(frozen=True)
class Membre:
    """A file of the ZIP: its path there, its bytes, and how many when that is known."""

    nom: str
    pieces: Iterable[bytes]
    taille: int = 0


class Sink:
    """What `ZipFile` writes to: not a file, since nothing is ever read back nor written elsewhere than at the end."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self.pieces = b"".join(self.pieces), []
        return taken


def zipped(membres: Iterable[Membre], at: datetime) -> Iterator[bytes]:
    """The ZIP of `membres`, each dated `at`, as it is made."""
    sink = Sink()
    day = paris(at)
    when = (day.year, day.month, day.day, day.hour, day.minute, day.second)
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:  # type: ignore[call-overload]
        for membre in membres:
            info = ZipInfo(membre.nom, when)
            info.compress_type, info.external_attr = ZIP_DEFLATED, READABLE
            info._compresslevel = LEVEL  # type: ignore[attr-defined]  # the only way to say it for a stream before Python 3.13
            with archive.open(info, "w", force_zip64=membre.taille >= LARGE) as out:
                for piece in membre.pieces:
                    out.write(piece)
                    if taken := sink.take():
                        yield taken
            yield sink.take()
    yield sink.take()


def safe_name(nom: str) -> str:
    """Nothing that a disk refuses, nor a path: letters, digits, spaces, dots, hyphens and apostrophes."""
    kept = re.sub(r"[^\w .’'()-]+", "_", nom).strip(" .")
    stem, dot, extension = kept.rpartition(".")
    if dot and len(extension) <= 5:
        return f"{stem[:LONGEST_NAME]}.{extension}"
    return kept[:LONGEST_NAME] or "fichier"
