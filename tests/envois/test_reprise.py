"""Giving again what was given already: in two presses, without sending the bytes again, with a receipt of its own."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.urls import reverse

from enclos.bibliotheque.models import Document, Origine
from enclos.caisses.models import Nature
from enclos.coffre.models import Fichier, Objet
from enclos.comptes.models import Compte
from enclos.envois import brouillon
from enclos.envois.demandes import PapierVoulu, ask_papers, propose
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PageEnvoyee, PapierDemande
from enclos.envois.reprise import answer_again
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Affaire
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, fichier, texte

pytestmark = pytest.mark.django_db


@pytest.fixture
def bail(adherente: Acteur, envoyer) -> DocumentEnvoye:  # noqa: F811
    """A lease of two files given before, and a receipt for water after it."""
    [affaire] = envoyer(adherente.compte, "LOG_BAIL", pages=2)
    envoyer(adherente.compte, "LOG_QUITTANCE")
    return DocumentEnvoye.objects.get(affaire=affaire)


@pytest.fixture
def demande(adherente: Acteur, bail: DocumentEnvoye) -> DemandePapiers:
    return ask_papers(
        personne=adherente.personne,
        service=adherente.personne.caisse.services.get(code="famille"),
        libelle="Votre aide au logement",
        papiers=[PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour connaître votre loyer.")],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )


def page_of(demande: DemandePapiers) -> str:
    return reverse("envois:papier_reprendre", args=[demande.reference, 1])


def filed(document: DocumentEnvoye) -> Document:
    """The same, in the library."""
    return Document.objects.get(cle=f"envois.document.{document.pk}")


def reprend(acteur: Acteur, demande: DemandePapiers, document: DocumentEnvoye, **data: str):
    return acteur.post(page_of(demande), {"document": str(filed(document).pk), "attestation": "on"} | data)


# --- as it should go


def test_the_same_paper_given_before_stands_first_with_its_date_its_state_and_its_pages(adherente, demande, bail):
    page = texte(adherente.get(page_of(demande)))
    assert page.index(str(filed(bail).pk)) < page.index("Quittance")
    assert "Même papier" in page
    assert f'value="{filed(bail).pk}" id="id_document_0" checked' in page
    assert "Reçu" in page
    vignette = reverse("envois:vignette", args=[bail.envoi.reference, bail.pages.get().pk])
    assert vignette in page


def test_it_makes_a_real_sending_of_the_same_files_with_its_receipt(adherente, demande, bail):
    objets = Objet.objects.count()
    response = reprend(adherente, demande, bail)
    envoi = Envoi.objects.get(demande=demande)
    assert response["Location"] == reverse("envois:accuse", args=[envoi.reference])
    assert [page.fichier_id for page in envoi.documents.get().pages.all()] == [bail.pages.get().fichier_id]
    assert envoi.accuse_reception.contenu["documents"][0]["fichiers"][0]["sha256"] == bail.pages.get().fichier.sha256
    assert envoi.attestation
    assert Objet.objects.count() == objets  # not a byte more
    assert (PapierDemande.objects.get().etat, DemandePapiers.objects.get().is_open) == ("envoye", False)
    assert Affaire.objects.filter(reference=envoi.reference).count() == 1
    assert texte(adherente.get(response["Location"])).count("C’est envoyé")


def test_a_double_click_makes_one_sending(adherente, demande, bail):
    first, second = reprend(adherente, demande, bail), reprend(adherente, demande, bail)
    assert first["Location"] == second["Location"]
    assert Envoi.objects.filter(demande=demande).count() == 1


def test_what_the_fund_holds_comes_first_when_an_agent_points_at_it(adherente, demande, bail):
    document = filed(bail)
    propose(demande.papiers.get(), document, by=SYSTEM)
    page = texte(adherente.get(page_of(demande)))
    assert "déjà à votre MSA" in page
    assert f"Bail, du" in texte(adherente.get(reverse("envois:papiers", args=[demande.reference])))  # noqa: F541
    response = adherente.post(page_of(demande), {"document": str(document.pk), "attestation": "on"})
    assert response.status_code == 302
    assert PapierDemande.objects.get().etat == "envoye"


def test_a_document_of_the_library_joins_a_draft(adherente, bail, inspection):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    assert parcours.url("bibliotheque", 1) in texte(adherente.get(parcours.url("fichiers", 1)))
    document = filed(bail)
    assert "Bail, donné le" in texte(adherente.get(parcours.url("bibliotheque", 1)))
    for _ in range(2):  # pressed twice, it is there once
        assert parcours.post("bibliotheque", 1, document=str(document.pk))["Location"] == parcours.url("fichiers", 1)
    assert PageEnvoyee.objects.filter(document__envoi=parcours.envoi).count() == 1
    assert parcours.envoie().status_code == 302
    assert parcours.envoi.submitted_at


def test_a_sending_files_its_documents_and_its_receipt_in_the_library(adherente, bail):
    document = filed(bail)
    assert (document.origine, document.domaine, document.nature) == (Origine.ENVOYE, "famille", "LOG_BAIL")
    assert (document.concerne, document.reference) == ("Jeanne Delattre", bail.envoi.reference)
    assert document.date == today_paris()
    assert [sheet.fichier_id for sheet in document.feuillets.all()] == [page.fichier_id for page in bail.pages.all()]
    accuse = Envoi.objects.get(pk=bail.envoi_id).accuse_reception
    assert Document.objects.get(cle=f"accuses.{accuse.pk}").accuse == accuse


# --- a file of two pages is nobody’s to change


def test_a_file_given_again_is_neither_turned_nor_shredded_with_the_draft(adherente, bail, inspection):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    parcours.post("bibliotheque", 1, document=str(filed(bail).pk))
    page = PageEnvoyee.objects.get(document__envoi=parcours.envoi)
    response = parcours.post("tourner", page.pk)
    assert response.status_code == 409
    assert "reste comme vous l’avez envoyé" in texte(response)
    brouillon.discard_draft(parcours.envoi, by=adherente.compte)
    assert Fichier.objects.filter(pk=page.fichier_id).exists()
    assert bail.pages.count() == 1


def test_a_file_of_one_draft_alone_still_goes_with_it(adherente, inspection):
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    parcours.ajoute(1, fichier())
    brouillon.discard_draft(parcours.envoi, by=adherente.compte)
    assert not Fichier.objects.exists()


@pytest.mark.parametrize(
    "state",
    [
        {"retrait": Fichier.Retrait.MEDICAL},
        {"analyse": Fichier.Analyse.INFECTE, "retrait": Fichier.Retrait.DANGEREUX},
        {"analyse": Fichier.Analyse.EN_COURS},
    ],
    ids=["medical", "dangerous", "being scanned"],
)
def test_what_was_withdrawn_is_offered_nowhere_and_cannot_be_sent_again(adherente, demande, bail, state, inspection):
    document = filed(bail)
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    parcours.post("bibliotheque", 1, document=str(document.pk))
    Fichier.objects.filter(page__document=bail).update(**state)
    assert str(filed(bail).pk) not in texte(adherente.get(page_of(demande)))
    assert str(document.pk) not in texte(adherente.get(parcours.url("bibliotheque", 1)))
    assert reprend(adherente, demande, bail).status_code == 422
    with pytest.raises(Refusal):
        answer_again(demande.papiers.get(), [page.fichier for page in bail.pages.all()], "x", by=adherente.compte)
    assert not Envoi.objects.filter(demande=demande).exists()
    if "retrait" in state:  # the draft that had taken it before does not go either
        assert parcours.envoie().status_code == 409


# --- refused, and who may not


def test_it_is_attested_as_any_sending_is(adherente, demande, bail):
    response = reprend(adherente, demande, bail, attestation="")
    assert response.status_code == 422
    assert "Cochez cette case" in texte(response)
    assert not Envoi.objects.filter(demande=demande).exists()


def test_nobody_takes_the_document_of_somebody_else(voisin, adherente, demande, bail, envoyer):  # noqa: F811
    assert reprend(voisin, demande, bail).status_code == 404
    [his] = envoyer(voisin.compte, "LOG_BAIL")
    assert reprend(adherente, demande, DocumentEnvoye.objects.get(affaire=his)).status_code == 422
    parcours = Parcours(voisin).commence().annonce(1).decrit(1)
    document = filed(bail)
    assert parcours.post("bibliotheque", 1, document=str(document.pk)).status_code == 422


def test_nothing_to_take_again_says_so(voisin):
    parcours = Parcours(voisin).commence().annonce(1).decrit(1)
    assert "pas encore de document à reprendre" in texte(voisin.get(parcours.url("bibliotheque", 1)))
    assert voisin.get(parcours.url("bibliotheque", 1), {"avant": "x"}).status_code == 404


def test_the_choice_asks_the_same_whatever_was_given_before(adherente, demande, envoyer, django_assert_max_num_queries):  # noqa: F811
    envoyer(adherente.compte, *["LOG_BAIL"] * 12)
    adherente.get(page_of(demande))
    with django_assert_max_num_queries(9):
        adherente.get(page_of(demande))
    parcours = Parcours(adherente).commence().annonce(1).decrit(1)
    with django_assert_max_num_queries(9):
        adherente.get(parcours.url("bibliotheque", 1))


# --- at once


@pytest.fixture
def deux(transactional_db: None) -> Iterator[None]:
    yield
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_instant_make_one_sending(deux, adherente, demande, bail):
    barrier, given, failed = Barrier(2), [], []

    def press() -> None:
        try:
            barrier.wait(10)
            paper = PapierDemande.objects.select_related("demande__personne__caisse").get()
            files = [page.fichier for page in bail.pages.select_related("fichier")]
            given.append(answer_again(paper, files, "x", by=Compte.objects.get(pk=adherente.compte.pk)).reference)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert len(given) == 2
    assert len(set(given)) == 1
    assert Envoi.objects.filter(demande=demande).count() == 1


def test_the_button_is_only_there_for_who_has_something_to_take_again(adherente, envoyer):  # noqa: F811
    demande = ask_papers(
        personne=adherente.personne,
        service=adherente.personne.caisse.services.get(code="famille"),
        libelle="Votre aide au logement",
        papiers=[PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour connaître votre loyer.")],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )
    button, url = "Reprendre un document déjà donné", reverse("envois:papiers", args=[demande.reference])
    assert button not in adherente.get(url).content.decode()
    envoyer(adherente.compte)
    assert button in adherente.get(url).content.decode()
    Fichier.objects.update(retrait=Fichier.Retrait.MEDICAL)
    assert button not in adherente.get(url).content.decode()
