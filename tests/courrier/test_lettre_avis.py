"""The letter for what nobody read online: neutral, and enough to read it online, on paper, or to prove a sending."""

import pytest
from pdfua.validator import validate

from config.env import ENV
from enclos.courrier import papier
from enclos.courrier.models import Lettre
from tests.courrier.feuilles import pages_of, size_of, words_of
from tests.courrier.test_papier import SIX, WIDEST, assert_window, letter

pytestmark = pytest.mark.django_db

ACCUSE = {
    "titre": "Accusé de réception",
    "reference": "PH4-XM2-K7D",
    "code": "K7MPQ2RTW9",
    "verifier": f"{ENV.base_url}/verifier/",
    "mentions": [
        {"titre": "Reçu le", "lignes": ["samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris)"]},
        {"titre": "Service chargé", "lignes": ["Famille et logement", "33 rue du Grand But", "03 20 900 500"]},
    ],
}
CAS = {
    "en ligne": {"nombre": 1, "depuis": "21 novembre 2026", "en_ligne": True, "accuses": []},
    "plusieurs": {"nombre": 3, "depuis": "21 novembre 2026", "en_ligne": True, "accuses": []},
    "sans compte": {"nombre": 1, "depuis": "21 novembre 2026", "en_ligne": False, "accuses": []},
    "accuse": {"nombre": 2, "depuis": "21 novembre 2026", "en_ligne": True, "accuses": [ACCUSE]},
}


def notice(cas: str, lines=None) -> Lettre:
    lettre = letter("avis", "", lines)
    lettre.donnees = CAS[cas]
    return lettre


@pytest.mark.parametrize("lines", [SIX, WIDEST])
@pytest.mark.parametrize("cas", CAS)
def test_the_address_is_alone_in_the_window_and_the_sheet_is_sound(tmp_path, cas, lines):
    data = papier.typeset(notice(cas, lines))
    pages = pages_of(data, tmp_path)
    assert_window(pages, lines)
    assert size_of(data, tmp_path) == (210, 297)
    assert len(pages) == 1
    for mot in pages[0]:
        assert mot.left >= 10
        assert mot.top >= 10
        assert mot.right <= 200
        assert mot.bottom <= 287
        assert not mot.touches(150, 277, 210, 297)
    path = tmp_path / "lettre.pdf"
    path.write_bytes(data)
    assert validate(str(path)).findings == ()


def test_one_letter_is_the_same_to_the_byte(tmp_path):
    lettre = notice("accuse")
    assert papier.typeset(lettre) == papier.typeset(lettre)


def test_nothing_of_it_shows_above_the_fold(tmp_path):
    (page,) = pages_of(papier.typeset(notice("accuse")), tmp_path)
    shown = " ".join(mot.text for mot in page if mot.top < 99)
    assert "attend" not in shown
    assert "PH4" not in shown


def test_who_has_an_account_is_led_to_it_and_may_prefer_paper(tmp_path):
    text = words_of(papier.typeset(notice("en ligne")), tmp_path)
    assert "Un message vous attend dans Mon espace privé, depuis le 21 novembre 2026" in text
    assert "Choisissez « Mes avis »" in text.replace("\u00a0", " ")
    assert ENV.base_url in text
    assert "donnez la référence de cette lettre : KM7-RP4-QB2" in text.replace("\u00a0", " ")
    assert "sans frais" in text
    assert "3 messages vous attendent" in words_of(papier.typeset(notice("plusieurs")), tmp_path)


def test_who_has_none_is_told_how_to_get_it_on_paper(tmp_path):
    text = words_of(papier.typeset(notice("sans compte")), tmp_path).replace("\u00a0", " ")
    assert "Vous n’avez pas d’espace privé en ligne" in text
    assert "Appelez-nous au 03 20 900 500" in text
    assert "Mes avis" not in text


def test_a_receipt_is_on_paper_with_the_law_s_mentions_and_the_way_to_verify_it(tmp_path):
    text = words_of(papier.typeset(notice("accuse")), tmp_path).replace("\u00a0", " ")
    for wanted in (
        "PH4-XM2-K7D",
        "K7MPQ2RTW9",
        "/verifier/",
        "samedi 21 novembre 2026 à 10 h 47 min 12 s",
        "Famille et logement",
        "elle prouve la date de votre envoi",
    ):
        assert wanted in text
