"""Comparing identities: the same person however she is written, and nobody else."""

from dataclasses import replace
from datetime import date

import pytest

from enclos.comptes.federation.pivot import Pivot, birth_of, differences, from_claims, from_nir, from_registry, is_same
from enclos.demo.factories import PersonneFactory
from enclos.registre.models import Personne

pytestmark = pytest.mark.django_db

JEANNE = {
    "given_name": "Jeanne Marie",
    "given_name_array": ["Jeanne", "Marie"],
    "family_name": "DELATTRE",
    "birthdate": "1985-05-14",
    "gender": "female",
    "birthplace": "59999",
    "birthcountry": "99100",
}


def told(**changes: object) -> Pivot:
    return from_claims({**JEANNE, **changes})


def known(**changes: object) -> Personne:
    values: dict[str, object] = {
        "prenoms": "Jeanne Marie",
        "nom_naissance": "Delattre",
        "civilite": "MME",
        "date_naissance": date(1985, 5, 14),
        "nir": "2850559999011",
    }
    return PersonneFactory(**(values | changes))


@pytest.mark.parametrize(
    ("in_registry", "at_franceconnect"),
    [
        ({}, {}),
        ({"nom_naissance": "DELATTRE"}, {"family_name": "delattre"}),
        ({"nom_naissance": "De Lattre"}, {}),
        ({"nom_naissance": "D’Haene-Lecœur"}, {"family_name": "D'HAENE LECOEUR"}),
        ({"nom_naissance": "Hénin Ó Briain"}, {"family_name": "HENIN-O'BRIAIN"}),
        ({"nom_naissance": "MULLER"}, {"family_name": "MÜLLER"}),
        ({"nom_usage": "Caron"}, {"preferred_username": "AUTRE CHOSE"}),
        ({"prenoms": "Jeanne-Marie"}, {}),
        ({"prenoms": "Jeanne, Marie"}, {}),
        ({}, {"given_name_array": None}),
        ({"lieu_naissance": "59350", "pays_naissance": "99100"}, {"birthplace": "59350"}),
        ({"lieu_naissance": "59350"}, {"birthplace": "59350"}),
        ({"date_naissance": date(1985, 1, 1)}, {"birthdate": "1985-01-01"}),
        ({"date_naissance": date(1985, 1, 1)}, {"birthdate": "1985-00-00"}),
        ({"date_naissance": date(1985, 1, 1)}, {"birthdate": "1985"}),
        ({"date_naissance": date(1985, 5, 1)}, {"birthdate": "1985-05-00"}),
        ({"nir": "285052A999011"}, {"birthplace": "2A999"}),
        ({"nir": "2850520999011"}, {"birthplace": "2A999"}),
        ({"nir": "285052B999011"}, {"birthplace": "20999"}),
        ({"nir": "2850599136011"}, {"birthplace": "", "birthcountry": "99136"}),
        ({"pays_naissance": "99136"}, {"birthplace": "", "birthcountry": "99136"}),
        ({"nir": "2500591999011", "date_naissance": date(1950, 5, 1)}, {"birthdate": "1950-05-01", "birthplace": "", "birthcountry": "99352"}),
        ({"nir": "2850591999011"}, {"birthplace": "91999"}),
        ({"civilite": ""}, {}),
        ({"prenoms": "J"}, {"given_name": "J", "given_name_array": ["J"]}),
        ({"nom_naissance": "N" * 60}, {"family_name": "n" * 60}),
    ],
)  # fmt: skip
def test_the_same_person_is_known_however_she_is_written(in_registry, at_franceconnect):
    personne = known(**in_registry)
    assert is_same(personne, told(**at_franceconnect))
    assert differences(personne, told(**at_franceconnect)) == []


@pytest.mark.parametrize(
    ("in_registry", "at_franceconnect", "what"),
    [
        ({}, {"family_name": "DELATRE"}, "nom de naissance"),
        ({"nom_usage": "Caron"}, {"family_name": "CARON"}, "nom de naissance"),
        ({}, {"given_name_array": ["Marie", "Jeanne"]}, "prénoms"),
        ({}, {"given_name_array": ["Jeanne", "Louise"]}, "prénoms"),
        ({}, {"birthdate": "1985-05-15"}, "date de naissance"),
        ({}, {"birthdate": "1985-01-01"}, "date de naissance"),  # presumed on one side alone: not equal
        ({}, {"gender": "male"}, "sexe"),
        ({}, {"birthplace": "59350"}, "lieu de naissance"),
        ({"lieu_naissance": "59350"}, {}, "lieu de naissance"),
        ({}, {"birthplace": "", "birthcountry": "99136"}, "pays de naissance"),
    ],
)
def test_one_field_that_differs_is_somebody_else(in_registry, at_franceconnect, what: str):
    personne = known(**in_registry)
    assert not is_same(personne, told(**at_franceconnect))
    assert differences(personne, told(**at_franceconnect)) == [what]


@pytest.mark.parametrize("missing", list(JEANNE))
def test_nobody_is_found_on_a_part_of_the_pivot(missing: str):
    pivot = (
        told(**{missing: ""})
        if missing not in {"given_name", "given_name_array"}
        else told(given_name="", given_name_array=[])
    )
    assert not is_same(known(), pivot)


def test_a_waiting_number_tells_neither_sex_nor_place():
    personne = known(nir="7850559999011", civilite="")
    assert from_nir(personne) == ("", "", "")
    assert not is_same(personne, told())
    assert differences(personne, told()) == []  # what is not known is not held against her own account
    assert is_same(known(nir="7850559999012", lieu_naissance="59999"), told())


def test_a_registry_that_holds_one_first_name_ties_but_does_not_find():
    personne = known(prenoms="Jeanne")
    assert not is_same(personne, told())
    assert differences(personne, told()) == []


@pytest.mark.parametrize("field", ["nom", "prenoms", "naissance"])
def test_nothing_is_tied_on_less_than_a_name_and_a_date(field: str):
    empty = replace(told(), **{field: None if field == "naissance" else ()})
    assert differences(known(), empty) != []


@pytest.mark.parametrize("written", ["", "85-05-14", "1985-13-01", "1985-02-30", "1985-05-14T00:00", "x" * 300])
def test_a_date_that_is_none_is_none(written: str):
    assert birth_of(written) is None


def test_claims_of_another_type_are_empty_and_not_an_error():
    odd = from_claims({name: {"x": 1} for name in JEANNE})
    assert (odd.nom, odd.prenoms, odd.naissance, odd.sexe, odd.lieu, odd.pays) == ((), (), None, "", "", "")
    assert from_registry(known()).lieu == "59999"
