"""Medical papers do not go through the portal, joined to a message no more than in a sending."""

import pytest
from django.urls import reverse

from enclos.bibliotheque.models import Document
from enclos.coffre.models import Fichier
from enclos.courrier.models import Courriel
from enclos.journal.models import Ligne
from enclos.messagerie.models import Message, Piece
from tests.conftest import Acteur
from tests.messagerie.conftest import PHOTO, Plume, fichier, texte
from tests.messagerie.test_repondre import Guichet

pytestmark = pytest.mark.usefixtures("inspection")
QUESTION = "Ce document contient-il des informations médicales ?"


@pytest.fixture
def joint(adherente: Acteur) -> Plume:
    plume = Plume(adherente).commence().ecrit()
    plume.joint(fichier(), fichier(PHOTO + b"\0", "arret.jpg"))
    return plume


@pytest.fixture
def guichet(agente: Acteur, joint: Plume) -> Guichet:
    assert joint.envoie().status_code == 302
    return Guichet(agente, joint).prend()


def signale(guichet: Guichet, piece: Piece, **data: object):
    return guichet.agent.post(guichet.url("signaler_piece", piece.pk), {"confirme": "on"} | data)


def test_the_question_is_asked_when_there_are_files_and_wants_an_answer(joint, adherente):
    assert QUESTION in texte(joint.get("verification"))
    response = joint.envoie(medical="")
    assert response.status_code == 422
    assert "Répondez Oui ou Non" in texte(response)
    assert Message.objects.sent().count() == 0
    assert QUESTION not in texte(Plume(adherente).commence().ecrit().get("verification"))


def test_yes_sends_nothing_and_leads_to_the_post(joint):
    response = joint.envoie(medical="oui")
    assert response["Location"] == joint.url("medical")
    page = texte(joint.get("medical"))
    assert "Rien n’est envoyé" in page
    assert "SERVICE MEDICAL" in page
    assert "arret.jpg" in page
    assert Message.objects.sent().count() == 0
    joint.post("retirer", Piece.objects.get(fichier__nom="arret.jpg").pk)
    assert joint.envoie().status_code == 302
    assert [piece.fichier.nom for piece in joint.message.pieces.all()] == ["IMG_2041.jpg"]


def test_a_reply_with_files_is_asked_too(guichet, joint):
    joint.repond("Voici la suite.", action="joindre")
    draft = Message.objects.drafts().get()
    suite = Plume(joint.acteur, draft.reference)
    assert suite.joint(fichier(PHOTO + b"1", "suite.jpg"))["Location"] == suite.url("verification")
    assert QUESTION in texte(suite.get("verification"))
    assert joint.repond("Voici la suite.")["Location"] == suite.url("verification")


def test_the_agent_takes_one_file_out_of_everybody_s_sight(guichet, joint):
    piece = Piece.objects.get(fichier__nom="arret.jpg")
    assert guichet.url("signaler_piece", piece.pk) in texte(guichet.ouvre())
    assert signale(guichet, piece, confirme="").status_code == 422
    assert signale(guichet, piece).status_code == 303
    piece.fichier.refresh_from_db()
    assert piece.fichier.retrait == Fichier.Retrait.MEDICAL
    page = texte(guichet.ouvre())
    assert "Document médical, retiré" in page
    assert (
        guichet.agent.get(guichet.url("page", 2, "lecture"), {"j": guichet.ouvre().context["jeton"]}).status_code == 404
    )
    assert guichet.agent.get(guichet.url("original", piece.fichier_id)).status_code == 404
    # The message is still to be answered, and the other file is there.
    assert guichet.affaire is not None
    guichet.affaire.refresh_from_db()
    assert guichet.affaire.ended_at is None
    assert "IMG_2041.jpg" in page
    assert Ligne.objects.filter(event="messagerie.piece.withdrawn").count() == 1


def test_the_member_is_told_the_postal_way_once(guichet, joint):
    piece = Piece.objects.get(fichier__nom="arret.jpg")
    signale(guichet, piece)
    assert signale(guichet, piece).status_code == 303
    mails = Courriel.objects.filter(subject__contains="à envoyer par la poste")
    assert [mail.cle for mail in mails] == [f"messagerie.poste.{joint.reference}.{piece.rang}"]
    page = texte(joint.get("fil"))
    assert "Document médical, retiré" in page
    assert joint.url("page_a_joindre") in page
    assert "SERVICE MEDICAL" in page
    assert joint.get("page_a_joindre").content.startswith(b"%PDF-")
    for name in ("vignette", "apercu", "original"):
        assert joint.acteur.get(reverse(f"messagerie:{name}", args=[piece.pk])).status_code == 404


def test_the_library_shows_it_no_more(guichet, joint):
    piece = Piece.objects.get(fichier__nom="arret.jpg")
    filed = Document.objects.get(feuillets__fichier=piece.fichier)
    signale(guichet, piece)
    page = joint.acteur.get(reverse("bibliotheque:document", args=[filed.pk]))
    assert "Télécharger" not in texte(page) or "Retiré" in texte(page)


def test_only_who_holds_the_message_and_only_what_the_member_joined(guichet, joint, agente, consoeur, collegue, voisin):
    piece = Piece.objects.get(fichier__nom="arret.jpg")
    url = guichet.url("signaler_piece", piece.pk)
    assert consoeur.post(url, {"confirme": "on"}).status_code == 409
    for stranger in (collegue, voisin):
        assert stranger.get(url).status_code == 404
        assert stranger.post(url, {"confirme": "on"}).status_code == 404
    assert voisin.get(joint.url("page_a_joindre")).status_code == 404
    piece.fichier.refresh_from_db()
    assert piece.fichier.is_readable
    guichet.repond(fichiers=[fichier(name="reponse.jpg")], action="joindre")
    hers = Piece.objects.get(fichier__nom="reponse.jpg")
    assert signale(guichet, hers).status_code == 404
