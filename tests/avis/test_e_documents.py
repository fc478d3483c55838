"""Receiving documents electronically: a yes that is kept with its text, and the way back (CRPA L112-15, R112-17 to R112-20)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.avis import access, texte
from enclos.comptes.models import Acceptation, Association, Compte
from enclos.courrier.models import Courriel
from enclos.journal.models import Ligne
from enclos.socle.dates import add_months, jour, today_paris
from tests.conftest import Acteur
from tests.moncompte.conftest import lu, mails_to
from tests.moncompte.conftest import texte as read

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/e-documents/"


@pytest.fixture
def verifiee(adherente: Acteur) -> Acteur:
    Compte.objects.filter(pk=adherente.compte.pk).update(
        courriel="jeanne@exemple.fr", courriel_verifie_at=timezone.now()
    )
    adherente.compte.refresh_from_db()
    return adherente


def accepts(acteur: Acteur, **data: str) -> Any:
    return acteur.post(f"{ICI}accepter/", {"accord": "on", "version": texte.VERSION, **data})


def test_the_words_of_a_version_never_change():
    """A word changed makes another version: add it to `TEXTES`, and its digest here."""
    assert {version: texte.sha256_of(version)[:16] for version in texte.TEXTES} == {"2026-11-22": "0ba915589b23cc7a"}


def test_the_page_says_what_changes_before_anything_is_asked(verifiee: Acteur):
    page = read(verifiee, ICI)
    assert "Documents par la poste" in page
    assert "15 jours pour ouvrir un document" in page
    assert "revenir au papier quand vous voulez" in page
    assert 'name="accord"' in (html := verifiee.get(ICI).content.decode())
    assert "checked" not in html


def test_the_yes_is_kept_with_its_text_its_day_and_told(verifiee: Acteur):
    assert accepts(verifiee)["Location"] == ICI
    kept = Acceptation.objects.get()
    assert (kept.texte, kept.version, kept.sha256) == ("e-documents", texte.VERSION, texte.SHA256)
    assert kept.accepted_at.date() == timezone.now().date()
    assert access.receives_electronically(verifiee.compte)
    page = read(verifiee, ICI)
    assert "vos documents arrivent maintenant dans votre espace privé" in page
    assert "Documents dans mon espace" in page
    assert "en vigueur" in page
    assert mails_to("jeanne@exemple.fr") == ["Vous recevrez vos documents dans votre espace privé"]
    assert Ligne.objects.get(event="avis.e_documents.accepted").details["sha256"] == texte.SHA256


def test_said_twice_it_is_kept_once(verifiee: Acteur):
    accepts(verifiee)
    accepts(verifiee)
    assert Acceptation.objects.count() == 1
    assert Courriel.objects.count() == 1


def test_the_database_holds_one_yes_at_a_time(verifiee: Acteur):
    accepts(verifiee)
    with pytest.raises(IntegrityError):
        Acceptation.objects.create(compte=verifiee.compte, texte="e-documents", version="x", sha256="x")


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"accord": ""}, 422, "Cochez la case"),
        ({"version": "2020-01-01"}, 409, "Le texte a changé"),
        ({"version": ""}, 422, ""),
    ],
)
def test_without_the_box_or_with_another_text_nothing_is_kept(
    verifiee: Acteur, data: dict[str, str], status: int, said: str
):
    response = accepts(verifiee, **data)
    assert response.status_code == status
    assert said in lu(response.content.decode())
    assert not Acceptation.objects.exists()


def test_an_unverified_mailbox_cannot_be_the_one_that_warns(adherente: Acteur):
    assert "Il faut d’abord une adresse e-mail vérifiée" in read(adherente, ICI)
    assert accepts(adherente).status_code == 409
    assert not Acceptation.objects.exists()


def test_an_account_to_confirm_does_not_stop_the_letters(verifiee: Acteur):
    Compte.objects.update(niveau=Compte.Niveau.A_CONFIRMER)
    assert "Il faut d’abord confirmer votre compte" in read(verifiee, ICI)
    assert accepts(verifiee).status_code == 409
    assert not Acceptation.objects.exists()


def test_the_way_back_takes_a_month_and_is_told(verifiee: Acteur):
    today = today_paris()
    end = add_months(today, 1)
    accepts(verifiee)
    assert verifiee.post(f"{ICI}retour-au-papier/")["Location"] == ICI
    page = read(verifiee, ICI)
    assert jour(end) in page
    assert "Retour au papier demandé" in page
    assert verifiee.post(f"{ICI}retour-au-papier/").status_code == 303  # a double click
    assert access.receives_electronically(verifiee.compte, end - timedelta(days=1))
    assert not access.receives_electronically(verifiee.compte, end)
    assert not access.receives_electronically(verifiee.compte, today - timedelta(days=1))
    assert mails_to("jeanne@exemple.fr")[1:] == ["Vous recevrez de nouveau vos documents par la poste"]
    assert Ligne.objects.get(event="avis.e_documents.withdrawn").details["papier_le"] == end.isoformat()


def test_the_way_back_is_never_longer_than_the_law_says():
    assert texte.MONTHS_OF_NOTICE <= 3
    assert texte.DAYS_BEFORE_DEEMED == 15


def test_one_may_say_yes_again_and_every_answer_is_shown(verifiee: Acteur):
    accepts(verifiee)
    verifiee.post(f"{ICI}retour-au-papier/")
    accepts(verifiee)
    assert access.receives_electronically(verifiee.compte, today_paris() + timedelta(days=60))
    page = read(verifiee, ICI)
    assert page.count("Accepté le") == 2
    assert "retour au papier demandé le" in page


def test_who_accepted_a_former_text_reads_that_one(verifiee: Acteur, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(texte.TEXTES, "2025-01-01", ("Le texte d’avant.",))
    Acceptation.objects.create(compte=verifiee.compte, texte="e-documents", version="2025-01-01", sha256="x")
    page = read(verifiee, ICI)
    assert "Le texte d’avant." in page
    assert texte.PARAGRAPHES[1][:40] not in page


def test_the_neighbour_takes_nothing_of_hers_back(verifiee: Acteur, voisin: Acteur):
    accepts(verifiee)
    voisin.post(f"{ICI}retour-au-papier/")
    assert Acceptation.objects.get().withdrawn_at is None


def test_the_page_asks_few_questions(verifiee: Acteur):
    accepts(verifiee)
    verifiee.get(ICI)
    with CaptureQueriesContext(connection) as queries:
        verifiee.get(ICI)
    assert len(queries) == 2


# --- the advice of the home page

CONSEIL = "Pensez à modifier vos paramètres, dans Mon compte"


def test_the_home_suggests_both_until_they_are_done(verifiee: Acteur):
    page = read(verifiee, "/espace/")
    assert CONSEIL in page
    assert "Recevez vos documents" in page
    accepts(verifiee)
    page = read(verifiee, "/espace/")
    assert "Recevez vos documents" not in page


def test_put_aside_it_never_comes_back(verifiee: Acteur):
    assert verifiee.post("/espace/compte/conseil/")["Location"] == "/espace/"
    verifiee.post("/espace/compte/conseil/")
    assert CONSEIL not in read(verifiee, "/espace/")
    assert Ligne.objects.filter(event="avis.conseil.dismissed").count() == 1


def test_done_it_is_not_suggested(verifiee: Acteur):
    accepts(verifiee)
    Association.objects.create(compte=verifiee.compte, emetteur="https://fc.example", sujet="a")
    assert CONSEIL not in read(verifiee, "/espace/")


def test_a_mailbox_that_sends_our_mail_back_is_told_at_the_next_visit(verifiee: Acteur):
    said = "Votre adresse e-mail ne marche pas"
    assert said not in read(verifiee, "/espace/")
    accepts(verifiee)
    Courriel.objects.update(address_refused_at=timezone.now())
    assert said in read(verifiee, "/espace/")
    Compte.objects.filter(pk=verifiee.compte.pk).update(courriel="autre@exemple.fr", courriel_verifie_at=timezone.now())
    assert said not in read(verifiee, "/espace/")
