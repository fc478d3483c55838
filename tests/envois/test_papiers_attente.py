"""What is still waited for: counted from the rows, whose turn it is, and by when an answer comes."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enclos.courrier.models import Courriel
from enclos.envois.attente import attente
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.envois.tasks import expire_papers, remind_papers
from enclos.socle.dates import jour, today_paris
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire, Genre, Refus
from tests.conftest import Acteur
from tests.envois.conftest import texte
from tests.envois.listes import agent_url, commence, demander, due_in, envoie, liste, voulu

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return demander(adherente.personne)


# --- what is counted, and whose turn it is


def said_of(papiers, jours):
    """The words for papers due in so many days each."""
    for papier, days in zip(papiers, jours, strict=True):
        papier.due_on = today_paris() + timedelta(days=days)
    return attente(papiers)


def test_how_many_and_until_when_is_one_sentence():
    def day(days: int) -> str:
        return jour(today_paris() + timedelta(days=days))

    papiers = [PapierDemande() for _ in range(4)]
    assert attente([]) == ""
    assert said_of(papiers[:1], [12]) == f"1 papier, avant le {day(12)}"
    assert said_of(papiers[:2], [12, 12]) == f"2 papiers, avant le {day(12)}"
    assert said_of(papiers[:3], [25, 12, 25]) == f"3 papiers : 1 avant le {day(12)}, 2 avant le {day(25)}"
    assert said_of(papiers, [4, 3, 2, 1]) == f"4 papiers, le premier avant le {day(1)}, le dernier avant le {day(4)}"


def test_two_dates_are_two_dates_everywhere_and_one_paper_given_is_one_less(adherente):
    later = today_paris() + timedelta(days=25)
    demande = demander(adherente.personne, voulu("LOG_BAIL"), voulu("LOG_QUITTANCE", due_on=later))
    both = f"2 papiers : 1 avant le {jour(demande.due_on)}, 1 avant le {jour(later)}"
    home = texte(adherente.get("/espace/"))
    assert (
        f"2 papiers demandés : Bail (avant le {jour(demande.due_on)}) ; Quittance de loyer (avant le {jour(later)})"
        in home
    )
    assert "votre MSA vous a écrit : « Pour recalculer votre aide." in home
    assert both in texte(adherente.get(liste(demande)))
    assert both in texte(adherente.get("/espace/envoyer-un-document/"))
    assert f"il nous manque {both}." in Courriel.objects.get().text
    envoie(adherente, demande)
    one = f"1 papier, avant le {jour(later)}"
    page = texte(adherente.get(liste(demande)))
    assert one in page
    assert "papier par papier" not in page
    assert "1 papier demandé : Quittance de loyer<" in texte(adherente.get("/espace/"))
    assert f"({one})" in texte(adherente.get("/espace/envoyer-un-document/"))


def test_a_word_waits_for_an_agent_on_every_face(adherente, demande, agente):
    today = jour(today_paris())
    adherente.post(liste(demande, "papier_absent", 1), {"mot": "Je loge chez ma sœur."})
    page = texte(adherente.get(liste(demande)))
    assert f"Votre mot du {today} est lu par un agent" in page
    assert f"Il nous manque <strong>1 papier, avant le {jour(demande.due_on)}" in page
    relance = Affaire.objects.get(genre=Genre.PAPIERS)
    assert f"Réponse au plus tard le <strong>{jour(relance.due_on)}" in page
    home = texte(adherente.get("/espace/"))
    assert "1 papier demandé : Avis d’impôt" in home
    assert f"Bail : Votre mot du {today} est lu par un agent" in home
    adherente.post(liste(demande, "papier_absent", 2), {"mot": "Celui-là non plus."})
    page = texte(adherente.get(liste(demande)))
    assert "Il nous manque" not in page
    assert "Vous n’avez rien d’autre à faire pour le moment" in page
    assert "Attendu" not in page
    home = texte(adherente.get("/espace/"))
    assert "Un agent lit votre mot" in home
    assert "Voir et répondre" not in home
    assert f"Mot du {today}, à lire" in texte(agente.get(agent_url(demande)))
    # Nobody is reminded of what an agent must answer.
    due_in(demande, 1)
    sent = Courriel.objects.count()
    remind_papers()
    assert Courriel.objects.count() == sent
    # And the list is not dealt with before each word is.
    assert agente.post(agent_url(demande, "traiter/")).status_code == 409
    agente.post(agent_url(demande, "1/expliquer/"), {"mot": "Demandez une attestation à votre sœur."})
    agente.post(agent_url(demande, "2/retirer/"))
    assert agente.post(agent_url(demande, "traiter/")).status_code == 303
    page = texte(adherente.get(liste(demande)))
    assert "Il nous manque <strong>1 papier" in page
    assert "est lu par un agent" not in page


def test_a_word_nobody_answered_in_time_is_told_first(adherente, demande):
    adherente.post(liste(demande, "papier_absent", 1), {"mot": "Je loge chez ma sœur."})
    due_in(demande, -1)
    assert expire_papers() == 1
    told = Courriel.objects.order_by("-pk").first()
    assert told.subject == "Le délai pour envoyer 2 papiers est passé"
    assert "Un agent n’a pas encore répondu à votre mot" in told.text


def test_a_paper_refused_after_a_word_is_asked_again_not_read(adherente, demande, agente):
    adherente.post(liste(demande, "papier_absent", 1), {"mot": "Je le cherche."})
    document = envoie(adherente, demande).documents.get()
    suivi.take(document.affaire, by=agente.compte)
    said = {"refuser-refus": Refus.ILLISIBLE, "refuser-reponse": "Trop sombre."}
    agente.post(f"/agent/documents/{document.affaire.pk}/decision/refuser/", said)
    page = texte(adherente.get(liste(demande)))
    assert "À refaire" in page
    assert "est lu par un agent" not in page


# --- by when the answer comes


def test_the_promised_day_is_said_before_on_the_receipt_and_on_the_sending(adherente, demande, agente):
    parcours = commence(adherente, demande)
    parcours.ajoute(1, action="suivant")
    before = texte(adherente.get(parcours.url("verification")))
    envoi = parcours.envoie() and parcours.envoi
    due_on = jour(envoi.documents.get().affaire.due_on)
    assert f"la réponse au plus tard le <strong>{due_on}" in before
    assert f"Réponse au plus tard le <strong>{due_on}" in texte(adherente.get(parcours.url("accuse")))
    ensuite = next(line for line in envoi.accuse_reception.contenu["mentions"] if line["titre"] == "Ensuite")
    assert ensuite["lignes"][1] == f"Réponse au plus tard le {due_on}."
    page = texte(adherente.get(reverse("envois:envoi", args=[envoi.reference])))
    top = page.split("<h2")[0]
    assert f"Réponse au plus tard le <strong>{due_on}" in top
    assert "au plus tard le" in page.split('class="frise"')[1].split("</ol>")[0]
    affaire = envoi.documents.get().affaire
    suivi.take(affaire, by=agente.compte)
    agente.post(f"/agent/documents/{affaire.pk}/decision/traiter/", {"traiter-reponse": ""})
    page = texte(adherente.get(reverse("envois:envoi", args=[envoi.reference])))
    assert "au plus tard" not in page.split('class="frise"')[1].split("</ol>")[0]
    assert "au plus tard" not in page.split("<h2")[0]
