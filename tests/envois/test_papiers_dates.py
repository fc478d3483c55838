"""Papers asked: nothing goes by its date in silence."""

import pytest

from enclos.courrier.models import Courriel
from enclos.envois.controle import constats
from enclos.envois.models import DemandePapiers
from enclos.envois.tasks import expire_papers, remind_papers
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire, Genre
from tests.conftest import Acteur
from tests.envois.conftest import texte
from tests.envois.listes import agent_url, demander, due_in, etats, told, voulu

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return demander(adherente.personne)


# --- dates


def test_the_member_is_told_some_days_before_then_the_day_before_then_after(demande):
    due_in(demande, 5)
    remind_papers()
    remind_papers()
    assert (told("demande-rappel"), told("demande-veille")) == (1, 0)
    due_in(demande, 1)
    remind_papers()
    remind_papers()
    assert (told("demande-rappel"), told("demande-veille")) == (1, 1)
    due_in(demande, 0)
    assert expire_papers() == 0  # the last day counts
    due_in(demande, -1)
    assert expire_papers() == 1
    assert expire_papers() == 0
    assert told("demande-passee") == 1
    assert (
        "Un agent reprend votre dossier et décide de la suite."
        in Courriel.objects.get(cle__startswith="envois.demande-passee").text
    )


def test_an_indispensable_paper_past_its_date_comes_back_to_the_agents_that_very_day(demande, agente):
    due_in(demande, -1)
    expire_papers()
    item = Affaire.objects.get()
    assert (item.genre, item.due_on, item.service.code) == (Genre.PAPIERS, today_paris(), "famille")
    assert item.libelle.startswith("Délai dépassé")
    assert "délai dépassé" in texte(agente.get(agent_url(demande)))
    assert etats(demande) == ["attendu", "attendu"]  # nothing died: it can still be sent
    assert not any(constat.is_alarming for constat in constats())


def test_a_paper_that_is_only_useful_comes_back_to_nobody(adherente):
    demande = demander(adherente.personne, voulu("LOG_BAIL", is_indispensable=False))
    due_in(demande, -1)
    assert expire_papers() == 1
    assert not Affaire.objects.exists()
    assert "Nous continuons" in Courriel.objects.get(cle__startswith="envois.demande-passee").text


def test_what_went_by_its_date_without_anybody_knowing_is_a_fault(demande):
    due_in(demande, -2)
    assert [constat.libelle for constat in constats() if constat.is_alarming] == [
        "Papiers indispensables dont le délai est dépassé, et dont aucun agent ne s’occupe"
    ]
    expire_papers()
    assert not any(constat.is_alarming for constat in constats())
