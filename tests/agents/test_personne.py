"""One person's page: opened at once by who treats something of theirs, with a reason by the others; and who sees what."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.agents.models import Consultation, Lecture, Ouverture, Quota
from enclos.agents.personne import forget_old_openings
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse
from enclos.demo.factories import CompteFactory, FactureFactory, PaiementFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.suivi.models import Affaire
from enclos.suivi.notes import write_note
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(adherente):
    return reverse("agents:personne", args=[adherente.personne.pk])


def of_role(role, **more):
    return Acteur(
        CompteFactory(agent=True, role=role, services=default_caisse().services.filter(code="famille"), **more)
    )


def openings():
    return list(Ligne.objects.filter(event="agents.personne.opened").order_by("pk"))


def test_who_treats_something_of_theirs_opens_the_page_at_once(envoyer, adherente, agente, url):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    page = text_of(agente.get(url))
    for words in ("Jeanne Marie Delattre", "HAZEBROUCK", "Thomas", "EARL du Grand Fossé", bail.reference, "62,4"):
        assert words in page
    assert adherente.personne.nir not in page
    assert adherente.personne.nir[-3:] in page
    [line] = openings()
    assert line.concerne == str(adherente.personne.pk)
    assert line.details["is_hors"] is False
    assert line.actor_label == "Camille Roy"


def test_the_others_say_why_and_the_member_may_read_it(envoyer, adherente, collegue, url):
    envoyer(adherente.compte, "LOG_BAIL")  # of another team
    asked = collegue.get(url)
    assert "Pourquoi ouvrez-vous cette fiche" in text_of(asked)
    assert "HAZEBROUCK" not in text_of(asked)
    assert openings() == []
    assert collegue.post(url, {}).status_code == 422
    assert collegue.post(url, {"raison": "autre"}).status_code == 422
    assert collegue.post(url, {"raison": "telephone", "precision": "son bail"}).url == url
    assert "HAZEBROUCK" in text_of(collegue.get(url))
    [line] = openings()
    assert (line.concerne, line.details["raison"]) == (str(adherente.personne.pk), "La personne appelle : son bail")


def test_the_notes_of_colleagues_are_for_who_treats_documents(envoyer, adherente, agente, url):
    envoyer(adherente.compte, "LOG_BAIL")
    write_note(adherente.personne, texte="À rappeler le matin.", by=agente.compte)
    assert "À rappeler le matin." in text_of(agente.get(url))
    desk = of_role("accueil")
    desk.post(url, {"raison": "accueil"})
    assert "À rappeler le matin." not in text_of(desk.get(url))


def test_a_reason_serves_its_agent_for_an_hour(adherente, collegue, agente, url):
    collegue.post(url, {"raison": "telephone"})
    collegue.post(url, {"raison": "telephone"})  # a double click
    assert Ouverture.objects.count() == 1
    assert "Pourquoi ouvrez-vous" in text_of(agente.get(url))
    Ouverture.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert "Pourquoi ouvrez-vous" in text_of(collegue.get(url))


def test_a_precision_holds_no_number(adherente, collegue, url):
    assert collegue.post(url, {"raison": "autre", "precision": adherente.personne.nir}).status_code == 422


def test_what_was_answered_a_month_ago_is_in_nobodys_portfolio(envoyer, adherente, agente, url):
    envoyer(adherente.compte, "LOG_BAIL")
    ended = {"etat": "traite", "taken_by": agente.compte, "ended_at": timezone.now() - timedelta(days=29)}
    Affaire.objects.update(**ended)
    assert "HAZEBROUCK" in text_of(agente.get(url))
    Affaire.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert "Pourquoi ouvrez-vous" in text_of(agente.get(url))


def test_amounts_are_for_who_keeps_the_accounts(envoyer, adherente, agente, url):
    envoyer(adherente.compte, "LOG_BAIL")
    PaiementFactory(personne=adherente.personne)
    FactureFactory(personne=adherente.personne)
    page = text_of(agente.get(url))
    assert "231,77" not in page
    assert "1 284,30" not in page.replace("\xa0", " ").replace("\u202f", " ")
    assert "Derniers paiements" in page
    accounts = text_of(of_role("comptable").get(url)).replace("\xa0", " ").replace("\u202f", " ")
    assert "231,77" in accounts
    assert "1 284,30" in accounts


def test_the_welcome_desk_sees_where_it_stands_and_opens_no_document(envoyer, adherente, url):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    desk = of_role("accueil")
    assert "Pourquoi ouvrez-vous" in text_of(desk.get(url))  # in no portfolio: nothing is treated there
    desk.post(url, {"raison": "accueil"})
    page = text_of(desk.get(url))
    assert bail.reference in page
    assert f"/agent/documents/{bail.pk}" not in page
    assert desk.get(f"/agent/documents/{bail.pk}/").status_code == 404


def test_reading_again_is_written_again_and_counted_once(envoyer, adherente, agente, url):
    envoyer(adherente.compte, "LOG_BAIL")
    agente.get(url)
    agente.get(url)
    assert len(openings()) == 2
    assert Quota.objects.get(genre=Lecture.PERSONNE).nombre == 1
    assert Consultation.objects.count() == 1
    agente.head(url)
    assert len(openings()) == 2


def test_nobody_of_another_fund_nor_any_administrateur_opens_it(adherente, url):
    other = Caisse.objects.create(code="AUT", nom="Autre", telephone="01", courriel="a@enclos.example", adresse=[])
    for stranger in (Acteur(CompteFactory(agent=True, caisse=other)), of_role("administrateur"), adherente):
        assert stranger.get(url).status_code == 404
        assert stranger.post(url, {"raison": "telephone"}).status_code == 404
    assert Ouverture.objects.count() == 0


def test_the_page_costs_the_same_whatever_the_member_sent(
    envoyer, adherente, agente, url, django_assert_max_num_queries
):
    envoyer(adherente.compte, "LOG_BAIL")
    agente.get(url)
    for _ in range(3):
        envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    PaiementFactory.create_batch(20, personne=adherente.personne)
    with django_assert_max_num_queries(15):  # two write: the journal, and what was read
        agente.get(url)


def test_reasons_are_forgotten_after_a_month(adherente, collegue, url):
    collegue.post(url, {"raison": "telephone"})
    assert forget_old_openings(by=SYSTEM) == 0
    Ouverture.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert forget_old_openings(by=SYSTEM) == 1
