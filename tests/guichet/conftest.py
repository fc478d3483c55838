"""An agent of the help desk, and a member whose account has everything."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.comptes import hashers
from enclos.comptes.models import Association, ClePasse, CodeSecours, Compte, Session
from enclos.comptes.totp import new_secret, seal_secret
from enclos.demo.factories import CompteFactory
from tests.conftest import Acteur


@pytest.fixture(autouse=True)
def hashing_is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashers.Argon2id, "memory_cost", 64)
    monkeypatch.setattr(hashers.Argon2id, "time_cost", 1)


@pytest.fixture
def assistante(db: None) -> Acteur:
    """Sophie Lemaire, who helps members on the telephone."""
    services = default_caisse().services.filter(code="accueil")
    return Acteur(CompteFactory(agent=True, nom="Sophie Lemaire", services=services, droits=["assistance"]))


def prove(acteur: Acteur) -> Acteur:
    """The session of this browser has just given a fresh proof."""
    Session.objects.filter(compte=acteur.compte).update(prouve_at=timezone.now())
    return acteur


@pytest.fixture
def prouvee(adherente: Acteur) -> Acteur:
    """Jeanne, who has just proved who she is."""
    return prove(adherente)


@pytest.fixture
def equiper() -> Callable[[Compte], None]:
    """Give an account a second factor, a passkey, recovery codes and a link to FranceConnect."""

    def give(compte: Compte) -> None:
        compte.totp_sealed = seal_secret(compte, new_secret())
        compte.courriel_verifie_at = timezone.now()
        compte.telephone, compte.telephone_verifie_at = "+33612345678", timezone.now()
        compte.set_password("Élevage de chèvres 1987")
        compte.save()
        ClePasse.objects.create(compte=compte, identifiant=b"cle-1", cle_publique=b"x", nom="Téléphone de Jeanne")
        CodeSecours.objects.create(compte=compte, empreinte="x")
        Association.objects.create(compte=compte, emetteur="https://fc.example", sujet="abc")
        soon = timezone.now() + timedelta(hours=1)
        Session.objects.create(session_key="autre-navigateur", session_data="", compte=compte, expire_date=soon)

    return give
