"""A letter on paper: the address alone in the window, the secret out of sight, and everything its reader needs (standards §10)."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pdfua.validator import validate
from pikepdf import Pdf

from config.env import ENV
from enclos.caisses.access import default_caisse
from enclos.courrier import papier
from enclos.courrier.models import Lettre
from enclos.socle.adresses import AddressToVerify, NoFixedAddress, PostalAddress
from tests.courrier.feuilles import pages_of, size_of, words_of

pytestmark = pytest.mark.django_db

SECRET = "K7MP-Q2RT-W9XB-H4CD"
SIX = [
    "Mme Jeanne Delattre",
    "Appt 12, étage 3",
    "Résidence des Érables",
    "112 BD DU GAL DE LATTRE DE TASSIGNY",
    "BP 90",
    "59716 LILLE CEDEX 9",
]
WIDEST = ["WWWWWWWWW WWWWWWWWW WWWWWWWWW WWWWWWWW"] * 7  # 38 signs, the widest there are
GENRES = [("mot-de-passe", SECRET), ("code", "48392017"), ("acces-ouvert", ""), ("assistance", "")]


def letter(genre: str = "mot-de-passe", secret: str = SECRET, lines=None) -> Lettre:
    lettre = Lettre(
        cle="essai", reference="KM7-RP4-QB2", genre=genre, caisse=default_caisse(), destinataire=lines or SIX
    )
    lettre.expire_at = lettre.created_at + timedelta(days=30)
    lettre.seal_secret(secret)
    return lettre


def with_env(monkeypatch: pytest.MonkeyPatch, **changes) -> None:
    monkeypatch.setattr(papier, "ENV", replace(ENV, **changes))


def assert_window(pages, lines, zone=(110, 45, 85, 30)):
    """The lines, whole, within the zone; 10 mm of peace above and on the left, 5 below and on the right."""
    x, y, width, height = zone
    inside = [mot for mot in pages[0] if mot.touches(x - 10, y - 10, x + width + 5, y + height + 5)]
    assert " ".join(mot.text for mot in inside) == " ".join(lines)
    assert min(mot.left for mot in inside) >= x - 0.1
    assert max(mot.right for mot in inside) <= x + width
    assert min(mot.top for mot in inside) >= y - 0.1
    assert max(mot.bottom for mot in inside) <= y + height + 0.1


@pytest.mark.parametrize("lines", [SIX, WIDEST, ["Mme " + "Vandenbroucke" * 2, "1 RUE X", "59190 Y"]])
@pytest.mark.parametrize(("genre", "secret"), GENRES)
def test_the_address_is_whole_in_the_window_and_alone_in_it(tmp_path, genre, secret, lines):
    assert_window(pages_of(papier.typeset(letter(genre, secret, lines)), tmp_path), lines)


@given(
    fields=st.fixed_dictionaries({
        "prenom": st.sampled_from(["Jeanne", "Marie-Christine", "Zoé", "Ó"]),
        "nom": st.text(st.sampled_from("abéWMi’ -"), min_size=1, max_size=40),
        "ligne2": st.text(st.sampled_from("abWM0 '"), max_size=40),
        "ligne3": st.text(st.sampled_from("RÉSIDENCE "), max_size=40),
        "ligne4": st.text(st.sampled_from("12 RUEbd,-"), max_size=40),
        "ligne5": st.text(st.sampled_from("BP 90"), max_size=10),
        "pays": st.sampled_from(["", "BELGIQUE"]),
    })
)  # fmt: skip
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_address_is_sound_is_printed_whole_in_the_window(tmp_path, fields):
    try:
        lines = PostalAddress(civilite="MME", code_postal="59190", localite="Hazebrouck", **fields).render()
    except (AddressToVerify, NoFixedAddress):
        return
    assert_window(pages_of(papier.typeset(letter(lines=lines)), tmp_path), lines)


@pytest.mark.parametrize(("genre", "secret"), GENRES[:2])
def test_the_secret_shows_neither_in_the_window_nor_through_the_sheet(tmp_path, genre, secret):
    (page,) = pages_of(papier.typeset(letter(genre, secret)), tmp_path)
    groups = papier.grouped(secret).split(" ")
    found = [mot for mot in page if mot.text in groups]
    assert [mot.text for mot in found] == groups
    for mot in found:
        assert mot.top >= 99 + 5
        assert mot.bottom <= 198 - 5  # in the middle third: folded inside
        assert mot.right <= 100  # folded behind the window, it is beside it
    assert not [mot for mot in page if mot.top < 99 and re.search(r"passe|code|secret", mot.text, re.IGNORECASE)]


def test_a_secret_is_in_groups_of_four():
    assert papier.grouped("48392017") == "4839 2017"
    assert papier.grouped("K7MPQ2RTW9XBH4CD") == "K7MP Q2RT W9XB H4CD"
    assert papier.grouped(SECRET) == SECRET


def test_a_long_secret_is_in_one_piece(tmp_path):
    secret = "K7MP-Q2RT-W9XB-H4CD-K7MP"
    assert f" {secret} " in words_of(papier.typeset(letter(secret=secret)), tmp_path)


def test_the_secret_is_monospaced(tmp_path):
    fonts = fonts_of(papier.typeset(letter()), tmp_path)
    assert "DejaVuSansMono-Bold" in fonts
    assert "DejaVu" not in fonts_of(papier.typeset(letter("acces-ouvert", "")), tmp_path)


def fonts_of(pdf: bytes, folder: Path) -> str:
    with Pdf.open(io.BytesIO(pdf)) as document:
        return " ".join(str(font.get("/BaseFont")) for page in document.pages for font in page.Resources.Font.values())


@pytest.mark.parametrize(("genre", "secret"), GENRES)
def test_everything_its_reader_needs_is_written(tmp_path, genre, secret):
    with time_machine.travel("2026-11-22T10:00:00+01:00", tick=False):
        text = words_of(papier.typeset(letter(genre, secret)), tmp_path)
    for wanted in (
        "MSA Nord-Pas de Calais",
        "33 rue du Grand But",
        "Le 22 novembre 2026",
        "KM7-RP4-QB2",
        "Si vous n’êtes pas à l’origine de cet",
        "03 20 900 500",
        "Du lundi au vendredi",
        "page 1 sur 1",
    ):
        assert wanted in text
    assert (ENV.base_url in text) is (genre != "assistance")
    if secret:
        assert "valable jusqu’au 22 décembre 2026 à 10 h 00" in text
        assert "une seule fois" in text


@pytest.mark.parametrize(("genre", "secret"), GENRES)
def test_a_letter_is_one_a4_sheet_sound_and_with_its_margins_free(tmp_path, genre, secret):
    lettre = letter(genre, secret, WIDEST)
    data = papier.typeset(lettre)
    assert data == papier.typeset(lettre)  # the same to the byte
    assert size_of(data, tmp_path) == (210, 297)
    (page,) = pages_of(data, tmp_path)
    for mot in page:
        assert mot.left >= 10
        assert mot.top >= 10
        assert mot.right <= 200
        assert mot.bottom <= 287
        assert not mot.touches(150, 277, 210, 297)  # where the machine that fills envelopes writes
    path = tmp_path / "lettre.pdf"
    path.write_bytes(data)
    assert validate(str(path)).findings == ()
    assert b"pdfaid:part" in data


def test_the_zone_is_the_printer_s(tmp_path, monkeypatch):
    with_env(monkeypatch, letter_zone=("25", "50", "75", "25"))
    data = papier.typeset(letter())
    inside = [mot for mot in pages_of(data, tmp_path)[0] if mot.touches(25, 50, 100, 75)]
    assert " ".join(mot.text for mot in inside) == " ".join(SIX)


def test_a_cover_page_bears_the_address_alone(tmp_path, monkeypatch):
    with_env(monkeypatch, letter_front="porte-adresse")
    front, second = pages_of(papier.typeset(letter()), tmp_path)
    assert " ".join(mot.text for mot in front) == " ".join(SIX) + " KM7-RP4-QB2 · page 1 sur 2"
    assert SECRET in [mot.text for mot in second]
    assert "page 2 sur 2" in " ".join(mot.text for mot in second)


def test_what_the_registry_holds_is_text_and_nothing_else(tmp_path):
    lines = ['#read("/etc/passwd")', "$x$ *a* \\u{41}", "59190 X"]
    assert '#read("/etc/passwd") $x$ *a* \\u{41}' in words_of(papier.typeset(letter(lines=lines)), tmp_path)


@pytest.mark.parametrize("etat", ["a-verifier", "postee", "revenue", "annulee", "refusee", "perimee"])
def test_what_must_not_leave_has_no_paper(etat):
    lettre = letter()
    lettre.etat = etat
    with pytest.raises(papier.NotPrintable):
        papier.typeset(lettre)


def test_a_letter_whose_secret_is_gone_has_no_paper():
    lettre = letter()
    lettre.secret_sealed = None
    with pytest.raises(papier.NotPrintable):
        papier.typeset(lettre)
