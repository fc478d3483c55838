"""What a drop does to the registry when all is well."""

from datetime import date
from decimal import Decimal

import pytest

from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from enclos.registre.access import person_by_nir
from enclos.registre.models import Exploitation, Facture, Lien, Paiement, Personne
from enclos.socle.nir import key_of
from tests.api.depots import Depot, nir


def test_a_person_is_written_with_all_that_is_known(depot):
    depot.personnes({
        "ref": "P1", "nir": nir(1), "nia": nir(2), "civilite": "MME", "nom_usage": "Petit", "date_naissance": "1985-05-14",
        "lieu_naissance": "2A004", "pays_naissance": "99100", "adresse4": "12 RUE DU MOULIN", "code_postal": "59190",
        "localite": "HAZEBROUCK", "email": "jeanne@enclos.example", "telephone": "+33 6 12 34 56 78",
        "profils": "exploitant|particulier", "droits_sante_ouverts": "true", "vitale_serie": "A123", "vitale_photo": "false",
    }).taken()  # fmt: skip
    personne = Personne.objects.get(ref="P1")
    assert personne.nir == nir(1)
    assert person_by_nir(nir(1)) == personne
    assert person_by_nir(nir(2)) == personne
    assert personne.profils == ["particulier", "exploitant"]
    assert personne.droits_sante_ouverts is True
    assert personne.vitale_photo is False
    assert personne.decede is False
    assert personne.date_naissance == date(1985, 5, 14)
    assert personne.caisse.code == "NPC"
    assert personne.id.version == 7


def test_the_five_files_are_taken_whatever_their_order(depot):
    depot.personnes({"ref": "P1"}, {"ref": "P2", "prenoms": "Thomas"})
    depot.file(
        "liens.csv",
        {"ref": "P1", "lien": "conjoint", "ref_liee": "P2"},
        {"ref": "P1", "rang": "2", "date_naissance": "2018-09-03"},
    )
    depot.file("exploitations.csv", {"ref": "P1", "qualite": "chef", "rang": "principal", "surface_ha": "62.4010"})
    depot.file("paiements.csv", {"numero": "V1", "ref": "P1"})
    depot.file(
        "factures.csv", {"numero": "F1", "ref": "P1", "paye": "100.00"}, {"numero": "F2", "ref": "P1", "paye": "true"}
    )
    depot.taken()
    assert [lien.liee and lien.liee.ref for lien in Lien.objects.order_by("rang")] == ["P2", None]
    assert Exploitation.objects.get().surface_ha == Decimal("62.4010")
    assert Paiement.objects.get().montant == Decimal("231.77")
    assert [facture.paye for facture in Facture.objects.order_by("numero")] == [Decimal("100.00"), Decimal("1284.30")]


def test_without_the_flag_nothing_is_written_and_the_report_says_what_would_be(depot):
    depot.personnes({"ref": "P1"}, {"ref": "P2"}).file("paiements.csv", {"numero": "V1", "ref": "P1"})
    said = depot.said(for_real=False)
    assert "Rien n’a été écrit" in said
    assert depot.counts("personnes.csv") == [2, 0, 0, 0, 0, 0]
    assert depot.counts("paiements.csv") == [1, 0, 0, 0, 0, 0]
    assert not Personne.objects.exists()
    assert not Ligne.objects.filter(event="registre.depot.imported").exists()


def test_a_second_run_changes_nothing(depot):
    depot.personnes({"ref": "P1", "nir": nir(1), "vitale_serie": "A1"}, {"ref": "P2"}, {"op": "-", "ref": "P9"})
    depot.file("liens.csv", {"ref": "P1", "ref_liee": "P2"}).file(
        "exploitations.csv", {"ref": "P1", "surface_ha": "62.40"}
    )
    depot.file("paiements.csv", {"numero": "V1", "ref": "P1"}).file(
        "factures.csv", {"numero": "F1", "ref": "P1"}, {"op": "-", "numero": "F9"}
    )
    depot.taken()
    before = [
        list(model.objects.order_by("pk").values()) for model in (Personne, Lien, Exploitation, Paiement, Facture)
    ]
    assert depot.counts("personnes.csv", for_real=True) == [0, 0, 3, 0, 0, 0]
    assert depot.counts("liens.csv", for_real=True) == [0, 0, 1, 0, 0, 0]
    assert depot.counts("exploitations.csv", for_real=True) == [0, 0, 1, 0, 0, 0]
    assert depot.counts("paiements.csv", for_real=True) == [0, 0, 1, 0, 0, 0]
    assert depot.counts("factures.csv", for_real=True) == [0, 0, 2, 0, 0, 0]
    assert before == [
        list(model.objects.order_by("pk").values()) for model in (Personne, Lien, Exploitation, Paiement, Facture)
    ]


def test_a_changed_row_keeps_its_person_and_an_empty_cell_erases(depot):
    depot.personnes({"ref": "P1", "nir": nir(1), "email": "a@enclos.example", "telephone": "0612345678"}).taken()
    before = Personne.objects.get()
    depot.personnes({"ref": "P1", "email": "b@enclos.example"})
    assert depot.counts("personnes.csv") == [0, 1, 0, 0, 0, 0]
    depot.taken()
    after = Personne.objects.get()
    assert (after.pk, after.email, after.telephone, after.nir, after.nir_index) == (
        before.pk,
        "b@enclos.example",
        "",
        "",
        None,
    )


def test_a_changed_row_of_each_other_file_is_updated_in_place(depot):
    depot.personnes({"ref": "P1"}, {"ref": "P2"}).file("liens.csv", {"ref": "P1"}).file(
        "exploitations.csv", {"ref": "P1"}
    )
    depot.file("paiements.csv", {"numero": "V1", "ref": "P1"}).file("factures.csv", {"numero": "F1", "ref": "P1"})
    depot.taken()
    keys = [model.objects.get().pk for model in (Lien, Exploitation, Paiement, Facture)]
    depot.file("liens.csv", {"ref": "P1", "ref_liee": "P2"}).file(
        "exploitations.csv", {"ref": "P1", "cesse_le": "2026-01-31"}
    )
    depot.file("paiements.csv", {"numero": "V1", "ref": "P2"}).file(
        "factures.csv", {"numero": "F1", "ref": "P1", "paye": "1284.30"}
    )
    depot.taken()
    assert keys == [model.objects.get().pk for model in (Lien, Exploitation, Paiement, Facture)]
    assert Lien.objects.get().liee.ref == Paiement.objects.get().personne.ref == "P2"
    assert Exploitation.objects.get().cesse_le == date(2026, 1, 31)
    assert Facture.objects.get().paye == Decimal("1284.30")


@pytest.mark.parametrize("written", [
    lambda number: number, lambda number: number + key_of(number), lambda number: f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:]} {key_of(number)}",
])  # fmt: skip
def test_a_nir_has_13_or_15_signs_and_spaces(depot, written):
    depot.personnes({"ref": "P1", "nir": written(nir(1))}).taken()
    assert Personne.objects.get().nir == nir(1)


def test_columns_come_in_any_order_with_a_mark_and_either_line_end(depot):
    depot.text("personnes.csv", "\ufeff" + "\n".join(
        ",".join(reversed(line.split(",")))
        for line in depot.personnes({"ref": "P1", "email": "a@enclos.example"}).folder.joinpath("personnes.csv").read_text().splitlines()
    ))  # fmt: skip
    depot.taken()
    assert Personne.objects.get().email == "a@enclos.example"


def test_text_is_composed_and_kept_on_one_line(depot):
    depot.personnes({"ref": "P1", "nom_naissance": " LEFE\u0300VRE ", "adresse4": '12, RUE\nDU\u00a0"MOULIN"'}).taken()
    personne = Personne.objects.get()
    assert (personne.nom_naissance, personne.adresse4) == ("LEFÈVRE", '12, RUE DU "MOULIN"')


def test_a_person_with_an_account_is_closed_and_another_is_deleted(depot):
    depot.personnes({"ref": "P1", "nir": nir(1)}, {"ref": "P2", "nir": nir(2)}).file(
        "paiements.csv", {"numero": "V1", "ref": "P2"}
    ).taken()
    CompteFactory(personne=Personne.objects.get(ref="P1"))
    (depot.folder / "paiements.csv").unlink()
    depot.personnes({"op": "-", "ref": "P1"}, {"op": "-", "ref": "P2"})
    assert depot.counts("personnes.csv") == [0, 0, 0, 1, 1, 0]
    depot.taken()
    assert Personne.objects.get().closed_at is not None
    assert person_by_nir(nir(1)) is None
    assert not Paiement.objects.exists()
    assert depot.counts("personnes.csv") == [0, 0, 2, 0, 0, 0]


def test_a_closed_person_who_comes_back_is_open_again(depot):
    depot.personnes({"ref": "P1", "nir": nir(1)}).taken()
    CompteFactory(personne=Personne.objects.get())
    depot.personnes({"op": "-", "ref": "P1"}).taken()
    depot.personnes({"ref": "P1", "nir": nir(1)}).taken()
    assert person_by_nir(nir(1)) == Personne.objects.get()


def test_rows_of_the_other_files_are_deleted_by_their_key(depot):
    depot.personnes({"ref": "P1"}).file("liens.csv", {"ref": "P1"}, {"ref": "P1", "rang": "2"}).file(
        "factures.csv", {"numero": "F1", "ref": "P1"}
    )
    depot.taken()
    depot.file("liens.csv", {"op": "-", "ref": "P1", "rang": "1"}).file("factures.csv", {"op": "-", "numero": "F1"})
    assert depot.counts("liens.csv") == [0, 0, 0, 0, 1, 0]
    depot.taken()
    assert Lien.objects.get().rang == 2
    assert not Facture.objects.exists()


def test_two_persons_may_exchange_their_numbers(depot):
    depot.personnes({"ref": "P1", "nir": nir(1)}, {"ref": "P2", "nir": nir(2)}).taken()
    depot.personnes({"ref": "P1", "nir": nir(2)}, {"ref": "P2", "nir": nir(1)}).taken()
    assert {personne.ref: personne.nir for personne in Personne.objects.order_by("ref")} == {"P1": nir(2), "P2": nir(1)}
    assert person_by_nir(nir(1)) == Personne.objects.get(ref="P2")


def test_a_number_passes_from_a_closed_person_to_another(depot):
    depot.personnes({"ref": "P1", "nir": nir(1)}).taken()
    CompteFactory(personne=Personne.objects.get())
    depot.personnes({"ref": "P2", "nir": nir(1)}, {"op": "-", "ref": "P1"}).taken()
    assert person_by_nir(nir(1)) == Personne.objects.get(ref="P2")


def test_people_need_not_be_in_each_drop(depot):
    depot.personnes({"ref": "P1"}).taken()
    (depot.folder / "personnes.csv").unlink()
    depot.file("paiements.csv", {"numero": "V1", "ref": "P1"}).taken()
    assert Paiement.objects.get().personne.ref == "P1"


def test_the_journal_keeps_the_figures_of_each_import(depot):
    depot.personnes({"ref": "P1"}).taken()
    line = Ligne.objects.get(event="registre.depot.imported")
    assert line.details["fichiers"]["personnes.csv"]["nouveaux"] == 1


def test_a_household_member_who_arrives_later_is_tied_then(depot):
    depot.personnes({"ref": "P1"}, {"ref": "P2"}).file("liens.csv", {"ref": "P1", "ref_liee": "P2"}).taken()
    (depot.folder / "liens.csv").unlink()
    depot.personnes({"op": "-", "ref": "P2"}).taken()
    assert Lien.objects.get().liee is None
    depot.personnes({"ref": "P2"}).file("liens.csv", {"ref": "P1", "ref_liee": "P2"})
    assert depot.counts("liens.csv") == [0, 1, 0, 0, 0, 0]
    depot.taken()
    assert Lien.objects.get().liee == Personne.objects.get(ref="P2")
    assert isinstance(depot, Depot)


@pytest.mark.parametrize("text", ["\\N", "\\.", "a\\tb", "\\x41", "100 %s", "L’ÉTÉ 😀", "'; --", '"', "\\", "{}", "%"])
def test_any_text_is_kept_to_the_sign(depot, text):
    depot.personnes({"ref": "P1", "adresse4": text, "localite": f"x{text}x"}).taken()
    personne = Personne.objects.get()
    assert (personne.adresse4, personne.localite) == (text, f"x{text}x")
    assert depot.counts("personnes.csv") == [0, 0, 1, 0, 0, 0]
