"""No administrateur alone gets into an account that treats items: roles by two, and the two keys of an account from two hands."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from enclos.agents.controle import held_by_one_hand
from enclos.agents.models import Proposition, Trousseau
from enclos.comptes import totp
from enclos.comptes.models import ClePasse, Compte, Session
from enclos.journal.models import Ligne
from tests.agents.conftest import text_of
from tests.agents.test_administration import HOME, NEW, admin, role_of, url
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db
POWERS = ["gestionnaire", "comptable", "superviseur", "administrateur"]


@pytest.fixture
def bruno(db):
    return admin("Bruno Masson")


@pytest.fixture
def ines(db):
    return admin("Inès Marchal")


def lou():
    return Compte.objects.get(identifiant="lou.martin")


def made(bruno, role="gestionnaire"):
    """Lou's account, made by Bruno."""
    assert bruno.post(f"{HOME}nouvel-agent/", {**NEW, "role": role}).status_code in {200, 303}
    return lou()


def confirm(by, compte, decision="confirmer"):
    row = Proposition.objects.get(agent=compte, decided_at=None)
    return by.post(reverse("agents:proposition", args=[row.pk]), {"decision": decision})


def password_from(by, compte):
    return by.post(url("mot_de_passe_agent", compte))


def factor_from(by, compte):
    return by.post(url("facteur_agent", compte))


def comes_in(identifiant, password, secret):
    """The browser of who has both keys, having chosen a password."""
    browser = Client()
    browser.post("/connexion/", {"identifiant": identifiant, "mot_de_passe": password})
    own = "Trois vaches 2026, un pré !"
    browser.post("/connexion/nouveau-mot-de-passe/", {"nouveau_mot_de_passe": own, "confirmation": own})
    code = totp.code_at(secret, totp.current_step())
    browser.post("/connexion/code/", {"code": code, "suite": "/agent/"})
    return browser


# --- a new account


@pytest.mark.parametrize("role", POWERS)
def test_a_new_account_with_power_opens_by_two(bruno, ines, role):
    compte = made(bruno, role)
    assert (compte.role, compte.is_active) == ("accueil", False)
    assert "Nouveau compte" in text_of(ines.get(HOME))
    assert confirm(bruno, compte).status_code == 409
    assert not lou().is_active
    shown = confirm(ines, compte)
    assert shown.status_code == 200
    compte = lou()
    assert (compte.role, compte.is_active) == (role, True)
    assert shown.context["remis"].facteur.secret == totp.secret_of(compte)
    assert not shown.context["remis"].mot_de_passe
    assert "Il manque le mot de passe" in text_of(shown)
    assert "Mot de passe à remettre" in text_of(bruno.get(HOME))
    password = password_from(bruno, compte)
    assert password.context["remis"].mot_de_passe in text_of(password)
    assert password.context["remis"].facteur is None
    assert "Mot de passe à remettre" not in text_of(bruno.get(HOME))
    inside = comes_in("lou.martin", password.context["remis"].mot_de_passe, shown.context["remis"].facteur.secret)
    assert inside.get("/agent/a-surveiller/").status_code == 200


def test_who_gave_one_key_never_gives_the_other(bruno, ines):
    compte = made(bruno)
    confirm(ines, compte)
    refused = password_from(ines, compte)
    assert refused.status_code == 409
    assert "un autre administrateur doit remettre le mot de passe" in text_of(refused)
    password_from(bruno, compte)
    refused = factor_from(bruno, compte)
    assert refused.status_code == 409
    assert "un autre administrateur doit remettre le second facteur" in text_of(refused)
    page = text_of(bruno.get(url("compte_agent", compte)))
    assert "Nouveau mot de passe provisoire" in page
    assert "Nouveau second facteur" not in page


def test_a_third_administrateur_may_give_either_but_not_both(bruno, ines):
    compte = made(bruno)
    confirm(ines, compte)
    password_from(bruno, compte)
    third = admin("Théo Lambert")
    assert factor_from(third, compte).status_code == 200
    assert password_from(third, compte).status_code == 409
    assert password_from(ines, compte).status_code == 200  # what Inès gave is no more


def test_an_account_given_a_lost_telephone_keeps_nothing_of_the_former(bruno, agente):
    ClePasse.objects.create(compte=agente.compte, identifiant=b"k", cle_publique=b"p", nom="Téléphone")
    Compte.objects.filter(pk=agente.compte.pk).update(password="md5$celui-de-camille")
    before = totp.secret_of(agente.compte)
    shown = factor_from(bruno, agente.compte)
    compte = Compte.objects.get(pk=agente.compte.pk)
    assert shown.context["remis"].facteur.secret == totp.secret_of(compte) != before
    assert not ClePasse.objects.filter(compte=compte).exists()
    assert not Session.objects.filter(compte=compte).exists()
    assert compte.has_usable_password()  # their own serves on
    assert password_from(bruno, agente.compte).status_code == 409
    told = "".join(str(line.details) for line in Ligne.objects.all())
    assert totp.base32(totp.secret_of(compte)) not in told


def test_the_database_itself_refuses_both_keys_from_one_hand(bruno, agente):
    with pytest.raises(IntegrityError), transaction.atomic():
        Trousseau.objects.create(
            agent=agente.compte, mot_de_passe_par=bruno.compte, facteur_par=bruno.compte, is_a_deux=True
        )


# --- an account of the accueil, then more


def test_an_account_of_the_accueil_is_opened_alone(bruno):
    shown = bruno.post(f"{HOME}nouvel-agent/", NEW)
    remis = shown.context["remis"]
    assert remis.facteur.secret == totp.secret_of(lou())
    assert comes_in("lou.martin", remis.mot_de_passe, remis.facteur.secret).get("/agent/recherche/").status_code == 200
    assert password_from(bruno, lou()).status_code == 200
    assert factor_from(bruno, lou()).status_code == 200


def test_an_account_opened_alone_gets_power_with_new_keys(bruno, ines):
    compte = made(bruno, "accueil")
    password_from(ines, compte)  # whoever gave last, Bruno had held both
    compte.set_password("Celui-de-Bruno-2026 !")
    compte.save()
    inside = Acteur(compte)
    assert inside.get("/agent/recherche/").status_code == 200
    before = totp.secret_of(compte)
    assert bruno.post(url("role", compte), {"role": "comptable"}).url.endswith("fait=propose")
    shown = confirm(ines, compte)
    compte = lou()
    assert shown.context["remis"].facteur.secret == totp.secret_of(compte) != before
    assert not compte.has_usable_password()
    assert not Session.objects.filter(compte=compte).exists()
    assert inside.get("/agent/recherche/").status_code == 302
    assert password_from(ines, compte).status_code == 409
    assert password_from(bruno, compte).status_code == 200


def test_power_taken_away_and_given_back_makes_new_keys(bruno, ines):
    compte = made(bruno)
    confirm(ines, compte)
    password_from(bruno, compte)
    bruno.post(url("role", compte), {"role": "accueil"})
    assert factor_from(bruno, compte).status_code == 200  # an account of the accueil again: one hand is enough
    before = totp.secret_of(lou())
    bruno.post(url("role", compte), {"role": "comptable"})
    assert confirm(ines, compte).status_code == 200
    assert totp.secret_of(lou()) != before


def test_more_power_for_who_has_some_changes_no_key(bruno, ines):
    compte = made(bruno)
    confirm(ines, compte)
    before = totp.secret_of(lou())
    ines.post(url("role", compte), {"role": "superviseur"})
    assert confirm(bruno, compte).url.endswith("fait=confirme")
    assert (role_of(compte), totp.secret_of(lou())) == ("superviseur", before)


def test_an_account_of_the_console_keeps_its_keys(bruno, ines, agente):
    before = totp.secret_of(agente.compte)
    bruno.post(url("role", agente.compte), {"role": "comptable"})
    assert confirm(ines, agente.compte).status_code == 303
    assert totp.secret_of(Compte.objects.get(pk=agente.compte.pk)) == before
    assert agente.get("/agent/").status_code == 200


# --- ways around


def test_a_new_account_is_opened_by_nothing_else(bruno, ines):
    compte = made(bruno, "comptable")
    for name in ("reactiver", "mot_de_passe_agent", "facteur_agent"):
        assert bruno.post(url(name, compte)).status_code == 409, name
    assert "Réactiver" not in text_of(bruno.get(url("compte_agent", compte)))
    assert not lou().is_active
    confirm(ines, compte, "refuser")
    bruno.post(url("reactiver", compte))
    assert (lou().role, lou().is_active) == ("accueil", True)


def test_a_shut_account_is_given_no_role_by_two(bruno, agente):
    bruno.post(url("role", agente.compte), {"role": "comptable"})
    bruno.post(url("desactiver", agente.compte))
    assert not Proposition.objects.filter(decided_at=None).exists()
    assert bruno.post(url("role", agente.compte), {"role": "superviseur"}).status_code == 409


def test_another_role_for_a_new_account_waits_for_who_made_it(bruno, ines):
    compte = made(bruno, "comptable")
    ines.post(url("role", compte), {"role": "gestionnaire"})
    assert confirm(ines, compte).status_code == 409
    assert confirm(bruno, compte).status_code == 200
    assert password_from(bruno, compte).status_code == 409
    assert password_from(ines, compte).status_code == 200
    assert role_of(compte) == "gestionnaire"


def test_a_role_given_by_the_console_to_an_account_opened_alone_is_told(bruno, ines):
    compte = made(bruno, "accueil")
    assert not held_by_one_hand().exists()
    call_command("compte_droits", compte.identifiant, role="comptable", stdout=StringIO())
    assert [row.agent for row in held_by_one_hand()] == [compte]
    assert password_from(bruno, compte).status_code == 409
    factor_from(ines, compte)
    assert not held_by_one_hand().exists()
    assert Trousseau.objects.get(agent=compte).is_a_deux
