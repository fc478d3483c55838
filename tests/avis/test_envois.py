"""What sendings tell: by the channels that the member chose, and by those alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.avis.models import Preference
from enclos.comptes.models import Compte
from enclos.courrier import textos
from enclos.courrier.models import Courriel, Texto
from enclos.envois import emails
from enclos.envois.models import DemandePapiers, Envoi
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from tests.accueil.test_espace import ask, draft
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def refuses(acteur: Acteur, evenement: str) -> None:
    Preference.objects.create(compte=acteur.compte, evenement=evenement, canal="courriel", is_wanted=False)


def wants_texts(acteur: Acteur, evenement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    Compte.objects.filter(pk=acteur.compte.pk).update(telephone="+33612345678", telephone_verifie_at=timezone.now())
    Preference.objects.create(compte=acteur.compte, evenement=evenement, canal="sms", is_wanted=True)


def fresh(demande: DemandePapiers) -> DemandePapiers:
    return DemandePapiers.objects.select_related("personne__compte", "personne__caisse").get(pk=demande.pk)


def test_a_reminder_that_is_not_wanted_is_not_written(adherente: Acteur):
    demande = ask(adherente, in_days=3)
    refuses(adherente, "papiers-rappel")
    emails.papiers_bientot(fresh(demande), demande.due_on, by=SYSTEM)
    assert not Courriel.objects.exists()
    emails.papiers_demandes(fresh(demande), by=SYSTEM)  # the law: always
    assert Courriel.objects.count() == 1


def test_a_draft_about_to_end_is_told_unless_it_is_not_wanted(adherente: Acteur):
    envoi = draft(adherente)
    Envoi.objects.filter(pk=envoi.pk).update(expires_at=timezone.now() + timedelta(days=2))
    envoi = Envoi.objects.select_related("personne__compte", "personne__caisse").get(pk=envoi.pk)
    emails.brouillon_bientot_efface(envoi, by=SYSTEM)
    assert Courriel.objects.count() == 1
    Courriel.objects.all().delete()
    refuses(adherente, "brouillon")
    emails.brouillon_bientot_efface(envoi, by=SYSTEM)
    assert not Courriel.objects.exists()


def test_a_receipt_leaves_whatever_was_chosen(adherente: Acteur):
    envoi = draft(adherente)
    envoi.submitted_at, envoi.sender = timezone.now(), {"courriel": "jeanne@exemple.fr"}
    refuses(adherente, "envoi-recu")
    emails.envoi_recu(envoi, by=SYSTEM)
    assert Courriel.objects.get().to == "jeanne@exemple.fr"


def test_a_text_message_leaves_when_it_was_asked_for(adherente: Acteur, monkeypatch: pytest.MonkeyPatch):
    demande = ask(adherente, in_days=3)
    wants_texts(adherente, "papiers-demandes", monkeypatch)
    emails.papiers_demandes(fresh(demande), by=SYSTEM)
    emails.papiers_demandes(fresh(demande), by=SYSTEM)  # told once
    texto = Texto.objects.get()
    assert texto.to == "+33612345678"
    assert "Nous avons besoin de 2 papiers" in texto.text
    assert "http" not in texto.text
    assert Courriel.objects.count() == 1
    emails.papiers_bientot(fresh(demande), demande.due_on, by=SYSTEM)  # not asked for
    assert Texto.objects.count() == 1


def test_a_text_message_that_cannot_leave_stops_nothing(adherente: Acteur, monkeypatch: pytest.MonkeyPatch):
    demande = ask(adherente, in_days=3)
    wants_texts(adherente, "papiers-demandes", monkeypatch)
    monkeypatch.setattr(textos, "is_mobile", lambda number: False)
    emails.papiers_demandes(fresh(demande), by=SYSTEM)
    assert Courriel.objects.count() == 1
    assert not Texto.objects.exists()
    assert demande.due_on > today_paris()
