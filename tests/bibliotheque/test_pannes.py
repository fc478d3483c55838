"""The library when something breaks, page by page: what each says, what it keeps, what it never writes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.urls import reverse

from enclos.bibliotheque import actions
from enclos.bibliotheque.models import Document
from enclos.coffre import objets
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.storage import StorageFull, StorageUnavailable, storage
from enclos.envois.models import Envoi
from enclos.journal.models import Ligne
from tests.bibliotheque.conftest import ICI, depose, octets_de, pdf, texte_de
from tests.conftest import Acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]

LATER = "Réessayez dans quelques minutes"


@pytest.fixture
def document(consentante: Acteur) -> Document:
    """A decision that sets a date when it is opened."""
    return depose(consentante.personne, "Décision", nature="décision", feuillets=[pdf("Decision", 2)])


def is_unread(document: Document) -> bool:
    document = Document.objects.select_related("notification").get(pk=document.pk)
    return document.ouvert_at is None and document.a_lire and document.notification.notifie_on is None


@pytest.fixture
def sans_stockage(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Takes the storage away; called again, brings it back."""
    kind = type(storage())
    plain = kind.get
    state = {"is_away": False}

    def get(self: object, cle: str) -> Iterator[bytes]:
        if state["is_away"]:
            raise StorageUnavailable("away")
        return plain(self, cle)

    monkeypatch.setattr(kind, "get", get)

    def switch() -> None:
        state["is_away"] = not state["is_away"]

    return switch


# --- the storage


def test_without_the_storage_every_page_says_so_and_nothing_is_read(
    consentante: Acteur, document: Document, sans_stockage: Callable[[], None]
) -> None:
    here = f"{ICI}{document.pk}/"
    sans_stockage()
    assert consentante.get(ICI).status_code == 200, "the list asks nothing of it"
    page = consentante.get(here)
    assert page.status_code == 200
    assert LATER in texte_de(page)
    assert "Télécharger" not in texte_de(page)
    assert "Utiliser dans un envoi" not in texte_de(page)
    for address in ("telecharger/", "pages/1/"):
        answer = consentante.get(f"{here}{address}")
        assert answer.status_code in {404, 503}, address
    for forme in ("zip", "pdf"):
        answer = consentante.get(f"{ICI}tout.{forme}")
        assert answer.status_code == 503
        assert LATER in texte_de(answer)
    assert is_unread(document)
    assert not Document.objects.get().is_perdu, "away is not lost"
    assert not Ligne.objects.filter(event="bibliotheque.document.opened").exists()
    # Back, everything is as it was.
    sans_stockage()
    assert "Page 1 sur 2" in texte_de(consentante.get(here))
    assert not is_unread(document)


def test_without_the_storage_nothing_is_begun_with_a_document(
    consentante: Acteur, document: Document, sans_stockage: Callable[[], None]
) -> None:
    consentante.get(f"{ICI}{document.pk}/")
    use = reverse("envois:utiliser", args=[document.pk])
    sans_stockage()
    answer = consentante.post(use)
    assert answer.status_code == 409
    assert LATER in texte_de(answer)
    assert not Envoi.objects.exists()
    sans_stockage()
    assert consentante.post(use).status_code == 302


def test_a_storage_without_room_shows_the_document_later_and_keeps_nothing_by_halves(
    consentante: Acteur, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document of the fund becomes a file the first time it is shown, which writes its pages."""
    before = Objet.objects.count()

    def full(*_: object, **__: object) -> Any:
        raise StorageFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(objets, "put", full)
        page = texte_de(consentante.get(f"{ICI}{document.pk}/"))
    assert LATER in page
    assert is_unread(document)
    assert Objet.objects.count() == before
    assert not Fichier.objects.exists()
    # It can be taken away all the same: nothing is written for that.
    assert octets_de(consentante.get(f"{ICI}{document.pk}/telecharger/")).startswith(b"%PDF")


def test_without_the_inspection_it_can_still_be_downloaded(
    consentante: Acteur, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enclos.coffre.inspecteur import inspector

    def gone(*_: object, **__: object) -> None:
        raise InspectionUnavailable("gone")

    monkeypatch.setattr(type(inspector()), "inspect", gone)
    assert LATER in texte_de(consentante.get(f"{ICI}{document.pk}/"))
    assert is_unread(document)
    assert octets_de(consentante.get(f"{ICI}{document.pk}/telecharger/")).startswith(b"%PDF")
    assert not is_unread(document)


# --- the database


@pytest.mark.parametrize("address", ["", "telecharger/"])
def test_an_opening_that_cannot_be_written_shows_nothing(
    consentante: Acteur, document: Document, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Never read without its date: the page and the bytes come only once it is written."""
    consentante.raise_request_exception = False

    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as broken:
        broken.setattr(actions, "record", away)
        answer = consentante.get(f"{ICI}{document.pk}/{address}")
    assert answer.status_code == 503
    assert "Le site est arrêté un moment" in texte_de(answer)
    assert is_unread(document)
    assert consentante.get(f"{ICI}{document.pk}/{address}").status_code == 200
    assert not is_unread(document)


def test_a_download_of_all_that_cannot_be_written_down_does_not_begin(
    consentante: Acteur, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    consentante.raise_request_exception = False

    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as broken:
        broken.setattr(actions, "downloaded", away)
        assert consentante.get(f"{ICI}tout.zip").status_code == 503
    assert is_unread(document)
    # Its turn was given back.
    for _ in range(3):
        assert octets_de(consentante.get(f"{ICI}tout.zip"))


# --- a line cut


@pytest.mark.parametrize("forme", ["zip", "pdf"])
def test_asked_for_a_part_it_gives_the_whole(consentante: Acteur, document: Document, forme: str) -> None:
    """What is made as it leaves has no length: a browser that resumes gets it from its beginning, never a wrong end."""
    answer = consentante.get(f"{ICI}tout.{forme}", headers={"Range": "bytes=1000-"})
    assert answer.status_code == 200
    assert "Accept-Ranges" not in answer
    assert octets_de(answer)[:4] in {b"PK\x03\x04", b"%PDF"}
