"""Members and agents with a password, as the tests of signing in have them, and what makes their second factor."""

import pytest
from django.test import Client

from enclos.comptes import totp
from enclos.comptes.facteurs import secours
from enclos.comptes.models import Compte
from tests.comptes.conftest import Titulaire, caisse, camille, hashes, jeanne, marc, navigateur  # noqa: F401


def gives_totp(titulaire: Titulaire) -> Titulaire:
    """A telephone that shows codes, as if it had been added a while ago."""
    titulaire.secret = totp.new_secret()
    titulaire.compte.totp_sealed = totp.seal_secret(titulaire.compte, titulaire.secret)
    Compte.objects.filter(pk=titulaire.compte.pk).update(totp_sealed=titulaire.compte.totp_sealed)
    return titulaire


def gives_codes(titulaire: Titulaire) -> list[str]:
    """Ten recovery codes, in the clear."""
    codes = secours.draw()
    secours.replace(titulaire.compte, secours.hashed(codes))
    return codes


@pytest.fixture
def protegee(jeanne: Titulaire) -> Titulaire:  # noqa: F811
    """Jeanne, with a telephone that shows codes."""
    return gives_totp(jeanne)


@pytest.fixture
def autre_navigateur() -> Client:
    return Client()
