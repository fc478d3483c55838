"""Kept so many years by nature, then erased with its proof; and given whole to who asks for their data."""

import json
from datetime import date, timedelta

import pytest

from enclos.bibliotheque import actions, donnees
from enclos.bibliotheque.conservation import purge
from enclos.bibliotheque.controle import constats
from enclos.bibliotheque.models import Document, Origine
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.storage import storage
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import add_months, jour, today_paris
from tests.agents.conftest import file_of
from tests.bibliotheque.conftest import ICI, depose, texte_de
from tests.conftest import Acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


def at_its_term(document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(purge_on=today_paris())


@pytest.mark.parametrize(("nature", "years"), [("relevé", 5), ("attestation", 1), ("Carnet rose", 5)])
def test_the_member_reads_until_when_it_is_kept(adherente: Acteur, nature: str, years: int) -> None:
    document = depose(adherente.personne, nature=nature)
    assert document.purge_on == add_months(today_paris(), 12 * years)
    assert f"<dt>Gardé jusqu’au</dt><dd>{jour(document.purge_on)}</dd>" in texte_de(
        adherente.get(f"{ICI}{document.pk}/")
    )


def test_one_that_came_late_is_kept_from_its_coming(adherente: Acteur) -> None:
    assert depose(adherente.personne, day=date(2020, 1, 1)).purge_on == add_months(today_paris(), 60)


def test_at_its_term_it_goes_with_its_bytes_and_the_journal_keeps_the_proof(adherente: Acteur) -> None:
    document, kept = depose(adherente.personne), depose(adherente.personne)
    adherente.get(f"{ICI}{document.pk}/")  # its bytes became a file, with a copy to read
    objet = document.sheets[0].original
    at_its_term(document)
    assert purge() == 1
    assert purge() == 0
    assert list(Document.objects.all()) == [kept]
    assert not Fichier.objects.exists()
    assert not Objet.objects.filter(pk=objet.pk).exists()
    assert not storage().has(objet.cle)
    assert storage().has(kept.sheets[0].original.cle)
    line = Ligne.objects.get(event="bibliotheque.document.purged")
    assert line.object_id == str(document.pk)
    assert line.details["sha256"] == [objet.sha256]


def test_what_a_sending_holds_too_stays_in_the_vault(adherente: Acteur) -> None:
    fichier = file_of()
    first = actions.file(
        adherente.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Bail", date=today_paris(), feuillets=[fichier], by=SYSTEM
    )  # fmt: skip
    actions.file(
        adherente.personne, "envoi:2", origine=Origine.ENVOYE, libelle="Bail", date=today_paris(), feuillets=[fichier], by=SYSTEM
    )  # fmt: skip
    at_its_term(first)
    assert purge() == 1
    assert Fichier.objects.filter(pk=fichier.pk).exists()
    assert storage().has(fichier.original.cle)


def test_a_notification_still_running_keeps_its_document(consentante: Acteur) -> None:
    document = depose(consentante.personne, nature="décision")
    at_its_term(document)
    assert purge() == 0


def test_one_that_was_replaced_goes_alone(adherente: Acteur) -> None:
    former = depose(adherente.personne, cle="registre:1", numero="1")
    newer = depose(adherente.personne, cle="registre:1:2", numero="1", remplace=former)
    at_its_term(former)
    assert purge() == 1
    newer.refresh_from_db()
    assert newer.remplace is None


def test_reconciliation_counts_what_is_wrong(adherente: Acteur) -> None:
    document = depose(adherente.personne)
    found = {constat.libelle: constat for constat in constats()}
    assert not any(constat.is_alarming for constat in found.values())
    storage().delete(document.sheets[0].original.cle)
    late = depose(adherente.personne)
    Document.objects.filter(pk=late.pk).update(purge_on=today_paris() - timedelta(days=30))
    bare = depose(adherente.personne)
    bare.feuillets.all().delete()
    alarming = {constat.libelle: constat.nombre for constat in constats() if constat.is_alarming}
    assert alarming == {
        "Documents sans fichier ni accusé": 1,
        "Documents récents dont les octets manquent": 1,
        "Documents gardés au-delà de leur durée": 1,
    }


def test_ones_data_hold_every_date_and_the_bytes_the_fund_gave(consentante: Acteur) -> None:
    depose(consentante.personne, "Décision", nature="décision", numero="A1")
    withdrawn = depose(consentante.personne, "Erreur")
    actions.withdraw(withdrawn, by=SYSTEM)
    actions.file(
        consentante.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Bail", date=today_paris(), feuillets=[file_of()], by=SYSTEM
    )  # fmt: skip
    rows = list(donnees.donnees_of(consentante.personne))
    assert [row["libelle"] for row in rows] == ["Décision", "Erreur", "Bail"]
    assert set(rows[0]["notification"]) >= {
        "mis_a_disposition",
        "avis_envoye",
        "premiere_consultation",
        "repute_notifie",
        "notifie_on",
    }
    (piece,) = donnees.pieces_of(consentante.personne)
    assert rows[0]["chemin"] == [piece.chemin]
    assert piece.chemin.endswith("-01-Décision.pdf")
    json.dumps(rows, default=str)
