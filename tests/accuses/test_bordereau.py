"""The cover sheet of papers sent by post: it fits the window and says nothing of health (standards §10.1 and §10.2)."""

import re
from datetime import date
from pathlib import Path

import pytest
from pdfua.validator import validate
from pypdfium2 import PdfDocument

from enclos.accuses.bordereau import neutral, typeset_bordereau
from enclos.caisses.models import Caisse

POINTS = 72 / 25.4
CAISSE = Caisse(nom="MSA Nord-Pas de Calais", theme={})
MEDICAL = ["MSA NORD PAS DE CALAIS", "SERVICE MEDICAL", "33 RUE DU GRAND BUT", "59716 LILLE CEDEX 9"]
LONGEST = ["WWWWWWWWW " * 3 + "W" * 8] * 6  # 38 signs, the widest there are


def sheet(
    address=None, reference="KM7-RP4-QB2", sender=("Mme Jeanne Delattre", "12 rue du Moulin", "59190 Hazebrouck")
) -> bytes:
    return typeset_bordereau(CAISSE, address or MEDICAL, reference, sender, date(2026, 11, 22))


def marks(data: bytes) -> list[tuple[str, float, float, float, float]]:
    """Each sign and its box in millimetres from the top left corner: sign, left, top, right, bottom."""
    page = PdfDocument(data)[0]
    height = page.get_height()
    text = page.get_textpage()
    found = []
    for index in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(index)
        sign = text.get_text_range(index, 1)
        if sign.strip():
            found.append((sign, left / POINTS, (height - top) / POINTS, right / POINTS, (height - bottom) / POINTS))
    return found


def words(data: bytes) -> str:
    return " ".join(PdfDocument(data)[0].get_textpage().get_text_range().split())


@pytest.mark.parametrize("address", [MEDICAL, LONGEST])
def test_the_address_is_whole_in_the_window_and_alone_in_it(address):
    data = sheet(address)
    # The zone of the recipient, 5 mm of peace around it: x 100–200, y 35–80.
    inside = [mark for mark in marks(data) if mark[3] > 100 and mark[1] < 200 and mark[4] > 35 and mark[2] < 80]
    assert min(mark[1] for mark in inside) >= 109.5
    assert max(mark[3] for mark in inside) <= 195
    assert min(mark[2] for mark in inside) >= 45
    assert max(mark[4] for mark in inside) <= 75
    written = "".join(mark[0] for mark in inside)
    assert written == "".join(neutral(line) for line in address).replace(" ", "")


def test_the_sheet_is_one_a4_page_with_margins_of_ten_millimetres():
    document = PdfDocument(sheet())
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width / POINTS), round(height / POINTS)) == (210, 297)
    for _, left, top, right, bottom in marks(sheet()):
        assert left >= 10
        assert top >= 10
        assert right <= 200
        assert bottom <= 287


def test_the_sheet_says_the_reference_confidential_and_what_to_do():
    text = words(sheet())
    assert "KM7-RP4-QB2" in text
    assert "Confidentiel" in text
    assert "22 novembre 2026" in text
    assert "enveloppe à fenêtre" in text
    assert "Mme Jeanne Delattre" in text


def test_no_word_of_the_sheet_is_about_health():
    assert not re.search(r"m[ée]dic|sant[ée]|malad|soin|diagnos|invalid|m[ée]decin", words(sheet()), re.IGNORECASE)
    assert "COURRIER CONFIDENTIEL" in words(sheet())


def test_nothing_but_the_address_shows_when_the_sheet_is_folded_behind_the_window():
    top_third = [mark for mark in marks(sheet()) if mark[2] < 99 and mark[1] > 100]
    assert all(mark[2] >= 45 and mark[4] <= 75 for mark in top_third)


@pytest.mark.parametrize("address", [[], ["  "], ["X" * 39], ["RUE"] * 7])
def test_an_address_that_does_not_hold_in_the_window_is_refused(address):
    with pytest.raises(ValueError, match="38 signs"):
        typeset_bordereau(CAISSE, address, "KM7-RP4-QB2", [], date(2026, 11, 22))


def test_the_sheet_is_tagged_and_sound(tmp_path: Path):
    path = tmp_path / "bordereau.pdf"
    path.write_bytes(sheet())
    assert validate(str(path)).findings == ()


def test_what_the_member_is_called_is_text_and_nothing_else():
    assert '#read("/etc/passwd")' in words(sheet(sender=['#read("/etc/passwd")', "O’Brien"]))
