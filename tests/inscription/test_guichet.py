"""What the help desk sees of a registration, and may do about it."""

import pytest
from django.test import Client
from django.utils import timezone

from enclos.comptes.models import Compte, MotDePasseProvisoire
from enclos.courrier.models import Lettre
from enclos.demo.factories import CompteFactory
from enclos.inscription import essais
from enclos.inscription.access import standing_of
from enclos.inscription.actions import resend_letter, unblock
from enclos.journal.models import Ligne
from enclos.socle.refusals import Refusal
from tests.conftest import Acteur
from tests.inscription.conftest import SERIE, Candidat, Parcours

pytestmark = pytest.mark.django_db


def said(candidat: Candidat) -> str:
    return " ".join(standing_of(candidat.personne).phrases)


def test_nothing_is_begun(claire: Candidat):
    assert said(claire) == "Aucun compte n’est ouvert pour cette personne."


def test_the_step_of_a_registration_is_told(parcours: Parcours, claire: Candidat):
    parcours.until("coordonnees", claire)
    assert "étape 4 sur 7, « Saisie de vos coordonnées »" in said(claire)


def test_what_came_out_is_told_with_the_letters_and_the_password(parcours: Parcours, claire: Candidat):
    claire.reponse = "1111"
    parcours.registers(claire)
    standing = standing_of(claire.personne)
    assert standing.provisoire_jusqu_au is not None
    assert [lettre.genre for lettre in standing.lettres] == ["mot-de-passe"]
    text = said(claire)
    assert "personne n’y est encore entré" in text
    assert "envoyé par la poste, sert jusqu’au" in text
    assert "Mot de passe provisoire envoyé par la poste" in text
    assert SERIE not in text
    assert "1111" not in text


def test_three_wrong_answers_are_told_and_forgotten_on_request(nouveau, claire: Candidat, agente: Acteur):
    claire.reponse = "1111"
    for _ in range(3):
        nouveau().registers(claire)
    assert standing_of(claire.personne).bloque_jusqu_au is not None
    assert "tout passe par la poste jusqu’au" in said(claire)
    assert unblock(claire.personne, by=agente.compte) == 3
    assert essais.blocked_until(claire.personne) is None
    assert Ligne.objects.get(event="inscription.essais.forgotten").actor_kind == "agent"
    claire.reponse = SERIE
    assert nouveau().registers(claire).resultat == "courriel"


def test_one_registers_by_telephone_a_letter_leaves(claire: Candidat, agente: Acteur):
    lettre = resend_letter(claire.personne, by=agente.compte)
    assert lettre.genre == "mot-de-passe"
    compte = Compte.objects.get(personne=claire.personne)
    assert not compte.is_confirmed  # until the letter serves
    assert compte.courriel_verifie_at is None
    Client().post("/connexion/", {"identifiant": claire.nir, "mot_de_passe": lettre.secret})
    assert Compte.objects.get(personne=claire.personne).is_confirmed
    assert "Mot de passe provisoire envoyé par la poste" in said(claire)


def test_a_letter_sent_again_bears_another_secret(claire: Candidat, agente: Acteur):
    first = resend_letter(claire.personne, by=agente.compte)
    secret = first.secret
    second = resend_letter(claire.personne, by=agente.compte)
    assert second.secret != secret
    assert Lettre.objects.get(pk=first.pk).etat == "annulee"
    assert MotDePasseProvisoire.objects.filter(killed_at=None).count() == 1


def test_a_member_whose_account_is_to_confirm_gets_the_code_again(claire: Candidat, agente: Acteur):
    CompteFactory(personne=claire.personne, mot_de_passe="Un bon mot de passe", niveau=Compte.Niveau.A_CONFIRMER)
    assert resend_letter(claire.personne, by=agente.compte).genre == "code"
    assert "à confirmer avec le code" in said(claire)


def test_an_account_that_a_stranger_opened_is_taken_back_by_a_password(claire: Candidat, agente: Acteur):
    CompteFactory(personne=claire.personne, mot_de_passe="Celui du voleur", niveau=Compte.Niveau.A_CONFIRMER)
    assert resend_letter(claire.personne, by=agente.compte, to_take_back=True).genre == "mot-de-passe"


def test_a_member_who_lost_everything_gets_a_password_by_post(claire: Candidat, agente: Acteur):
    CompteFactory(personne=claire.personne, mot_de_passe="Un bon mot de passe")
    assert resend_letter(claire.personne, by=agente.compte).genre == "mot-de-passe"


@pytest.mark.parametrize("fate", ["decede", "closed_at", "child", "shut"])
def test_no_letter_leaves_for_who_may_not_have_an_account(claire: Candidat, agente: Acteur, fate: str):
    personne = claire.personne
    if fate == "decede":
        personne.decede = True
    elif fate == "closed_at":
        personne.closed_at = timezone.now()
    elif fate == "child":
        personne.date_naissance = timezone.localdate()
    else:
        CompteFactory(personne=personne, is_active=False)
    with pytest.raises(Refusal):
        resend_letter(personne, by=agente.compte)
    assert Lettre.objects.count() == 0


def test_accounts_closed_or_shut_are_told(claire: Candidat):
    compte = CompteFactory(personne=claire.personne, is_active=False, closed_at=timezone.now())
    assert "fermé par son titulaire" in said(claire)
    Compte.objects.filter(pk=compte.pk).update(closed_at=None)
    assert "fermé par la caisse" in said(claire)
