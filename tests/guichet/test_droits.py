"""Giving an agent the right to help members."""

import io

import pytest
from django.core.management import CommandError, call_command

from enclos.caisses.models import Caisse
from enclos.comptes.droits import set_rights
from enclos.comptes.models import Compte
from enclos.demo.actions import ensure_account
from enclos.demo.personnes import figurants
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.refusals import Refusal
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def created(*words: str) -> Compte:
    run("creer_compte", "--agent", "sophie.martin", "--nom", "Sophie Martin", "--services", "accueil", *words)
    return Compte.objects.get(identifiant="sophie.martin")


def test_an_agent_is_created_with_the_right_or_without():
    assert created("--droit", "assistance").droits == ["assistance"]
    line = Ligne.objects.get(event="comptes.droits.changed")
    assert line.details == {"avant": [], "apres": ["assistance"]}


def test_without_asking_there_is_no_right():
    assert created().droits == []


def test_a_right_is_for_agents_and_of_the_list():
    with pytest.raises(CommandError, match="--droit est pour un agent"):
        run("creer_compte", "--ref", "P-1", "--droit", "assistance")
    with pytest.raises(CommandError, match="invalid choice"):
        run("creer_compte", "--agent", "x.y", "--droit", "tout")
    assert not Compte.objects.exists()


def test_the_right_is_given_and_taken_back_later(agente: Acteur):
    name = agente.compte.identifiant
    assert "aucun droit particulier" in run("compte_droits", name)
    assert "Assistance aux adhérents" in run("compte_droits", name, "--donner", "assistance")
    assert agente.get("/agent/assistance/").status_code == 200
    assert "aucun droit particulier" in run("compte_droits", name, "--retirer", "assistance")
    assert agente.get("/agent/assistance/").status_code == 404
    assert Ligne.objects.filter(event="comptes.droits.changed").count() == 2


def test_nobody_else_has_rights(adherente: Acteur):
    with pytest.raises(CommandError, match="Aucun agent"):
        run("compte_droits", "personne.du.tout")
    with pytest.raises(Refusal):
        set_rights(adherente.compte, ["assistance"], by=SYSTEM)


def test_a_demo_made_before_the_right_gets_it():
    figurant = next(one for one in figurants().values() if one.droits)
    if not Caisse.objects.filter(code=figurant.caisse).exists():
        pytest.fail("the demo's agent is of a fund that is not shipped")
    compte = ensure_account(figurant, by=SYSTEM)
    Compte.objects.update(droits=[])
    ensure_account(figurant, by=SYSTEM)
    compte.refresh_from_db()
    assert compte.droits == ["assistance"]
