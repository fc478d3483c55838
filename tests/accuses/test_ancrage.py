"""The last seal of the journal is dated by an authority, once, and said when it is late."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from asn1crypto import cms
from django.utils import timezone

from config.env import ENV
from enclos.accuses import ancrage
from enclos.accuses.controle import constats
from enclos.accuses.tasks import stamp_journal
from enclos.journal.actions import SYSTEM, record
from enclos.journal.models import Ligne, Sceau
from enclos.journal.scellement import seal_due
from tests.accuses.test_horodatage import authority, tsa  # noqa: F401 (fixtures)
from tests.services.processus import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(db: None) -> Sceau:
    """A journal sealed yesterday."""
    with time_machine.travel(timezone.now() - timedelta(days=2), tick=False):
        record("suivi.affaire.taken", by=SYSTEM)
    assert seal_due()
    return Sceau.objects.order_by("-numero")[0]


@pytest.fixture
def named(tsa, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    monkeypatch.setattr(ancrage, "ENV", replace(ENV, tsa_url=f"http://127.0.0.1:{tsa.server_port}/"))
    return tsa


def late() -> int:
    return next(one.nombre for one in constats() if one.libelle.startswith("Journal"))


def test_the_last_seal_is_dated_once(sealed: Sceau, named):
    assert stamp_journal() is True
    assert stamp_journal() is False
    line = Ligne.objects.get(event=ancrage.STAMPED)
    assert line.object_id == str(sealed.numero)
    token = cms.ContentInfo.load(base64.b64decode(line.details["jeton"]))
    info = token["content"]["encap_content_info"]["content"].parsed
    wanted = hashlib.sha256(sealed.attestation.encode()).digest()
    assert info["message_imprint"]["hashed_message"].native == wanted


def test_without_an_authority_nothing_is_asked(sealed: Sceau):
    assert stamp_journal() is False
    assert late() == 0


def test_before_any_seal_nothing_is_asked(db: None, named):
    assert stamp_journal() is False


def test_an_authority_away_is_asked_again_and_told_after_two_days(sealed: Sceau, named, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr("enclos.accuses.horodatage.ENV", replace(ENV, tsa_url=f"http://127.0.0.1:{free_port()}/"))
        assert stamp_journal() is False
        assert late() == 0
        with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
            assert late() == 1
    assert stamp_journal() is True
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        assert late() == 0
