"""What bad input gets: a refusal by name, that says how to cure it, and never a crash."""

from collections.abc import Callable

import pytest

from enclos.coffre.inspection import phrases
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire

# Files are made when their test runs, not when pytest reads this module: some of them take a second.
WHOLE: dict[str, Callable[[], bytes]] = {
    "photo.jpg": lambda: fabrique.jpeg_photo(600, 800),
    "progressive.jpg": lambda: fabrique.jpeg_photo(600, 800, progressive=True),
    "capture.png": lambda: fabrique.png_page(600, 800),
    "photo.heic": fabrique.heic_photo,
    "papier.pdf": lambda: fabrique.pdf_text(3),
}


def test_an_empty_file(laboratoire: Laboratoire) -> None:
    assert laboratoire.refuses(b"", "papier.pdf").code == "vide"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", WHOLE)
def test_a_truncated_file(laboratoire: Laboratoire, name: str, kept: float) -> None:
    assert laboratoire.refuses(fabrique.truncated(WHOLE[name](), kept), name).code == "tronque"


@pytest.mark.parametrize(
    ("seems", "data"),
    [
        ("word", b"PK\x03\x04" + b"\x00" * 26 + b"word/document.xml" + b"\x00" * 50),
        ("excel", b"PK\x03\x04" + b"\x00" * 26 + b"xl/workbook.xml" + b"\x00" * 50),
        ("opendocument", b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.text"),
        ("zip", b"PK\x03\x04" + b"\x00" * 26 + b"photos/1.txt"),
        ("office_ancien", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("html", b"<!DOCTYPE html><html><body>Bonjour</body></html>"),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("programme", b"MZ\x90\x00" + b"\x00" * 100),
        ("texte", "Bonjour, voici mon relevé.".encode()),
        ("courriel", b"Received: from mail.example\r\nSubject: Bonjour\r\n\r\nTexte"),
        ("video", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
        ("avif", b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif"),
        ("tiff", b"II*\x00" + b"\x00" * 100),
        ("inconnu", bytes(range(256))),
    ],
)
def test_another_kind_of_file_is_named(laboratoire: Laboratoire, seems: str, data: bytes) -> None:
    refused = laboratoire.refuses(data, "papier.pdf")
    assert (refused.code, refused.details) == ("type_inconnu", {"type": seems})
    assert phrases.APPARENCES[seems][0] in refused.phrase


@pytest.mark.parametrize(("seems", "make"), [("gif", fabrique.gif), ("webp", fabrique.webp)])
def test_a_picture_of_another_kind_is_named(laboratoire: Laboratoire, seems: str, make: Callable[[], bytes]) -> None:
    assert laboratoire.refuses(make(), "photo.jpg").details == {"type": seems}


@pytest.mark.parametrize("name", ["gif then pdf", "html then pdf", "zip then pdf", "text then jpeg", "script then png"])
def test_a_file_hidden_behind_another_header(laboratoire: Laboratoire, name: str) -> None:
    assert laboratoire.refuses(fabrique.polyglots()[name], "papier.pdf").code == "contenu_cache"


@pytest.mark.parametrize(
    ("code", "make"),
    [
        pytest.param("pdf_mot_de_passe", fabrique.pdf_locked, id="password"),
        pytest.param("pdf_formulaire_xfa", fabrique.pdf_xfa, id="xfa"),
        pytest.param("pdf_porte_documents", fabrique.pdf_portfolio, id="portfolio"),
        pytest.param("trop_de_pages", lambda: fabrique.pdf_text(301), id="pages"),
        pytest.param("trop_complexe", fabrique.pdf_many_objects, id="objects"),
        pytest.param("trop_gonfle", fabrique.pdf_bomb, id="nested bomb"),
        pytest.param("trop_gonfle", lambda: fabrique.pdf_bomb(layers=1), id="plain bomb"),
        pytest.param("trop_gonfle", lambda: fabrique.pdf_bomb(layers=5), id="deep bomb"),
        pytest.param("trop_gonfle", lambda: fabrique.pdf_bomb(layers=40), id="forty filters"),
        pytest.param("trop_gonfle", fabrique.pdf_image_bomb, id="image bomb"),
        pytest.param("trop_gonfle", fabrique.pdf_object_stream_bomb, id="object bomb"),
        pytest.param("trop_gonfle", fabrique.pdf_attachment_bomb, id="attachment bomb"),
        pytest.param("pdf_illisible", lambda: b"%PDF-1.7\n" + b"n'importe quoi\n" * 100 + b"%%EOF", id="nonsense"),
        pytest.param(
            "pdf_illisible", lambda: fabrique.raw_pdf(b"pas compress\xc3\xa9", ["/FlateDecode"]), id="bad flate"
        ),
        pytest.param("pdf_illisible", lambda: fabrique.raw_pdf(b"0 0 9 9 re", ["/Inconnu"]), id="unknown filter"),
        pytest.param("trop_de_pixels", fabrique.png_blank, id="30000 png"),
        pytest.param("trop_de_pixels", lambda: fabrique.jpeg_declaring(30_000, 30_000), id="30000 jpeg"),
        pytest.param("tronque", lambda: fabrique.jpeg_declaring(9_000, 9_000), id="jpeg that lacks most of its blocks"),
        pytest.param(
            "image_illisible", lambda: b"\xff\xd8\xff\xe0\x00\x04ab" + b"n'importe quoi" * 9, id="nonsense jpeg"
        ),
    ],
)
def test_a_hostile_or_closed_file(laboratoire: Laboratoire, code: str, make: Callable[[], bytes]) -> None:
    assert laboratoire.refuses(make(), "papier.pdf").code == code


def test_a_bomb_of_one_kilobyte_is_one(laboratoire: Laboratoire) -> None:
    data = fabrique.pdf_bomb()
    assert len(data) < 1_300


def test_a_picture_with_a_wrong_sum_is_refused(laboratoire: Laboratoire) -> None:
    data = bytearray(fabrique.png_page(400, 500))
    data[len(data) // 2] ^= 0xFF
    assert laboratoire.refuses(bytes(data), "capture.png").code == "image_illisible"


def test_a_scan_whose_picture_is_cut_is_refused(laboratoire: Laboratoire) -> None:
    picture = fabrique.jpeg_photo(600, 800)
    data = fabrique.pdf_of_images([picture]).replace(
        picture, picture[: len(picture) // 2] + b"\x00" * (len(picture) - len(picture) // 2)
    )
    assert laboratoire.refuses(data, "scan.pdf").code in ("pdf_illisible", "tronque")


def test_random_damage_never_breaks_the_process(laboratoire: Laboratoire) -> None:
    import random

    chance = random.Random(7)
    pid = laboratoire.status()["pid"]
    samples = [
        *(make() for make in WHOLE.values()),
        fabrique.pdf_form(with_appearance=True),
        fabrique.pdf_with_attachment(),
    ]
    for index in range(70):
        data = bytearray(samples[index % len(samples)])
        for _ in range(12):
            data[chance.randrange(len(data))] = chance.randrange(256)
        laboratoire.inspect(bytes(data), "papier")
    assert laboratoire.status()["pid"] == pid


def test_every_refusal_and_every_advice_is_a_sentence() -> None:
    for code in phrases.REFUS:
        sentence = phrases.refusal(code, {})
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "'" not in sentence
    for sentence in phrases.CONSEILS.values():
        assert sentence.endswith(".")
        assert "'" not in sentence


def test_numbers_are_written_as_french_does() -> None:
    assert "30\u202f000 × 30\u202f000" in phrases.refusal("trop_de_pixels", {"largeur": 30_000, "hauteur": 30_000})
