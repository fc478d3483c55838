"""Names of files: recognisable, harmless, ending as what the file truly is."""

import pytest

from enclos.coffre.inspection import noms
from enclos.coffre.inspection.types import HEIC, JPEG, PDF, PNG
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire


@pytest.mark.parametrize(
    ("given", "media_type", "kept", "is_corrected"),
    [
        ("bail signé.pdf", PDF, "bail signé.pdf", False),
        ("IMG_0001.JPG", JPEG, "IMG_0001.JPG", False),
        ("photo.jpeg", JPEG, "photo.jpeg", False),
        ("image.jpg", HEIC, "image.heic", True),
        ("papier.docx", PDF, "papier.pdf", True),
        ("facture.pdf.exe", PDF, "facture.pdf", True),
        ("photo.jpg.png", PNG, "photo.jpg.png", False),
        ("scan", PDF, "scan.pdf", False),
        ("facture du 12.11", PDF, "facture du 12.11.pdf", False),
        ("../../etc/passwd", PDF, "passwd.pdf", False),
        ("C:\\Users\\Jeanne\\bail.pdf", PDF, "bail.pdf", False),
        ("..", PDF, "document.pdf", False),
        ("dossier/", PDF, "document.pdf", False),
        ("", PDF, "document.pdf", False),
        (".pdf", PDF, "document.pdf", False),
        ("pho\x00to\n.jpg", JPEG, "photo.jpg", False),
        ("facture\u202egpj.exe", JPEG, "facturegpj.jpg", True),
        ("a\u200bb\ufeff\u2066c.png", PNG, "abc.png", False),
        ("e\u0301te\u0301.pdf", PDF, "été.pdf", False),
        ('a<b>"c|d?.pdf', PDF, "a_b__c_d_.pdf", False),
        ("CON.pdf", PDF, "_CON.pdf", False),
        ("aux.txt.pdf", PDF, "_aux.txt.pdf", False),
        ("  espaces   partout  .pdf", PDF, "espaces partout.pdf", False),
        ("\ud800cassé.pdf", PDF, "_cassé.pdf", False),
    ],
)
def test_a_name_is_cleaned(given: str, media_type: str, kept: str, is_corrected: bool) -> None:
    assert noms.clean(given, media_type) == (kept, is_corrected)


@pytest.mark.parametrize("sign", ["a", "é", "漢", "🙂"])
def test_a_long_name_keeps_its_extension(sign: str) -> None:
    kept, _ = noms.clean(sign * 300 + ".pdf", PDF)
    assert kept.endswith(".pdf")
    assert len(kept) <= 120
    assert len(kept.encode()) <= 200


def test_a_wrong_extension_is_corrected_not_refused(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.jpeg_photo(300, 400), "photo.pdf")
    assert found.media_type == "image/jpeg"
    assert found.nom == "photo.jpg"
    assert "extension_corrigee" in found.conseils


def test_cleaning_twice_changes_nothing() -> None:
    for name in ("../a\u202eb.PDF", "x" * 300, "été.jpeg", "CON"):
        once, _ = noms.clean(name, PDF)
        assert noms.clean(once, PDF) == (once, False)
