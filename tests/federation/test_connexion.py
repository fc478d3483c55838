"""Signing in by FranceConnect: who comes in, and who is told what to do instead."""

import pytest
from django.core import mail  # noqa: F401

from enclos.comptes.models import Association, Compte, Session
from enclos.journal.models import Ligne
from tests.federation.conftest import Navigateur

pytestmark = pytest.mark.django_db


def test_a_member_comes_in_and_her_account_is_tied(navigateur: Navigateur, jeanne: Compte):
    response = navigateur.goes_through("jeanne")
    assert (response.status_code, response["Location"]) == (303, "/espace/")
    session = Session.objects.get(compte=jeanne)
    assert session.methode == Session.Methode.FRANCECONNECT
    assert not session.is_strong
    tie = Association.objects.get(compte=jeanne)
    assert (tie.emetteur, tie.acr) == (navigateur.fournisseur.emetteur, "eidas1")
    assert len(tie.sujet) == 66
    assert Ligne.objects.get(event="comptes.association.created").details["par"] == "pivot"
    assert navigateur.client.get("/espace/").status_code == 200
