"""The screen of one document: what is known of the member beside it, and nothing that other teams opened."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.models import Nature
from enclos.comptes.models import Role
from enclos.demo.factories import CompteFactory, ExploitationFactory, LienFactory, PaiementFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import jour, today_paris
from enclos.suivi.actions import open_affaire
from enclos.suivi.models import Affaire, Genre
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def url(affaire, rest=""):
    return f"/agent/documents/{affaire.pk}/{rest}"


@pytest.fixture
def bail(envoyer, adherente, agente) -> Affaire:
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    agente.post("/agent/suivant/", {"vu": timezone.now().isoformat()})
    return affaire


def context_of(response) -> str:
    return text_of(response).split('class="banc-contexte"')[1]


def test_identity_household_and_farms_come_from_the_registry(bail, agente, adherente):
    personne = adherente.personne
    LienFactory(personne=personne, rang=3, prenoms="Basile")
    ExploitationFactory(personne=personne, denomination="GAEC quitté", cesse_le=today_paris() - timedelta(days=9))
    context = context_of(agente.get(url(bail)))
    for words in ("Jeanne Delattre", jour(personne.date_naissance), personne.ref, "12 RUE DU MOULIN", "59190 HAZEBROUCK",
                  "Thomas", "conjoint", "Lucie", "Basile", "EARL du Grand Fossé", "chef d’exploitation"):  # fmt: skip
        assert words in context
    assert personne.nir not in text_of(agente.get(url(bail)))
    assert "GAEC quitté" not in context


def test_who_cannot_wait_is_said(bail, agente, adherente):
    assert "Situation fragile" not in text_of(agente.get(url(bail)))
    PaiementFactory(personne=adherente.personne, branche="rsa_prime")
    assert "Situation fragile" in text_of(agente.get(url(bail)))


def test_papers_awaited_are_listed_so_that_nobody_asks_again(bail, agente, adherente):
    assert "Papiers attendus" not in text_of(agente.get(url(bail)))
    ask_papers(
        personne=adherente.personne, service=bail.service, libelle="Votre aide au logement", message="",
        papiers=[PapierVoulu(nature=Nature.objects.get(pk="LOG_QUITTANCE"), raison="Pour calculer votre aide.", precision="d’octobre")],
        due_on=today_paris() + timedelta(days=9), by=SYSTEM,
    )  # fmt: skip
    context = context_of(agente.get(url(bail)))
    assert "Votre aide au logement" in context
    assert "Quittance de loyer, d’octobre" in context


def test_other_items_are_sorted_by_what_still_waits(bail, envoyer, agente, adherente):
    [old] = envoyer(adherente.compte, "LOG_DPE")
    [elsewhere] = envoyer(adherente.compte, "EXP_STATUTS")
    Affaire.objects.filter(pk=old.pk).update(
        etat="traite", ended_at=timezone.now(), taken_by=agente.compte, taken_at=timezone.now()
    )
    context = context_of(agente.get(url(bail)))
    waiting, before = context.split("Auparavant")
    assert "En attente d’une réponse" in waiting
    assert "Statuts" in waiting
    assert url(old) in before
    assert url(elsewhere) not in waiting, "another team's is known, not opened"


def test_the_member_s_messages_to_her_teams_are_listed(bail, agente, adherente):
    assert "Messages</h2>" not in text_of(agente.get(url(bail)))
    message = open_affaire(
        caisse=bail.caisse, service=bail.service, personne=adherente.personne, reference="KM7-RP4-QB2", libelle="Ma pension",
        genre=Genre.MESSAGE, received_at=timezone.now(), by=SYSTEM,
    )  # fmt: skip
    assert f'<a href="/agent/messages/{message.pk}/">Ma pension</a>' in context_of(agente.get(url(bail)))


def test_what_ends_can_be_cancelled_at_once_and_for_a_day(bail, agente):
    location = agente.post(url(bail, "decision/traiter/"))["Location"]
    page = agente.get(location).content.decode()
    assert f'action="{url(bail, "rouvrir/")}"' in page
    assert "Annuler<span" in page
    assert agente.post(url(bail, "rouvrir/"))["Location"] == url(bail)
    assert "Votre décision</h2>" in text_of(agente.get(url(bail)))


def test_every_key_of_the_page_is_said_on_its_button(bail, agente):
    page = agente.get(url(bail)).content.decode()
    for key in "tacromfsi?":
        assert f'data-enclos-touche="{key}"' in page, key


# --- who may not


@pytest.mark.parametrize("role", [Role.ACCUEIL, Role.ADMINISTRATEUR])
def test_who_does_not_treat_items_sees_no_screen_of_them(bail, role):
    other = Acteur(CompteFactory(agent=True, role=role, services=default_caisse().services.filter(code="famille")))
    for address in ("", "document.pdf", "pages/1/lecture.jpg"):
        assert other.get(url(bail, address)).status_code == 404


def test_another_team_sees_nothing_of_the_member(bail, collegue):
    assert collegue.get(url(bail)).status_code == 404
