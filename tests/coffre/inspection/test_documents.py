"""PDF: only pages remain, all of them, in parts of less than 1 Mo."""

import io
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest

from enclos.coffre.inspection import lisibilite
from enclos.coffre.inspection.types import Inspected
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire


def text_of(found: Inspected) -> list[str]:
    pages = []
    for part in found.parts:
        document = pypdfium2.PdfDocument(part.data)
        pages += [page.get_textpage().get_text_bounded() for page in document]
        document.close()
    return pages


def names_in(data: bytes) -> set[str]:
    """Every key of every dictionary of a PDF, unfolded."""
    names: set[str] = set()
    with pikepdf.open(io.BytesIO(data)) as document:
        pending: list[object] = [document.trailer, *document.objects]
        seen: set[tuple[int, int]] = set()
        while pending:
            value = pending.pop()
            if isinstance(value, pikepdf.Array):
                pending += list(value)
            elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                if value.is_indirect:
                    if value.objgen in seen:
                        continue
                    seen.add(value.objgen)
                names |= set(value.keys())
                pending += list(value.values())
    return names


DANGEROUS = {
    "/JS", "/JavaScript", "/OpenAction", "/AA", "/A", "/Launch", "/Annots", "/AcroForm", "/XFA", "/EmbeddedFiles",
    "/EF", "/Names", "/Outlines", "/Metadata", "/PieceInfo", "/Info", "/StructTreeRoot", "/URI", "/OCProperties",
}  # fmt: skip


HOSTILE: dict[str, Callable[[], bytes]] = {
    "javascript": fabrique.pdf_with_javascript,
    "attachment": fabrique.pdf_with_attachment,
    "metadata": fabrique.pdf_with_metadata,
    "form": lambda: fabrique.pdf_form(with_appearance=True),
    "locked": lambda: fabrique.pdf_locked(user=""),
    "layers": fabrique.pdf_layered,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_but_pages_remains(laboratoire: Laboratoire, name: str) -> None:
    for part in laboratoire.accepts(HOSTILE[name](), "papier.pdf").parts:
        assert not names_in(part.data) & DANGEROUS
        assert b"Jeanne Delattre" not in part.data or b"Tj" in part.data


def test_the_text_of_every_page_remains(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.pdf_text(12), "papier.pdf")
    assert [line.strip() for line in text_of(found)] == [f"Bonjour page {number}" for number in range(1, 13)]
    assert found.pages == 12
    assert found.conseils == ()


def test_scripts_are_told_and_removed(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.pdf_with_javascript(), "papier.pdf")
    assert found.conseils == ("elements_actifs_retires",)


def test_embedded_files_go_to_the_antivirus_unfolded(laboratoire: Laboratoire) -> None:
    content = b"un virus peut-etre " * 50
    found = laboratoire.accepts(fabrique.pdf_with_attachment(content), "papier.pdf")
    assert found.a_analyser == (content,)
    assert "pieces_jointes_retirees" in found.conseils
    assert content[:30] not in found.parts[0].data


@pytest.mark.parametrize("with_appearance", [True, False])
def test_what_was_typed_in_a_form_stays_visible(laboratoire: Laboratoire, with_appearance: bool) -> None:
    found = laboratoire.accepts(fabrique.pdf_form("Zoe Martin", with_appearance=with_appearance), "formulaire.pdf")
    assert "Zoe Martin" in text_of(found)[0]
    assert "formulaire_aplati" in found.conseils


def test_a_long_answer_is_not_cut(laboratoire: Laboratoire) -> None:
    """An answer that the file does not draw itself: it must be broken into lines as in the form."""
    answer = "J’ai déménagé le 3 mai avec mes deux enfants et je demande la révision de mon aide au logement."
    found = laboratoire.accepts(fabrique.pdf_form(answer, flags=4096), "formulaire.pdf")
    assert " ".join(text_of(found)[0].split()).endswith(answer)


def test_a_number_in_boxes_is_drawn(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.pdf_form("0612345678", flags=1 << 24, length=10), "formulaire.pdf")
    assert "0612345678" in "".join(text_of(found)[0].split())


def test_an_owner_lock_opens_with_the_empty_password(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.pdf_locked(user=""), "papier.pdf")
    assert "protection_retiree" in found.conseils
    with pikepdf.open(io.BytesIO(found.parts[0].data)) as document:
        assert not document.is_encrypted


def test_a_hidden_layer_stays_hidden(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.pdf_layered(), "papier.pdf")
    image = pypdfium2.PdfDocument(found.parts[0].data)[0].render().to_pil().convert("L")
    assert image.getpixel((300, 700)) == 255
    assert "pages_en_image" in found.conseils


ORDINARY: dict[str, Callable[[], bytes]] = {
    "text": lambda: fabrique.pdf_text(3),
    "drawing": fabrique.pdf_drawing,
    "scan": lambda: fabrique.pdf_scan(1),
    "form": lambda: fabrique.pdf_form(with_appearance=True),
    "latin-1 names": fabrique.pdf_named_in_latin1,
    "layers": fabrique.pdf_layered,
}


@pytest.mark.parametrize("name", ORDINARY)
def test_the_copy_looks_like_what_was_received(laboratoire: Laboratoire, name: str) -> None:
    data = ORDINARY[name]()
    source = pypdfium2.PdfDocument(data)
    source.init_forms()
    copy = pypdfium2.PdfDocument(laboratoire.accepts(data, "papier.pdf").parts[0].data)
    for index in range(len(source)):
        before = source[index].render(scale=1.5).to_pil().convert("L")
        after = copy[index].render(scale=1.5).to_pil().convert("L")
        assert lisibilite.fidelity(before, after) > 35
        assert before.getextrema()[0] < 200


def test_names_in_an_old_encoding_are_kept(laboratoire: Laboratoire) -> None:
    assert text_of(laboratoire.accepts(fabrique.pdf_named_in_latin1(), "papier.pdf"))[0].strip() == "Ancien"


def test_an_empty_key_is_not_a_fault(laboratoire: Laboratoire) -> None:
    data = fabrique.raw_pdf(b"0 0 99 99 re f", []).replace(b"/Resources<<>>", b"/Resources<</Inconnu null>>")
    assert laboratoire.accepts(data, "papier.pdf").pages == 1


@pytest.mark.parametrize("turn", range(4))
def test_a_pdf_turns_without_being_drawn_again(laboratoire: Laboratoire, turn: int) -> None:
    found = laboratoire.accepts(fabrique.pdf_text(2), "papier.pdf", turn=turn)
    width, height = pypdfium2.PdfDocument(found.parts[0].data)[1].get_size()
    assert (width > height) == bool(turn % 2)
    assert "Bonjour page 2" in text_of(found)[1]


def test_a_heavy_scan_is_cut_in_parts_at_page_bounds(laboratoire: Laboratoire) -> None:
    data = fabrique.pdf_scan(5)
    found = laboratoire.accepts(data, "scan.pdf")
    assert len(data) > 4_000_000
    assert len(found.parts) == 5
    assert found.pages == 5
    assert "decoupe_en_parties" in found.conseils
    assert found.bilan["fidelite_db"] is None


def test_light_pages_share_a_part(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.pdf_scan(6, quality=40), "scan.pdf")
    assert 1 < len(found.parts) < 6
    assert found.pages == 6
    assert all(part.pages >= 1 for part in found.parts)


def test_a_page_heavier_than_a_part_is_lightened_and_keeps_its_text(laboratoire: Laboratoire) -> None:
    data = fabrique.pdf_of_images([fabrique.jpeg_heavy()])
    with pikepdf.open(io.BytesIO(data)) as document:
        page = document.pages[0].obj
        page["/Resources"]["/Font"] = pikepdf.Dictionary(
            F=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        page["/Contents"] = document.make_stream(
            page["/Contents"].read_bytes() + b" BT /F 9 Tf 9 9 Td 3 Tr (mots) Tj ET"
        )
        data = fabrique.written(document)
    found = laboratoire.accepts(data, "scan.pdf")
    assert len(found.parts) == 1
    assert "reduite" in found.conseils
    assert "mots" in text_of(found)[0]
    assert isinstance(found.bilan["fidelite_db"], float)


def test_a_page_of_many_images_is_drawn_when_lightening_them_is_not_enough(laboratoire: Laboratoire) -> None:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        images, content = {}, b""
        for index in range(12):
            picture = fabrique.jpeg_photo(1200, 1600, noise=40, quality=80)
            stream = document.make_stream(picture + b"\x00" * index)
            stream.write(picture + b"\x00" * index, filter=pikepdf.Name.DCTDecode)
            stream["/Type"], stream["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
            stream["/Width"], stream["/Height"], stream["/BitsPerComponent"] = 1200, 1600, 8
            stream["/ColorSpace"] = pikepdf.Name.DeviceRGB
            images[f"/I{index}"] = stream
            content += b"q 140 0 0 190 %d %d cm /I%d Do Q " % (10 + index % 4 * 145, 20 + index // 4 * 200, index)
        page = document.pages[0].obj
        page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(images))
        page["/Contents"] = document.make_stream(content)
        data = fabrique.written(document)
    found = laboratoire.accepts(data, "planche.pdf")
    assert found.pages == 1
    assert "reduite" in found.conseils


def test_three_hundred_pages_are_read(laboratoire: Laboratoire) -> None:
    assert laboratoire.accepts(fabrique.pdf_text(300), "long.pdf").pages == 300


def test_trailing_bytes_are_cut(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.with_trailing(fabrique.pdf_text()), "papier.pdf")
    assert "octets_en_trop" in found.conseils
    assert b"<?php" not in found.parts[0].data


def test_a_byte_order_mark_before_a_pdf_is_forgiven(laboratoire: Laboratoire) -> None:
    assert laboratoire.accepts(b"\xef\xbb\xbf" + fabrique.pdf_text(), "papier.pdf").pages == 1
    assert laboratoire.accepts(b"\r\n" + fabrique.pdf_text(), "papier.pdf").pages == 1


def test_a_broken_table_in_a_whole_file_is_repaired_and_told(laboratoire: Laboratoire) -> None:
    data = fabrique.raw_pdf(b"0 0 99 99 re f", []).replace(b"startxref\n", b"startxref\n9")
    found = laboratoire.accepts(data, "papier.pdf")
    assert "repare" in found.conseils


def test_the_same_file_gives_the_same_copy(laboratoire: Laboratoire) -> None:
    data = fabrique.pdf_form(with_appearance=True)
    assert laboratoire.accepts(data).parts == laboratoire.accepts(data).parts
