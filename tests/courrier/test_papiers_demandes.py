"""The letter that asks for papers: the address alone in the window, the list whole, and the sheet that goes back."""

from datetime import timedelta

import pytest
from pdfua.validator import validate

from enclos.caisses.access import default_caisse
from enclos.courrier import papier
from enclos.courrier.models import Lettre
from tests.courrier.feuilles import pages_of, size_of, words_of
from tests.courrier.test_papier import SIX, WIDEST, assert_window

pytestmark = pytest.mark.django_db
RETOUR = ["MSA Nord-Pas de Calais", "Service Famille et logement", "33 rue du Grand But", "59462 LOMME CEDEX"]


def letter(papers: int = 2, lines: list[str] = SIX) -> Lettre:
    donnees = {
        "demande": "AB3-CD4-EF5",
        "libelle": "Votre aide au logement",
        "message": "Merci de répondre vite.",
        "avant": "14 décembre 2026",
        "papiers": [told(rang) for rang in range(1, papers + 1)],
        "effet": "Nous décidons quand nous avons tous les papiers indispensables.",
        "base": "Articles L114-5 et R112-11-4 du code",
        "service": "Famille et logement",
        "retour": RETOUR,
    }
    lettre = Lettre(
        cle="essai",
        reference="KM7-RP4-QB2",
        genre=Lettre.Genre.PAPIERS,
        caisse=default_caisse(),
        destinataire=lines,
        donnees=donnees,
    )
    lettre.expire_at = lettre.created_at + timedelta(days=30)
    return lettre


def told(rang: int) -> dict[str, object]:
    return {
        "rang": rang,
        "libelle": f"Avis d’impôt sur le revenu, page {rang}",
        "personne": "Lucie Delattre",
        "raison": "Pour connaître vos ressources.",
        "avant": f"{10 + rang} décembre 2026",
        "indispensable": rang % 2 == 1,
        "sinon": "Sans ce papier, nous ne pouvons pas prendre de décision.",
    }


@pytest.mark.parametrize("lines", [SIX, WIDEST])
def test_the_address_is_alone_in_the_window(tmp_path, lines):
    assert_window(pages_of(papier.typeset(letter(lines=lines)), tmp_path), lines)


def test_the_list_says_of_each_paper_what_the_portal_says(tmp_path):
    words = words_of(papier.typeset(letter()), tmp_path)
    for wanted in (
        "Il nous manque 2 papiers", "avant le 14 décembre 2026", "Merci de répondre vite.",
        "Avis d’impôt sur le revenu, page 1", "Personne concernée : Lucie Delattre", "Pourquoi : Pour connaître vos ressources.",
        "À envoyer avant le 11 décembre 2026", "Indispensable.", "À envoyer avant le 12 décembre 2026",
        "Utile, mais pas indispensable.", "Sans ce papier, nous ne pouvons pas prendre de décision.",
        "Nous décidons quand nous avons tous les papiers indispensables.", "R112-11-4", "« Famille et logement »", "03 20 900 500",
    ):  # fmt: skip
        assert wanted in words
    assert "Il nous manque un papier" in words_of(papier.typeset(letter(1)), tmp_path)


@pytest.mark.parametrize("papers", [1, 2, 10])
def test_the_last_page_goes_back_with_its_address_its_reference_and_a_line_for_each_number(tmp_path, papers):
    *_, last = pages_of(papier.typeset(letter(papers)), tmp_path)
    text = " ".join(mot.text for mot in last)
    assert "AB3-CD4-EF5" in text
    for rang in range(1, papers + 1):
        assert f"{rang}. Avis d’impôt sur le revenu, page {rang}" in text
    # The fund's address shows through the window of the member's envelope, and nothing else does.
    inside = [mot for mot in last if mot.touches(100, 35, 200, 80)]
    assert " ".join(mot.text for mot in inside) == " ".join(RETOUR)
    assert min(mot.left for mot in inside) >= 110 - 0.1
    assert max(mot.bottom for mot in inside) <= 75


@pytest.mark.parametrize("papers", [1, 10])
def test_every_page_is_sound_and_has_its_margins_free(tmp_path, papers):
    lettre = letter(papers, WIDEST)
    data = papier.typeset(lettre)
    assert data == papier.typeset(lettre)  # the same to the byte
    assert size_of(data, tmp_path) == (210, 297)
    for page in pages_of(data, tmp_path):
        for mot in page:
            assert mot.left >= 10
            assert mot.top >= 10
            assert mot.right <= 200
            assert mot.bottom <= 287
            assert not mot.touches(150, 277, 210, 297)
    path = tmp_path / "lettre.pdf"
    path.write_bytes(data)
    assert validate(str(path)).findings == ()
    assert b"pdfaid:part" in data


def test_the_sheet_alone_is_sound_too(tmp_path):
    data = papier.typeset_cover(default_caisse(), letter().donnees, SIX)
    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    assert validate(str(path)).findings == ()
    words = words_of(data, tmp_path)
    assert "AB3-CD4-EF5" in words
    assert " ".join(SIX) in words
    assert len(pages_of(data, tmp_path)) == 1
