"""What is typed is kept while it is typed: sealed, for its writer alone, and never after it was sent."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.messagerie.models import LONGEST, Fil, Message
from tests.conftest import Acteur
from tests.messagerie.conftest import Plume, ecrit, texte
from tests.messagerie.test_repondre import Guichet, guichet  # noqa: F401  (fixture)


def garde(plume: Plume, words: str, name: str = "garder", **data: object):
    return plume.post(name, texte=words, **data)


def test_the_words_of_a_draft_are_there_again_and_sealed(adherente):
    plume = Plume(adherente).commence()
    assert "Enregistré à" not in texte(plume.get("texte"))
    response = garde(plume, "Bonjour, je commence")
    assert response.status_code == 200
    assert " h " in response.json()["heure"]
    page = texte(plume.get("texte"))
    assert "Bonjour, je commence" in page
    assert "Enregistré à" in page
    assert b"Bonjour" not in bytes(plume.message.texte_sealed)


def test_what_it_is_about_is_kept_too_once_it_is_written_well(adherente):
    plume = Plume(adherente).commence("RECLAMATION")
    garde(plume, "Je conteste", decision_on="03/11")
    assert plume.fil.decision_on is None
    garde(plume, "Je conteste", decision_on="03/11/2026")
    assert plume.fil.decision_on is not None
    garde(plume, "Je conteste encore", decision_on="3/1")
    assert plume.fil.decision_on is not None


def test_a_text_too_long_to_be_sent_is_kept_all_the_same(adherente):
    plume = Plume(adherente).commence()
    assert garde(plume, "x" * (LONGEST + 50)).status_code == 200
    assert len(plume.message.texte) == LONGEST + 50
    assert plume.envoie().status_code in {302, 422}
    assert Message.objects.sent().count() == 0
    assert garde(plume, "x" * 30_000).status_code == 422


def test_taking_every_word_back_leaves_nothing_begun(adherente):
    plume = Plume(adherente).commence()
    garde(plume, "Bonjour")
    garde(plume, "  \n")
    assert not plume.message.texte_sealed
    assert plume.get("reprendre")["Location"] == plume.url("texte")


def test_a_reply_is_kept_at_the_foot_of_its_thread(envoye):
    page = envoye.get("fil")
    assert garde(envoye, "", "garder_reponse", dernier=page.context["dernier"]).status_code == 200
    assert Message.objects.drafts().count() == 0
    for words in ("Encore un", "Encore un mot"):
        assert garde(envoye, words, "garder_reponse", dernier=page.context["dernier"]).status_code == 200
    assert [draft.texte for draft in Message.objects.drafts()] == ["Encore un mot"]
    assert "Encore un mot" in texte(envoye.get("fil"))


def test_a_call_that_comes_after_the_sending_begins_nothing(envoye):
    last = envoye.get("fil").context["dernier"]
    envoye.repond("Encore un mot")
    assert garde(envoye, "Encore un", "garder_reponse", dernier=last).status_code == 409
    assert garde(envoye, "Encore un").status_code == 409
    assert Message.objects.drafts().count() == 0


def test_what_follows_a_thread_closed_for_good_is_one_draft(envoye):
    Fil.objects.update(closed_at=timezone.now() - timedelta(days=40), closed_by="adherent")
    last = envoye.get("fil").context["dernier"]
    for words in ("Une", "Une suite"):
        garde(envoye, words, "garder_reponse", dernier=last)
    draft = Message.objects.drafts().get()
    assert (draft.texte, draft.fil.suite_de) == ("Une suite", envoye.fil)
    assert "Une suite" in texte(envoye.get("fil"))


def test_without_a_script_a_button_keeps(envoye, adherente):
    plume = Plume(adherente).commence()
    response = plume.post("texte", texte="Une idée", action="enregistrer")
    assert response["Location"] == plume.url("texte")
    assert plume.message.texte == "Une idée"
    envoye.repond("Une réponse", action="enregistrer")
    assert "Une réponse" in texte(envoye.get("fil"))
    assert Message.objects.sent().count() == 1


def test_the_answer_of_the_agent_is_kept_and_seen_by_her_alone(guichet, envoye, consoeur):  # noqa: F811
    url = guichet.url("garder_reponse")
    assert guichet.agent.post(url, {"texte": "Vos ressources"}).status_code == 200
    assert "Vos ressources" in texte(guichet.ouvre())
    assert "Vos ressources" not in texte(envoye.get("fil"))
    assert consoeur.post(url, {"texte": "Non"}).status_code == 409
    guichet.repond("Vos ressources ont changé.")
    assert guichet.agent.post(url, {"texte": "Vos ressources ont"}).status_code == 409
    assert Message.objects.drafts().count() == 0


def test_the_button_of_the_agent_keeps_without_sending(guichet):  # noqa: F811
    assert guichet.repond("Vos ressources", action="enregistrer").status_code == 303
    assert Message.objects.drafts().get().texte == "Vos ressources"


def test_nobody_else_writes_there(adherente, voisin: Acteur, agente: Acteur, collegue: Acteur):
    thread = ecrit(adherente)
    plume = Plume(adherente).commence()
    for stranger in (voisin, agente):
        for url in (plume.url("garder"), thread.url("garder_reponse")):
            assert stranger.post(url, {"texte": "Je passais"}).status_code == 404
    item = Guichet(agente, thread)
    for stranger in (adherente, voisin, collegue):
        assert stranger.post(item.url("garder_reponse"), {"texte": "Je passais"}).status_code == 404
    assert plume.get("garder").status_code == 405
    assert reverse("messagerie:garder", args=[plume.reference]) in texte(plume.get("texte"))


@pytest.mark.parametrize("name", ["texte", "fil"])
def test_the_page_says_truly_how_to_keep(envoye, adherente, name):
    plume = Plume(adherente).commence() if name == "texte" else envoye
    page = texte(plume.get(name))
    assert "Brouillon enregistré à" not in page
    assert "appuyez sur « Enregistrer »" in page
