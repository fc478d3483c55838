"""What a drop may hold that is not taken, and how that is said."""

import pytest

from enclos.demo.factories import PersonneFactory
from enclos.registre.models import Exploitation, Lien, Paiement, Personne
from enclos.socle.verrou import alone
from tests.api.depots import HEADERS, nir

HEADER = HEADERS["personnes.csv"]


def row(ref, **cells):
    given = {"ref": ref, "caisse": "NPC", "nom_naissance": "DELATTRE"} | cells
    return ",".join(given.get(name, "") for name in HEADER.split(","))


def one(rejets):
    assert len(rejets) == 1, rejets
    return rejets[0]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("ref", ""), ("ref", "P 2"), ("ref", "é"), ("ref", "x" * 41), ("op", "supprimer"),
        ("caisse", ""), ("caisse", "ZZZ"), ("agence", "nulle-part"),
        ("nir", "123"), ("nir", "2850599350011"[:12] + "X"), ("nir", nir(1) + "00"), ("nia", "abc"),
        ("civilite", "MLLE"), ("nom_naissance", ""), ("nom_naissance", "x" * 81), ("prenoms", "Jean\u202ene"),
        ("date_naissance", "14/05/1985"), ("date_naissance", "1985-02-30"), ("date_naissance", "19850514"),
        ("lieu_naissance", "Lille"), ("pays_naissance", "FR"), ("email", "pas une adresse"), ("telephone", "appelez-moi"),
        ("profils", "particulier|roi"), ("droits_sante_ouverts", "oui"), ("vitale_photo", "1"), ("decede", "TRUE"),
    ],
)  # fmt: skip
def test_one_bad_cell_rejects_its_line_alone(depot, column, cell):
    code, rejets = depot.personnes({"ref": "P1"}, {"ref": "P2", column: cell}, {"ref": "P3"}).take()
    rejet = one(rejets)
    assert code == 3
    assert (rejet["fichier"], rejet["ligne"], rejet["colonne"]) == ("personnes.csv", "3", column)
    assert rejet["motif"]
    assert set(Personne.objects.values_list("ref", flat=True).order_by("ref")) == {"P1", "P3"}


@pytest.mark.parametrize(
    ("nom", "column", "cell"),
    [
        ("liens.csv", "rang", ""), ("liens.csv", "rang", "-1"), ("liens.csv", "rang", "²"), ("liens.csv", "rang", "99999"),
        ("liens.csv", "lien", "cousin"), ("liens.csv", "lien", ""), ("liens.csv", "ref_liee", "P 9"), ("liens.csv", "ref_liee", "P9"),
        ("exploitations.csv", "siret", "123"), ("exploitations.csv", "qualite", "patron"), ("exploitations.csv", "rang", "1"),
        ("exploitations.csv", "surface_ha", "62,4"), ("paiements.csv", "numero", ""), ("paiements.csv", "date", ""),
        ("paiements.csv", "branche", "vieillesse"), ("paiements.csv", "montant", "12,50"), ("paiements.csv", "montant", "1e3"),
        ("paiements.csv", "montant", "1.234"), ("factures.csv", "montant", ""), ("factures.csv", "paye", "peut-être"),
        ("factures.csv", "echeance", "demain"),
    ],
)  # fmt: skip
def test_so_does_one_in_each_other_file(depot, nom, column, cell):
    key = {} if nom in {"liens.csv", "exploitations.csv"} else {"numero": "N1"}
    code, rejets = depot.personnes({"ref": "P1"}).file(nom, {"ref": "P1"} | key | {column: cell}).take()
    assert (code, one(rejets)["fichier"], one(rejets)["colonne"]) == (3, nom, column)
    assert Personne.objects.count() == 1


def test_all_that_is_wrong_with_a_line_is_said_at_once(depot):
    _, rejets = depot.personnes({"ref": "P1", "civilite": "DR", "email": "@", "date_naissance": "hier"}).take()
    assert one(rejets)["colonne"] == "civilite|date_naissance|email"


def test_a_composite_key_is_joined_by_a_bar(depot):
    _, rejets = depot.personnes({"ref": "P1"}).file("liens.csv", {"ref": "P1", "rang": "7", "lien": "cousin"}).take()
    assert one(rejets)["cle"] == "P1|7"
    _, rejets = depot.file("liens.csv", {"ref": "P1", "rang": "7"}, {"ref": "P1", "rang": "7"}).take()
    assert (one(rejets)["cle"], one(rejets)["ligne"], one(rejets)["colonne"]) == ("P1|7", "3", "ref|rang")


def test_of_two_rows_with_one_key_the_first_stands(depot):
    code, rejets = depot.personnes(
        {"ref": "P1", "email": "a@enclos.example"}, {"ref": "P1", "email": "b@enclos.example"}
    ).take()
    assert (code, one(rejets)["ligne"], one(rejets)["cle"]) == (3, "3", "P1")
    assert "ligne 2" in one(rejets)["motif"]
    assert Personne.objects.get().email == "a@enclos.example"


def test_two_persons_of_a_drop_cannot_have_one_nir(depot):
    code, rejets = depot.personnes({"ref": "P1", "nir": nir(1)}, {"ref": "P2", "nir": nir(1)}).take()
    assert (code, one(rejets)["ligne"], one(rejets)["colonne"]) == (3, "3", "nir")
    assert Personne.objects.get().ref == "P1"


def test_who_bears_the_number_here_keeps_it(depot):
    depot.personnes({"ref": "P1", "nir": nir(1)}).taken()
    _, rejets = depot.personnes(
        {"ref": "P2", "nir": nir(1)}, {"ref": "P1", "nir": nir(1), "email": "a@enclos.example"}
    ).take()
    assert (one(rejets)["cle"], one(rejets)["ligne"]) == ("P2", "2")
    assert Personne.objects.get().email == "a@enclos.example"
    _, rejets = depot.personnes({"ref": "P3", "nir": nir(1)}).take()
    assert one(rejets)["colonne"] == "nir"
    assert Personne.objects.count() == 1


def test_a_number_does_not_pass_when_the_row_that_frees_it_is_rejected(depot):
    depot.personnes({"ref": "P1", "nir": nir(1)}, {"ref": "P2", "nir": nir(2)}, {"ref": "P3", "nir": nir(3)}).taken()
    # P1 would take the number of P2, who would take that of P3, whose own row is wrong.
    _, rejets = depot.personnes(
        {"ref": "P1", "nir": nir(2)}, {"ref": "P2", "nir": nir(3)}, {"ref": "P3", "nir": nir(4), "email": "faux"}
    ).take()
    assert [rejet["cle"] for rejet in rejets] == ["P1", "P2", "P3"]
    assert [personne.nir for personne in Personne.objects.order_by("ref")] == [nir(1), nir(2), nir(3)]


@pytest.mark.parametrize("for_real", [False, True])
def test_a_row_whose_person_is_rejected_is_rejected(depot, for_real):
    depot.personnes({"ref": "P1", "civilite": "DR"}, {"ref": "P2"}, {"op": "-", "ref": "P3"}, {"ref": "P2"})
    depot.file("paiements.csv", *({"numero": f"V{n}", "ref": f"P{n}"} for n in (1, 2, 3, 4)))
    depot.file("liens.csv", {"ref": "P2", "ref_liee": "P1"})
    _, rejets = depot.take(for_real=for_real)
    assert [(rejet["fichier"], rejet["cle"], rejet["colonne"]) for rejet in rejets] == [
        ("personnes.csv", "P1", "civilite"), ("personnes.csv", "P2", "ref"), ("liens.csv", "P2|1", "ref_liee"),
        ("paiements.csv", "V1", "ref"), ("paiements.csv", "V3", "ref"), ("paiements.csv", "V4", "ref"),
    ]  # fmt: skip
    assert "personnes.csv, ligne 2" in rejets[3]["motif"]
    assert rejets[5]["motif"] == "Personne inconnue."
    assert Paiement.objects.count() == for_real
    assert not Lien.objects.exists()


def test_a_row_whose_person_is_rejected_is_rejected_even_when_known_here(depot):
    depot.personnes({"ref": "P1"}).taken()
    _, rejets = (
        depot.personnes({"ref": "P1", "civilite": "DR"}).file("paiements.csv", {"numero": "V1", "ref": "P1"}).take()
    )
    assert [rejet["fichier"] for rejet in rejets] == ["personnes.csv", "paiements.csv"]


BROKEN = {
    "latin-1": ((HEADER + "\r\n" + row("P1", nom_naissance="LEFÈVRE") + "\r\n").encode("latin-1"), "UTF-8", "2"),
    "quote on the last line": (
        (HEADER + "\r\n" + row("P1") + "\r\n" + row("P2") + ',"tronq').encode(),
        "guillemet",
        "3",
    ),
    "quote in the middle": (
        (HEADER + "\r\n" + '"P1' + row("P1") + "\r\n" + '"P2"x' + row("P2") + "\r\n").encode(),
        "guillemet",
        "3",
    ),
    "NUL": ((HEADER + "\r\n" + row("P1") + "\r\n" + row("P2\0") + "\r\n").encode(), "octet nul", "3"),
    "UTF-16": ((HEADER + "\r\n" + row("P1")).encode("utf-16"), "UTF-8", "1"),
    "unknown column": ((HEADER + ",couleur\r\n" + row("P1") + ",bleu\r\n").encode(), "couleur", "1"),
    "missing column": ((HEADER.replace(",nia", "") + "\r\n").encode(), "nia", "1"),
    "column twice": ((HEADER + ",nia\r\n").encode(), "nia", "1"),
    "semicolons": (HEADER.replace(",", ";").encode(), "points-virgules", "1"),
    "empty": (b"", "vide", "1"),
    "a line without end": ((HEADER + "\r\n" + "x" * 200_000).encode(), "trop longue", "2"),
}


@pytest.mark.parametrize("content", BROKEN)
@pytest.mark.parametrize("for_real", [False, True])
def test_a_broken_file_is_one_reject_and_changes_nothing_while_the_others_go_on(depot, content, for_real):
    PersonneFactory(ref="P0")
    text, phrase, ligne = BROKEN[content]
    depot.text("personnes.csv", text).file("exploitations.csv", {"ref": "P0"})
    code, rejets = depot.take(for_real=for_real)
    rejet = one(rejets)
    assert (code, rejet["fichier"], rejet["cle"], rejet["ligne"]) == (3, "personnes.csv", "", ligne)
    assert phrase in rejet["motif"]
    assert Personne.objects.get().ref == "P0"
    assert Exploitation.objects.count() == for_real


def test_the_line_is_that_where_the_record_starts(depot):
    text = "\r\n".join([
        HEADER, row("P1", adresse4='"12, RUE\r\nDU\r\nMOULIN"'), "", row("P2", civilite="DR"), row("P3", adresse4='"A\nB"', civilite="DR"), row("P4", civilite="DR"),
    ])  # fmt: skip
    _, rejets = depot.text("personnes.csv", text).take()
    assert [(rejet["cle"], rejet["ligne"]) for rejet in rejets] == [("P2", "6"), ("P3", "7"), ("P4", "9")]


def test_a_row_cut_short_is_rejected_alone(depot):
    _, rejets = depot.text("personnes.csv", f"{HEADER}\n{row('P1')}\n,P2,NPC\n{row('P3')},trop\n{row('P4')}").take()
    assert [rejet["ligne"] for rejet in rejets] == ["3", "4"]
    assert Personne.objects.count() == 2


def test_a_misspelt_file_is_not_taken_for_an_absent_one(depot):
    depot.personnes({"ref": "P1"}).text("paiement.csv", "op,numero\n").text("document.csv", "op,numero\n").text(
        "LISEZMOI.txt", "bonjour"
    )
    code, rejets = depot.take()
    assert code == 3
    assert {rejet["fichier"] for rejet in rejets} == {"paiement.csv", "document.csv"}
    assert Personne.objects.count() == 1


def test_the_report_is_written_anew_each_time_and_never_read(depot):
    depot.personnes({"ref": "P1", "civilite": "DR"})
    first = depot.take(for_real=False)
    assert depot.take(for_real=False) == first
    depot.personnes({"ref": "P1"}).taken()
    assert (depot.folder / "rejets.csv").read_bytes() == b"fichier,ligne,cle,colonne,motif\r\n"


def test_the_first_drop_has_people(depot):
    code, rejets = depot.file("paiements.csv", {"numero": "V1", "ref": "P1"}).take()
    assert (code, [rejet["fichier"] for rejet in rejets]) == (3, ["personnes.csv", "paiements.csv"])


def test_a_drop_with_nothing_in_it_is_taken(depot):
    PersonneFactory()
    depot.taken()


def test_two_imports_do_not_run_at_once(depot):
    import threading

    from django.core.management import CommandError
    from django.db import connection

    depot.personnes({"ref": "P1"})
    entered, leave = threading.Event(), threading.Event()

    def other():
        with alone("importer"):
            entered.set()
            leave.wait(20)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert entered.wait(20)
        with pytest.raises(CommandError, match="Une autre importation est en cours"):
            depot.take()
    finally:
        leave.set()
        thread.join()
    depot.taken()


def test_no_report_holds_a_number_even_in_the_wrong_column(depot):
    spaced = f"{nir(1)[0]} {nir(1)[1:3]} {nir(1)[3:5]} {nir(1)[5:7]} {nir(1)[7:10]} {nir(1)[10:]}"
    depot.personnes(
        {"ref": nir(1), "nir": nir(1)}, {"ref": "P2", "caisse": nir(2)[:10]}, {"ref": "P3", "civilite": nir(3)},
        {"ref": spaced}, {"ref": "P5", "nir": nir(4) + "00"}, {"ref": "P6", "profils": nir(5)},
    )  # fmt: skip
    code, rejets = depot.take()
    report = (depot.folder / "rejets.csv").read_text() + depot.said(for_real=False)
    assert (code, len(rejets)) == (3, 6)
    compact = report.replace(" ", "")
    assert not [number for number in range(1, 6) if nir(number) in compact]
