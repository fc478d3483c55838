"""People with a password, and a browser that belongs to nobody yet."""

from dataclasses import dataclass

import pytest
from django.test import Client

from enclos.caisses.access import default_caisse
from enclos.caisses.actions import install_shipped_data
from enclos.caisses.models import Caisse
from enclos.comptes import actions, hashers, totp
from enclos.comptes.models import Compte
from enclos.demo.factories import PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.actions import SYSTEM

MOT_DE_PASSE = "Élevage de chèvres 1987"


@dataclass
class Titulaire:
    """An account and what its owner knows."""

    compte: Compte
    identifiant: str
    mot_de_passe: str = MOT_DE_PASSE
    secret: bytes = b""

    def signs_in(self, client: Client, mot_de_passe: str | None = None, **extra):
        return client.post(
            "/connexion/", {"identifiant": self.identifiant, "mot_de_passe": mot_de_passe or self.mot_de_passe, **extra}
        )

    def code(self, steps: int = 0) -> str:
        return totp.code_at(self.secret, totp.current_step() + steps)


@pytest.fixture(autouse=True)
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every Argon2 computation, by what asked for it; cheap, since what it costs is measured elsewhere."""
    done: list[str] = []
    plain_encode, plain_verify = hashers.Argon2id.encode, hashers.Argon2id.verify

    def encode(self, password, salt):
        done.append("encode")
        return plain_encode(self, password, salt)

    def verify(self, password, encoded):
        done.append("verify")
        return plain_verify(self, password, encoded)

    hashers.dummy()  # the first one of a process is computed once for all
    monkeypatch.setattr(hashers.Argon2id, "encode", encode)
    monkeypatch.setattr(hashers.Argon2id, "verify", verify)
    return done


@pytest.fixture
def caisse(db: None) -> Caisse:
    if not Caisse.objects.exists():  # a transactional test left the tables empty
        install_shipped_data()
    return default_caisse()


@pytest.fixture
def jeanne(caisse: Caisse) -> Titulaire:
    nir = synthetic_nir(41)
    personne = PersonneFactory.create(nir=nir, prenoms="Jeanne Marie", nom_naissance="Delattre", civilite="MME")
    return Titulaire(actions.create_member(personne, MOT_DE_PASSE, by=SYSTEM), nir)


@pytest.fixture
def marc(caisse: Caisse) -> Titulaire:
    nir = synthetic_nir(42)
    personne = PersonneFactory.create(nir=nir, prenoms="Marc", nom_naissance="Vandamme", civilite="M")
    return Titulaire(actions.create_member(personne, "un autre mot de passe", by=SYSTEM), nir, "un autre mot de passe")


@pytest.fixture
def camille(caisse: Caisse) -> Titulaire:
    secret = totp.new_secret()
    compte = actions.create_agent(
        caisse, "camille.roy", "Camille Roy", caisse.services.all(), MOT_DE_PASSE, secret=secret, by=SYSTEM
    )
    return Titulaire(compte, "camille.roy", secret=secret)


@pytest.fixture
def navigateur() -> Client:
    return Client()
