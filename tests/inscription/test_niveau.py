"""The code that came by post raises the account to level 2; nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.courrier.models import Lettre
from enclos.inscription import niveau
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db
PAGE = "/espace/compte/niveau/"


@pytest.fixture
def jeanne(adherente: Acteur) -> Acteur:
    """Whose account was opened with an address that the fund did not know."""
    Compte.objects.filter(pk=adherente.compte.pk).update(niveau=Compte.Niveau.A_CONFIRMER)
    adherente.compte.refresh_from_db()
    return adherente


def letter(jeanne: Acteur, cle: str = "essai") -> Lettre:
    return niveau.send_letter(jeanne.compte, cle=cle, by=SYSTEM)


def body(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def is_confirmed(jeanne: Acteur) -> bool:
    return Compte.objects.get(pk=jeanne.compte.pk).is_confirmed


def test_the_code_of_the_letter_confirms_the_account(jeanne: Acteur):
    lettre = letter(jeanne)
    assert "Votre lettre se prépare" in body(jeanne.get(PAGE))
    code = lettre.secret
    response = jeanne.post(PAGE, {"code": f" {code[:3]} {code[3:]}"})
    assert response.status_code == 303
    assert is_confirmed(jeanne)
    assert "Votre compte est confirmé" in body(jeanne.get(PAGE))
    lettre.refresh_from_db()
    assert not lettre.is_open
    assert Ligne.objects.filter(event="inscription.niveau.confirmed").count() == 1


def test_a_letter_at_the_post_says_since_when(jeanne: Acteur):
    lettre = letter(jeanne)
    Lettre.objects.filter(pk=lettre.pk).update(posted_at=timezone.now(), etat="postee")
    assert "Votre lettre est à la poste" in body(jeanne.get(PAGE))


def test_a_wrong_code_is_counted_then_the_letter_serves_no_more(jeanne: Acteur):
    good = letter(jeanne).secret
    bad = "000000" if good != "000000" else "111111"
    for left in ("4 essais", "3 essais", "2 essais", "un essai"):
        response = jeanne.post(PAGE, {"code": bad})
        assert response.status_code == 422
        assert left in body(response)
    for code in (bad, good):
        assert "n’est plus valable" in body(jeanne.post(PAGE, {"code": code}))
    assert not is_confirmed(jeanne)


def test_the_code_serves_thirty_days(jeanne: Acteur):
    code = letter(jeanne).secret
    with time_machine.travel(datetime.now(UTC) + timedelta(days=30, seconds=5), tick=False):
        jeanne.force_login(jeanne.compte)
        assert "n’est plus valable" in body(jeanne.post(PAGE, {"code": code}))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29, hours=23), tick=False):
        jeanne.force_login(jeanne.compte)
        assert jeanne.post(PAGE, {"code": code}).status_code == 303


def test_another_letter_is_asked_only_when_none_is_on_its_way(jeanne: Acteur):
    assert jeanne.post(f"{PAGE}nouveau-courrier/").status_code == 303
    first = Lettre.objects.get()
    refused = jeanne.post(f"{PAGE}nouveau-courrier/")
    assert refused.status_code == 409
    assert "déjà en route" in body(refused)
    Lettre.objects.filter(pk=first.pk).update(closed_at=timezone.now(), secret_sealed=None, erased_at=timezone.now())
    assert jeanne.post(f"{PAGE}nouveau-courrier/").status_code == 303
    assert Lettre.objects.count() == 2


def test_the_code_of_the_former_letter_is_dead(jeanne: Acteur):
    former = letter(jeanne)
    code = former.secret
    Lettre.objects.filter(pk=former.pk).update(closed_at=timezone.now(), secret_sealed=None, erased_at=timezone.now())
    other = letter(jeanne, "autre")
    if other.secret != code:
        assert jeanne.post(PAGE, {"code": code}).status_code == 422
    assert jeanne.post(PAGE, {"code": other.secret}).status_code == 303


def test_without_an_address_one_is_told_to_call(jeanne: Acteur):
    type(jeanne.personne).objects.filter(pk=jeanne.personne.pk).update(
        adresse4="SANS DOMICILE FIXE", localite="", code_postal=""
    )
    refused = jeanne.post(f"{PAGE}nouveau-courrier/")
    assert refused.status_code == 409
    assert "Appelez-nous" in body(refused)


def test_the_code_of_another_account_proves_nothing(jeanne: Acteur, voisin: Acteur):
    Compte.objects.filter(pk=voisin.compte.pk).update(niveau=Compte.Niveau.A_CONFIRMER)
    letter(voisin, "voisin")
    code = letter(jeanne).secret
    others = Lettre.objects.get(cle="voisin").secret
    if code != others:
        assert voisin.post(PAGE, {"code": code}).status_code == 422


def test_a_confirmed_account_has_nothing_to_type(adherente: Acteur):
    assert "Votre compte est confirmé" in body(adherente.get(PAGE))
    assert adherente.post(f"{PAGE}nouveau-courrier/")["Location"] == PAGE
    assert Lettre.objects.count() == 0
