"""Taking documents away, several at once: a ZIP with its list, or one PDF in order. Written as it leaves, whatever the number (ADR 0126).

Everything is read from the database before the first byte, and the connection given back: a slow line holds a thread and nothing else. One
that the vault has lost is named in the list, keeps back no other, and is not counted as read: what left is written when its last bytes do.
"""

import csv
import io
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from uuid import UUID

from django.template.loader import render_to_string

from enclos.bibliotheque import access
from enclos.bibliotheque.models import Document
from enclos.coffre.assemblage import PERDU, Chapitre, merged
from enclos.coffre.models import EXTENSIONS, Objet
from enclos.coffre.objets import stream
from enclos.coffre.pages import NotShown
from enclos.coffre.storage import ObjectMissing, StorageUnavailable
from enclos.coffre.tours import TOURS, Tours
from enclos.socle.archive import Membre, safe_name, zipped
from enclos.socle.dates import jour
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import SealError
from enclos.socle.tailles import taille

logger = logging.getLogger(__name__)

# What one click gives. More is several clicks: a download of hours is one that breaks.
ZIP_DOCUMENTS, ZIP_BYTES = 1_000, 1_000_000_000
PDF_DOCUMENTS, PDF_BYTES = 500, 250_000_000
BATCH = 100
TRIED = 20  # objects looked at before saying that the vault is away
DOWNLOADS = Tours(2, waiting=0, longest_wait=0.0)  # at once for one person in one process: each lasts

MISSING_NAME = "A LIRE - ce qui manque.txt"
CUT = "abîmé, le fichier joint est incomplet : signalez-le-nous"
LOST = PERDU
AWAY = "indisponible pour le moment : recommencez plus tard"


class TooMuch(Refusal):
    """More than one download gives."""

    def __init__(self, what: str, most: str) -> None:
        super().__init__(
            f"C’est trop pour un seul téléchargement : {what}, pour {most} au plus. Choisissez une année ou un domaine, puis recommencez.",
            code="trop_de_documents",
            status=422,
        )


class NothingToGive(Refusal):
    """An empty choice."""

    def __init__(self) -> None:
        super().__init__("Cochez au moins un document, puis recommencez.", code="aucun_document", status=422)


class NothingThere(Refusal):
    """A whole list was asked for, and it is empty: nothing could be ticked."""

    def __init__(self) -> None:
        super().__init__(
            "Il n’y a aucun document à télécharger dans cette liste.", code="liste_sans_document", status=404
        )


@dataclass(frozen=True)
class Piece:
    """A file to give, or the reason why it is not."""

    nom: str
    objet: Objet | None
    empeche: str = ""


@dataclass(frozen=True)
class Article:
    """A document to give."""

    cle: UUID
    is_non_lu: bool  # made by the fund, and never opened
    titre: str
    jour: date
    origine: str
    domaine: str
    concerne: str
    reference: str
    pieces: Sequence[Piece]
    lisibles: Sequence[Objet]  # what is merged: clean copies, where they are

    @property
    def sous_titre(self) -> str:
        return f"{self.titre}, {jour(self.jour)}"


@dataclass
class Colis:
    """All that one click takes away."""

    articles: list[Article] = field(default_factory=list)
    octets: int = 0
    manquants: dict[UUID, str] = field(
        default_factory=dict
    )  # why a document did not leave whole; known once all has left

    @property
    def objets(self) -> Iterator[Objet]:
        return (piece.objet for article in self.articles for piece in article.pieces if piece.objet is not None)

    @property
    def partis(self) -> list[UUID]:
        """The documents that left whole."""
        return [article.cle for article in self.articles if article.cle not in self.manquants]

    @property
    def non_lus(self) -> list[UUID]:
        """Of those, the ones that nobody had opened."""
        return [article.cle for article in self.articles if article.is_non_lu and article.cle not in self.manquants]

    @property
    def perdus(self) -> list[UUID]:
        """Those that the vault has lost, or whose bytes were altered."""
        return [cle for cle, raison in self.manquants.items() if raison in {CUT, LOST}]


def parcel(keys: Sequence[UUID], *, as_pdf: bool) -> Colis:
    """What to give of these documents. Raises `NothingToGive`, `TooMuch`, or `NotShown` when the vault gives nothing at all."""
    most, most_bytes = (PDF_DOCUMENTS, PDF_BYTES) if as_pdf else (ZIP_DOCUMENTS, ZIP_BYTES)
    if not keys:
        raise NothingToGive
    if len(keys) > most:
        raise TooMuch(f"plus de {most} documents", f"{most}")
    colis, names = Colis(), set[str]()
    for start in range(0, len(keys), BATCH):
        for document in access.whole(keys[start : start + BATCH]):
            article = article_of(document, names)
            colis.articles.append(article)
            colis.octets += sum(piece.objet.taille for piece in article.pieces if piece.objet)
        if colis.octets > most_bytes:
            raise TooMuch(f"plus de {taille(most_bytes)}", taille(most_bytes))
    check_vault(colis.objets)
    return colis


def article_of(document: Document, names: set[str]) -> Article:
    pieces: list[Piece] = []
    readable: list[Objet] = []
    stem = f"{document.date.year}/{document.date.isoformat()} {safe_name(document.nom)}"
    if document.accuse is not None:
        pdf = document.accuse.pdf
        name = alone(f"{stem}.pdf", names)
        pieces.append(Piece(name, pdf) if pdf else Piece(name, None, "encore en préparation"))
        readable += [pdf] if pdf else []
    for sheet in document.sheets:
        objet = sheet.original
        name = alone(f"{stem}{EXTENSIONS[objet.media_type]}", names)
        if not sheet.is_readable:
            assert sheet.fichier is not None
            pieces.append(Piece(name, None, f"retiré ({sheet.fichier.get_retrait_display().lower()})"))
            continue
        pieces.append(Piece(name, objet))
        readable += [part.objet for part in sheet.fichier.parties.all()] if sheet.fichier else [objet]
    return Article(
        cle=document.pk,
        is_non_lu=document.is_du_fonds and document.ouvert_at is None,
        titre=document.nom,
        jour=document.date,
        origine=document.get_origine_display(),
        domaine=document.get_domaine_display(),
        concerne=document.concerne,
        reference=document.reference,
        pieces=pieces,
        lisibles=readable,
    )


def alone(name: str, names: set[str]) -> str:
    """A name that no other file of the ZIP has, whatever the case: « … (2).pdf »."""
    stem, _, extension = name.rpartition(".")
    number, found = 1, name
    while found.casefold() in names:
        number += 1
        found = f"{stem} ({number}).{extension}"
    names.add(found.casefold())
    return found


def check_vault(objets: Iterable[Objet]) -> None:
    """Rather a page that says so than a ZIP of excuses. Raises `NotShown`."""
    tried = 0
    for objet in objets:
        tried += 1
        try:
            next(stream(objet))
            return
        except StorageUnavailable as error:
            raise NotShown from error
        except (ObjectMissing, SealError) as error:
            logger.error("a stored object is lost: %s", error)
        if tried == TRIED:
            break
    if tried:
        raise NotShown


def as_zip(colis: Colis, at: datetime, *, whom: str) -> Iterator[bytes]:
    """The ZIP, as it is made; its list comes last, once it is known what is missing. Raises `TooManyAtOnce` at its first piece."""
    with DOWNLOADS.one(whom):
        yield from zipped(members_of(colis, at), at)


def members_of(colis: Colis, at: datetime) -> Iterator[Membre]:
    missing: dict[str, str] = {}
    for article in colis.articles:
        for piece in article.pieces:
            if piece.objet is None:
                missing[piece.nom] = piece.empeche
            elif AWAY in missing.values():
                missing[piece.nom] = AWAY  # asked once: four hundred patiences in a row would be an hour
            else:
                pieces = careful(piece, missing)
                if (first := next(pieces, None)) is not None:
                    yield Membre(piece.nom, chain([first], pieces), piece.objet.taille)
    rows = [(article, piece, missing.get(piece.nom, "")) for article in colis.articles for piece in article.pieces]
    colis.manquants = {article.cle: raison for article, _, raison in rows if raison}
    if colis.manquants:
        yield Membre(MISSING_NAME, [told_missing(rows)])
    context = {"rows": rows, "at": at, "manquants": len(missing)}
    yield Membre("sommaire.html", [render_to_string("bibliotheque/sommaire.html", context).encode()])
    yield Membre("sommaire.csv", [listed(rows)])


def told_missing(rows: Sequence[tuple[Article, Piece, str]]) -> bytes:
    """What is missing, for whoever opens nothing but text."""
    lines = ["Ces documents n’ont pas pu être joints, en entier ou en partie :", ""]
    lines += [f"- {article.sous_titre} : {raison}" for article, _, raison in rows if raison]
    lines += ["", "Ils ne sont pas comptés comme lus. Les autres sont bien là."]
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()


def careful(piece: Piece, missing: dict[str, str]) -> Iterator[bytes]:
    """The bytes of a file as far as they can be had; why they end too early, or never begin, is written in `missing`."""
    assert piece.objet is not None
    is_begun = False
    try:
        for data in stream(piece.objet):
            yield data
            is_begun = True
    except StorageUnavailable:
        missing[piece.nom] = CUT if is_begun else AWAY
    except (ObjectMissing, SealError) as error:
        logger.error("a stored object is lost: %s", error)
        missing[piece.nom] = CUT if is_begun else LOST


def listed(rows: Sequence[tuple[Article, Piece, str]]) -> bytes:
    """The list for a spreadsheet, which must run nothing of it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["date", "document", "origine", "domaine", "personne", "reference", "fichier", "sha256", "manque"])
    for article, piece, missing in rows:
        told = (article.titre, article.origine, article.domaine, article.concerne, article.reference, piece.nom,
                piece.objet.sha256 if piece.objet and not missing else "", missing)  # fmt: skip
        writer.writerow(
            [article.jour.isoformat(), *(f"'{cell}" if cell[:1] in tuple("=+-@\t") else cell for cell in told)]
        )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_pdf(colis: Colis, *, whom: str) -> Iterator[bytes]:
    """One PDF of everything, the oldest first, as one reads. Raises `TooManyAtOnce` at its first piece."""
    chapters = [
        Chapitre(
            article.sous_titre,
            article.lisibles,
            empeche=next((piece.empeche for piece in article.pieces if piece.empeche), ""),
            cle=str(article.cle),
        )
        for article in reversed(colis.articles)
    ]
    with DOWNLOADS.one(whom):
        yield from merged(chapters, turn=lambda: TOURS.one(whom), missing=lambda cle, why: note(colis, cle, why))


def note(colis: Colis, cle: str, raison: str) -> None:
    colis.manquants.setdefault(UUID(cle), raison)


class Flow:
    """A stream whose first piece was asked before the answer began, so that a refusal is still a page.

    `then` is called before the last piece is given: without it nothing that left can be opened. What `then` cannot write was not had.
    """

    def __init__(self, pieces: Iterator[bytes], then: Callable[[], None]) -> None:
        self.rest, self.then = pieces, then
        self.held: bytes | None = next(pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.held is None:
            raise StopIteration
        given, self.held = self.held, None
        following = next(self.rest, None)
        if following is None:
            self.then()
        self.held = following
        return given

    def close(self) -> None:
        """The line was cut, or all was given: what was held is let go."""
        self.held = None
        close = getattr(self.rest, "close", None)
        if close is not None:
            close()
