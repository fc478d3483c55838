"""The same thing asked several times at the same instant: done once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from enclos.accueil.donnees import actions as donnees
from enclos.accueil.fermeture.actions import close_account
from enclos.accueil.models import CopieDonnees
from enclos.agents.assistance import actions as assistance
from enclos.agents.models import Appel
from enclos.caisses.actions import install_shipped_data
from enclos.caisses.models import Caisse
from enclos.comptes import fermeture
from enclos.comptes.changements import confirm_agreed
from enclos.comptes.models import Changement, Compte
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import CompteFactory
from enclos.envois.brouillon import start
from enclos.envois.models import Envoi
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8


def at_once(call):
    """The results of so many calls started together, each with its own connection."""
    barrier = Barrier(MANY)

    def run(rank: int):
        try:
            barrier.wait(20)
            return call(rank)
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(run, range(MANY)))


@pytest.fixture
def compte(transactional_db: None) -> Compte:
    if not Caisse.objects.exists():  # a transactional test left the tables empty
        install_shipped_data()
    made = CompteFactory(courriel_verifie_at=timezone.now())
    return Compte.objects.select_related("personne__caisse", "caisse").get(pk=made.pk)


def test_an_account_closed_from_every_tab_is_closed_and_told_once(compte: Compte):
    start(compte.personne, demande=None, by=compte)
    done = at_once(
        lambda rank: close_account(
            Compte.objects.select_related("personne__caisse", "caisse").get(pk=compte.pk), by=compte
        )
    )
    assert Counter(done) == {True: 1, False: MANY - 1}
    assert Ligne.objects.filter(event="comptes.compte.closed").count() == 1
    assert Courriel.objects.filter(subject="Votre compte en ligne est fermé").count() == 1
    assert not Envoi.objects.exists()


def test_a_closed_account_is_taken_up_again_once(compte: Compte):
    fermeture.close(compte, by=SYSTEM)

    def reopen(rank: int) -> str:
        try:
            fermeture.reopen_for_registration(compte.personne, by=SYSTEM)
        except fermeture.Refusal:
            return "refused"
        return "reopened"

    assert Counter(at_once(reopen)) == {"reopened": 1, "refused": MANY - 1}


def test_a_copy_asked_from_every_tab_is_one_copy(compte: Compte):
    keys = at_once(lambda rank: donnees.ask(compte, by=compte).pk)
    assert len(set(keys)) == 1
    assert CopieDonnees.objects.count() == 1


def test_a_letter_clicked_from_every_tab_is_one_letter(compte: Compte):
    agent = CompteFactory(agent=True, droits=["assistance"])
    appel = Appel.objects.create(
        agent=agent, personne=compte.personne, raison="telephone", verifications=["adresse", "rappel"], verifie_at=timezone.now()
    )  # fmt: skip
    at_once(lambda rank: assistance.act(appel, assistance.ACTES["lettre"], by=agent))
    assert Lettre.objects.filter(genre="mot-de-passe").count() == 1
    assert Ligne.objects.filter(event="agents.assistance.letter_sent").count() == 1


def test_a_change_confirmed_by_two_imports_is_confirmed_once(compte: Compte):
    Changement.objects.create(
        compte=compte, champ="courriel", valeurs={"email": compte.personne.email}, effet_le=date(2026, 1, 1)
    )
    assert sum(at_once(lambda rank: confirm_agreed(by=SYSTEM))) == 1
    assert Ligne.objects.filter(event="comptes.changement.confirmed").count() == 1
