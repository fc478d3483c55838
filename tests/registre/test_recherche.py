"""Finding people by what was typed: mistakes, accents, compound names; and the vocabulary that makes it quick."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse
from enclos.demo.factories import PersonneFactory
from enclos.registre.models import Forme, NomAppris, Personne
from enclos.registre.phonetique import distance, likeness, phonetic
from enclos.registre.recherche import (
    SHOWN,
    forms_of,
    learn,
    learn_missing,
    people_named,
    read,
    words_alone,
    writings_of,
)
from enclos.registre.tasks import learn_forgotten_names, learn_names


@pytest.mark.parametrize(
    "names",
    [
        "delattre delatre delattres", "vandamme vandame", "lefebvre lefevre", "caron carron karon", "dubois duboys duboit",
        "leclercq leclerc leclerck", "henin enin henain", "philippe filipe", "gauthier gautier gotier", "schmitt chmit",
        "wattel vatel", "carpentier carpantier", "hennebelle enebel", "dhaene dane", "moreau moro moreaux", "quenton kenton",
        "dupont dupond", "michaud micho michault", "mathieu matieu", "verhaeghe verhague", "jacquemart jaquemar", "desmet desmedt",
    ],
)  # fmt: skip
def test_names_that_sound_alike_have_one_key(names):
    assert len({phonetic(name) for name in names.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("martin", "morin"), ("caron", "crehan"), ("leroy", "leroux"), ("durand", "dupont")]
)
def test_names_that_sound_otherwise_have_two(one, other):
    assert phonetic(one) != phonetic(other)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("caron", "caron", 0), ("caron", "carno", 1), ("caron", "caro", 1), ("caron", "charon", 1), ("dubois", "dupuis", 2),
     ("caron", "dubois", 3), ("", "abc", 3)],
)  # fmt: skip
def test_the_distance_counts_letters_added_dropped_changed_and_swapped(one, other, apart):
    assert distance(one, other) == apart
    assert distance(other, one) == apart


def test_short_words_are_like_themselves_alone():
    assert likeness("le", "la") == 0
    assert likeness("le", "le") == 100


def test_the_words_of_a_name_take_their_particles_or_leave_them():
    assert words_alone("de la Tour") == [{"tour", "latour", "delatour"}]
    assert {"haene", "dhaene"} <= writings_of("d’Hæne")
    assert {"dupont", "martin", "dupontmartin"} <= writings_of("Dupont-Martin")
    assert words_alone("Du") == [{"du"}]
    assert writings_of("") == set()


def test_two_words_one_letter_apart_share_a_form():
    assert forms_of({"delattre"}) & forms_of({"delatre"})
    assert forms_of({"caron"}) & forms_of({"carron"})
    assert not forms_of({"caron"}) & forms_of({"dubois"})


@pytest.mark.parametrize("typed", ["14/05/1985", "14.05.1985", "14 05 1985", "14-5-1985"])
def test_a_birth_date_is_read_wherever_it_stands(typed):
    assert read(f"Caron {typed}").naissance == date(1985, 5, 14)
    assert read(f"{typed} Caron").mots == [{"caron"}]


def test_a_date_that_does_not_exist_is_none():
    assert read("Caron 31/02/1985").naissance is None
    assert read("…").is_empty


pytestmark = pytest.mark.django_db


@pytest.fixture
def village():
    """People of all kinds of names, learnt."""
    people: dict[str, Personne] = {}
    for nom, prenoms in [
        ("DELATTRE", "Jeanne Marie"), ("VANDAMME", "Marc"), ("Lefèbvre", "Claire"), ("d’Haene", "Jean-Luc"),
        ("DE LATTRE", "Paul"), ("Dupont-Martin", "Zoé"), ("Ó Briain", "Léo"), ("LE GOFF", "Anne"), ("VANDENBERGHE", "Luc"),
        ("Martin", "Jeanne"), ("Caron", "Suzanne"),
    ]:  # fmt: skip
        people[nom] = PersonneFactory(nom_naissance=nom, prenoms=prenoms, date_naissance=date(1950 + len(people), 3, 2))
    people["usage"] = PersonneFactory(nom_naissance="Carpentier", nom_usage="Decroix", prenoms="Hélène")
    learn_missing()
    return people


@pytest.mark.parametrize(
    ("typed", "nom"),
    [
        ("Delatre", "DELATTRE"), ("delattre", "DELATTRE"), ("DÉLATTRE jeanne", "DELATTRE"), ("marie delattre", "DELATTRE"),
        ("jeanne-marie delatre", "DELATTRE"), ("Vandame", "VANDAMME"), ("van damme", "VANDAMME"), ("wandamme", "VANDAMME"),
        ("marc vandam", "VANDAMME"), ("lefevre", "Lefèbvre"), ("lefebvre clair", "Lefèbvre"), ("dhaene", "d’Haene"),
        ("d'haene jean luc", "d’Haene"), ("haine", "d’Haene"), ("obriain", "Ó Briain"), ("legoff", "LE GOFF"),
        ("van den berghe", "VANDENBERGHE"), ("vandenberg luc", "VANDENBERGHE"), ("dupont martin", "Dupont-Martin"),
        ("carron", "Caron"), ("carno", "Caron"), ("decroi", "usage"), ("carpantier", "usage"),
    ],
)  # fmt: skip
def test_a_person_is_found_however_the_name_is_typed(village, typed, nom):
    assert village[nom] in people_named(default_caisse().pk, typed)[:3]


def test_the_nearest_come_first_and_those_who_answer_to_all_come_alone(village):
    assert people_named(default_caisse().pk, "martin")[0] == village["Martin"]
    assert people_named(default_caisse().pk, "jeanne martin") == [village["Martin"]]
    assert people_named(default_caisse().pk, "jeanne delattre") == [village["DELATTRE"]]
    assert set(people_named(default_caisse().pk, "delattre")[:2]) == {village["DELATTRE"], village["DE LATTRE"]}


def test_a_first_name_alone_finds_nobody_and_a_birth_date_does(village):
    assert people_named(default_caisse().pk, "suzanne") == []
    assert people_named(default_caisse().pk, "02/03/1960") == [village["Caron"]]
    assert people_named(default_caisse().pk, "suzane 2/3/1960") == [village["Caron"]]
    assert people_named(default_caisse().pk, "dubois 02/03/1960") == []


def test_nobody_of_another_fund_is_found(village):
    other = Caisse.objects.create(code="AUT", nom="Autre", telephone="01", courriel="a@enclos.example", adresse=[])
    assert people_named(other.pk, "delattre") == []
    assert people_named(other.pk, "02/03/1960") == []


def test_a_name_not_learnt_yet_is_found_as_it_is_written():
    personne = PersonneFactory(nom_naissance="QUAGEBEUR", prenoms="Ève")
    assert people_named(default_caisse().pk, "quagebeur") == [personne]
    assert people_named(default_caisse().pk, "quagebeurre") == []
    learn_names.func()
    assert people_named(default_caisse().pk, "quagebeurre") == [personne]


def test_learning_twice_changes_nothing(village):
    before = Forme.objects.count()
    assert learn_missing() == 0
    assert learn(["DELATTRE", "", "Nouveau"]) == 1
    assert learn_forgotten_names() == 0
    assert Forme.objects.count() == before + len(forms_of(writings_of("Nouveau")))


def test_the_command_learns_and_starts_afresh(village, capsys):
    NomAppris.objects.filter(pk="Caron").delete()
    call_command("apprendre_noms")
    assert "Noms appris : 1." in capsys.readouterr().out
    call_command("apprendre_noms", "--refaire")
    assert f"Noms connus : {NomAppris.objects.count()}" in capsys.readouterr().out
    assert NomAppris.objects.count() == 13


def test_a_search_costs_the_same_with_ten_people_and_a_thousand(village):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert people_named(default_caisse().pk, "jeanne delatre")
        return len(captured)

    few = queries()
    sample = PersonneFactory.build_batch(1000, caisse=default_caisse(), nom_naissance="DELATTRE", prenoms="Jeanne")
    Personne.objects.bulk_create(sample)
    assert queries() == few <= 6
    assert len(people_named(default_caisse().pk, "jeanne delatre")) == SHOWN


def test_names_are_read_by_their_indexes(village):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
    people = Personne.objects.order_by()
    assert "personne_nom" in people.filter(nom_naissance__in=["DELATTRE", "Caron"]).explain()
    assert "personne_usage" in people.filter(nom_usage__in=["Decroix", "Leroy"]).exclude(nom_usage="").explain()
