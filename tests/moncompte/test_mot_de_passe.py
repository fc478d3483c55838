"""Changing one's password from « Mon compte »."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.models import Ligne
from tests.conftest import Acteur
from tests.moncompte.conftest import lu, mails_to, texte

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/mot-de-passe/"
ANCIEN, NOUVEAU = "Vache-Laitiere62", "trois tracteurs verts au soleil"


@pytest.fixture
def titulaire(db: None) -> Acteur:
    compte = CompteFactory(
        personne=PersonneFactory(prenoms="Paule", nom_naissance="Lemaire"),
        mot_de_passe=ANCIEN,
        courriel="paule@exemple.fr",
        courriel_verifie_at=timezone.now(),
    )
    return Acteur(compte)


def changes(acteur: Client, **data: str) -> Any:
    return acteur.post(ICI, {"mot_de_passe_actuel": ANCIEN, "nouveau_mot_de_passe": NOUVEAU, "fermer": "on", **data})


def password_of(acteur: Acteur) -> str:
    acteur.compte.refresh_from_db()
    return next(word for word in (ANCIEN, NOUVEAU) if acteur.compte.check_password(word))


def test_the_password_changes_this_browser_stays_the_others_go(titulaire: Acteur, travailleur: Any):
    other = Acteur(titulaire.compte)
    before = titulaire.cookies["session"].value
    assert "1 autre connexion" in texte(titulaire, ICI)
    done = changes(titulaire)
    assert (done.status_code, done["Location"]) == (303, ICI)
    assert titulaire.cookies["session"].value != before
    assert password_of(titulaire) == NOUVEAU
    assert "Votre mot de passe est changé" in texte(titulaire, ICI)
    assert other.get("/espace/")["Location"].startswith("/connexion/")
    travailleur()
    assert mails_to("paule@exemple.fr") == ["Le mot de passe de votre compte a changé"]
    assert Ligne.objects.filter(event="comptes.mot_de_passe.changed").count() == 1


def test_the_others_may_be_kept(titulaire: Acteur):
    other = Acteur(titulaire.compte)
    response = titulaire.post(ICI, {"mot_de_passe_actuel": ANCIEN, "nouveau_mot_de_passe": NOUVEAU})
    assert response.status_code == 303
    assert password_of(titulaire) == NOUVEAU
    assert other.get("/espace/").status_code == 200
    assert titulaire.get("/espace/").status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"mot_de_passe_actuel": "autre chose"}, "Ce n’est pas votre mot de passe actuel"),
        ({"mot_de_passe_actuel": ""}, "Tapez votre mot de passe actuel"),
        ({"nouveau_mot_de_passe": ""}, "Tapez le mot de passe que vous choisissez"),
        ({"nouveau_mot_de_passe": "court"}, "Il manque"),
        ({"nouveau_mot_de_passe": "Lemaire-2026!"}, "ni votre nom"),
        ({"nouveau_mot_de_passe": ANCIEN}, "choisissez-en un autre"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(titulaire: Acteur, typed: dict[str, str], said: str):
    response = changes(titulaire, **typed)
    assert response.status_code == 422
    assert said in lu(response.content.decode())
    assert password_of(titulaire) == ANCIEN
    assert ANCIEN not in response.content.decode()
    assert NOUVEAU not in response.content.decode()


def test_a_wrong_present_password_is_told_alone(titulaire: Acteur):
    """Whoever found the browser open learns nothing about a new password until the present one is right."""
    page = lu(changes(titulaire, mot_de_passe_actuel="faux", nouveau_mot_de_passe="court").content.decode())
    assert "Ce n’est pas votre mot de passe actuel" in page
    assert "Il manque :" not in page


def test_the_present_one_cannot_be_guessed(titulaire: Acteur):
    statuses = [changes(titulaire, mot_de_passe_actuel=f"essai {number}").status_code for number in range(6)]
    assert statuses == [422] * 5 + [429]
    response = changes(titulaire)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert password_of(titulaire) == ANCIEN


def test_without_javascript_one_may_see_what_is_typed(titulaire: Acteur):
    html = titulaire.get(f"{ICI}?visible=1").content.decode()
    assert 'type="text" name="nouveau_mot_de_passe"' in html
    assert 'autocomplete="new-password"' in html


def test_an_account_without_a_password_is_told_how_to_have_one(adherente: Acteur):
    """She came by FranceConnect, or her password was blocked."""
    assert not Compte.objects.get(pk=adherente.compte.pk).has_usable_password()
    page = texte(adherente, ICI)
    assert "Vous n’avez pas de mot de passe" in page
    assert changes(adherente).status_code == 422


def test_the_page_asks_few_questions(titulaire: Acteur):
    titulaire.get(ICI)
    with CaptureQueriesContext(connection) as queries:
        titulaire.get(ICI)
    assert len(queries) == 2
