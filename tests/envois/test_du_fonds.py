"""Giving the fund’s own documents again: from a sending, from a paper asked, and straight from « Mes documents »."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from enclos.bibliotheque.actions import open_documents, put_away, withdraw
from enclos.bibliotheque.conservation import purge
from enclos.bibliotheque.models import Document, Feuillet
from enclos.caisses.models import Nature
from enclos.coffre.actions import quarantine
from enclos.coffre.models import Fichier
from enclos.coffre.storage import storage
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers, Envoi, PageEnvoyee, PapierDemande
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import jour, today_paris
from tests.bibliotheque.conftest import depose, many
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, texte

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


@pytest.fixture
def attestation(adherente: Acteur) -> Document:
    """A certificate of the fund, which she has opened."""
    document = depose(adherente.personne, "Attestation de paiement", nature="attestation")
    open_documents([document], by=adherente.compte)
    return document


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return ask_papers(
        personne=adherente.personne,
        service=adherente.personne.caisse.services.get(code="famille"),
        libelle="Votre aide au logement",
        papiers=[PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour connaître votre loyer.")],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )


def en_cours(acteur: Acteur) -> Parcours:
    return Parcours(acteur).commence().annonce(1).decrit(1)


def utiliser(document: Document) -> str:
    return reverse("envois:utiliser", args=[document.pk])


def repondre(document: Document) -> str:
    return reverse("envois:repondre", args=[document.pk])


def du_papier(demande: DemandePapiers, document: Document | None = None) -> str:
    chosen = f"?document={document.pk}" if document else ""
    return reverse("envois:papier_reprendre", args=[demande.reference, 1]) + chosen


# --- as it should go


def test_a_document_of_the_fund_joins_a_draft_with_its_date(adherente, attestation):
    parcours = en_cours(adherente)
    page = texte(adherente.get(parcours.url("bibliotheque", 1)))
    assert f"Attestation de paiement, de votre MSA, du {jour(today_paris())}" in page
    for _ in range(2):  # pressed twice, it is there once
        response = parcours.post("bibliotheque", 1, document=str(attestation.pk))
        assert response["Location"] == parcours.url("fichiers", 1)
    page = PageEnvoyee.objects.select_related("fichier").get(document__envoi=parcours.envoi)
    sheet = attestation.feuillets.get()
    assert (sheet.fichier, sheet.objet) == (page.fichier, None)  # the fund's bytes, made a file once
    assert "Attestation de paiement" in texte(adherente.get(parcours.url("fichiers", 1)))
    assert parcours.envoie().status_code == 302
    sha256 = parcours.envoi.accuse_reception.contenu["documents"][0]["fichiers"][0]["sha256"]
    assert sha256 == page.fichier.sha256


def test_a_paper_asked_is_answered_with_a_document_of_the_fund(adherente, attestation, demande):
    page = texte(adherente.get(du_papier(demande)))
    assert f"De votre MSA, du {jour(today_paris())}" in page
    assert reverse("bibliotheque:document", args=[attestation.pk]) in page  # to read it again before
    response = adherente.post(du_papier(demande), {"document": str(attestation.pk), "attestation": "on"})
    envoi = Envoi.objects.get(demande=demande)
    assert response["Location"] == reverse("envois:accuse", args=[envoi.reference])
    assert PapierDemande.objects.get().etat == "envoye"
    # A double click gives the same receipt.
    again = adherente.post(du_papier(demande), {"document": str(attestation.pk), "attestation": "on"})
    assert again["Location"] == response["Location"]
    assert Envoi.objects.filter(demande=demande).count() == 1


def test_my_documents_lead_straight_to_a_sending_with_the_document_chosen(adherente, attestation):
    page = texte(adherente.get(reverse("bibliotheque:document", args=[attestation.pk])))
    assert f'action="{utiliser(attestation)}"' in page
    assert "Utiliser dans un envoi" in page
    first = adherente.post(utiliser(attestation))
    second = adherente.post(utiliser(attestation))
    assert first["Location"] == second["Location"], "a double click takes up the same draft"
    parcours = Parcours(adherente, first["Location"].split("/")[3])
    assert first["Location"] == parcours.url("informations", 1)
    # What it is, for whom and why are still to be said; the file is there already.
    assert "Attestation de paiement" in texte(adherente.get(parcours.url("informations", 1)))
    parcours.decrit(1)
    assert parcours.reponses[-1]["Location"] == parcours.url("verification")
    assert parcours.envoie().status_code == 302
    assert parcours.envoi.documents.get().pages.count() == 1


def test_my_documents_lead_straight_to_the_papers_asked_with_the_document_chosen(adherente, attestation, demande):
    page = texte(adherente.get(reverse("bibliotheque:document", args=[attestation.pk])))
    assert f'href="{repondre(attestation)}"' in page
    assert "Répondre à une demande de papiers" in page
    page = texte(adherente.get(repondre(attestation)))
    assert "Votre aide au logement" in page
    assert "Bail" in page
    assert du_papier(demande, attestation) in page
    page = texte(adherente.get(du_papier(demande, attestation)))
    assert f'value="{attestation.pk}" id="id_document_0" checked' in page
    response = adherente.post(du_papier(demande, attestation), {"document": str(attestation.pk), "attestation": "on"})
    assert response["Location"].endswith("/accuse/")


def test_without_any_paper_asked_it_says_so(adherente, attestation):
    page = texte(adherente.get(repondre(attestation)))
    assert "Votre MSA ne vous demande aucun papier" in page
    assert f'action="{utiliser(attestation)}"' in page


def test_a_document_put_away_is_chosen_from_its_own_page(adherente, attestation, demande):
    put_away([attestation.pk], True, personne=adherente.personne, by=adherente.compte)
    assert str(attestation.pk) not in texte(adherente.get(du_papier(demande)))
    assert str(attestation.pk) in texte(adherente.get(du_papier(demande, attestation)))
    assert adherente.post(utiliser(attestation)).status_code == 302


def test_a_draft_begun_from_the_library_knows_what_it_is(adherente, demande):
    envoi = Parcours(
        adherente,
        adherente.post(reverse("envois:papier_envoyer", args=[demande.reference, 1]))["Location"].split("/")[3],
    )
    envoi.ajoute(1)
    envoi.envoie()
    bail = Document.objects.get(nature="LOG_BAIL")
    location = adherente.post(utiliser(bail))["Location"]
    assert '<option value="LOG_BAIL" selected' in texte(adherente.get(location))


# --- what is refused


def ferme(document: Document, how: str) -> None:
    """Make it a document that nobody may give again."""
    sheet = document.feuillets.get()
    match how:
        case "not opened":
            Document.objects.filter(pk=document.pk).update(ouvert_at=None, a_lire=True)
        case "withdrawn by the fund":
            withdraw(document, by=SYSTEM)
        case "replaced":
            depose(document.personne, "La nouvelle", remplace=document)
        case "medical":
            fichier = Fichier.objects.create(
                nom="x.pdf", taille=1, sha256="0" * 64, media_type="application/pdf", original=sheet.objet, pages=1
            )
            Feuillet.objects.filter(pk=sheet.pk).update(fichier=fichier, objet=None)
            quarantine(fichier, by=SYSTEM)
        case "purged":
            Document.objects.filter(pk=document.pk).update(purge_on=today_paris())
            assert purge() == 1


CLOSED = ["not opened", "withdrawn by the fund", "replaced", "medical", "purged"]


@pytest.mark.parametrize("how", CLOSED)
def test_what_may_not_be_given_again_is_offered_nowhere(adherente, attestation, demande, how):
    parcours = en_cours(adherente)
    ferme(attestation, how)
    assert str(attestation.pk) not in texte(adherente.get(parcours.url("bibliotheque", 1)))
    assert str(attestation.pk) not in texte(adherente.get(du_papier(demande)))
    assert parcours.post("bibliotheque", 1, document=str(attestation.pk)).status_code == 422
    assert adherente.post(utiliser(attestation)).status_code == 404
    assert adherente.get(repondre(attestation)).status_code == 404
    assert adherente.get(du_papier(demande, attestation)).status_code == 404
    answer = adherente.post(du_papier(demande), {"document": str(attestation.pk), "attestation": "on"})
    assert answer.status_code == 422
    assert not Envoi.objects.sent().exists()


def lose(document: Document) -> None:
    storage().delete(document.sheets[0].original.cle)


def spoil(document: Document) -> None:
    path = storage()._path(document.sheets[0].original.cle)
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize("harm", [lose, spoil], ids=["lost", "altered"])
@pytest.mark.parametrize("is_made", [False, True], ids=["as the fund gave it", "a file already"])
def test_what_the_vault_lost_cannot_be_given_and_says_so_where_one_chose(
    adherente, attestation, demande, harm, is_made
):
    parcours = en_cours(adherente)
    if is_made:
        parcours.post("bibliotheque", 1, document=str(attestation.pk))
        PageEnvoyee.objects.all().delete()
    harm(Document.objects.get(pk=attestation.pk))
    answer = parcours.post("bibliotheque", 1, document=str(attestation.pk))
    assert answer.status_code == 422
    assert "Nous n’arrivons pas à lire ce document" in texte(answer)
    answer = adherente.post(du_papier(demande), {"document": str(attestation.pk), "attestation": "on"})
    assert answer.status_code == 422
    assert "Nous n’arrivons pas à lire ce document" in texte(answer)
    assert adherente.post(utiliser(attestation)).status_code == 409
    assert not PageEnvoyee.objects.exists()
    assert etat_of(demande) == "attendu"


def etat_of(demande: DemandePapiers) -> str:
    return demande.papiers.get().etat


# --- who may not


def test_nobody_gives_the_document_of_somebody_else(voisin, attestation, demande):
    assert voisin.post(utiliser(attestation)).status_code == 404
    assert voisin.get(repondre(attestation)).status_code == 404
    assert voisin.get(du_papier(demande, attestation)).status_code == 404
    parcours = en_cours(voisin)
    assert parcours.post("bibliotheque", 1, document=str(attestation.pk)).status_code == 422
    assert attestation.feuillets.get().fichier is None, "nothing of it was even looked at"


def test_a_key_of_nothing_is_no_document(adherente, demande):
    assert adherente.get(du_papier(demande) + "?document=x").status_code == 404
    assert adherente.get(du_papier(demande) + f"?document={uuid4()}").status_code == 404


# --- whatever the library holds


def test_choosing_asks_the_same_of_a_long_library(adherente, attestation, demande, django_assert_max_num_queries):
    parcours = en_cours(adherente)
    adherente.get(du_papier(demande))
    for number in (0, 1_000):
        many(adherente.personne, number)
        with django_assert_max_num_queries(9):
            adherente.get(du_papier(demande))
        with django_assert_max_num_queries(9):
            adherente.get(parcours.url("bibliotheque", 1))
        with django_assert_max_num_queries(5):
            adherente.get(repondre(attestation))
