"""`documents.csv` and its files: what the fund's information system puts in members' libraries."""

import csv
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest

from enclos.api.depot import documents as module
from enclos.bibliotheque.models import Document, Feuillet, Notification
from enclos.coffre import antivirus
from enclos.coffre.antivirus import ScannerUnavailable, Verdict
from enclos.coffre.models import Objet
from enclos.coffre.objets import read
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from tests.api.depots import HEADERS, USUAL, Depot
from tests.api.installations import Installation
from tests.bibliotheque.conftest import accepte
from tests.coffre.inspection.fabrique import jpeg_photo, pdf_text, png_page
from tests.conftest import Acteur

ICI = "/espace/documents/"


def put(depot: Depot, name: str, data: bytes | None = None) -> str:
    path = depot.folder / "documents" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if data is not None else pdf_text(text=name.replace("/", " ")))
    return name


def rows(depot: Depot, *told: dict[str, str]) -> Depot:
    """`documents.csv`, whose files are made when they are not there."""
    for row in told:
        if (
            row.get("op") != "-"
            and row.get("fichier", "x.pdf")
            and not (depot.folder / "documents" / row["fichier"]).exists()
        ):
            put(depot, row["fichier"])
    return depot.file("documents.csv", *told)


@pytest.fixture
def pose(depot: Depot) -> Depot:
    return depot.personnes({"ref": "P1"}, {"ref": "P2", "prenoms": "Thomas"})


def stored() -> set[str]:
    """What the vault holds, the rests of other tests included."""
    return {listed.cle for listed in storage().listing()}


def motifs(depot: Depot, *, for_real: bool = True) -> list[tuple[str, str]]:
    _, rejets = depot.take(for_real=for_real)
    return [(rejet["cle"], rejet["motif"]) for rejet in rejets if rejet["fichier"] == "documents.csv"]


def test_documents_come_with_their_bytes_sealed_and_their_person(pose: Depot) -> None:
    photo = jpeg_photo()
    put(pose, "2024/relevé 1.pdf")
    put(pose, "photo.jpg", photo)
    put(pose, "plan.png", png_page())
    rows(
        pose,
        {
            "numero": "A1",
            "ref": "P1",
            "fichier": "2024/relevé 1.pdf",
            "date": "2024-03-01",
            "libelle": "Relevé de mars",
        },
        {
            "numero": "A2",
            "ref": "P2",
            "fichier": "photo.jpg",
            "domaine": "logement",
            "nature": "Décision",
            "libelle": "",
        },
        {"numero": "A3", "ref": "P2", "fichier": "plan.png", "domaine": ""},
    ).taken()
    first, second, third = Document.objects.order_by("numero")
    assert (first.personne.ref, first.libelle, first.domaine, str(first.date)) == (
        "P1",
        "Relevé de mars",
        "cotisations",
        "2024-03-01",
    )
    assert (first.origine, first.concerne) == ("recu", first.personne.nom_complet)
    assert (second.domaine, second.libelle) == ("famille", "Décision")
    assert third.domaine == "autre"
    assert read(second.sheets[0].original) == photo
    assert second.sheets[0].original.media_type == "image/jpeg"
    assert Ligne.objects.filter(event="bibliotheque.document.filed").count() == 3


def test_the_member_finds_it_as_new(pose: Depot, inspection: object) -> None:
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf", "libelle": "Appel de mars"}).taken()
    member = Acteur(CompteFactory(personne=Personne.objects.get(ref="P1")))
    page = member.get(ICI).content.decode()
    assert "Appel de mars" in page
    assert ">Nouveau<" in page
    document = Document.objects.get()
    assert member.get(f"{ICI}{document.pk}/telecharger/").content.startswith(b"%PDF-")


def test_a_dry_run_says_what_a_real_one_does_and_writes_nothing(pose: Depot) -> None:
    rows(
        pose,
        {"numero": "A1", "ref": "P1", "fichier": "a.pdf"},
        {"numero": "A2", "ref": "P9", "fichier": "a.pdf"},
        {"numero": "A3", "ref": "P1", "fichier": "texte.pdf"},
    )
    put(pose, "texte.pdf", b"Bonjour")
    before = stored()
    said = pose.counts("documents.csv")
    assert said == [1, 0, 0, 0, 0, 2]
    assert not Document.objects.exists()
    assert not Objet.objects.exists()
    assert stored() == before
    assert pose.counts("documents.csv", for_real=True) == said
    assert Document.objects.count() == 1


def test_the_same_drop_twice_changes_nothing(pose: Depot) -> None:
    rows(
        pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf"}, {"numero": "A2", "ref": "P1", "fichier": "a.pdf"}
    ).taken()
    before = set(Document.objects.values_list("pk", flat=True))
    assert pose.counts("documents.csv", for_real=True) == [0, 0, 2, 0, 0, 0]
    assert set(Document.objects.values_list("pk", flat=True)) == before
    assert Objet.objects.count() == 2
    assert set(Objet.objects.values_list("cle", flat=True)) <= stored()


def test_what_is_said_of_a_document_may_be_corrected_without_another_version(pose: Depot) -> None:
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf"}).taken()
    document = Document.objects.get()
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf", "libelle": "Le bon nom", "date": "2025-01-01"}).taken()
    assert Document.objects.get().pk == document.pk
    assert Document.objects.get().libelle == "Le bon nom"
    assert " bon " in Document.objects.get().recherche
    assert Objet.objects.count() == 1


def test_a_changed_file_is_another_version_and_the_former_stays(pose: Depot, inspection: object) -> None:
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf", "libelle": "Appel"}).taken()
    member = Acteur(CompteFactory(personne=Personne.objects.get(ref="P1")))
    former = Document.objects.get()
    member.get(f"{ICI}{former.pk}/")
    put(pose, "a.pdf", pdf_text(text="Corrige"))
    assert pose.counts("documents.csv", for_real=True) == [0, 1, 0, 0, 0, 0]
    assert pose.counts("documents.csv", for_real=True) == [0, 0, 1, 0, 0, 0]
    newer = Document.objects.get(etat="visible")
    assert newer.remplace == Document.objects.get(pk=former.pk)
    assert newer.is_nouveau, "the correction was not read yet"
    page = member.get(f"{ICI}{newer.pk}/").content.decode()
    assert f'href="{ICI}{former.pk}/"' in page
    assert "Votre MSA a corrigé ce document" in member.get(f"{ICI}{former.pk}/").content.decode()
    assert member.get(f"{ICI}{former.pk}/telecharger/").status_code == 200
    assert [one.pk for one in member.get(ICI).context["lot"].rows] == [newer.pk]


def test_withdrawn_it_leaves_the_list_never_the_vault_and_may_come_back(pose: Depot) -> None:
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf", "nature": "décision"}).taken()
    rows(pose, {"op": "-", "numero": "A1"}, {"op": "-", "numero": "inconnu"})
    assert pose.counts("documents.csv", for_real=True) == [0, 0, 1, 1, 0, 0]
    document = Document.objects.get()
    assert document.is_retire
    assert Notification.objects.filter(document=document).exists()
    assert storage().has(document.sheets[0].original.cle)
    assert pose.counts("documents.csv", for_real=True) == [0, 0, 2, 0, 0, 0]
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf", "nature": "décision"}).taken()
    assert Document.objects.get().etat == "visible"


def test_given_to_somebody_else_it_leaves_the_first_one_without_a_trace_for_the_second(
    pose: Depot, inspection: object
) -> None:
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf"}).taken()
    rows(pose, {"numero": "A1", "ref": "P2", "fichier": "a.pdf"}).taken()
    first, second = Document.objects.order_by("pk")
    assert (first.personne.ref, first.etat, first.numero) == ("P1", "retire", "")
    assert (second.personne.ref, second.etat, second.remplace) == ("P2", "visible", None)


@pytest.mark.parametrize(
    ("fichier", "motif"),
    [
        ("absent.pdf", "Ce fichier n’est pas dans le dossier documents/."),
        ("../personnes.csv", "Ce chemin sort du dossier documents/."),
        ("a/../../x.pdf", "Ce chemin sort du dossier documents/."),
        ("/etc/passwd", "Ce chemin sort du dossier documents/."),
        ("", "Cette cellule ne peut pas être vide."),
        ("a\\b.pdf", "Ce chemin est mal écrit."),
        ("lien.pdf", "Ce fichier ne se lit pas : c’est un lien, un dossier, ou ses droits l’interdisent."),
        ("ailleurs/vrai.pdf", "Ce fichier ne se lit pas : c’est un lien, un dossier, ou ses droits l’interdisent."),
        ("dossier", "Ce n’est pas un fichier."),
        ("tube", "Ce n’est pas un fichier."),
        ("vide.pdf", "Ce fichier est vide."),
        ("texte.pdf", "Il faut un PDF, un JPEG ou un PNG : ce fichier est autre chose."),
        ("page.html", "Il faut un PDF, un JPEG ou un PNG : ce fichier est autre chose."),
        ("coupe.pdf", "Ce fichier est incomplet : sa fin manque."),
        ("coupe.jpg", "Ce fichier est incomplet : sa fin manque."),
        ("lourd.pdf", "Ce fichier pèse plus de 20 Mo."),
    ],
)
@pytest.mark.parametrize("for_real", [True, False], ids=["real", "dry"])
def test_a_file_that_cannot_be_taken_is_told_and_the_others_are(
    pose: Depot, fichier: str, motif: str, for_real: bool
) -> None:
    folder = pose.folder / "documents"
    put(pose, "bon.pdf")
    put(pose, "vide.pdf", b"")
    put(pose, "texte.pdf", b"Bonjour")
    put(pose, "page.html", b"<html>%PDF-1.7")
    put(pose, "coupe.pdf", pdf_text()[:-40])
    put(pose, "coupe.jpg", jpeg_photo()[:-3000])
    (folder / "dossier").mkdir()
    os.mkfifo(folder / "tube")
    (folder / "lien.pdf").symlink_to(folder / "bon.pdf")
    outside = pose.folder / "dehors"
    outside.mkdir()
    (outside / "vrai.pdf").write_bytes(pdf_text())
    (folder / "ailleurs").symlink_to(outside)
    with (folder / "lourd.pdf").open("wb") as stream:
        stream.write(b"%PDF-1.7\n")
        stream.truncate(20_000_001)
    pose.file(
        "documents.csv",
        {"numero": "A1", "ref": "P1", "fichier": fichier},
        {"numero": "A2", "ref": "P1", "fichier": "bon.pdf"},
    )
    assert motifs(pose, for_real=for_real) == [("A1", motif)]
    assert list(Document.objects.values_list("numero", flat=True)) == (["A2"] if for_real else [])


def test_rows_are_judged_like_those_of_the_other_files(pose: Depot) -> None:
    rows(
        pose,
        {"numero": "A1", "ref": "P1", "fichier": "a.pdf"},
        {"numero": "A1", "ref": "P2", "fichier": "a.pdf"},
        {"numero": "A2", "ref": "PX", "fichier": "a.pdf"},
        {"numero": "A3", "ref": "P1", "fichier": "a.pdf", "domaine": "jardinage"},
        {"numero": "A4", "ref": "P1", "fichier": "a.pdf", "date": "05/11/2026"},
        {"numero": "", "ref": "P1", "fichier": "a.pdf"},
    )
    told = dict(motifs(pose))
    assert told["A1"] == "Cette clé figure déjà à la ligne 2."
    assert told["A2"] == "Personne inconnue."
    assert "« jardinage » n’est pas une valeur possible" in told["A3"]
    assert "AAAA-MM-JJ" in told["A4"]
    assert told[""] == "Cette cellule ne peut pas être vide."
    assert Document.objects.get().numero == "A1"


def test_without_the_folder_every_row_says_so(pose: Depot) -> None:
    pose.file("documents.csv", {"numero": "A1", "ref": "P1", "fichier": "a.pdf"})
    assert motifs(pose) == [("A1", "Ce fichier n’est pas dans le dossier documents/.")]


def test_an_infected_file_is_refused_and_a_scanner_away_takes_nothing_for_clean(
    pose: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    answer: list[Verdict | Exception] = [Verdict("Eicar")]

    def scanned(data: bytes, *, timeout: float) -> Verdict:
        asked.append(len(data))
        if isinstance(answer[0], Exception):
            raise answer[0]
        return answer[0]

    monkeypatch.setattr(antivirus, "is_configured", lambda: True)
    monkeypatch.setattr(antivirus, "scan", scanned)
    rows(pose, *({"numero": f"A{number}", "ref": "P1", "fichier": f"{number}.pdf"} for number in range(5)))
    assert {motif for _, motif in motifs(pose)} == {"L’antivirus a trouvé un contenu dangereux dans ce fichier."}
    answer[0], asked[:] = ScannerUnavailable("away"), []
    assert {motif for _, motif in motifs(pose)} == {module.UNSCANNED}
    assert len(asked) == 3, "the others are not waited for"
    answer[0] = Verdict()
    assert motifs(pose) == []
    assert Document.objects.count() == 5


def test_a_vault_that_is_away_rejects_by_name_and_the_next_run_takes_all(
    pose: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, taken = module.put, list[int]()

    def put_some(data: bytes, media_type: str) -> Objet:
        if len(taken) == 2:
            raise StorageUnavailable("away")
        taken.append(1)
        return plain(data, media_type)

    monkeypatch.setattr(module, "put", put_some)
    rows(pose, *({"numero": f"A{number}", "ref": "P1", "fichier": f"{number}.pdf"} for number in range(5)))
    assert motifs(pose) == [(f"A{number}", module.AWAY) for number in (2, 3, 4)]
    assert Document.objects.count() == 2
    monkeypatch.setattr(module, "put", plain)
    assert motifs(pose) == []
    assert Document.objects.count() == Feuillet.objects.count() == 5


def test_rows_that_could_not_be_written_leave_no_bytes(pose: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(module, "commit_batch", broken)
    rows(pose, {"numero": "A1", "ref": "P1", "fichier": "a.pdf"})
    before = stored()
    with pytest.raises(RuntimeError):
        pose.take()
    assert stored() == before


def test_who_said_yes_is_told_of_a_decision_and_of_the_rest_once(pose: Depot) -> None:
    pose.taken()
    compte = CompteFactory(personne=Personne.objects.get(ref="P1"), courriel="jeanne@enclos.example")
    accepte(compte)
    recent = "2026-11-20"
    rows(
        pose,
        {"numero": "A1", "ref": "P1", "fichier": "a.pdf", "nature": "décision", "date": recent},
        {"numero": "A2", "ref": "P1", "fichier": "b.pdf", "date": recent},
        {"numero": "A3", "ref": "P1", "fichier": "c.pdf", "date": recent},
        {"numero": "A4", "ref": "P2", "fichier": "d.pdf", "date": recent, "nature": "décision"},
    ).taken()
    assert sorted(Courriel.objects.values_list("subject", flat=True)) == [
        "Un document important vous attend", "Vous avez du nouveau dans « Mes documents »",
    ]  # fmt: skip
    modes = Notification.objects.order_by("document__numero").values_list("document__numero", "mode")
    assert list(modes) == [("A1", "electronique"), ("A4", "papier")]


def test_a_drop_of_many_documents_is_killed_and_the_next_run_gives_each_once(tmp_path: Path) -> None:
    installation = Installation.make(tmp_path)
    folder = tmp_path / "depot"
    depot = Depot(folder)
    (folder / "documents").mkdir(parents=True)
    depot.personnes({"ref": "P1"})
    number = 450
    for each in range(number):
        put(depot, f"{each}.pdf")
    with (folder / "documents.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, HEADERS["documents.csv"].split(","), restval="")
        writer.writeheader()
        writer.writerows(
            USUAL["documents.csv"] | {"numero": f"K{each}", "ref": "P1", "fichier": f"{each}.pdf"}
            for each in range(number)
        )
    process = installation.start("importer", str(folder), "--pour-de-vrai")
    while process.poll() is None and not installation.count("bibliotheque_document"):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    after_kill = installation.count("bibliotheque_document")
    assert 0 < after_kill < number
    assert after_kill % module.BATCH == 0, "whole batches"
    said = installation.run("importer", str(folder), "--pour-de-vrai")
    line = next(line for line in said.splitlines() if line.startswith("documents.csv")).split()
    assert [int(word) for word in line[1:4]] == [number - after_kill, 0, after_kill]
    assert installation.count("bibliotheque_document") == installation.count("bibliotheque_feuillet") == number
    assert installation.count("coffre_objet") == number


def test_a_date_to_come_is_a_fault_of_its_line_and_the_others_go_on(pose: Depot) -> None:
    tomorrow, today = today_paris() + timedelta(days=1), today_paris()
    rows(
        pose,
        {"numero": "D1", "ref": "P1", "fichier": "a.pdf", "date": tomorrow.isoformat()},
        {"numero": "D2", "ref": "P1", "fichier": "b.pdf", "date": today.isoformat()},
    )
    _, rejets = pose.take(for_real=True)
    assert [(r["fichier"], r["cle"], r["colonne"], r["motif"]) for r in rejets] == [
        ("documents.csv", "D1", "date", "Cette date est à venir.")
    ]
    assert [document.date for document in Document.objects.all()] == [today]
