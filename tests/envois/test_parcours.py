"""The six steps: a member sends papers and holds proof of it; nothing is skipped, nothing is lost, nothing is sent twice."""

from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from pypdfium2 import PdfDocument

from enclos.accuses.models import Accuse
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.envois.accuse import ATTESTATION
from enclos.envois.actions import Attestation, submit
from enclos.envois.models import DocumentEnvoye, Envoi
from enclos.envois.tasks import tidy_drafts
from enclos.journal.models import Ligne
from enclos.suivi.models import Affaire, Etat
from tests.coffre.inspection.fabrique import jpeg_photo
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, fichier, jusqu_a_verification, texte

pytestmark = pytest.mark.usefixtures("inspection")


def test_three_photos_of_a_paper_become_a_sending_with_its_receipt(adherente, travailleur):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    photos = [fichier(name=f"IMG_{n}.jpg", content=photo) for n, photo in enumerate(three_photos())]
    assert parcours.ajoute(1, *photos, action="suivant")["Location"] == parcours.url("verification")

    response = parcours.envoie()

    assert response["Location"] == parcours.url("accuse")
    envoi = parcours.envoi
    assert envoi.submitted_at
    assert envoi.attestation == ATTESTATION
    page = texte(adherente.get(response["Location"]))
    assert "Envoi et accusé de réception" in page
    assert envoi.reference in page
    assert envoi.accuse_reception.code in page
    assert all(row.sha256[:4] in page for row in Fichier.objects.all())
    affaire = Affaire.objects.get()
    assert (affaire.service.code, affaire.etat, affaire.reference) == ("famille", Etat.RECU, envoi.reference)
    assert affaire.received_at == envoi.submitted_at

    travailleur()

    pdf = adherente.get(reverse("envois:accuse_pdf", args=[envoi.reference]))
    assert pdf.status_code == 200
    assert pdf["Content-Type"] == "application/pdf"
    assert b"".join(pdf).startswith(b"%PDF-")
    courriel = Courriel.objects.get()
    assert courriel.to == adherente.compte.courriel
    assert envoi.reference in courriel.subject
    assert adherente.personne.nom not in courriel.text
    assert "impôt" not in courriel.text


def three_photos() -> list[bytes]:
    return [jpeg_photo(quality=quality) for quality in (70, 80, 90)]


def test_a_draft_is_kept_from_the_first_step_and_says_it_is_not_sent(adherente):
    parcours = Parcours(adherente).commence().annonce(2).decrit(1)

    later = texte(Acteur(adherente.compte).get("/espace/"))
    assert "Pas encore envoyé" in later or "pas encore envoyé" in later

    response = Acteur(adherente.compte).get(parcours.url("reprendre"))
    assert response["Location"] == parcours.url("informations", 2)
    assert "Rien n’est encore envoyé" in texte(adherente.get(response["Location"]))


@pytest.mark.parametrize(("name", "args"), [("fichiers", [1]), ("verification", []), ("informations", [2])])
def test_a_step_cannot_be_skipped_by_its_address(adherente, name, args):
    parcours = Parcours(adherente).commence().annonce(2)
    assert adherente.get(parcours.url(name, *args))["Location"] == parcours.url("informations", 1)


def test_sending_before_the_end_sends_nothing(adherente):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    assert parcours.envoie()["Location"] == parcours.url("reprendre")
    assert adherente.get(parcours.url("reprendre"))["Location"] == parcours.url("fichiers", 1)
    assert parcours.envoi.is_draft


def test_coming_back_from_the_summary_leads_back_to_it(pret):
    assert pret.decrit(1, nature="LOG_BAIL").reponses[-1]["Location"] == pret.url("verification")


def test_what_was_typed_is_shown_again_with_what_is_wrong(adherente):
    parcours = Parcours(adherente).commence().annonce(1)
    response = parcours.post("informations", 1, nature="AUTRE", concerne="autre", autre_nom="Léa Petit", motif="autre")
    assert response.status_code == 422
    page = texte(response)
    assert "Léa Petit" in page
    assert "Écrivez ce qu’est ce document" in page
    assert "Écrivez la date de naissance" in page
    assert "Écrivez en quelques mots pourquoi" in page
    assert page.count("<title>Erreur") == 1


def test_the_person_concerned_is_one_of_the_household_the_farm_or_another(adherente):
    parcours = Parcours(adherente).commence().annonce(1)
    page = texte(adherente.get(parcours.url("informations", 1)))
    assert "votre conjoint" in page
    assert "votre enfant" in page
    assert "EARL du Grand Fossé" in page
    farm = adherente.personne.exploitations.get()
    parcours.decrit(1, concerne=f"exploitation:{farm.siret}")
    document = DocumentEnvoye.objects.get()
    assert (document.concerne, document.concerne_cle, document.concerne_nom) == (
        "exploitation",
        farm.siret,
        farm.denomination,
    )
    parcours.decrit(1, concerne="autre", autre_nom="Léa Petit", autre_naissance="07/03/1958")
    document.refresh_from_db()
    assert document.concerne_nom == "Léa Petit"
    assert document.concerne_naissance.year == 1958


def test_the_number_of_documents_can_change_until_they_hold_something(adherente):
    parcours = Parcours(adherente).commence().annonce(3).decrit(1)
    parcours.annonce(2)
    assert parcours.envoi.documents.count() == 2
    parcours.decrit(2)
    assert parcours.post("nombre", nombre=1).status_code == 422
    assert parcours.post("nombre", nombre=11).status_code == 422


def test_the_attestation_is_unticked_and_required(pret):
    page = texte(pret.acteur.get(pret.url("verification")))
    assert "checked" not in page
    response = pret.post("verification", medical="non")
    assert response.status_code == 422
    assert "Cochez cette case" in texte(response)
    assert pret.post("verification", attestation="on").status_code == 422
    assert pret.envoi.is_draft


def test_a_medical_nature_leads_to_the_post(adherente):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1, nature="SANTE_ARRET")
    assert parcours.reponses[-1]["Location"] == parcours.url("par_la_poste", 1)
    page = texte(adherente.get(parcours.url("par_la_poste", 1)))
    assert all(line in page for line in parcours.envoi.caisse.service_medical)
    assert adherente.get(parcours.url("fichiers", 1))["Location"] == parcours.url("informations", 1)
    sheet = adherente.get(reverse("envois:bordereau", args=[parcours.reference]))
    assert sheet.status_code == 200
    assert sheet.content.startswith(b"%PDF-")
    assert parcours.post("retirer_document", 1)["Location"] == "/espace/"
    assert not Envoi.objects.exists()


def test_a_document_taken_out_by_two_clicks_does_not_take_the_next_one_with_it(adherente):
    parcours = Parcours(adherente).commence().annonce(3).decrit(1).decrit(2)
    first, second, third = parcours.envoi.documents.order_by("rang")
    for _ in range(2):
        assert parcours.post("retirer_document", 1, document=str(first.pk)).status_code == 302
    assert list(parcours.envoi.documents.order_by("rang")) == [second, third]


def test_an_original_that_is_not_medical_is_posted_to_the_fund(adherente):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1, nature="SANTE_FSE_PAPIER")
    page = texte(adherente.get(parcours.url("par_la_poste", 1)))
    assert "original sur papier" in page
    assert "SERVICE MEDICAL" not in page
    sheet = adherente.get(reverse("envois:bordereau", args=[parcours.reference]), {"vers": "caisse"})
    assert sheet.content.startswith(b"%PDF-")


def test_the_page_to_print_tells_no_home_before_the_post_confirmed_the_account(adherente):
    """Whoever opened it with a stolen card must not read there where the member lives."""
    parcours = Parcours(adherente).commence().annonce(1).decrit(1, nature="SANTE_FSE_PAPIER")

    def printed(niveau: int) -> str:
        Compte.objects.update(niveau=niveau)
        sheet = adherente.get(reverse("envois:bordereau", args=[parcours.reference]), {"vers": "caisse"})
        return PdfDocument(sheet.content)[0].get_textpage().get_text_bounded()

    street = adherente.personne.adresse4
    assert street in printed(Compte.Niveau.CONFIRME)
    assert street not in printed(Compte.Niveau.A_CONFIRMER)
    assert adherente.personne.nom in printed(Compte.Niveau.A_CONFIRMER)


def test_saying_yes_to_the_medical_question_sends_nothing_and_shows_the_postal_way(pret):
    response = pret.post("verification", medical="oui", attestation="on")
    assert response["Location"] == pret.url("medical")
    page = texte(pret.acteur.get(response["Location"]))
    assert "Rien n’est envoyé" in page
    assert pret.envoi.is_draft


def test_a_double_click_gets_the_same_receipt(pret):
    first, second = pret.envoie(), pret.envoie()
    assert first["Location"] == second["Location"] == pret.url("accuse")
    assert Accuse.objects.count() == Affaire.objects.count() == Courriel.objects.count() == 1


def test_every_page_of_a_draft_that_was_sent_leads_to_its_receipt(envoye):
    for name, args in [
        ("nombre", []),
        ("informations", [1]),
        ("fichiers", [1]),
        ("verification", []),
        ("reprendre", []),
    ]:
        assert envoye.acteur.get(envoye.url(name, *args))["Location"] == envoye.url("accuse"), name
    assert envoye.ajoute(1)["Location"] == envoye.url("accuse")
    assert envoye.post("abandonner")["Location"] == envoye.url("accuse")
    assert Envoi.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_send_at_once_make_one_sending(adherente):
    parcours = jusqu_a_verification(adherente)
    envoi, errors = parcours.envoi, []

    def send() -> None:
        try:
            submit(envoi, Attestation(is_medical=False, session="essai"), by=adherente.compte)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert Accuse.objects.count() == Affaire.objects.count() == Courriel.objects.count() == 1


def test_a_neighbour_sees_nothing_of_it(envoye, voisin, adherente):
    page = envoye.envoi.documents.get().pages.get()
    draft = Parcours(adherente).commence()
    addresses = [
        envoye.url("accuse"),
        draft.url("nombre"),
        draft.url("reprendre"),
        reverse("envois:envoi", args=[envoye.reference]),
        reverse("envois:accuse_pdf", args=[envoye.reference]),
        reverse("envois:bordereau", args=[envoye.reference]),
        reverse("envois:original", args=[envoye.reference, page.pk]),
        reverse("envois:copie", args=[envoye.reference, page.pk, 1]),
        envoye.url("vignette", page.pk),
        envoye.url("apercu", page.pk),
    ]
    for address in addresses:
        assert voisin.get(address).status_code == 404, address
    assert voisin.post(draft.url("abandonner")).status_code == 404
    assert voisin.post(envoye.url("retirer", page.pk)).status_code == 404
    assert Envoi.objects.count() == 2


def test_an_agent_and_a_visitor_do_not_enter(envoye, agente, client):
    assert agente.get(envoye.url("accuse")).status_code == 404
    assert client.get(envoye.url("accuse"))["Location"].startswith("/connexion/")


def test_the_attestation_is_kept_with_the_fingerprints(envoye):
    line = Ligne.objects.get(event="envois.envoi.submitted")
    assert line.details["attestation"] == ATTESTATION
    assert line.details["empreintes"] == [Fichier.objects.get().sha256]
    assert envoye.envoi.sender["nom"] == "Jeanne Delattre"


def test_a_draft_thrown_away_leaves_nothing_but_a_line(pret):
    assert "Effacer le brouillon" in texte(pret.acteur.get(pret.url("abandonner")))
    assert pret.post("abandonner")["Location"] == "/espace/"
    assert not Envoi.objects.exists()
    assert not Fichier.objects.exists()
    assert Ligne.objects.filter(event="envois.brouillon.discarded").count() == 1


def test_a_forgotten_draft_is_told_before_it_is_thrown_away(pret):
    Envoi.objects.update(expires_at=timezone.now() + timedelta(days=2))
    tidy_drafts()
    tidy_drafts()
    assert Courriel.objects.count() == 1
    assert Envoi.objects.count() == 1
    Envoi.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    tidy_drafts()
    assert not Envoi.objects.exists()


def test_starting_twice_takes_up_the_empty_draft(adherente):
    first, second = Parcours(adherente).commence(), Parcours(adherente).commence()
    assert first.reference == second.reference


def test_the_date_of_receipt_tells_apart_the_hour_that_comes_twice(adherente):
    pret = jusqu_a_verification(adherente)
    with time_machine.travel("2026-10-25T00:30:00+00:00", tick=False):
        submit(pret.envoi, Attestation(is_medical=False, session="essai"), by=adherente.compte)
    assert "2 h 30 min 00 s (heure de Paris, heure d’été)" in str(Accuse.objects.get().contenu)


def test_no_page_of_the_journey_makes_more_than_twelve_queries(adherente, django_assert_max_num_queries):
    parcours = Parcours(adherente).commence().annonce(2).decrit(1).decrit(2)
    parcours.ajoute(1)
    parcours.ajoute(2)
    pages = [
        reverse("envois:objet"),
        parcours.url("nombre"),
        parcours.url("informations", 1),
        parcours.url("fichiers", 1),
    ]
    for address in [*pages, parcours.url("verification")]:
        with django_assert_max_num_queries(12):
            assert adherente.get(address).status_code == 200
    parcours.envoie()
    for address in [
        parcours.url("accuse"),
        reverse("envois:envois"),
        reverse("envois:envoi", args=[parcours.reference]),
    ]:
        with django_assert_max_num_queries(12):
            assert adherente.get(address).status_code == 200


def test_envoyer_asks_little_whatever_the_account_holds(adherente, django_assert_max_num_queries):
    """One document of one file: the item, the receipt, the notice, the e-mail and the library, each with its line of journal."""
    jusqu_a_verification(adherente).envoie()  # this process now knows funds and nomenclatures
    parcours = jusqu_a_verification(adherente)
    with django_assert_max_num_queries(37):
        parcours.envoie()
    with django_assert_max_num_queries(5):
        adherente.get(parcours.url("accuse"))
