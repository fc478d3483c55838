"""Letters that ask for somebody are shown to the agents of the fund, and settled there."""

import pytest

from enclos.caisses.models import Caisse
from enclos.courrier import lettres
from enclos.courrier.models import Lettre
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def letter(**changes) -> Lettre:
    personne = PersonneFactory(prenoms="Jeanne", nom_naissance="Delattre", **changes)
    return lettres.request(
        personne, "code", secret="48392017", cle=f"essai:{personne.pk}", caisse=personne.caisse, by=SYSTEM
    )


def settle(agent: Acteur, lettre: Lettre) -> int:
    return agent.post("/agent/a-surveiller/relancer/", {"genre": "lettre", "cle": str(lettre.pk)}).status_code


def test_an_address_to_verify_is_shown_without_the_name_and_read_again(agente):
    lettre = letter(code_postal="5919")
    page = text_of(agente.get("/agent/a-surveiller/"))
    for said in (lettre.reference, lettre.personne.ref, "le code postal n’a pas la forme", "Relire l’adresse"):
        assert said in page
    assert "Delattre" not in page
    assert "48392017" not in page
    assert settle(agente, lettre) == 303
    Personne.objects.update(code_postal="59190")
    assert settle(agente, lettre) == 303
    assert lettre.reference not in text_of(agente.get("/agent/a-surveiller/"))
    assert Lettre.objects.get().etat == "en-attente"
    assert Ligne.objects.about(lettre).get(event="courrier.lettre.address_read").actor_label == "Camille Roy"
    assert settle(agente, lettre) == 404


def test_a_letter_with_nowhere_to_go_is_shown_until_somebody_dealt_with_it(agente):
    lettre = letter(adresse4="SANS DOMICILE FIXE")
    page = text_of(agente.get("/agent/a-surveiller/"))
    assert "La personne n’a pas d’adresse fixe." in page
    assert "C’est vu" in page
    assert settle(agente, lettre) == 303
    assert lettre.reference not in text_of(agente.get("/agent/a-surveiller/"))


def test_another_fund_sees_and_settles_nothing():
    lettre = letter(code_postal="5919")
    other = Caisse.objects.create(
        code="AUT", nom="Autre caisse", telephone="01", courriel="a@enclos.example", adresse=[]
    )
    stranger = Acteur(CompteFactory(agent=True, caisse=other))
    assert lettre.reference not in text_of(stranger.get("/agent/a-surveiller/"))
    assert settle(stranger, lettre) == 404
