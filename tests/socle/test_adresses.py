"""Postal addresses by NF Z10-011: what holds in the window, and what a person must look at first."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclos.socle.adresses import ABBREVIATIONS, AddressToVerify, NoFixedAddress, PostalAddress, capitals, shortened

pytestmark = pytest.mark.sans_base


def address(**changes) -> PostalAddress:
    fields = {
        "civilite": "MME",
        "prenom": "Jeanne",
        "nom": "Delattre",
        "ligne4": "12 rue du Moulin",
        "code_postal": "59190",
        "localite": "Hazebrouck",
        **changes,
    }
    return PostalAddress(**fields)


def motifs(**changes) -> str:
    with pytest.raises(AddressToVerify) as caught:
        address(**changes).render()
    return " ".join(caught.value.motifs)


def test_a_plain_address():
    assert address().render() == ["Mme Jeanne Delattre", "12 RUE DU MOULIN", "59190 HAZEBROUCK"]


def test_the_six_lines_come_from_the_person_to_the_town():
    whole = address(ligne2="Appt 12, étage 3", ligne3="Résidence des Érables", ligne5="BP 90, le Grand-Fossé")
    assert whole.render() == [
        "Mme Jeanne Delattre",
        "Appt 12, étage 3",
        "Résidence des Érables",
        "12 RUE DU MOULIN",
        "BP 90 LE GRAND FOSSE",
        "59190 HAZEBROUCK",
    ]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("12 bis, rue de l’Église", "12 BIS RUE DE L EGLISE"),
        ("N° 4 allée des Cœurs-Brisés", "4 ALLEE DES COEURS BRISES"),
        ("  3\true   d'Haene\n", "3 RUE D HAENE"),
        ("rue de la Ferté-s/-Œuf", "RUE DE LA FERTE S OEUF"),
        ("Straße 7", "STRASSE 7"),
        ("e\u0301cole", "ECOLE"),
        ("rue\u200b du\u202e Bac", "RUE DU BAC"),
    ],
)
def test_lower_lines_are_capitals_without_accent_or_punctuation(typed, printed):
    assert address(ligne4=typed).render()[1] == printed


@pytest.mark.parametrize(
    ("code", "localite", "printed"),
    [
        ("59716", "Lille Cedex 9", "59716 LILLE CEDEX 9"),
        ("59716", "LILLE CEDEX09", "59716 LILLE CEDEX 09"),
        ("62024", "Arras Cédex", "62024 ARRAS CEDEX"),
        ("20137", "Porto-Vecchio", "20137 PORTO VECCHIO"),
        ("97460", "Saint-Paul", "97460 SAINT PAUL"),
        ("98800", "Nouméa", "98800 NOUMEA"),
        ("00100", "Armées", "00100 ARMEES"),
        ("01000", "Bourg-en-Bresse", "01000 BOURG EN BRESSE"),
    ],
)
def test_towns_cedex_corsica_and_overseas(code, localite, printed):
    assert address(code_postal=code, localite=localite).render()[-1] == printed


@pytest.mark.parametrize("pays", ["", "France", "FRANCE", "fr", "99100", "La Réunion", "GUYANE"])
def test_our_own_country_is_not_printed(pays):
    assert len(address(pays=pays, code_postal="97410", localite="Saint-Pierre").render()) == 3


def test_a_foreign_address_has_its_country_as_last_line():
    lines = address(
        ligne4="Rue de l'Église 4 bte 2", code_postal="B-7500", localite="Tournai", pays="Belgique"
    ).render()
    assert lines == ["Mme Jeanne Delattre", "RUE DE L EGLISE 4 BTE 2", "B 7500 TOURNAI", "BELGIQUE"]


def test_seven_lines_with_the_country():
    assert (
        len(address(ligne2="a", ligne3="b", ligne5="c", pays="ESPAGNE", code_postal="", localite="Irún").render()) == 7
    )


def test_a_long_line_is_shortened_by_the_table_and_only_as_far_as_needed():
    assert address(ligne4="112 boulevard du Général de Gaulle").render()[1] == "112 BOULEVARD DU GENERAL DE GAULLE"
    long = "112 boulevard du Général de Lattre de Tassigny"
    assert address(ligne4=long).render()[1] == "112 BD DU GAL DE LATTRE DE TASSIGNY"
    assert shortened("Résidence Les Jardins de la Grande Prairie") == "RES Les Jardins de la Grande Prairie"


def test_what_the_table_cannot_shorten_waits_for_somebody():
    said = motifs(ligne4="12 chaussée Wolfgang-Amadeus-Mozart-et-de-sa-soeur-aussi")
    assert said == "Ligne 4 : 56 signes, alors qu’il en faut 38 au plus."


@pytest.mark.parametrize(
    ("prenom", "nom", "printed"),
    [
        ("Zoé", "d’Haene", "Mme Zoé d’Haene"),
        ("Marie-Christine", "Vandenbroucke-Lefebvre", "Mme M-C Vandenbroucke-Lefebvre"),
        ("", "O", "Mme O"),
    ],
)
def test_names_keep_their_accents_and_are_never_cut(prenom, nom, printed):
    assert address(prenom=prenom, nom=nom).render()[0] == printed


def test_a_name_of_sixty_signs_waits_for_somebody():
    assert "Ligne 1" in motifs(nom="Van" + "x" * 57)


@pytest.mark.parametrize(
    ("changes", "motif"),
    [
        ({"code_postal": "5919"}, "code postal"),
        ({"code_postal": "2A004"}, "code postal"),
        ({"code_postal": ""}, "code postal"),
        ({"localite": ""}, "localité manque"),
        ({"nom": " "}, "nom manque"),
        ({"ligne4": ""}, "ni rue, ni lieu-dit"),
        ({"ligne4": "улица Ленина 3"}, "lettres latines"),
        ({"ligne4": "…"}, "ni lettre ni chiffre"),
        ({"localite": "x" * 40}, "46 signes"),
    ],
)
def test_what_does_not_hold_is_said_in_words(changes, motif):
    assert motif in motifs(**changes)


def test_every_reason_is_said_at_once():
    assert len(motifs(code_postal="x", ligne4="ул", nom="").split("Ligne")) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"ligne4": "SANS DOMICILE FIXE"},
        {"ligne4": "Sans domicile"},
        {"ligne2": "S.D.F.", "ligne4": "SDF"},
        {"ligne4": "adresse inconnue"},
        {"ligne4": "", "code_postal": "", "localite": ""},
    ],
)
def test_nowhere_to_write_is_not_an_address(changes):
    with pytest.raises(NoFixedAddress):
        address(**changes).render()


def test_a_person_lodged_by_a_town_has_an_address():
    assert address(ligne2="chez CCAS").render()[1] == "chez CCAS"


anything = st.text(max_size=70)
words = st.lists(
    st.sampled_from(["12", "rue", "boulevard", "du", "Général", "Résidence", "Église", "d’", "N°", "Saint", "x" * 30, "—"]),
    max_size=9,
).map(" ".join)  # fmt: skip


@given(
    civilite=st.sampled_from(["", "M", "MME"]), prenom=anything, nom=anything, ligne2=anything | words,
    ligne3=anything | words, ligne4=anything | words, ligne5=anything | words,
    code_postal=st.sampled_from(["59190", "97400", "2A004", ""]) | anything, localite=anything | words,
    pays=st.sampled_from(["", "FRANCE", "BELGIQUE"]) | anything,
)  # fmt: skip
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_registry_holds_the_block_is_sound_or_somebody_looks(**fields):
    postal = PostalAddress(**fields)
    try:
        numbered = postal.numbered()
    except (AddressToVerify, NoFixedAddress):
        return
    lines = [text for _, text in numbered]
    assert len(lines) <= 7
    assert sum(number < 7 for number, _ in numbered) <= 6
    assert all(line and line == line.strip() and len(line) <= 38 and "\n" not in line for line in lines)
    assert all(re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", text) for number, text in numbered if number >= 4)
    assert [number for number, _ in numbered] == sorted({number for number, _ in numbered})
    town = next(text for number, text in numbered if number == 6)
    assert postal.is_foreign or re.match(r"\d{5} [A-Z0-9]", town)


@given(words)
@settings(max_examples=200, deadline=None)
def test_no_word_is_ever_cut(text):
    """Each word printed is one that was typed, or its abbreviation of the table."""
    typed = set(capitals(text).split()) | {short for _, short in ABBREVIATIONS}
    assert set(shortened(capitals(text)).split()) <= typed
