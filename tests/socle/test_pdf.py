"""Paper: tagged, the same to the byte, and deaf to what members type."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from pdfua.validator import validate
from pypdfium2 import PdfDocument

from enclos.socle import pdf

AT = datetime(2026, 11, 21, 9, 47, tzinfo=UTC)
SOURCE = """
#import "/socle/typst/papier.typ": *
#let d = json(bytes(sys.inputs.at("data")))
#show: feuille.with(titre: "Essai", auteur: "Caisse", couleur: rgb("#1d6242"), pied: [pied])
= Essai
#for mot in d.mots [ #mot \\ ]
"""


@pytest.fixture
def modele():
    """A template lives under `enclos/`, from where it reads the shared look."""
    path = pdf.ROOT / "socle" / "typst" / f"essai-{os.getpid()}.typ"
    path.write_text(SOURCE)
    try:
        yield path
    finally:
        path.unlink()


def text_of(data: bytes) -> str:
    document = PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "\n")


def test_the_paper_is_the_same_to_the_byte_for_the_same_words(modele: Path):
    assert pdf.typeset(modele, {"mots": ["un"]}, at=AT) == pdf.typeset(modele, {"mots": ["un"]}, at=AT)
    assert pdf.typeset(modele, {"mots": ["un"]}, at=AT) != pdf.typeset(modele, {"mots": ["deux"]}, at=AT)


def test_the_paper_declares_its_standards_its_language_and_its_title(modele: Path, tmp_path: Path):
    path = tmp_path / "essai.pdf"
    path.write_bytes(pdf.typeset(modele, {"mots": ["un"]}, at=AT))
    with pikepdf.open(path) as document:
        metadata = document.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("2", "A", "1")
        assert metadata["dc:title"] == "Essai"
        assert str(document.Root.Lang) == "fr-FR"
        assert document.Root.MarkInfo.Marked
        assert document.Root.StructTreeRoot
        assert str(document.docinfo["/CreationDate"]).startswith("D:20261121094700")
        fonts = [font for page in document.pages for font in page.Resources.Font.values()]
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        assert all("/FontFile2" in item or "/FontFile3" in item for item in descriptors)
    assert validate(str(path)).findings == ()


@pytest.mark.parametrize(
    "mot",
    [
        '#read("/etc/passwd")',
        '#import "/socle/typst/papier.typ": *',
        "= Titre *gras* _italique_ $x^2$ @renvoi <etiquette>",
        "\\ #panic() ${}",
        '"; #sys.inputs',
    ],
)
def test_what_a_member_types_is_never_an_instruction(modele: Path, mot: str):
    assert mot in text_of(pdf.typeset(modele, {"mots": [mot]}, at=AT)).replace("\ufffe", "").replace("\u200b", "")


def test_names_of_all_europe_come_out_as_they_are_written(modele: Path):
    mots = [
        "D’Août-Lefèvre",
        "Œuvrard",
        "Łukasz Żółć",
        "Çağla Yıldız",
        "Ștefan Țuțea",
        "Γεωργία",
        "Оксана Ющенко",
    ]
    text = text_of(pdf.typeset(modele, {"mots": mots}, at=AT))
    for mot in mots:
        assert mot in text


def test_every_sign_said_to_be_in_our_fonts_is(modele: Path):
    signs = [chr(code) for code in range(0x20, 0x2200) if not pdf.BEYOND_OUR_FONTS.match(chr(code))]
    printable = pdf.clean(" ".join(signs)).split(" ")
    pdf.compiled(modele, {"mots": [" ".join(printable)]}, AT)


def test_signs_that_no_font_has_become_a_square_and_the_rest_stays(modele: Path):
    text = text_of(pdf.typeset(modele, {"mots": ["Mme 漢字 Dupont 😀"]}, at=AT))
    assert "Mme □□ Dupont □" in text


def test_controls_and_direction_marks_are_left_out(modele: Path):
    text = text_of(pdf.typeset(modele, {"mots": ["fac\u202eture\0\x07.pdf"]}, at=AT))
    assert "facture.pdf" in text


def test_a_word_without_end_stays_on_the_sheet(modele: Path):
    document = PdfDocument(pdf.typeset(modele, {"mots": ["x" * 300, "ç" * 255]}, at=AT))
    page = document[0].get_textpage()
    rights = [page.get_charbox(index)[2] for index in range(page.count_chars())]
    assert max(rights) < 210 / 25.4 * 72


def test_a_broken_template_is_an_error_of_ours(modele: Path):
    modele.write_text("#panic(")
    with pytest.raises(pdf.TypesetError):
        pdf.typeset(modele, {}, at=AT)


def test_nothing_is_said_in_the_logs_for_a_sound_template(modele: Path, caplog: pytest.LogCaptureFixture):
    pdf.typeset(modele, {"mots": ["un"]}, at=AT)
    assert not caplog.records
