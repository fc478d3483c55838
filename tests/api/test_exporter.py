"""`enclos exporter`: each document received reaches the fund's system, whatever is cut on the way."""

import csv
import hashlib
import io
from pathlib import Path

import pikepdf
import pytest
from django.core.management import CommandError, call_command

from enclos.api import exportation
from enclos.api.models import Exporte
from enclos.coffre.models import Fichier
from enclos.coffre.pages import NotShown
from enclos.envois.models import Envoi
from enclos.journal.models import Ligne
from enclos.suivi.models import Affaire
from tests.envois.conftest import PHOTO, envoye, fichier, jusqu_a_verification, pret  # noqa: F401  (fixtures)

pytestmark = pytest.mark.usefixtures("inspection")


def exporter(folder: Path) -> int:
    try:
        call_command("exporter", str(folder), stdout=io.StringIO())
    except SystemExit as end:
        return int(str(end.code))
    return 0


def envois(folder: Path) -> list[dict[str, str]]:
    with (folder / "envois.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_document_is_given_as_a_pdf_with_what_describes_it(envoye, tmp_path):  # noqa: F811
    assert exporter(tmp_path) == 0
    (row,) = envois(tmp_path)
    envoi = envoye.envoi
    assert row["numero"] == f"{envoi.reference}-1"
    assert row["ref"] == envoye.acteur.personne.ref
    assert (row["nature"], row["concerne"], row["motif"]) == ("RES_AVIS_IMPOT", "moi", "complement_dossier")
    assert row["originaux"] == hashlib.sha256(PHOTO).hexdigest()
    assert row["analyse"] == "non_analyse"
    pdf = (tmp_path / row["fichier"]).read_bytes()
    assert (row["sha256"], row["taille"]) == (hashlib.sha256(pdf).hexdigest(), str(len(pdf)))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    assert (tmp_path / "changements.csv").read_text().startswith("id,op,caisse,ref,champ,effet_le,demande_le,email,")
    assert Ligne.objects.get(event="api.envois.exported").details == {"documents": [row["numero"]]}
    assert (tmp_path / row["fichier"]).stat().st_mode & 0o007 == 0


def test_a_second_run_changes_nothing_and_a_folder_taken_away_is_not_filled_again(envoye, tmp_path):  # noqa: F811
    exporter(tmp_path / "a")
    before = everything(tmp_path / "a")
    assert exporter(tmp_path / "a") == 0
    assert everything(tmp_path / "a") == before
    assert exporter(tmp_path / "b") == 0
    assert envois(tmp_path / "b") == []


def test_what_comes_next_is_added_to_what_was_not_taken_yet(envoye, tmp_path):  # noqa: F811
    exporter(tmp_path)
    second = jusqu_a_verification(envoye.acteur, [fichier(PHOTO + b"1"), fichier(PHOTO + b"22")])
    second.envoie()
    assert exporter(tmp_path) == 0
    assert [row["reference"] for row in envois(tmp_path)] == [envoye.reference, second.reference]
    assert len(envois(tmp_path)[1]["originaux"].split("|")) == 2


@pytest.mark.parametrize("cut", ["enclos.api.exportation.write_envois", "enclos.api.exportation.record"])
def test_a_run_cut_in_the_middle_is_finished_by_the_next(envoye, tmp_path, monkeypatch, cut):  # noqa: F811
    plain = exportation.write_envois

    def power_cut(*args, **kwargs):
        if cut.endswith("write_envois") and not args[1]:
            return plain(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cut, power_cut)
        with pytest.raises(KeyboardInterrupt):
            exporter(tmp_path)
    assert not Exporte.objects.exists()
    assert exporter(tmp_path) == 0
    assert len(envois(tmp_path)) == Exporte.objects.count() == 1
    assert {path.name for path in (tmp_path / "fichiers").iterdir()} == {f"{envoye.reference}-1.pdf"}


def test_a_document_that_cannot_be_read_waits_and_stops_no_other(envoye, tmp_path, monkeypatch):  # noqa: F811
    second = jusqu_a_verification(envoye.acteur, [fichier(PHOTO + b" ")])
    second.envoie()
    first_file = Fichier.objects.get(page__document__envoi__reference=envoye.reference)
    plain = exportation.assembled

    def lost(fichiers):
        if fichiers == [first_file]:
            raise NotShown
        return plain(fichiers)

    with monkeypatch.context() as patch:
        patch.setattr(exportation, "assembled", lost)
        assert exporter(tmp_path) == 1
    assert [row["reference"] for row in envois(tmp_path)] == [second.reference]
    assert exporter(tmp_path) == 0
    assert len(envois(tmp_path)) == 2


def test_drafts_scans_under_way_dangerous_and_medical_documents_are_not_given(pret, tmp_path):  # noqa: F811
    exporter(tmp_path)
    assert envois(tmp_path) == []
    pret.envoie()
    receipt = pret.envoi.accuse_reception
    Envoi.objects.update(accuse_reception=None)
    exporter(tmp_path)
    assert envois(tmp_path) == []
    Envoi.objects.update(accuse_reception=receipt)
    Affaire.objects.update(is_medical=True)
    exporter(tmp_path)
    assert envois(tmp_path) == []
    Affaire.objects.update(is_medical=False)
    Fichier.objects.update(analyse=Fichier.Analyse.INFECTE)
    exporter(tmp_path)
    assert envois(tmp_path) == []
    Fichier.objects.update(analyse=Fichier.Analyse.SAIN)
    exporter(tmp_path)
    assert [row["analyse"] for row in envois(tmp_path)] == ["sain"]


def test_a_file_that_is_not_ours_is_left_alone(db, tmp_path):
    (tmp_path / "envois.csv").write_text("autre;chose\n")
    with pytest.raises(CommandError, match="d’une autre forme"):
        exporter(tmp_path)
    assert (tmp_path / "envois.csv").read_text() == "autre;chose\n"
