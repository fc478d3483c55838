"""The member's home."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.avis.annonces import announce
from enclos.avis.models import Avis
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Nature
from enclos.demo.factories import PaiementFactory
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PapierDemande
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from tests.conftest import Acteur


def text_of(client: Client, url: str = "/espace/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def ask(acteur: Acteur, *, in_days: int, papers: int = 2) -> DemandePapiers:
    caisse = default_caisse()
    demande = DemandePapiers.objects.create(
        caisse=caisse,
        service=caisse.services.get(code="famille"),
        personne=acteur.personne,
        libelle="pour votre aide au logement",
        due_on=today_paris() + timedelta(days=in_days),
    )
    for rang, nature in enumerate(Nature.objects.order_by("rang")[:papers], start=1):
        PapierDemande.objects.create(
            demande=demande, rang=rang, nature=nature, raison="Pour calculer votre aide.", due_on=demande.due_on
        )
    return demande


def draft(acteur: Acteur) -> Envoi:
    envoi = Envoi.objects.create(caisse=default_caisse(), personne=acteur.personne, compte=acteur.compte)
    DocumentEnvoye.objects.create(envoi=envoi, rang=1)
    return envoi


def test_the_home_says_good_morning_and_that_one_is_connected(adherente: Acteur) -> None:
    html = text_of(adherente)
    assert "Bonjour Jeanne" in html
    assert "Connecté" in html
    assert adherente.compte.nom_affiche in html
    assert "Se déconnecter" in html
    assert "Rien ne vous attend" in html


def test_papers_asked_for_come_first_with_their_day(adherente: Acteur) -> None:
    demande = ask(adherente, in_days=5)
    late = ask(adherente, in_days=-1, papers=1)
    html = text_of(adherente)
    assert "2 papiers demandés" in html
    assert "1 papier demandé" in html
    assert "Avant le" in html
    assert "Attendu le" in html
    assert html.index(late.reference) < html.index(demande.reference)


def test_a_draft_says_that_it_is_not_sent(adherente: Acteur) -> None:
    envoi = draft(adherente)
    html = text_of(adherente)
    assert "Pas encore envoyé" in html
    assert f"/espace/envoyer-un-document/{envoi.reference}/" in html


def test_two_drafts_never_read_the_same(adherente: Acteur) -> None:
    natures = list(Nature.objects.order_by("rang")[:2])
    for nature in natures:
        DocumentEnvoye.objects.filter(envoi=draft(adherente)).update(nature=nature)
    DocumentEnvoye.objects.create(envoi=Envoi.objects.latest("pk"), rang=2)
    for url in ("/espace/", "/espace/envois/", "/espace/envoyer-un-document/"):
        html = text_of(adherente, url)
        assert f"{natures[0].libelle}" in html
        assert f"{natures[1].libelle} et 1 autre document" in html


def test_a_draft_begun_for_a_paper_that_came_since_says_so(adherente: Acteur) -> None:
    demande = ask(adherente, in_days=5, papers=1)
    envoi, papier = draft(adherente), demande.papiers.get()
    DocumentEnvoye.objects.filter(envoi=envoi).update(papier=papier, nature=papier.nature)
    assert "déjà reçu ce papier" not in text_of(adherente)
    PapierDemande.objects.update(answered_at=timezone.now(), etat="poste")
    html = text_of(adherente)
    assert "déjà reçu ce papier" in html
    assert papier.libelle in html


def begins(acteur: Acteur, words: str) -> str:
    """A message begun and not sent; its reference."""
    response = acteur.post("/espace/messages/nouveau/", {"sujet": "FAM_LOGEMENT"})
    reference = response["Location"].split("/")[4]
    acteur.post(f"/espace/messages/brouillons/{reference}/garder/", {"texte": words})
    return reference


def test_a_message_not_sent_waits_there_too(adherente: Acteur) -> None:
    begins(adherente, "")
    assert "Rien ne vous attend" in text_of(adherente)
    reference = begins(adherente, "Bonjour")
    html = text_of(adherente)
    assert "Rien ne vous attend" not in html
    assert "Commencé le" in html
    assert "Message : Mon aide au logement" in html
    assert f"/espace/messages/brouillons/{reference}/" in html
    assert "Bonjour<" not in html


def test_a_reply_not_sent_says_where_it_was_begun(adherente: Acteur, voisin: Acteur) -> None:
    reference = begins(adherente, "Bonjour")
    adherente.post(f"/espace/messages/brouillons/{reference}/verification/", {})
    adherente.post(f"/espace/messages/{reference}/garder/", {"texte": "Encore un mot"})
    for url in ("/espace/", "/espace/messages/"):
        html = text_of(adherente, url)
        assert "Réponse commencée dans «" in html
        assert "Réponse commencée" not in text_of(voisin, url)


def test_the_last_payments_are_shown_with_their_amounts(adherente: Acteur) -> None:
    PaiementFactory(personne=adherente.personne, libelle="Prime d’activité", montant=Decimal("231.77"))
    html = text_of(adherente)
    assert "Prime d’activité" in html
    assert "231,77 €" in html


def test_services_stand_under_their_headings_and_none_is_empty(adherente: Acteur) -> None:
    html = text_of(adherente)
    assert "Contact &amp; échanges</h2>" in html
    assert ">Envoyer un document</a>" in html
    assert ">Suivre mes envois</a>" in html
    assert "Mes services pro" not in html
    assert "Mes services perso" not in html
    assert html.count(">Envoyer un document</a>") == 1


def test_contact_and_exchanges_has_a_page(adherente: Acteur) -> None:
    html = text_of(adherente, "/espace/contact/")
    assert "<h1>Contact &amp; échanges</h1>" in html
    assert 'aria-current="page">Contact &amp; échanges' in html
    assert default_caisse().telephone in html


def test_the_home_takes_six_queries_whatever_the_account_holds(adherente: Acteur) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text_of(adherente)
        return len([q for q in queries if q["sql"].startswith("SELECT")])

    text_of(adherente)
    bare = count()
    for days in range(4):
        ask(adherente, in_days=days, papers=3)
        draft(adherente)
        begins(adherente, "Bonjour")
    PaiementFactory.create_batch(30, personne=adherente.personne)
    full = count()
    assert full <= 6
    assert full - bare <= 1  # the papers of the requests: one query when there is at least a request


def test_a_neighbour_sees_nothing_of_it(adherente: Acteur, voisin: Acteur) -> None:
    demande, envoi = ask(adherente, in_days=3), draft(adherente)
    html = text_of(voisin)
    assert demande.reference not in html
    assert envoi.reference not in html
    assert "Jeanne" not in html


def test_an_agent_has_no_member_home(agente: Acteur) -> None:
    assert agente.get("/espace/").status_code == 404


@pytest.mark.django_db
def test_a_visitor_is_led_to_sign_in(client: Client) -> None:
    response = client.get("/espace/")
    assert response.status_code == 302
    assert response["Location"].startswith("/connexion/")


def test_a_tile_says_what_waits_to_be_read_behind_it_until_it_is_read(adherente: Acteur, voisin: Acteur) -> None:
    for rank, evenement in enumerate(["message-repondu", "message-repondu", "decision", "message-recu"]):
        announce(adherente.personne, f"essai:{rank}", evenement=evenement, subject="Du nouveau", body="Du nouveau", by=SYSTEM)  # fmt: skip
    html = text_of(adherente)
    tiles = {title: html.partition(f">{title}</a>")[2].partition("</li>")[0] for title in ("Mes messages", "Suivre mes envois", "Mes documents")}  # fmt: skip
    assert "2 réponses non lues" in tiles["Mes messages"]
    assert "1 réponse non lue" in tiles["Suivre mes envois"]
    assert "pastille" not in tiles["Mes documents"]
    assert "non lue" not in text_of(voisin)
    Avis.objects.update(read_at=timezone.now())
    assert "non lue" not in text_of(adherente)
