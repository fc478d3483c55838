"""« Administration »: agents come, change, leave; nobody acts upon themselves, and power over others takes two."""

import csv
import io

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from enclos.agents.models import Proposition
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse
from enclos.comptes.models import Compte, Session
from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from enclos.suivi.models import Affaire
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db
HOME = "/agent/administration/"


def admin(nom):
    return Acteur(CompteFactory(agent=True, role="administrateur", nom=nom))


@pytest.fixture
def bruno(db):
    return admin("Bruno Masson")


@pytest.fixture
def ines(db):
    return admin("Inès Marchal")


def url(name, agent):
    return reverse(f"agents:{name}", args=[agent.pk])


def role_of(agent):
    return Compte.objects.get(pk=agent.pk).role


NEW = {"identifiant": "lou.martin", "nom": "Lou Martin", "role": "accueil", "services": ["famille", "retraite"]}


def test_a_new_agent_comes_in_with_what_was_shown_once(bruno):
    shown = bruno.post(f"{HOME}nouvel-agent/", NEW)
    assert shown.status_code == 200
    password = shown.context["remis"].mot_de_passe
    assert password in text_of(shown)
    lou = Compte.objects.get(identifiant="lou.martin")
    assert (lou.role, lou.caisse, lou.services.count()) == ("accueil", default_caisse(), 2)
    browser = Client()
    signed = browser.post("/connexion/", {"identifiant": "lou.martin", "mot_de_passe": password})
    assert signed.status_code in {302, 303}
    assert "nouveau" in signed.url
    assert password not in text_of(bruno.get(url("compte_agent", lou)))
    assert password not in "".join(str(line.details) for line in Ligne.objects.all())


@pytest.mark.parametrize(
    ("change", "words"),
    [({"identifiant": "2850559999011"}, "commence par une lettre"), ({"nom": ""}, "Remplissez"), ({"role": "roi"}, ""),
     ({"services": ["ailleurs"]}, "")],
)  # fmt: skip
def test_a_new_agent_badly_told_is_not_made(bruno, change, words):
    refused = bruno.post(f"{HOME}nouvel-agent/", {**NEW, **change})
    assert refused.status_code == 422
    assert words in text_of(refused)
    assert not Compte.objects.filter(nom="Lou Martin").exists()


def test_a_name_already_taken_is_said(bruno, agente):
    refused = bruno.post(f"{HOME}nouvel-agent/", {**NEW, "identifiant": agente.compte.identifiant})
    assert "est déjà pris" in text_of(refused)


def test_name_teams_and_rights_change(bruno, agente):
    page = url("compte_agent", agente.compte)
    changed = {"nom": "Camille Le Roy", "services": ["retraite"], "droits": ["assistance"], "courriel": "c@npc.example"}
    assert bruno.post(page, changed).status_code == 303
    camille = Compte.objects.get(pk=agente.compte.pk)
    assert (camille.nom, [s.code for s in camille.services.all()], camille.droits) == (
        "Camille Le Roy",
        ["retraite"],
        ["assistance"],
    )
    line = Ligne.objects.get(event="agents.agent.changed")
    assert line.details == {"nom": "Camille Le Roy", "services": ["retraite"], "courriel_change": True}
    assert bruno.post(page, {**changed, "services": ["ailleurs"]}).status_code == 422


def test_power_is_taken_away_at_once_and_the_accueil_given_alone(bruno, agente):
    Compte.objects.filter(pk=agente.compte.pk).update(role="superviseur")
    for role in ("gestionnaire", "accueil"):
        assert bruno.post(url("role", agente.compte), {"role": role}).url.endswith("fait=role")
        assert role_of(agente.compte) == role
    assert bruno.post(url("role", agente.compte), {"role": "roi"}).status_code == 422


@pytest.mark.parametrize("role", ["comptable", "superviseur", "administrateur"])
def test_power_takes_two(bruno, ines, agente, role):
    assert bruno.post(url("role", agente.compte), {"role": role}).url.endswith("fait=propose")
    bruno.post(url("role", agente.compte), {"role": role})  # a double click
    [row] = Proposition.objects.all()
    assert role_of(agente.compte) == "gestionnaire"
    page = reverse("agents:proposition", args=[row.pk])
    assert bruno.post(page, {"decision": "confirmer"}).status_code == 409  # never the same
    assert role_of(agente.compte) == "gestionnaire"
    assert "Camille Roy deviendrait" in text_of(ines.get(HOME))
    assert ines.post(page, {"decision": "confirmer"}).status_code == 303
    assert role_of(agente.compte) == role
    assert ines.post(page, {"decision": "confirmer"}).status_code == 409
    assert Ligne.objects.filter(event="comptes.role.changed").count() == 1


def test_the_database_itself_refuses_the_same_eyes(bruno, agente):
    for wrong in (
        {"proposed_by": bruno.compte, "decided_by": bruno.compte, "is_accepted": True},
        {"proposed_by": agente.compte},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposition.objects.create(agent=agente.compte, role="superviseur", **wrong)


def test_a_proposal_is_turned_down_or_given_up(bruno, ines, agente):
    bruno.post(url("role", agente.compte), {"role": "superviseur"})
    [row] = Proposition.objects.all()
    ines.post(reverse("agents:proposition", args=[row.pk]), {"decision": "refuser"})
    assert role_of(agente.compte) == "gestionnaire"
    bruno.post(url("role", agente.compte), {"role": "superviseur"})
    bruno.post(url("role", agente.compte), {"role": "accueil"})  # power is taken away at once, and the proposal with it
    assert role_of(agente.compte) == "accueil"
    assert not Proposition.objects.filter(decided_at=None).exists()


def test_who_leaves_is_out_at_once_and_what_they_held_is_free(envoyer, adherente, bruno, agente):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    agente.post("/agent/suivant/")
    assert Affaire.objects.get(pk=bail.pk).taken_by == agente.compte
    for _ in range(2):
        assert bruno.post(url("desactiver", agente.compte)).status_code == 303
    assert not Session.objects.filter(compte=agente.compte).exists()
    assert agente.get("/agent/").status_code == 302
    freed = Affaire.objects.get(pk=bail.pk)
    assert (freed.taken_by, freed.etat) == (None, "recu")
    assert Ligne.objects.filter(event="agents.agent.deactivated").count() == 1
    assert bruno.post(url("mot_de_passe_agent", agente.compte)).status_code == 409
    bruno.post(url("reactiver", agente.compte))
    shown = bruno.post(url("mot_de_passe_agent", agente.compte))
    assert shown.context["remis"].mot_de_passe in text_of(shown)


def test_nobody_acts_upon_themselves(bruno):
    own = bruno.compte
    for name, data in (("role", {"role": "gestionnaire"}), ("desactiver", {}), ("reactiver", {}), ("mot_de_passe_agent", {}),
                       ("compte_agent", {"nom": "Roi Bruno", "services": [], "droits": ["assistance"]})):  # fmt: skip
        assert bruno.post(url(name, own), data).status_code == 409, name
    assert role_of(own) == "administrateur"
    assert "C’est votre compte" in text_of(bruno.get(url("compte_agent", own)))


def test_a_member_s_account_is_none_of_theirs(bruno, adherente):
    for name in ("compte_agent", "role", "desactiver", "reactiver", "mot_de_passe_agent"):
        assert bruno.post(url(name, adherente.compte), {"role": "comptable"}).status_code == 404
    page = text_of(bruno.get(HOME))
    assert "Delattre" not in page


def test_another_fund_is_out_of_reach(bruno, agente):
    other = Caisse.objects.create(code="AUT", nom="Autre", telephone="01", courriel="a@enclos.example", adresse=[])
    stranger = Acteur(CompteFactory(agent=True, caisse=other, role="administrateur", nom="Paul Verhaeghe"))
    row = Proposition.objects.create(agent=agente.compte, role="superviseur", proposed_by=bruno.compte)
    assert "Camille Roy" not in text_of(stranger.get(HOME))
    assert "Camille Roy" not in stranger.get(f"{HOME}revue.csv").content.decode()
    for name in ("compte_agent", "role", "desactiver"):
        assert stranger.post(url(name, agente.compte), {"role": "comptable"}).status_code == 404
    assert stranger.post(reverse("agents:proposition", args=[row.pk]), {"decision": "confirmer"}).status_code == 404


def test_the_review_lists_everybody_and_holds_no_formula(bruno, agente):
    Compte.objects.filter(pk=agente.compte.pk).update(nom="=CMD|' /C calc'!A0")
    response = bruno.get(f"{HOME}revue.csv")
    assert response["Content-Type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(response.content.decode()))
    assert header[:3] == ["identifiant", "nom", "role"]
    assert {row[1] for row in rows} == {"Bruno Masson", "'=CMD|' /C calc'!A0"}
    assert Ligne.objects.filter(event="agents.revue.exported").exists()


def test_the_page_costs_the_same_with_many_agents(bruno, django_assert_max_num_queries):
    CompteFactory.create_batch(20, agent=True, services=default_caisse().services.all())
    bruno.get(HOME)
    with django_assert_max_num_queries(8):
        bruno.get(HOME)
