"""For somebody who calls: papers asked and a thread opened from their page, no item being there."""

import re

import pytest
from django.urls import reverse

from enclos.caisses.access import default_caisse
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.envois.models import DemandePapiers
from enclos.journal.models import Ligne
from enclos.messagerie import actions as messagerie
from enclos.messagerie import brouillon
from enclos.messagerie.models import Fil, Message
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire, Etat
from tests.agents.conftest import text_of
from tests.agents.monde import autre_caisse
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def url(personne, rest=""):
    return reverse("agents:personne", args=[personne.pk]) + rest


@pytest.fixture
def ouverte(adherente, agente):
    """Jeanne's page, opened because she calls; nothing of hers is under way."""
    agente.post(url(adherente.personne), {"raison": "telephone"})
    return adherente.personne


def filled(page, **more):
    """The form as a browser sends it back."""
    cle = re.search(r'name="cle" value="([^"]+)"', page)
    assert cle
    return {"cle": cle[1], **more}


def papers(page, **more):
    due_on = today_paris().replace(year=today_paris().year + 1).isoformat()
    asked = {"libelle": "Votre aide au logement", "service": "famille", "nature_1": "LOG_BAIL", "raison": "Pour calculer votre aide.",
             "due_on": due_on, "message": "Comme convenu au téléphone."}  # fmt: skip
    return filled(page, **(asked | more))


# --- as it should go


def test_papers_are_asked_from_the_page_of_who_calls(ouverte, adherente, agente):
    assert url(ouverte, "papiers/") in text_of(agente.get(url(ouverte)))
    page = agente.get(url(ouverte, "papiers/")).content.decode()
    assert all(f'name="nature_{rang}"' in page for rang in range(1, 6)), "five papers, without a script"
    response = agente.post(url(ouverte, "papiers/"), data := papers(page))
    demande = DemandePapiers.objects.get()
    assert (demande.personne, demande.affaire, demande.service.code) == (ouverte, None, "famille")
    assert response.url.startswith(f"/agent/papiers/{demande.reference}/")
    shown = text_of(agente.get(response.url))
    assert "La liste est partie" in shown
    assert "Bail" in shown
    assert "Votre aide au logement" in text_of(adherente.get("/espace/"))
    assert Courriel.objects.filter(to=adherente.compte.courriel).exists()
    again = agente.post(url(ouverte, "papiers/"), data)
    assert again.url == response.url, "the same form twice is one list"
    assert DemandePapiers.objects.count() == 1
    assert "Votre aide au logement" in text_of(agente.get(url(ouverte)))


def test_who_has_no_account_gets_the_list_by_post(agente):
    personne = PersonneFactory(email="")
    agente.post(url(personne), {"raison": "telephone"})
    fiche = text_of(agente.get(url(personne)))
    assert url(personne, "papiers/") in fiche
    assert url(personne, "message/") not in fiche, "nobody would read it"
    page = agente.get(url(personne, "papiers/")).content.decode()
    agente.post(url(personne, "papiers/"), papers(page))
    assert Lettre.objects.filter(personne=personne).count() == 1


def test_a_thread_is_opened_read_answered_and_the_answer_comes_back_to_the_team(ouverte, adherente, agente):
    page = agente.get(url(ouverte, "message/")).content.decode()
    data = filled(page, sujet="FAM_LOGEMENT", texte="Bonjour, votre bail est-il à deux noms ?")
    response = agente.post(url(ouverte, "message/"), data)
    agente.post(url(ouverte, "message/"), data)
    fil = Fil.objects.get()
    assert (fil.affaire, fil.service.code) == (None, "famille")
    fiche = text_of(agente.get(response.url))
    assert "Votre message est parti" in fiche
    assert "Pas encore lu" in fiche
    assert "Mon aide au logement" in text_of(adherente.get("/espace/messages/"))
    assert "votre bail est-il à deux noms" in text_of(adherente.get(f"/espace/messages/{fil.reference}/"))
    assert "Pas encore lu" not in text_of(agente.get(url(ouverte)))
    draft = brouillon.answer(fil, by=adherente.compte)
    brouillon.write(draft, "Oui, à deux noms.", by=adherente.compte)
    messagerie.submit(draft, messagerie.Attestation(attests=False, session="essai"), by=adherente.compte)
    affaire = Affaire.objects.get()
    assert (affaire.service.code, affaire.etat) == ("famille", Etat.RECU)
    assert str(affaire.pk) in agente.post("/agent/suivant/")["Location"]
    assert "Mon aide au logement" in text_of(agente.get(url(ouverte)))


def test_a_subject_of_another_team_comes_back_to_who_wrote(ouverte, agente):
    page = agente.get(url(ouverte, "message/")).content.decode()
    agente.post(url(ouverte, "message/"), filled(page, sujet="COT_FACTURE", texte="Bonjour."))
    assert Fil.objects.get().service.code == "famille"


def test_what_waits_and_what_is_over_are_apart(envoyer, adherente, agente):
    from enclos.suivi import actions as suivi

    bail, quittance = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    suivi.settle(suivi.take(bail, by=agente.compte), by=agente.compte)
    fiche = agente.get(url(adherente.personne)).context["fiche"]
    assert list(fiche.affaires) == [quittance]
    assert list(fiche.terminees) == [bail]
    page = text_of(agente.get(url(adherente.personne)))
    assert page.index("Ce qui est en cours") < page.index("Quittance") < page.index("Terminé récemment")


# --- what is refused, and who may not


@pytest.mark.parametrize("rest", ["papiers/", "message/"])
def test_without_a_reason_the_page_asks_for_one(adherente, collegue, rest):
    for response in (collegue.get(url(adherente.personne, rest)), collegue.post(url(adherente.personne, rest), {})):
        assert (response.status_code, response.url) == (303, url(adherente.personne))
    assert not DemandePapiers.objects.exists()
    assert not Ligne.objects.filter(event="agents.personne.opened").exists()


def test_a_form_half_filled_comes_back_with_what_was_typed(ouverte, agente):
    page = agente.get(url(ouverte, "papiers/")).content.decode()
    response = agente.post(url(ouverte, "papiers/"), papers(page, libelle="", raison=""))
    assert response.status_code == 422
    assert "Dites à l’adhérent à quel sujet" in text_of(response)
    assert "Comme convenu au téléphone." in text_of(response)
    assert agente.post(url(ouverte, "papiers/"), papers(page, service="cotisations")).status_code == 422
    assert agente.post(url(ouverte, "message/"), {"sujet": "", "texte": ""}).status_code == 422
    assert not DemandePapiers.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("rest", ["papiers/", "message/"])
def test_neither_the_welcome_desk_nor_another_fund_may(ouverte, rest):
    desk = Acteur(CompteFactory(agent=True, role="accueil", services=default_caisse().services.filter(code="famille")))
    desk.post(url(ouverte), {"raison": "accueil"})
    assert url(ouverte, rest) not in text_of(desk.get(url(ouverte)))
    stranger = Acteur(CompteFactory(agent=True, caisse=autre_caisse().caisse))
    for one in (desk, stranger):
        assert one.get(url(ouverte, rest)).status_code == 404
        assert one.post(url(ouverte, rest), {}).status_code == 404
