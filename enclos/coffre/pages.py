"""Files as images of their pages, or as one PDF: what people look at, made on demand in the inspection process."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from logging import getLogger

from enclos.coffre.inspecteur import inspector
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.coffre.inspection.types import JPEG, Produced, Refused
from enclos.coffre.models import Fichier, Partie
from enclos.coffre.objets import read
from enclos.coffre.refus import FileWithheld
from enclos.coffre.storage import ObjectMissing, StorageUnavailable
from enclos.coffre.uploads import let_go_of_database
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import SealError

logger = getLogger(__name__)

AS_KEPT_WIDTH = 1400  # pixels: readable copies of photos are 1754 long at least


class NotShown(Refusal):
    """The file is kept, and cannot be shown at this moment."""

    def __init__(self) -> None:
        super().__init__(
            "Nous ne pouvons pas afficher ce fichier pour le moment. Il est bien gardé. Réessayez dans quelques minutes.",
            code="fichier_indisponible",
            status=503,
        )


@contextmanager
def shown_or_refused() -> Iterator[None]:
    """What prevents from showing a file, as a page for the person who asked; a loss is an error in the log."""
    try:
        yield
    except (StorageUnavailable, InspectionUnavailable) as error:
        logger.warning("a file cannot be shown now: %s", error)
        raise NotShown from error
    except (ObjectMissing, SealError) as error:
        logger.error("a stored object is lost: %s", error)
        raise NotShown from error


def page_image(fichier: Fichier, page: int, *, width: int) -> bytes:
    """The JPEG of a page of the readable copy, `width` pixels wide; pages count from 1 through all the parts.

    A photo wanted large is given as it is kept: it is clean already, and drawing it again would cost more than it weighs.
    Raises `FileWithheld`, `NotShown`, or `IndexError` for a page that is not there.
    """
    check_readable(fichier)
    before = 0
    for partie in parts_of(fichier):
        if before < page <= before + partie.pages:
            with shown_or_refused():
                if partie.media_type == JPEG and width >= AS_KEPT_WIDTH:
                    return read(partie.objet)
                let_go_of_database()
                return produced(
                    inspector().render(read(partie.objet), partie.media_type, page=page - before, width=width)
                )
        before += partie.pages
    raise IndexError(page)


def original_image(fichier: Fichier, *, width: int) -> bytes:
    """The JPEG of the first page of what was received, to be compared with the readable copy; raises as `page_image`."""
    check_readable(fichier)
    original = fichier.original
    let_go_of_database()
    with shown_or_refused():
        return produced(inspector().render(read(original), fichier.media_type, page=1, width=width))


def assembled(fichiers: Iterable[Fichier]) -> bytes:
    """One PDF of the readable copies of several files, in order; raises `FileWithheld` or `NotShown`."""
    parts: list[tuple[str, bytes]] = []
    for fichier in fichiers:
        check_readable(fichier)
        with shown_or_refused():
            parts += [(partie.media_type, read(partie.objet)) for partie in parts_of(fichier)]
    let_go_of_database()
    with shown_or_refused():
        return produced(inspector().assemble(parts))


def parts_of(fichier: Fichier) -> list[Partie]:
    """In order; reads what was prefetched (`parties__objet`) when it was."""
    parties = list(fichier.parties.all())
    if any("objet" not in partie._state.fields_cache for partie in parties):
        parties = list(fichier.parties.select_related("objet"))
    return parties


def check_readable(fichier: Fichier) -> None:
    if not fichier.is_readable:
        raise FileWithheld


def produced(answer: Produced | Refused) -> bytes:
    if isinstance(answer, Refused):
        logger.error("the inspection process refuses what it made itself: %s", answer.code)
        raise NotShown
    return answer.data
