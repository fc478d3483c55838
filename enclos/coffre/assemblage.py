"""Many files as one PDF, written as it leaves: one file in memory at a time, whatever their number (ADR 0126).

Each file is turned into numbered objects by the inspection process (`inspection.fusion`), which alone reads it. Here they are put one after
the other, with a page tree, a table of contents for the reader's side panel, and a page in the place of each file that could not be read.
"""

import logging
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from enclos.coffre.inspecteur import inspector
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.coffre.inspection.types import Fragment
from enclos.coffre.models import Objet
from enclos.coffre.objets import read
from enclos.coffre.storage import ObjectMissing, StorageUnavailable
from enclos.socle.sealed import SealError

logger = logging.getLogger(__name__)

CATALOG, PAGES, OUTLINES, FONT, FIRST = 1, 2, 3, 4, 5
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
LINE_SIGNS = 60
VIDE = "il ne contient aucun fichier"
PERDU = "perdu ou abîmé : signalez-le-nous"

type Turn = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Chapitre:
    """A document of the PDF: what the table of contents calls it, and its files in order.

    `empeche` says why it has none, when that is known beforehand.
    """

    titre: str
    objets: Sequence[Objet]
    empeche: str = ""
    cle: str = ""  # by which the caller knows it


@dataclass
class Manquant(Exception):
    """A file that could not be put in, and why, in words."""

    raison: str


@dataclass
class Livre:
    """The PDF being written: where its objects start, its pages, its contents."""

    turn: Turn = nullcontext
    starts: array[int] = field(default_factory=lambda: array("Q", [0] * FIRST))  # by the number of the object
    pages: list[int] = field(default_factory=list)
    contents: list[tuple[str, int]] = field(default_factory=list)
    written: int = 0
    is_storage_away: bool = False  # told once: four hundred patiences in a row would be an hour

    def put(self, data: bytes) -> bytes:
        self.written += len(data)
        return data

    def new(self, data: bytes, number: int = 0) -> bytes:
        """An object of our own, at the place kept for it or after the others."""
        if not number:
            number = len(self.starts)
            self.starts.append(0)
        self.starts[number] = self.written
        return self.put(b"%d 0 obj\n%s\nendobj\n" % (number, data))

    def fragment(self, objet: Objet) -> bytes:
        """The objects of a file. Raises `Manquant`."""
        first = len(self.starts)
        with self.turn():
            made = self.made(objet, first)
        self.starts.extend(self.written + offset for offset in made.offsets)
        self.pages.extend(made.pages)
        return self.put(made.data)

    def made(self, objet: Objet, first: int) -> Fragment:
        if self.is_storage_away:
            raise Manquant("indisponible pour le moment")
        try:
            made = inspector().fragment(read(objet), objet.media_type, first=first, parent=PAGES)
        except StorageUnavailable as error:
            self.is_storage_away = True
            raise Manquant("indisponible pour le moment") from error
        except InspectionUnavailable as error:
            raise Manquant("indisponible pour le moment") from error
        except (ObjectMissing, SealError) as error:
            logger.error("a stored object is lost: %s", error)
            raise Manquant(PERDU) from error
        if not isinstance(made, Fragment):
            raise Manquant("à télécharger seul : il ne se joint pas à d’autres")
        return made

    def notice(self, titre: str, raison: str) -> bytes:
        """A page that says what should have been there."""
        lines = ["Ce document n’a pas pu être joint :", "", *folded(titre), "", *folded(f"Raison : {raison}.")]
        text = b"BT /F 14 Tf 18 TL 72 720 Td " + b" ".join(b"(%s) Tj T*" % escaped(line) for line in lines) + b" ET"
        contents = self.new(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
        self.pages.append(len(self.starts))
        return contents + self.new(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F %d 0 R >> >> /Contents %d 0 R >>"
            % (PAGES, FONT, len(self.starts) - 1)
        )

    def end(self) -> Iterator[bytes]:
        """What holds it together: the page tree, the contents, where everything starts."""
        kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        yield self.new(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(self.pages), kids), PAGES)
        yield self.new(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", FONT)
        first, last = len(self.starts), len(self.starts) + len(self.contents) - 1
        for titre, page in self.contents:
            number = len(self.starts)
            around = b"" if number == first else b" /Prev %d 0 R" % (number - 1)
            around += b"" if number == last else b" /Next %d 0 R" % (number + 1)
            yield self.new(
                b"<< /Title <feff%s> /Parent %d 0 R /Dest [%d 0 R /Fit]%s >>"
                % (titre.encode("utf-16-be").hex().encode(), OUTLINES, page, around)
            )
        ends = b" /First %d 0 R /Last %d 0 R" % (first, last) if self.contents else b""
        yield self.new(b"<< /Type /Outlines /Count %d%s >>" % (len(self.contents), ends), OUTLINES)
        yield self.new(
            b"<< /Type /Catalog /Pages %d 0 R /Outlines %d 0 R /PageMode /UseOutlines /Lang (fr-FR) >>"
            % (PAGES, OUTLINES),
            CATALOG,
        )
        start = self.written
        yield self.put(b"xref\n0 %d\n0000000000 65535 f \n" % len(self.starts))
        for at in range(1, len(self.starts), 1000):
            yield self.put(b"".join(b"%010d 00000 n \n" % place for place in self.starts[at : at + 1000]))
        yield b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(self.starts), CATALOG, start)


def merged(
    chapitres: Sequence[Chapitre],
    *,
    turn: Turn = nullcontext,
    missing: Callable[[str, str], None] = lambda cle, raison: None,
) -> Iterator[bytes]:
    """One PDF of all these documents, in order. `turn` is taken around each file, for somebody who asks for many.

    `missing` is told the key of each document that is not there whole, and why.
    """
    livre = Livre(turn)
    yield livre.put(HEADER)
    for chapitre in chapitres:
        livre.contents.append((chapitre.titre, 0))
        at, raisons = len(livre.pages), [chapitre.empeche] if chapitre.empeche else []
        if chapitre.empeche:
            yield livre.notice(chapitre.titre, chapitre.empeche)
        for objet in chapitre.objets:
            try:
                yield livre.fragment(objet)
            except Manquant as manquant:
                raisons.append(manquant.raison)
                yield livre.notice(chapitre.titre, manquant.raison)
        if at == len(livre.pages):
            raisons.append(VIDE)
            yield livre.notice(chapitre.titre, VIDE)
        if raisons:
            missing(chapitre.cle, raisons[0])
        livre.contents[-1] = (f"Manque : {chapitre.titre}" if raisons else chapitre.titre, livre.pages[at])
    yield from livre.end()


def folded(text: str) -> list[str]:
    """A text in lines short enough for the page."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > LINE_SIGNS:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()[: LINE_SIGNS * 2]
    return [*lines, line]


def escaped(text: str) -> bytes:
    """A line as a PDF string in the encoding of its own fonts."""
    data = text.encode("cp1252", "replace")
    return data.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
