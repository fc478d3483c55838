"""A document as images of its pages, on any telephone: what the fund gave becomes a readable file the first time it is looked at."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from enclos.bibliotheque.actions import check_whole, file_of
from enclos.bibliotheque.models import Document
from enclos.coffre.inspecteur import inspector
from enclos.coffre.models import Fichier
from enclos.coffre.objets import read
from enclos.coffre.pages import page_image, parts_of, produced, shown_or_refused
from enclos.coffre.refus import FileRefused
from enclos.coffre.storage import ObjectMissing, StorageUnavailable
from enclos.coffre.uploads import let_go_of_database
from enclos.journal.actions import Actor
from enclos.socle.sealed import SealError

logger = logging.getLogger(__name__)

FIRST_SHOWN = 10  # pages whose images are asked at once; the others when one comes to them


@dataclass(frozen=True)
class Lecture:
    """What can be shown of a document, and why not the rest."""

    pages: int = 0
    empeche: str = ""  # a sentence, when it cannot be shown
    is_a_telecharger: bool = True  # whether its bytes can be had
    is_montree: bool = True  # whether looking at this page is looking at the document
    is_perdue: bool = False  # whether the vault has lost its bytes

    @property
    def numeros(self) -> Sequence[int]:
        return range(1, self.pages + 1)


EN_PREPARATION = "Cet accusé est encore en préparation. Revenez dans quelques minutes."
PLUS_TARD = (
    "Nous ne pouvons pas afficher ce document pour le moment. Il est bien gardé. Réessayez dans quelques minutes."
)
ABIME = (
    "Nous n’arrivons pas à lire ce document. Nous sommes prévenus. Appelez-nous si vous en avez besoin tout de suite."
)
A_TELECHARGER = "Ce document ne s’affiche pas ici. Téléchargez-le pour le lire."


def lecture_of(document: Document, *, by: Actor) -> Lecture:
    """Make ready what is shown of a document. Never raises for what the vault or a file lacks: a sentence says it."""
    if document.accuse is not None:
        return Lecture(pages=1) if document.accuse.is_ready else Lecture(0, EN_PREPARATION, False, False)
    pages = 0
    try:
        for sheet in document.sheets:
            fichier = file_of(sheet, document, by=by)
            if fichier.is_readable and is_unsure(document):
                for part in parts_of(fichier):
                    check_whole(part.objet)
            pages += fichier.pages if fichier.is_readable else 0
    except StorageUnavailable:
        return Lecture(0, PLUS_TARD, is_a_telecharger=False, is_montree=False)
    except (ObjectMissing, SealError) as error:
        logger.error("a document of the library is lost: %s", error)
        return Lecture(0, ABIME, is_a_telecharger=False, is_montree=False, is_perdue=True)
    except FileRefused as refusal:
        return Lecture(0, PLUS_TARD if refusal.is_temporary else A_TELECHARGER, is_montree=False)
    return Lecture(pages, is_a_telecharger=pages > 0, is_montree=pages > 0)


def is_unsure(document: Document) -> bool:
    """Whether its bytes are read to their end before its page is shown: a first opening has a date, and what was lost may be back."""
    return document.is_perdu or (document.is_du_fonds and document.ouvert_at is None)


def page_of(document: Document, numero: int, *, width: int) -> bytes:
    """The image of a page, counted through all the files; raises `IndexError`, `FileWithheld`, `NotShown`."""
    if document.accuse is not None:
        pdf = document.accuse.pdf
        if pdf is None or numero != 1:
            raise IndexError(numero)
        let_go_of_database()
        with shown_or_refused():
            return produced(inspector().render(read(pdf), pdf.media_type, page=1, width=width))
    for fichier in readable_of(document):
        if numero <= fichier.pages:
            return page_image(fichier, numero, width=width)
        numero -= fichier.pages
    raise IndexError(numero)


def readable_of(document: Document) -> Sequence[Fichier]:
    return [sheet.fichier for sheet in document.sheets if sheet.fichier is not None and sheet.fichier.is_readable]
