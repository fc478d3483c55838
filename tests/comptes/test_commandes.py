"""`enclos creer-compte` and `enclos compte-debloquer`."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from enclos.comptes import actions, compteurs, totp
from enclos.comptes.models import Compte
from enclos.demo.factories import PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.models import Ligne
from enclos.socle import nir as nir_module
from tests.comptes.conftest import Titulaire

pytestmark = pytest.mark.django_db

FORCED = "/connexion/nouveau-mot-de-passe/"
CHOSEN = "chevaux bleus sous la pluie"


def run(monkeypatch, *words: str, typed: str = "") -> str:
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def password_in(printed: str) -> str:
    found = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", printed)
    assert found
    return found[0]


def test_an_account_is_opened_by_the_number_typed_at_the_keyboard(monkeypatch, caisse):
    nir13 = synthetic_nir(71)
    PersonneFactory(nir=nir13)
    printed = run(monkeypatch, "creer_compte", typed=f"{nir13} {nir_module.key_of(nir13)}\n")
    who = Titulaire(Compte.objects.get(), nir13, password_in(printed))
    client = Client()
    assert who.signs_in(client)["Location"].startswith(FORCED)
    assert client.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})["Location"] == "/espace/"
    assert nir13 not in printed
    assert Ligne.objects.get(event="comptes.compte.created").actor_kind == "systeme"


def test_an_account_is_opened_by_reference_once(monkeypatch, caisse):
    PersonneFactory(ref="P-1")
    run(monkeypatch, "creer_compte", "--ref", "P-1")
    assert Compte.objects.get(personne__ref="P-1").is_adherent
    with pytest.raises(CommandError, match="a déjà un compte"):
        run(monkeypatch, "creer_compte", "--ref", "P-1")


def test_an_agent_gets_a_password_and_a_second_factor(monkeypatch, caisse):
    printed = run(
        monkeypatch,
        "creer_compte",
        "--agent",
        "Yanis.Haddad",
        "--nom",
        "Yanis Haddad",
        "--services",
        "famille,cotisations",
    )
    compte = Compte.objects.get()
    secret = totp.secret_of(compte)
    assert secret is not None
    assert totp.base32(secret) in printed
    assert "otpauth://totp/" in printed
    assert {service.code for service in compte.services.all()} == {"famille", "cotisations"}
    who = Titulaire(compte, "yanis.haddad", password_in(printed), secret)
    client = Client()
    assert who.signs_in(client)["Location"].startswith(FORCED)
    assert client.get("/agent/")["Location"].startswith(FORCED)
    response = client.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})
    assert response["Location"].startswith("/connexion/code/")
    assert client.get("/agent/")["Location"].startswith("/connexion/code/")
    assert client.post("/connexion/code/", {"code": who.code()})["Location"] == "/agent/"


def test_an_agent_who_lost_a_password_gets_another_by_hand(monkeypatch, camille: Titulaire):
    printed = run(monkeypatch, "mot_de_passe_provisoire", typed="Camille.Roy\n")
    assert camille.signs_in(Client(), password_in(printed))["Location"].startswith(FORCED)
    assert Ligne.objects.get(event="comptes.provisoire.issued").actor_kind == "systeme"
    with pytest.raises(CommandError, match="Aucun compte"):
        run(monkeypatch, "mot_de_passe_provisoire", typed="personne.inconnue\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ref", "personne"], "n’est pas dans le registre"),
        (["--ref", "x", "--agent", "y"], "pas les deux"),
        (["--agent", "a.b", "--nom", "A"], "Donnez --services"),
        (["--agent", "a.b", "--nom", "A", "--services", "inconnu"], "Services inconnus : inconnu"),
        (["--agent", "a.b", "--services", "famille"], "Donnez --nom"),
        (["--agent", "2850599351011", "--nom", "A", "--services", "famille"], "commence par une lettre"),
        (["--agent", "a.b", "--nom", "A", "--services", "famille", "--caisse", "ZZZ"], "caisse n’existe pas"),
    ],
)
def test_what_is_missing_is_said(monkeypatch, caisse, words: list[str], said: str):
    with pytest.raises(CommandError, match=said):
        run(monkeypatch, "creer_compte", *words)
    assert not Compte.objects.exists()


def test_a_badly_typed_number_is_explained(monkeypatch, caisse):
    with pytest.raises(CommandError, match="13 signes"):
        run(monkeypatch, "creer_compte", typed="285\n")


def test_a_member_may_try_again_once_unblocked(monkeypatch, jeanne: Titulaire):
    for _ in range(6):
        jeanne.signs_in(Client(), "faux")
    printed = run(monkeypatch, "compte_debloquer", typed=f"{jeanne.identifiant}\n")
    assert "repartent de zéro" in printed
    assert jeanne.signs_in(Client()).status_code == 303
    assert "Aucun essai" in run(monkeypatch, "compte_debloquer", typed=f"{jeanne.identifiant}\n")


def test_an_agent_blocked_by_codes_is_unblocked_too(monkeypatch, camille: Titulaire):
    compteurs.count_try(f"code:{camille.compte.pk}", actions.BY_CODE)
    assert "repartent de zéro" in run(monkeypatch, "compte_debloquer", typed="camille.roy\n")
