"""What a member is told, and how."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.avis import access
from enclos.avis.evenements import COURRIEL, EVENEMENTS, SMS
from enclos.avis.models import Preference
from enclos.comptes.models import Compte
from enclos.courrier import textos
from enclos.journal.models import Ligne
from tests.conftest import Acteur
from tests.moncompte.conftest import texte

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/preferences/"
FREE = [event.code for event in EVENEMENTS if event.courriel and not event.verrou]


def keeps(acteur: Acteur, *boxes: str) -> None:
    response = acteur.post(ICI, {"choix": list(boxes)})
    assert (response.status_code, response["Location"]) == (303, ICI)


def test_who_chose_nothing_is_told_everything_by_email(adherente: Acteur):
    for event in EVENEMENTS:
        assert access.wants(adherente.compte, event.code, COURRIEL) == event.courriel
        assert not access.wants(adherente.compte, event.code, SMS)
    assert access.wants(None, "decision", COURRIEL)  # no account, no choice
    html = adherente.get(ICI).content.decode()
    assert html.count("checked") == len(FREE) + 1  # and « Tout de suite »


def test_what_is_unticked_is_no_longer_sent(adherente: Acteur):
    keeps(adherente, "brouillon/courriel")
    assert access.wants(adherente.compte, "brouillon", COURRIEL)
    assert not access.wants(adherente.compte, "decision", COURRIEL)
    assert "Vos préférences sont enregistrées" in texte(adherente, ICI)
    assert Ligne.objects.get(event="avis.preferences.changed").details["choix"] == {
        f"{code} courriel": False for code in FREE if code != "brouillon"
    }
    keeps(adherente, *(f"{code}/courriel" for code in FREE))
    assert access.wants(adherente.compte, "decision", COURRIEL)


def test_the_same_choice_again_writes_nothing(adherente: Acteur):
    keeps(adherente, *(f"{code}/courriel" for code in FREE))
    assert not Preference.objects.exists()
    assert not Ligne.objects.filter(event="avis.preferences.changed").exists()


def test_what_the_law_locks_is_said_and_cannot_be_switched_off(adherente: Acteur):
    page = texte(adherente, ICI)
    assert "la loi nous oblige" in page
    keeps(adherente)
    for event in EVENEMENTS:
        assert access.wants(adherente.compte, event.code, COURRIEL) == bool(event.verrou)
    Preference.objects.create(compte=adherente.compte, evenement="compte", canal=COURRIEL, is_wanted=False)
    assert access.wants(adherente.compte, "compte", COURRIEL)


@pytest.mark.parametrize("odd", ["compte/courriel", "envoi-recu/courriel", "decision/pigeon", "x", "/", "\0"])
def test_boxes_that_were_not_offered_change_nothing(adherente: Acteur, odd: str):
    keeps(adherente, *(f"{code}/courriel" for code in FREE), odd)
    assert not Preference.objects.exists()


def test_an_event_nobody_declared_is_a_fault_of_the_code(adherente: Acteur):
    with pytest.raises(KeyError):
        access.wants(adherente.compte, "inconnu", COURRIEL)


def test_text_messages_are_offered_to_a_verified_number_alone(adherente: Acteur, monkeypatch: pytest.MonkeyPatch):
    assert "Par SMS" not in texte(adherente, ICI)
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    Compte.objects.filter(pk=adherente.compte.pk).update(telephone="+33612345678")
    assert "Par SMS" not in texte(adherente, ICI)
    keeps(adherente, *(f"{code}/courriel" for code in FREE), "decision/sms")
    assert not Preference.objects.exists()
    Compte.objects.filter(pk=adherente.compte.pk).update(telephone_verifie_at=timezone.now())
    adherente.compte.refresh_from_db()
    assert "Par SMS" in texte(adherente, ICI)
    keeps(adherente, *(f"{code}/courriel" for code in FREE), "decision/sms")
    assert access.wants(adherente.compte, "decision", SMS)
    assert not access.wants(adherente.compte, "papiers-demandes", SMS)
    assert not access.wants(adherente.compte, "brouillon", SMS)  # not worth one
    # The budget of the day is spent: the choice stays, and what cannot leave leaves by e-mail.
    monkeypatch.setattr(textos, "is_available", lambda: False)
    assert access.wants(adherente.compte, "decision", SMS)
    # No provider any more: the choice is kept, and nothing is promised meanwhile.
    monkeypatch.setattr(textos, "is_configured", lambda: False)
    assert not access.wants(adherente.compte, "decision", SMS)
    keeps(adherente, *(f"{code}/courriel" for code in FREE))
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    assert access.wants(adherente.compte, "decision", SMS)


def test_the_neighbour_has_his_own_choices(adherente: Acteur, voisin: Acteur):
    keeps(adherente)
    assert access.wants(voisin.compte, "decision", COURRIEL)


def test_the_page_asks_few_questions(adherente: Acteur):
    keeps(adherente)
    adherente.get(ICI)
    with CaptureQueriesContext(connection) as queries:
        adherente.get(ICI)
    assert len(queries) == 5  # the session, the yes to documents here, the choices, the rhythm, the answers on paper
