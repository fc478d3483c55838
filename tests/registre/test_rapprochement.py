"""Whether somebody is who they say: names as people write them, amounts and cards, to the day."""

from datetime import date
from decimal import Decimal

import pytest

from enclos.demo.factories import FactureFactory, PaiementFactory, PersonneFactory
from enclos.registre.rapprochement import (
    Declare,
    Question,
    is_answer,
    is_child,
    is_plausible,
    same_first_names,
    same_name,
)
from enclos.socle import sealed
from enclos.socle.montants import MontantError, cents_of

TODAY = date(2026, 8, 31)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("delattre", "DELATTRE"),
        ("De Lattre", "Delattre"),
        ("Henin", "Hénin"),
        ("LECOEUR", "Lecœur"),
        ("d'Haene", "d’Haene"),
        ("Haene", "d’Haene"),
        ("O'Briain", "Ó Briain"),
        ("Obriain", "Ó Briain"),
        ("Martin", "Martin-Dupont"),
        ("Dupont Martin", "Martin-Dupont"),
        ("Vandenberghe", "Van den Berghe"),
        ("St-Omer", "Saint Omer"),
        ("Y", "Y"),
        ("Weiß", "WEISS"),
        ("Łukasz", "Lukasz"),
        ("Abdelkader-Benmohammedoularbi de la Roche-Saint-Jean-Baptiste", "Abdelkader Benmohammedoularbi de la Ro"),
    ],
)
def test_one_name_written_twice_is_one_name(told: str, known: str):
    assert same_name(told, known)
    assert same_name(known, told)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("Dubois", "Dupont"),
        ("de", "de Lattre"),
        ("D", "d’Haene"),
        ("X", "Xavier"),
        ("Delat", "Delattre"),
        ("Martin Caron", "Martin Dupont"),
        ("", "Delattre"),
        ("’", "’"),
        ("Ö", "Li"),
    ],
)
def test_another_name_is_another_name(told: str, known: str):
    assert not same_name(told, known)


def test_first_names_may_be_told_in_part_or_joined():
    assert same_first_names("jeanne", "Jeanne Marie")
    assert same_first_names("Marie", "Jeanne Marie")
    assert same_first_names("Francois Xavier", "François-Xavier")
    assert same_first_names("Jeanmarie", "Jean Marie Louis")
    assert same_first_names("A", "A")
    assert not same_first_names("Jean", "Jeanne")
    assert not same_first_names("A", "Anne")


def told(**other: object) -> Declare:
    return Declare(**({"nom_naissance": "Roussel", "prenoms": "Claire", "date_naissance": date(1988, 7, 21)} | other))


@pytest.fixture
def claire(db):
    return PersonneFactory(
        nom_naissance="Roussel", nom_usage="Lefebvre", prenoms="Claire Anne", date_naissance=date(1988, 7, 21)
    )


def test_birth_and_used_names_may_be_exchanged(claire):
    assert is_plausible(claire, told())
    assert is_plausible(claire, told(nom_naissance="LEFEBVRE"))
    assert is_plausible(claire, told(nom_naissance="Dupuis", nom_usage="Lefèbvre"))
    assert not is_plausible(claire, told(nom_naissance="Dupuis"))
    assert not is_plausible(claire, told(prenoms="Lucie"))
    assert not is_plausible(claire, told(date_naissance=date(1988, 7, 22)))


def test_what_the_registry_does_not_know_is_held_against_nobody(db):
    personne = PersonneFactory(nom_naissance="Li", prenoms="", date_naissance=None)
    assert is_plausible(personne, told(nom_naissance="Li"))
    assert not is_plausible(personne, told(nom_naissance="Lo"))


def test_twins_of_one_name_are_told_apart_by_their_first_name(db):
    lea = PersonneFactory(nom_naissance="Caron", prenoms="Léa Louise", date_naissance=date(2000, 1, 2))
    leo = PersonneFactory(nom_naissance="Caron", prenoms="Léo Louis", date_naissance=date(2000, 1, 2))
    me = told(nom_naissance="Caron", prenoms="Lea", date_naissance=date(2000, 1, 2))
    assert is_plausible(lea, me)
    assert not is_plausible(leo, me)


def test_a_child_is_one_until_the_day_of_sixteen(db):
    personne = PersonneFactory(date_naissance=date(2010, 8, 31))
    assert is_child(personne, date(1980, 1, 1), date(2026, 8, 30))
    assert not is_child(personne, date(1980, 1, 1), TODAY)
    unknown = PersonneFactory(date_naissance=None)
    assert is_child(unknown, date(2015, 1, 1), TODAY)
    born_on_a_leap_day = PersonneFactory(date_naissance=date(2012, 2, 29))
    assert not is_child(born_on_a_leap_day, date(1980, 1, 1), date(2028, 2, 29))


@pytest.fixture
def sans_carte(db):
    return PersonneFactory(droits_sante_ouverts=False)


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        (date(2026, 8, 31), True),
        (date(2026, 2, 28), True),  # six months before the last day of August, date to date
        (date(2026, 2, 27), False),
        (date(2026, 9, 1), False),
    ],
)
def test_a_payment_counts_for_six_months_to_the_day(sans_carte, on: date, counts: bool):
    PaiementFactory(personne=sans_carte, date=on, montant=Decimal("231.77"))
    assert is_answer(sans_carte, Question.PAIEMENT, 23_177, TODAY) is counts


@pytest.mark.parametrize(
    ("on", "counts"), [(date(2025, 8, 31), True), (date(2025, 8, 30), False), (None, False), (date(2026, 9, 1), False)]
)
def test_an_invoice_counts_for_twelve_months_from_the_day_it_was_paid(db, on: date | None, counts: bool):
    marc = PersonneFactory(exploitant=True)
    FactureFactory(personne=marc, emise_le=date(2024, 1, 1), montant=Decimal("2184.60"), payee_le=on)
    assert is_answer(marc, Question.FACTURE, 218_460, TODAY) is counts


def test_any_payment_of_the_window_is_accepted_and_no_other(sans_carte):
    for day, amount in ((1, "148.52"), (12, "9.90"), (25, "148.52")):
        PaiementFactory(personne=sans_carte, date=date(2026, 8, day), montant=Decimal(amount))
    PaiementFactory(personne=PersonneFactory(), date=date(2026, 8, 3), montant=Decimal("77.00"))
    assert is_answer(sans_carte, Question.PAIEMENT, 990, TODAY)
    assert is_answer(sans_carte, Question.PAIEMENT, 14_852, TODAY)
    assert not is_answer(sans_carte, Question.PAIEMENT, 14_853, TODAY)
    assert not is_answer(sans_carte, Question.PAIEMENT, 7_700, TODAY)


def test_an_amount_below_one_euro_proves_nothing(sans_carte):
    PaiementFactory(personne=sans_carte, date=date(2026, 8, 3), montant=Decimal("0.50"))
    assert not is_answer(sans_carte, Question.PAIEMENT, 50, TODAY)


def card_of(personne, serial: str):
    personne.vitale_serie_sealed = sealed.seal(serial.encode(), purpose="vitale", aad=personne.ref.encode())
    personne.save(update_fields=["vitale_serie_sealed"])
    return personne


def test_the_number_of_a_card_is_read_however_it_is_spaced(db):
    jeanne = card_of(PersonneFactory(), "9000 0123 450")
    assert is_answer(jeanne, Question.VITALE, "90000123450", TODAY)
    assert is_answer(jeanne, Question.VITALE, " 90000-123.450 ", TODAY)
    assert not is_answer(jeanne, Question.VITALE, "90000123451", TODAY)
    assert not is_answer(PersonneFactory(), Question.VITALE, "", TODAY)


def test_who_has_a_card_does_not_prove_by_an_amount(db):
    jeanne = card_of(PersonneFactory(droits_sante_ouverts=True), "90000123450")
    PaiementFactory(personne=jeanne, date=date(2026, 8, 3), montant=Decimal("231.77"))
    assert not is_answer(jeanne, Question.PAIEMENT, 23_177, TODAY)
    jeanne.droits_sante_ouverts = False
    assert is_answer(jeanne, Question.PAIEMENT, 23_177, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "1234,56",
        "1 234,56",
        "1234.56",
        "1 234,56 €",
        "1\u202f234,56\u00a0€",
        "1.234,56",
        "1,234.56",
        "1234€56",
        "1 234 € 56",
        "1234,56 euros",
        "1234,56 EUR",
        " 1'234,56 ",
        "€ 1234,56".replace("€ ", ""),
    ],
)
def test_an_amount_is_read_however_it_is_typed(text: str):
    assert cents_of(text) == 123_456


@pytest.mark.parametrize(
    "text", ["", "abc", "-12,00", "12,3456", "12,34,56", "1 234", "412 €", "1.234", "1e3,00", "٣,00", "12,5"]
)
def test_what_is_not_an_amount_with_its_cents_is_refused_in_words(text: str):
    with pytest.raises(MontantError) as refusal:
        cents_of(text)
    assert "Exemple" in refusal.value.phrase
    assert not text or text not in refusal.value.phrase
