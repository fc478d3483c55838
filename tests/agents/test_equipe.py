"""« Équipe »: who is there, what each has, days off, giving and sending; and who may not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.agents import charges
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory
from enclos.socle.dates import today_paris
from enclos.suivi import actions
from enclos.suivi.models import Absence, Affaire
from tests.agents.conftest import text_of
from tests.agents.monde import agent, autre_caisse, papier, service, superviseur
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia(db) -> Acteur:
    return Acteur(superviseur())


def row_of(page: str, nom: str) -> str:
    return next(row for row in page.split("<tr>") if nom in row)


# --- as it should go


def test_the_team_with_what_each_has(nadia):
    camille, lou = agent(), agent("Lou Petit")
    agent("Retraite Seule", "retraite")
    actions.take(papier(days=-2), by=camille)
    actions.take(papier(), by=camille)
    actions.settle(actions.take(papier(), by=lou), by=lou)
    old = actions.take(papier(), by=lou)
    actions.settle(old, by=lou)
    Affaire.objects.filter(pk=old.pk).update(ended_at=timezone.now() - timedelta(days=30))
    page = text_of(nadia.get("/agent/equipe/"))
    assert "Retraite Seule" not in page
    hers, his = row_of(page, "Camille Roy"), row_of(page, "Lou Petit")
    assert 'data-titre="En cours" class="chiffres">2<' in hers
    assert "1 en retard" in hers
    assert 'data-titre="Décidés aujourd’hui" class="chiffres">1<' in his
    [charge] = charges.charges_of([lou])
    assert (charge.prises, charge.jour, charge.semaine) == (0, 1, 1)


def test_an_absent_agent_is_seen_and_everything_goes_back_by_one_gesture(nadia):
    lou = agent("Lou Petit")
    affaire = actions.take(papier(), by=lou)
    today = today_paris().isoformat()
    address = f"/agent/equipe/{lou.pk}/"
    assert nadia.post(address, {"du": today, "au": today}).status_code == 303
    page = text_of(nadia.get("/agent/equipe/"))
    assert "Lou Petit est en absence et tient encore 1 document" in page
    response = nadia.post(f"{address}remettre/")
    assert response["Location"] == f"{address}?remis=1"
    assert "1 document" in text_of(nadia.get(response["Location"]))
    affaire.refresh_from_db()
    assert affaire.is_free
    assert "tient encore" not in text_of(nadia.get("/agent/equipe/"))


def test_an_agent_notes_her_own_absence_and_takes_it_off(agente):
    tomorrow = (today_paris() + timedelta(days=1)).isoformat()
    assert agente.post("/agent/absences/", {"du": tomorrow, "au": tomorrow}).status_code == 303
    absence = Absence.objects.get()
    assert absence.agent == agente.compte
    assert "Noté par Camille Roy" in text_of(agente.get("/agent/absences/"))
    assert agente.post(f"/agent/absences/{absence.pk}/retirer/")["Location"] == "/agent/absences/"
    assert not Absence.objects.exists()


def test_an_item_is_given_with_the_load_of_each_in_sight(nadia, envoyer, adherente):
    lou, away = agent("Lou Petit"), agent("Ana Dupuis")
    Absence.objects.create(agent=away, du=today_paris(), au=today_paris(), by=away)
    actions.take(papier(), by=lou)
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    address = f"/agent/documents/{affaire.pk}/attribuer/"
    page = text_of(nadia.get(address))
    assert "Lou Petit – 1 en cours, 0 en retard, 0 décidé cette semaine" in page
    assert "disabled" in page.split("Ana Dupuis")[0].rsplit("<input", 1)[1]
    assert nadia.post(address, {"agent": str(away.pk)}).status_code == 422
    assert nadia.post(address, {"agent": str(lou.pk)}).status_code == 303
    affaire.refresh_from_db()
    assert affaire.taken_by == lou
    assert "Nadia Fontaine a attribué ce document à Lou Petit" in text_of(nadia.get(f"/agent/documents/{affaire.pk}/"))


def test_a_document_goes_to_another_fund_and_the_member_keeps_it_in_the_same_place(nadia, envoyer, adherente, agente):
    paul = Acteur(CompteFactory(agent=True, nom="Paul", caisse=autre_caisse().caisse, services=[autre_caisse()]))
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    here = f"/agent/documents/{affaire.pk}/"
    assert paul.get(here).status_code == 404
    page = text_of(nadia.get(f"{here}transferer/"))
    assert '<optgroup label="MSA d’ailleurs">' in page
    response = nadia.post(f"{here}transferer/", {"service": str(autre_caisse().pk)})
    assert response["Location"] == "/agent/?fait=reoriente"
    assert "Le document est <strong>réorienté</strong>" in text_of(nadia.get(response["Location"]))
    assert [acteur.get(here).status_code for acteur in (nadia, agente, paul)] == [404, 404, 200]
    assert "Bail" in text_of(paul.get("/agent/"))
    assert paul.post("/agent/suivant/")["Location"] == here
    assert paul.post(f"{here}decision/traiter/", {"traiter-reponse": "C’est bon."}).status_code == 303
    mine = text_of(adherente.get(f"/espace/envois/{affaire.reference}/"))
    assert "C’est bon." in mine


def test_who_cannot_wait_is_said_on_the_screen(envoyer, adherente, agente):
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    address = f"/agent/documents/{affaire.pk}/precarite/"
    assert "Cette personne ne peut pas attendre" in text_of(agente.get(address))
    assert agente.post(address, {"est_precaire": "oui", "raison": ""}).status_code == 422
    assert agente.post(address, {"est_precaire": "oui", "raison": "Expulsion"}).status_code == 303
    assert agente.post(address, {"est_precaire": "oui", "raison": "Expulsion"}).status_code == 303
    affaire.refresh_from_db()
    assert affaire.is_precaire
    page = text_of(agente.get(f"/agent/documents/{affaire.pk}/"))
    assert "a signalé que cette personne ne peut pas attendre : Expulsion" in page
    assert "Cette personne peut attendre" in text_of(agente.get(address))


# --- what is refused, and who may not


@pytest.mark.parametrize(
    ("du", "au", "words"),
    [
        ("", "", "Choisissez le premier jour."),
        ("2126-01-09", "2126-01-02", "Le dernier jour vient après le premier."),
        ("2020-01-01", "2020-01-02", "ou plus tard"),
        ("2126-01-01", "2128-01-02", "Une absence dure un an au plus."),
        ("32/13/2026", "x", "Cette date n’existe pas."),
    ],
)
def test_days_that_will_not_do_come_back_with_what_to_do(agente, du, au, words):
    response = agente.post("/agent/absences/", {"du": du, "au": au})
    assert response.status_code == 422
    assert words in text_of(response)


def test_the_absence_of_a_colleague_is_not_hers_to_take_off(agente, collegue):
    absence = Absence.objects.create(
        agent=agente.compte, du=today_paris(), au=today_paris() + timedelta(days=2), by=agente.compte
    )
    address = f"/agent/absences/{absence.pk}/retirer/"
    elsewhere = Acteur(superviseur("Odile", "retraite"))
    stranger = superviseur("Paul")
    Compte.objects.filter(pk=stranger.pk).update(caisse=autre_caisse().caisse)
    for acteur in (collegue, elsewhere, Acteur(Compte.objects.get(pk=stranger.pk))):
        assert acteur.post(address).status_code == 404
    assert Acteur(superviseur()).post(address).status_code == 303


def test_a_superviseur_sees_the_agents_of_her_teams_alone(nadia):
    stranger = CompteFactory(agent=True, nom="Paul", caisse=autre_caisse().caisse, services=[service()])
    for other in (agent("Retraite Seule", "retraite"), stranger, agent("Léa", role="accueil")):
        assert nadia.get(f"/agent/equipe/{other.pk}/").status_code == 404
        assert nadia.post(f"/agent/equipe/{other.pk}/remettre/").status_code == 404


def test_the_gestures_of_a_superviseur_are_not_those_of_an_agent(agente, envoyer, adherente):
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    here = f"/agent/documents/{affaire.pk}/"
    for address in ("/agent/equipe/", f"{here}attribuer/", f"{here}transferer/", f"/agent/equipe/{agente.compte.pk}/"):
        assert agente.get(address).status_code == 404
        assert agente.post(address).status_code in {404, 405}
    assert "Attribuer à un agent" not in text_of(agente.get(here))


def test_the_team_costs_the_same_with_two_and_with_thirty(nadia):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert nadia.get("/agent/equipe/").status_code == 200
        return len(captured)

    agent("Un")
    nadia.get("/agent/equipe/")
    few = count()
    for n in range(30):
        actions.take(papier(), by=agent(f"Agent {n}"))
    assert count() == few
    assert few <= 12
