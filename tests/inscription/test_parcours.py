"""« S’inscrire », page by page: what each shows, keeps and refuses; then what comes out of it."""

import pytest
from django.test import Client

from enclos.comptes.models import Acceptation, Compte, MotDePasseProvisoire
from enclos.courrier.models import Courriel, Lettre
from enclos.inscription.conditions import conditions_of
from enclos.inscription.models import Conclusion, Inscription
from tests.inscription.conftest import COURRIEL, Candidat, Parcours, code_to, letters

pytestmark = pytest.mark.django_db
Resultat = Conclusion.Resultat


def body(response) -> str:
    return response.content.decode()


def test_a_right_answer_opens_an_account_and_the_password_leaves_by_mail(parcours: Parcours, claire: Candidat):
    conclusion = parcours.registers(claire)
    assert conclusion.resultat == Resultat.COURRIEL
    compte = Compte.objects.get(personne=claire.personne)
    assert (compte.courriel, compte.niveau) == (COURRIEL, Compte.Niveau.CONFIRME)
    assert compte.courriel_verifie_at is not None
    assert compte.telephone == "+33612345603"
    assert compte.telephone_verifie_at is None
    assert not compte.has_usable_password()
    provisoire = MotDePasseProvisoire.objects.get(compte=compte)
    assert provisoire.canal == "courriel"
    message = Courriel.objects.get(cle=conclusion.courriel_cle)
    assert message.to == COURRIEL
    assert "/connexion/" in message.text
    accepted = Acceptation.objects.get(compte=compte, texte="conditions")
    assert accepted.sha256 == conditions_of(compte.caisse).sha256
    assert letters(claire.personne) == ["acces-ouvert"]


def test_a_farmer_answers_with_an_invoice_and_a_pensioner_with_a_payment(nouveau, marc: Candidat, suzanne: Candidat):
    assert nouveau().registers(marc).resultat == Resultat.COURRIEL
    assert nouveau().registers(suzanne).resultat == Resultat.COURRIEL
