"""What leaves the vault: to be saved and never run, as images of our own making, or not at all."""

import io
import os
from urllib.parse import quote

import pikepdf
import pytest
from PIL import Image

from enclos.coffre import actions, objets, pages, responses
from enclos.coffre.models import Fichier
from enclos.coffre.pages import NotShown
from enclos.coffre.refus import FileWithheld
from enclos.coffre.storage import storage
from enclos.journal.actions import SYSTEM
from enclos.socle.sealed import SealError
from tests.coffre.conftest import written

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.coffre.urls")]


def got(client, objet, name="papier.pdf"):
    return client.get(f"/essais/{objet.pk}/{quote(name)}")


def whole(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("size", [0, 10, 999_999, 3_000_001])
def test_a_download_gives_back_the_bytes_and_their_length(coffre, client, size):
    data = os.urandom(size)
    response = got(client, objets.store(data, "application/pdf"))
    assert whole(response) == data
    assert response["Content-Length"] == str(size)


@pytest.mark.parametrize("size", [10, 3_000_001])
def test_a_download_is_saved_and_never_run_nor_kept(coffre, client, size):
    response = got(client, objets.store(b"<script>" * (size // 8), "application/pdf"), "Facture d’été « 2 ».pdf")
    whole(response)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert quote("Facture d’été « 2 ».pdf") in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("name", ['a"b.pdf', "a\\b.pdf", "a;b.pdf", "a%0d%0aSet-Cookie: x.pdf", "é.pdf", "\u202e.pdf"])
def test_no_name_escapes_its_header(coffre, client, name):
    response = got(client, objets.store(b"x", "application/pdf"), name)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "\n" not in response["Content-Disposition"]


@pytest.mark.parametrize("size", [10, 3_000_001])
def test_a_lost_object_is_a_page_that_says_so(coffre, client, size):
    objet = objets.store(os.urandom(size), "application/pdf")
    storage().delete(objet.cle)
    response = got(client, objet)
    assert response.status_code == 503
    assert "Réessayez dans quelques minutes" in response.content.decode()


def test_a_changed_object_is_never_served(coffre, client):
    objet = objets.store(os.urandom(500_000), "application/pdf")
    path = coffre / objet.cle[:2] / objet.cle
    changed = bytearray(path.read_bytes())
    changed[400_000] ^= 1
    path.write_bytes(changed)
    assert got(client, objet).status_code == 503


def test_a_large_object_that_was_changed_stops_where_it_was(coffre, client):
    data = os.urandom(3_000_000)
    objet = objets.store(data, "application/pdf")
    path = coffre / objet.cle[:2] / objet.cle
    path.write_bytes(path.read_bytes()[:2_000_000])
    response = got(client, objet)
    received = bytearray()
    with pytest.raises(SealError):
        received.extend(byte for piece in response.streaming_content for byte in piece)
    assert data.startswith(received)


def test_images_and_papers_of_our_own_making_are_shown_in_place():
    image = responses.image(b"\xff\xd8")
    assert (image["Content-Type"], image["Content-Disposition"]) == ("image/jpeg", "inline")
    assert image["Content-Security-Policy"].startswith("sandbox")
    paper = responses.inline_pdf(b"%PDF-1.7", "page.pdf")
    assert paper["Content-Disposition"] == 'inline; filename="page.pdf"'
    assert "default-src 'none'" in paper["Content-Security-Policy"]


@pytest.fixture
def deux_pages(coffre, inspecteur, recevoir):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.add_blank_page(page_size=(842, 595))
    output = io.BytesIO()
    pdf.save(output)
    return actions.receive(recevoir(output.getvalue(), "deux.pdf"), by=SYSTEM)


def size_of(jpeg):
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        return image.size


def test_each_page_is_an_image_of_the_width_asked(deux_pages):
    upright, flat = (size_of(pages.page_image(deux_pages, number, width=400)) for number in (1, 2))
    assert (upright[0], flat[0]) == (pytest.approx(400, abs=1), pytest.approx(400, abs=1))
    assert upright[1] > upright[0]
    assert flat[1] < flat[0]


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_page_that_is_not_there_is_not_made_up(deux_pages, number):
    with pytest.raises(IndexError):
        pages.page_image(deux_pages, number, width=400)


def test_what_was_received_can_be_compared_with_its_copy(coffre, inspecteur, recevoir, photo):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    assert size_of(pages.original_image(fichier, width=300))[0] == pytest.approx(300, abs=1)


def test_several_files_become_one_document(deux_pages, recevoir, photo):
    other = actions.receive(recevoir(photo), by=SYSTEM)
    with pikepdf.open(io.BytesIO(pages.assembled([other, deux_pages]))) as pdf:
        assert len(pdf.pages) == 3


def test_parts_are_named_after_the_file_and_end_as_they_are(coffre, inspecteur, recevoir):
    fichier = actions.receive(recevoir(written(900, 1200, kind="PNG").getvalue(), "Facture d’eau.png"), by=SYSTEM)
    partie = fichier.parties.get()
    suffix = {"image/png": ".png", "image/jpeg": ".jpg"}[partie.media_type]
    assert partie.nom_de_fichier == f"Facture d’eau{suffix}"
    partie.rang = 2
    assert partie.nom_de_fichier == f"Facture d’eau - partie 2{suffix}"


def test_a_withheld_file_is_shown_by_no_way(deux_pages):
    fichier = actions.quarantine(deux_pages, by=SYSTEM)
    for show in (
        lambda: pages.page_image(fichier, 1, width=400),
        lambda: pages.original_image(fichier, width=400),
        lambda: pages.assembled([fichier]),
    ):
        with pytest.raises(FileWithheld):
            show()


def test_when_nobody_can_draw_it_the_person_is_told(deux_pages, monkeypatch, tmp_path):
    monkeypatch.setattr("enclos.coffre.inspecteur._address", str(tmp_path / "personne.sock"))
    with pytest.raises(NotShown):
        pages.page_image(deux_pages, 1, width=400)


def test_pages_read_what_was_prefetched(deux_pages, django_assert_num_queries):
    fichier = Fichier.objects.prefetch_related("parties__objet").get(pk=deux_pages.pk)
    with django_assert_num_queries(0):
        pages.page_image(fichier, 1, width=200)
