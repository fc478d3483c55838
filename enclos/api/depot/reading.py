"""A CSV file of the drop, record by record, or one reason why it cannot be read at all."""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from enclos.socle.logs import redact

if TYPE_CHECKING:
    from _csv import Reader

# A longer line is not a row: an unclosed quote, or a file that is no CSV. It also bounds what is held in memory.
LINE_MAX_SIGNS = 100_000


class BrokenFile(Exception):
    """The file cannot be taken, even in part; `motif` says why in French."""

    def __init__(self, motif: str, *, ligne: int = 1, colonne: str = "") -> None:
        super().__init__(motif)
        self.motif = motif
        self.ligne = ligne
        self.colonne = colonne


class Records:
    """The records of one file: the cells in the order of `columns`, with the number of the line each starts on.

    Iterating raises `BrokenFile` as soon as the file turns out to be unreadable, be it on its last line: what was read before must
    then be forgotten. A record with too many or too few cells comes as None in place of its cells, and the file goes on.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path = path
        self.columns = columns

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                yield from self.records(csv.reader(checked_lines(stream), strict=True))
        except UnicodeDecodeError:
            ligne = first_undecodable_line(self.path)
            raise BrokenFile("Ce fichier n’est pas en UTF-8 : enregistrez-le dans cet encodage.", ligne=ligne) from None
        except OSError as error:
            raise BrokenFile(f"Ce fichier ne se lit pas ({error.strerror}).") from error

    def records(self, reader: "Reader") -> Iterator[tuple[int, list[str] | None]]:
        width = len(self.columns)
        with broken_by_quotes(reader):
            positions = self.positions(next(reader, []))
            in_order = positions == list(range(width))
            start = reader.line_num + 1
            for cells in reader:
                if len(cells) == width:
                    yield start, cells if in_order else [cells[position] for position in positions]
                elif cells:  # an empty line is no record
                    yield start, None
                start = reader.line_num + 1

    def positions(self, header: list[str]) -> list[int]:
        """Where each expected column stands in the file; raises `BrokenFile` naming those too many or missing."""
        names = [name.strip() for name in header]
        if not any(names):
            raise BrokenFile("Ce fichier est vide : la première ligne donne le nom des colonnes.")
        if len(names) == 1 and ";" in names[0]:
            raise BrokenFile("Les colonnes sont séparées par des points-virgules : il faut des virgules.")
        unknown = [name for name in names if name not in self.columns]
        missing = [name for name in self.columns if name not in names]
        twice = [name for name in self.columns if names.count(name) > 1]
        problems = {"Colonnes inconnues": unknown, "Colonnes manquantes": missing, "Colonnes en double": twice}
        if any(problems.values()):
            said = " ; ".join(f"{what} : {', '.join(map(quoted, which))}" for what, which in problems.items() if which)
            raise BrokenFile(f"{said}.", colonne="|".join(map(quoted, unknown + missing + twice)))
        return [names.index(name) for name in self.columns]


def checked_lines(stream: TextIO) -> Iterator[str]:
    """The lines of `stream`, none of which is endless or holds a NUL."""
    readline, number = stream.readline, 0
    while line := readline(LINE_MAX_SIGNS):
        number += 1
        if len(line) == LINE_MAX_SIGNS and not line.endswith(("\n", "\r")):
            raise BrokenFile("Cette ligne est trop longue pour être celle d’un fichier CSV.", ligne=number)
        if "\0" in line:
            raise BrokenFile("Cette ligne contient un octet nul : ce n’est pas du texte.", ligne=number)
        yield line


@contextmanager
def broken_by_quotes(reader: "Reader") -> Iterator[None]:
    """Once a quote is not closed, no one can tell where the following rows start: the whole file is refused."""
    try:
        yield
    except csv.Error:
        raise BrokenFile("Un guillemet est ouvert et n’est pas refermé comme il faut.", ligne=reader.line_num) from None


def first_undecodable_line(path: Path) -> int:
    """The number of the first line that is not UTF-8: text streams decode ahead, so they do not know it."""
    decoder, number = codecs.getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as stream:
        while chunk := stream.read(65536):
            for piece in chunk.splitlines(keepends=True):
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    return number
                number += piece.endswith(b"\n")
    return number


def quoted(text: str) -> str:
    """A word of the file, fit for a report: short, printable, and without what looks like a NIR."""
    return "".join(sign if sign.isprintable() else "?" for sign in redact(text))[:60]
