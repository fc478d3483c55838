"""Internal notes: written for colleagues, given to the member who asks for their data, never shown in the portal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.comptes.models import Role
from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from enclos.suivi.donnees import notes_of
from enclos.suivi.models import Affaire, Note
from enclos.suivi.repartition import transfer
from tests.agents.conftest import text_of
from tests.agents.monde import autre_caisse, superviseur
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db

TEXTE = "Appelée ce matin : elle envoie l’avenant demain."


def url(affaire, rest=""):
    return f"/agent/documents/{affaire.pk}/{rest}"


def colleague(nom: str, role: str = Role.GESTIONNAIRE) -> Acteur:
    services = default_caisse().services.filter(code="famille")
    return Acteur(CompteFactory(agent=True, nom=nom, role=role, services=services))


@pytest.fixture
def bail(envoyer, adherente) -> Affaire:
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    return affaire


@pytest.fixture
def note(bail, agente) -> Note:
    assert agente.post(url(bail, "notes/"), {"note-texte": TEXTE}).status_code == 303
    return Note.objects.get()


# --- as it should go


def test_a_note_is_read_by_colleagues_on_every_item_of_the_member(note, bail, envoyer, adherente):
    assert (note.personne, note.affaire, note.agent.nom) == (adherente.personne, bail, "Camille Roy")
    [other] = envoyer(adherente.compte, "LOG_QUITTANCE")
    lou = colleague("Lou Petit")
    assert TEXTE in text_of(lou.get(url(bail)))
    page = text_of(lou.get(url(other)))
    assert TEXTE in page
    assert f"sur « {bail.libelle} »" in page
    assert "Effacer" not in page
    assert "Barrer" not in page


def test_the_member_never_sees_it_in_the_portal_and_may_ask_for_it(note, bail, adherente):
    for page in ("/espace/", "/espace/envois/", f"/espace/envois/{bail.reference}/"):
        assert "avenant" not in text_of(adherente.get(page))
    [given] = notes_of(adherente.personne)
    assert (given["texte"], given["qui"]) == (TEXTE, "Camille Roy")


def test_who_writes_is_told_that_the_person_may_read_it(bail, agente):
    assert "La personne peut demander à lire ces notes." in text_of(agente.get(url(bail)))


def test_its_author_takes_it_out_for_a_quarter_of_an_hour(note, bail, agente, adherente):
    assert "possible 15 minutes" in text_of(agente.get(url(bail)))
    for _ in range(2):  # a double click
        assert agente.post(url(bail, f"notes/{note.pk}/effacer/")).status_code == 303
    assert notes_of(adherente.personne) == []
    events = Ligne.objects.about(bail).filter(event__startswith="suivi.note").order_by("pk")
    assert [line.event for line in events] == ["suivi.note.written", "suivi.note.deleted"]


def test_afterwards_who_supervises_strikes_it_through_and_it_stays(note, bail, adherente):
    Note.objects.update(written_at=timezone.now() - timedelta(minutes=16))
    chef = colleague("Alix Merlin", Role.SUPERVISEUR)
    assert "Barrer la note" in text_of(chef.get(url(bail)))
    response = chef.post(url(bail, f"notes/{note.pk}/barrer/"), {f"{note.pk}-raison": "Ce n’était pas elle."})
    assert response.status_code == 303
    page = text_of(chef.get(url(bail)))
    assert f"<del><p>{TEXTE}</p></del>" in page
    assert "Barrée par Alix Merlin : Ce n’était pas elle." in page
    [given] = notes_of(adherente.personne)
    assert given["motif"] == "Ce n’était pas elle."


def test_the_same_note_sent_twice_is_one(bail, agente):
    for _ in range(2):
        agente.post(url(bail, "notes/"), {"note-texte": TEXTE})
    assert Note.objects.count() == 1


# --- what is refused


@pytest.mark.parametrize(
    ("texte", "words"),
    [
        ("", "Écrivez la note avant de l’ajouter."),
        ("Son numéro : 2 85 05 59 999 011.", "un numéro de sécurité sociale"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189 à vérifier", "ce qui ressemble à un IBAN"),
        ("x" * 2001, "2000"),
    ],
)
def test_a_note_holds_no_number_and_comes_back_with_what_to_do(bail, agente, texte, words):
    response = agente.post(url(bail, "notes/"), {"note-texte": texte})
    assert response.status_code == 422
    page = text_of(response)
    assert words in page
    assert "<title>Erreur : " in page
    assert not Note.objects.exists()


def test_past_a_quarter_of_an_hour_its_author_no_longer_takes_it_out(note, bail, agente):
    Note.objects.update(written_at=timezone.now() - timedelta(minutes=16))
    assert "possible 15 minutes" not in text_of(agente.get(url(bail)))
    response = agente.post(url(bail, f"notes/{note.pk}/effacer/"))
    assert response.status_code == 409
    assert Note.objects.count() == 1


def test_striking_asks_for_a_reason(note, bail):
    chef = colleague("Alix Merlin", Role.SUPERVISEUR)
    response = chef.post(url(bail, f"notes/{note.pk}/barrer/"), {f"{note.pk}-raison": " "})
    assert response.status_code == 422
    assert "Dites pourquoi cette note est barrée." in text_of(response)
    note.refresh_from_db()
    assert not note.is_struck


# --- who may not


def test_a_colleague_neither_takes_it_out_nor_strikes_it(note, bail):
    lou = colleague("Lou Petit")
    assert lou.post(url(bail, f"notes/{note.pk}/effacer/")).status_code == 409
    assert lou.post(url(bail, f"notes/{note.pk}/barrer/"), {f"{note.pk}-raison": "Non."}).status_code == 404
    assert Note.objects.filter(struck_at=None).count() == 1


def test_another_team_and_another_member_s_item_lead_nowhere(note, bail, collegue, envoyer, voisin):
    assert collegue.post(url(bail, "notes/"), {"note-texte": TEXTE}).status_code == 404
    [other] = envoyer(voisin.compte, "LOG_BAIL")
    chef = colleague("Alix Merlin", Role.SUPERVISEUR)
    assert chef.post(url(other, f"notes/{note.pk}/barrer/"), {f"{note.pk}-raison": "Non."}).status_code == 404
    author = Acteur(note.agent)
    author.post(url(other, f"notes/{note.pk}/effacer/"))
    assert Note.objects.count() == 1
    assert TEXTE not in text_of(author.get(url(other)))


def test_a_document_sent_to_another_fund_takes_no_note_along(note, bail, agente, adherente):
    ailleurs = autre_caisse()
    paul = CompteFactory(
        agent=True, nom="Paul Petit", role=Role.SUPERVISEUR, caisse=ailleurs.caisse, services=[ailleurs]
    )
    transfer(bail, service=ailleurs, by=superviseur())
    page = Acteur(paul).get(url(bail))
    assert page.status_code == 200
    assert TEXTE not in text_of(page)
    assert Acteur(paul).post(url(bail, f"notes/{note.pk}/barrer/"), {f"{note.pk}-raison": "Non"}).status_code == 404
