"""Taking documents away: one, several, all of a year; as a ZIP or as one PDF, in flat memory."""

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from enclos.accuses.models import Accuse
from enclos.bibliotheque import actions, telechargement
from enclos.bibliotheque.models import Document, Origine
from enclos.coffre import assemblage
from enclos.coffre.actions import quarantine
from enclos.coffre.inspecteur import inspector
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.coffre.models import Objet
from enclos.coffre.objets import store
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import today_paris
from tests.agents.conftest import file_of
from tests.bibliotheque.conftest import ICI, depose, octets_de, pdf, texte_de
from tests.coffre.inspection import fabrique
from tests.conftest import Acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


def lose(document: Document) -> None:
    storage().delete(document.sheets[0].original.cle)


def archive_of(response: Any) -> zipfile.ZipFile:
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/zip"
    found = zipfile.ZipFile(io.BytesIO(octets_de(response)))
    assert found.testzip() is None
    return found


def pages_of(response: Any) -> list[str]:
    """The text of each page of a PDF."""
    import pypdfium2

    data = octets_de(response)
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as document:
        assert not document.check_pdf_syntax()
    document = pypdfium2.PdfDocument(data)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def three(acteur: Acteur) -> list[Document]:
    return [
        depose(acteur.personne, f"Releve {year}", day=date(year, 3, 1), feuillets=[pdf(f"Releve {year}", 2)])
        for year in (2023, 2024, 2025)
    ]


def test_those_ticked_come_as_a_zip_with_its_list(adherente: Acteur) -> None:
    first, second, _ = three(adherente)
    answer = adherente.post(f"{ICI}selection/", {"d": [str(first.pk), str(second.pk)], "action": "zip"})
    assert answer["Content-Disposition"] == 'attachment; filename="mes-documents.zip"'
    assert "no-store" in answer["Cache-Control"]
    found = archive_of(answer)
    assert found.namelist() == [
        "2024/2024-03-01 Releve 2024.pdf", "2023/2023-03-01 Releve 2023.pdf", "sommaire.html", "sommaire.csv"
    ]  # fmt: skip
    assert found.read("2024/2024-03-01 Releve 2024.pdf").startswith(b"%PDF-")
    rows = list(csv.DictReader(io.StringIO(found.read("sommaire.csv").decode("utf-8-sig")), delimiter=";"))
    assert [row["document"] for row in rows] == ["Releve 2024", "Releve 2023"]
    assert rows[0]["sha256"] == second.sheets[0].original.sha256
    for document in Document.objects.order_by("date")[:2]:
        assert document.ouvert_at, "taken away is opened"
    line = Ligne.objects.get(event="bibliotheque.document.downloaded")
    assert (line.details["forme"], line.details["nombre"]) == ("zip", 2)


def test_all_of_a_filter_comes_as_one_pdf_the_oldest_first_with_its_contents(adherente: Acteur) -> None:
    three(adherente)
    answer = adherente.get(f"{ICI}tout.pdf?du=2024-01-01")
    assert answer["Content-Type"] == "application/pdf"
    data = octets_de(answer)
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as document:
        assert len(document.pages) == 4
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Releve 2024, 1er mars 2024", "Releve 2025, 1er mars 2025"]
    assert adherente.get(f"{ICI}tout.zip?annee=2025")["Content-Disposition"].endswith('"mes-documents-2025.zip"')


def test_the_pages_of_one_pdf_are_those_of_the_documents(adherente: Acteur) -> None:
    three(adherente)
    assert pages_of(adherente.get(f"{ICI}tout.pdf")) == [
        f"Releve {year} page {number}" for year in (2023, 2024, 2025) for number in (1, 2)
    ]


@pytest.mark.parametrize(
    "data",
    [
        fabrique.pdf_with_javascript(), fabrique.pdf_with_attachment(), fabrique.pdf_form(), fabrique.pdf_drawing(),
        fabrique.pdf_scan(2), fabrique.pdf_locked(user=""), fabrique.pdf_with_metadata(), fabrique.pdf_named_in_latin1(),
    ],
    ids=["script", "attachment", "form", "drawing", "scan", "owner locked", "metadata", "odd names"],
)  # fmt: skip
def test_any_pdf_joins_the_others_and_brings_nothing_that_acts(adherente: Acteur, data: bytes) -> None:
    depose(adherente.personne, feuillets=[store(data, "application/pdf")])
    depose(adherente.personne, "Suite", feuillets=[pdf("Suite")], day=today_paris() - timedelta(days=1))
    made = octets_de(adherente.get(f"{ICI}tout.pdf"))
    with pikepdf.open(io.BytesIO(data)) as source, pikepdf.open(io.BytesIO(made), attempt_recovery=False) as document:
        assert not document.check_pdf_syntax()
        assert len(document.pages) == len(source.pages) + 1
        assert document.pages[1].obj.MediaBox == source.pages[0].mediabox
        assert not any("/AA" in page.obj or "/A" in page.obj for page in document.pages)
    for word in (b"/JavaScript", b"/JS (", b"/OpenAction", b"/EmbeddedFile"):
        assert word not in made


def test_photos_and_scans_join_too(adherente: Acteur) -> None:
    depose(
        adherente.personne,
        feuillets=[store(fabrique.jpeg_photo(), "image/jpeg"), store(fabrique.png_page(), "image/png")],
    )
    actions.file(
        adherente.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Bail", date=today_paris(), feuillets=[file_of(2)], by=SYSTEM
    )  # fmt: skip
    with pikepdf.open(io.BytesIO(octets_de(adherente.get(f"{ICI}tout.pdf"))), attempt_recovery=False) as document:
        assert len(document.pages) == 4


def test_a_document_of_several_files_comes_as_a_zip(adherente: Acteur) -> None:
    document = depose(adherente.personne, "Photos", feuillets=[pdf("Un"), pdf("Deux")], day=date(2025, 1, 2))
    found = archive_of(adherente.get(f"{ICI}{document.pk}/telecharger/"))
    assert found.namelist()[:2] == ["2025/2025-01-02 Photos.pdf", "2025/2025-01-02 Photos (2).pdf"]


def test_one_that_the_vault_lost_is_named_and_keeps_back_no_other(adherente: Acteur) -> None:
    documents = three(adherente)
    lose(documents[1])
    quarantine(fichier := file_of(), by=SYSTEM)
    actions.file(
        adherente.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Ordonnance", date=date(2022, 1, 1), feuillets=[fichier], by=SYSTEM
    )  # fmt: skip
    found = archive_of(adherente.get(f"{ICI}tout.zip"))
    assert [name[:4] for name in found.namelist()] == ["2025", "2023", "A LI", "somm", "somm"]
    told = found.read("sommaire.html").decode()
    assert "2 fichiers manquent ici" in told
    assert "Manque : perdu ou abîmé : signalez-le-nous" in told
    assert "Manque : retiré (document médical)" in told
    pages = pages_of(adherente.get(f"{ICI}tout.pdf"))
    assert len(pages) == 6
    assert "Ce document n’a pas pu être joint" in pages[0]
    assert "Releve 2024, 1er mars 2024 Raison : perdu ou abîmé" in pages[3]
    assert pages[4] == "Releve 2025 page 1"


def test_a_damaged_object_is_named_too(adherente: Acteur) -> None:
    documents = three(adherente)
    Objet.objects.filter(pk=documents[0].sheets[0].original.pk).update(wrapped_key=b"x" * 60)
    found = archive_of(adherente.get(f"{ICI}tout.zip"))
    assert "perdu ou abîmé" in found.read("sommaire.csv").decode()
    assert "perdu ou abîmé" in pages_of(adherente.get(f"{ICI}tout.pdf"))[0]


def test_an_object_damaged_past_its_beginning_is_named_and_the_zip_is_whole(adherente: Acteur) -> None:
    documents = three(adherente)
    heavy = depose(adherente.personne, "Lourd", feuillets=[store(fabrique.pdf_scan(1), "application/pdf")])
    path = storage()._path(heavy.sheets[0].original.cle)
    path.write_bytes(path.read_bytes()[:-50])
    found = archive_of(adherente.get(f"{ICI}tout.zip"))
    assert len(found.namelist()) == len(documents) + 4
    assert "abîmé, le fichier joint est incomplet" in found.read("sommaire.csv").decode()
    assert "perdu ou abîmé" in pages_of(adherente.get(f"{ICI}tout.pdf"))[-1]


def test_a_vault_that_is_away_is_a_page_that_says_so(adherente: Acteur, monkeypatch: pytest.MonkeyPatch) -> None:
    three(adherente)

    def away(*_: object) -> Iterator[bytes]:
        raise StorageUnavailable("away")
        yield b""

    monkeypatch.setattr(telechargement, "stream", away)
    for forme in ("zip", "pdf"):
        answer = adherente.get(f"{ICI}tout.{forme}")
        assert answer.status_code == 503
        assert "Réessayez dans quelques minutes" in texte_de(answer)
    assert not Document.objects.filter(ouvert_at__isnull=False).exists(), "nothing was had"


def test_a_vault_or_an_inspection_that_leaves_in_the_middle_is_told_once_for_all(
    adherente: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents, asked = three(adherente), []
    plain = assemblage.read

    def read(objet: Objet) -> bytes:
        asked.append(objet.pk)
        if objet.pk != documents[0].sheets[0].original.pk:
            raise StorageUnavailable("away")
        return plain(objet)

    monkeypatch.setattr(assemblage, "read", read)
    pages = pages_of(adherente.get(f"{ICI}tout.pdf"))
    assert ["indisponible" in page for page in pages] == [False, False, True, True]
    assert len(asked) == 2, "the others are not waited for"
    monkeypatch.setattr(assemblage, "read", plain)

    def gone(*_: object, **__: object) -> None:
        raise InspectionUnavailable("gone")

    monkeypatch.setattr(type(inspector()), "fragment", gone)
    assert len(pages_of(adherente.get(f"{ICI}tout.pdf"))) == 3


def test_nothing_ticked_or_too_much_is_a_sentence_that_says_what_to_do(
    adherente: Acteur, voisin: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = three(adherente)
    answer = adherente.post(f"{ICI}selection/", {"action": "zip"})
    assert answer.status_code == 422
    assert "Cochez au moins un document" in texte_de(answer)
    assert voisin.post(f"{ICI}selection/", {"d": str(documents[0].pk), "action": "zip"}).status_code == 422
    monkeypatch.setattr("enclos.bibliotheque.views.PDF_DOCUMENTS", 2)
    monkeypatch.setattr(telechargement, "PDF_DOCUMENTS", 2)
    answer = adherente.get(f"{ICI}tout.pdf")
    assert answer.status_code == 422
    assert "Choisissez une année ou un domaine" in texte_de(answer)
    monkeypatch.setattr(telechargement, "ZIP_BYTES", 100)
    assert "plus de 100 octets" in texte_de(adherente.get(f"{ICI}tout.zip"))


def test_a_third_download_at_once_waits_for_its_turn(adherente: Acteur) -> None:
    three(adherente)
    going = [adherente.get(f"{ICI}tout.zip") for _ in range(2)]
    assert adherente.get(f"{ICI}tout.zip").status_code == 429
    cut(going[0])
    assert archive_of(adherente.get(f"{ICI}tout.zip"))
    cut(going[1])


def cut(response: Any) -> None:
    """The line is cut: the server closes what it was sending. (Closing the answer itself would close the database of the test.)"""
    for close in response._resource_closers:
        close()


def resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_four_years_of_statements_leave_in_flat_memory(adherente: Acteur) -> None:
    """Four hundred documents, eighty megabytes: a few more in memory, for the ZIP and for the one PDF alike."""
    statement = store(fabrique.written(fabrique.text_document(2), compress=True), "application/pdf")
    heavy = fabrique.pdf_scan(1, width=620, height=877)
    sheets = [store(heavy, "application/pdf") for _ in range(399)]
    assert sum(sheet.taille for sheet in sheets) > 79_000_000
    for number, sheet in enumerate((statement, *sheets)):
        depose(
            adherente.personne, f"Relevé {number}", day=today_paris() - timedelta(days=3 * number), feuillets=[sheet]
        )
    del sheets
    for forme in ("zip", "pdf"):
        answer = adherente.get(f"{ICI}tout.{forme}")
        before, highest, given = resident(), 0, 0
        for piece in answer.streaming_content:
            given += len(piece)
            highest = max(highest, resident())
        assert given > 75_000_000
        assert highest - before < 25_000_000, f"{forme}: {(highest - before) / 1e6:.0f} MB more"


def test_a_receipt_still_being_signed_says_so(adherente: Acteur) -> None:
    accuse = Accuse.objects.create(
        genre="reception", caisse=adherente.personne.caisse, reference="KM7-RP4-QB2", code="ABCDEFGHJK",
        received_at="2026-11-02T10:00Z", contenu={}, modele="1",
    )  # fmt: skip
    document = actions.file(
        adherente.personne, "accuse:1", origine=Origine.ACCUSE, libelle="Accusé de réception", date=today_paris(), accuse=accuse, by=SYSTEM
    )  # fmt: skip
    assert "encore en préparation" in texte_de(adherente.get(f"{ICI}{document.pk}/"))
    assert adherente.get(f"{ICI}{document.pk}/telecharger/").status_code == 202
    Accuse.objects.filter(pk=accuse.pk).update(pdf=store(fabrique.pdf_text(), "application/pdf"))
    assert octets_de(adherente.get(f"{ICI}{document.pk}/telecharger/")).startswith(b"%PDF")
    assert adherente.get(f"{ICI}{document.pk}/pages/1/")["Content-Type"] == "image/jpeg"
    assert Document.objects.nouveaux().count() == 0


@pytest.mark.parametrize("forme", ["zip", "pdf"])
def test_an_empty_list_has_nothing_to_download_and_no_button(adherente: Acteur, forme: str) -> None:
    assert f"tout.{forme}" not in texte_de(adherente.get(ICI))
    response = adherente.get(f"{ICI}tout.{forme}")
    assert response.status_code == 404
    page = texte_de(response)
    assert "Il n’y a aucun document à télécharger dans cette liste." in page
    assert "Cochez" not in page
