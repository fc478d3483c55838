import pytest

from enclos.demo.factories import CompteFactory, FactureFactory, PersonneFactory
from enclos.demo.nir import is_synthetic, synthetic_nir
from enclos.registre.access import person_by_nir
from enclos.socle.nir import normalise


def test_synthetic_numbers_are_well_formed_and_belong_to_nobody() -> None:
    numbers = [synthetic_nir(number) for number in range(0, 8_000_000, 997)]
    assert len(set(numbers)) == len(numbers)
    assert all(normalise(number) == number and is_synthetic(number) for number in numbers)


@pytest.mark.django_db
def test_a_person_made_by_the_factory_is_found_by_her_number() -> None:
    personne = PersonneFactory(nir="2850559999011")
    assert person_by_nir("2850559999011") == personne
    assert personne.nir == "2850559999011"


@pytest.mark.django_db
def test_states_are_traits() -> None:
    assert CompteFactory(agent=True).is_agent
    assert CompteFactory().is_adherent
    assert FactureFactory(payee=True).paye == FactureFactory(payee=True).montant
