"""« Je refuse les réponses par voie électronique » (CRPA L112-14): what the fund answers then leaves by the post, at once."""

from datetime import timedelta

import pytest

from enclos.agents import actions as agents
from enclos.agents.access import papier_for
from enclos.avis.access import refuses_electronic
from enclos.avis.actions import forget_choices
from enclos.caisses.models import Nature
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel, Lettre
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import today_paris
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.courrier.feuilles import words_of
from tests.envois.conftest import texte

pytestmark = pytest.mark.django_db

HERE = "/espace/compte/preferences/"
QUESTION = "Je refuse les réponses par voie électronique"


def say(acteur: Acteur, *, refuses: bool) -> str:
    data = {"frequence": "aussitot", "choix": ["decision/courriel"]} | ({"papier": "oui"} if refuses else {})
    assert acteur.post(HERE, data).status_code in {302, 303}
    return texte(acteur.get(HERE))


@pytest.fixture
def refusante(adherente: Acteur) -> Acteur:
    """Jeanne, who wants her answers on paper."""
    say(adherente, refuses=True)
    return adherente


def decide(affaire: Affaire, agente: Acteur, reponse: str) -> None:
    suivi.take(affaire, by=agente.compte)
    agents.settle(papier_for(agente.compte, affaire.pk), reponse=reponse, by=agente.compte)


def test_it_is_refused_and_accepted_again_in_one_box(adherente):
    page = texte(adherente.get(HERE))
    assert QUESTION in page
    assert not refuses_electronic(adherente.compte)
    assert 'name="papier" value="oui" checked' in say(adherente, refuses=True)
    assert refuses_electronic(adherente.compte)
    say(adherente, refuses=True)
    assert Ligne.objects.filter(event="avis.preferences.changed").count() == 1
    assert 'name="papier" value="oui" checked' not in say(adherente, refuses=False)
    assert not refuses_electronic(adherente.compte)


def test_a_decision_leaves_by_post_with_its_words_and_its_author(refusante, agente, envoyer, tmp_path):  # noqa: F811
    [affaire] = envoyer(refusante.compte, "LOG_BAIL")
    decide(affaire, agente, "Votre aide est recalculée.")
    lettre = Lettre.objects.get()
    from enclos.courrier.papier import typeset

    words = words_of(typeset(lettre), tmp_path)
    for said in (
        "Votre aide est recalculée.",
        "Traité",
        "Bail",
        affaire.reference,
        agente.compte.nom,
        affaire.service.nom,
    ):
        assert said in words, said
    told = Courriel.objects.get(cle__startswith="envois.decision")
    assert "par la poste" in told.text
    assert "recalculée" not in told.text
    # Nothing more leaves when nobody reads the notice: the letter said it all.
    assert not hasattr(refusante.personne.avis.get(evenement="decision"), "relais")
    # It can be read here too, and reading it does not stop the letter.
    refusante.get(f"/espace/envois/{affaire.reference}/")
    lettre.refresh_from_db()
    assert lettre.closed_at is None


def test_papers_asked_leave_by_post_with_their_sheet(refusante):
    personne = type(refusante.personne).objects.select_related("caisse", "compte").get(pk=refusante.personne.pk)
    ask_papers(
        personne=personne,
        service=personne.caisse.services.get(code="famille"),
        libelle="Votre aide au logement",
        papiers=[PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour calculer votre aide.")],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )
    assert Lettre.objects.get().genre == Lettre.Genre.PAPIERS


def test_who_refused_nothing_gets_no_letter(adherente, agente, envoyer):  # noqa: F811
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    decide(affaire, agente, "C’est fait.")
    assert not Lettre.objects.exists()


def test_the_refusal_of_one_member_is_nobody_else_s(refusante, voisin):
    assert not refuses_electronic(voisin.compte)
    assert not refuses_electronic(None)


def test_an_account_that_closes_forgets_it(refusante):
    forget_choices(refusante.compte, by=SYSTEM)
    assert not refuses_electronic(Compte.objects.get(pk=refusante.compte.pk))


def test_a_form_without_the_box_changes_nothing(refusante):
    refusante.post(HERE, {"choix": ["decision/courriel"]})
    assert refuses_electronic(refusante.compte)
