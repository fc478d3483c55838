"""Papers asked: the member reads the list and answers paper by paper, the agents read the same."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois.demandes import ask_papers
from enclos.envois.models import DemandePapiers, Envoi, PapierDemande
from enclos.envois.personnes import Personnes
from enclos.envois.reponses import receive_by_post
from enclos.envois.tasks import expire_papers, follow_decisions, remind_papers
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import jour, today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire, Etat, Genre, Refus
from enclos.suivi.repartition import transfer
from tests.agents.monde import autre_caisse, service, superviseur
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, texte
from tests.envois.listes import acheve, agent_url, commence, demander, due_in, envoie, etats, liste, told, voulu

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return demander(adherente.personne)


# --- as it should go


def test_the_list_says_of_each_paper_all_that_the_law_and_people_want(adherente, demande):
    home = texte(adherente.get("/espace/"))
    assert f'href="{liste(demande)}"' in home
    assert "2 papiers demandés" in home
    page = texte(adherente.get(liste(demande)))
    for words in (
        "Bail", "Avis d’impôt sur le revenu, page 2", "Jeanne Delattre", "Pour calculer votre aide.", jour(demande.due_on),
        "Indispensable", "Sans ce papier, nous ne pouvons pas prendre de décision.", "Pas indispensable",
        "nous continuons à traiter votre dossier", "Attendu", "Pour recalculer votre aide.", "R112-11-4", demande.reference,
    ):  # fmt: skip
        assert words in page


def test_a_paper_may_have_its_own_person_date_and_words(adherente):
    personnes = Personnes.of(adherente.personne)
    enfant = next(choice for choice, label in personnes.choices() if "votre enfant" in label)
    soon = today_paris() + timedelta(days=3)
    demande = demander(
        adherente.personne,
        voulu(
            "FAM_SCOLARITE",
            concerne=personnes.values(enfant),
            due_on=soon,
            sinon="Votre allocation s’arrête en décembre.",
        ),
        voulu("LOG_BAIL"),
    )
    page = texte(adherente.get(liste(demande)))
    assert "Lucie Delattre" in page
    assert "Votre allocation s’arrête en décembre." in page
    assert demande.next_on == soon
    assert jour(soon) in texte(adherente.get(liste(demande)))
    # Answered, the document says whom it is about without asking again.
    document = envoie(adherente, demande).documents.get()
    assert (document.concerne, document.concerne_nom, document.motif_id) == (
        "foyer",
        "Lucie Delattre",
        "reponse_demande",
    )


def test_each_paper_closes_alone_and_says_where_it_stands(adherente, demande, agente):
    first = envoie(adherente, demande)
    assert etats(demande) == ["envoye", "attendu"]
    page = texte(adherente.get(liste(demande)))
    assert f"Envoyé le {jour(today_paris())}" in page
    assert first.reference in page
    assert "1 papier" in page
    assert "2. Avis d’impôt sur le revenu, page 2" in str(first.accuse_reception.contenu)  # what is still missing
    second = envoie(adherente, demande, 2)
    assert DemandePapiers.objects.get().closed_at is not None
    assert "Il manque" not in str(second.accuse_reception.contenu)
    assert "Vous n’avez plus rien à envoyer" in texte(adherente.get(liste(demande)))
    assert "Votre aide au logement" not in texte(adherente.get("/espace/"))


def test_the_agent_reads_the_same_list_accepts_one_and_wants_another_again(adherente, demande, agente):
    envoie(adherente, demande)
    envoie(adherente, demande, 2)
    page = texte(agente.get(agent_url(demande)))
    assert page.count(f"Envoyé le {jour(today_paris())}") == 2
    assert Ligne.objects.filter(event="agents.demande.opened", concerne=str(adherente.personne.pk)).exists()
    response = agente.post(agent_url(demande, "1/accepter/"))
    assert response["Location"] == agent_url(demande, "?fait=accepter#papier-1")
    agente.post(agent_url(demande, "2/refaire/"), {"mot": "La page 2 est coupée."})
    assert etats(demande) == ["accepte", "a_refaire"]
    assert [affaire.etat for affaire in Affaire.objects.order_by("received_at", "id")] == [Etat.TRAITE, Etat.REFUSE]
    page = texte(adherente.get(liste(demande)))
    assert "Accepté" in page
    assert "La page 2 est coupée." in page
    assert DemandePapiers.objects.get().is_open
    # Sent again, it is waited for no more.
    envoie(adherente, demande, 2)
    assert etats(demande) == ["accepte", "envoye"]
    # Pressed twice, nothing more happens.
    assert agente.post(agent_url(demande, "1/accepter/")).status_code == 303


def test_a_document_refused_or_taken_back_elsewhere_moves_its_paper_too(adherente, demande, agente):
    envoie(adherente, demande)
    affaire = suivi.take_next(agente.compte)
    suivi.refuse(
        affaire, refus=Refus.ILLISIBLE, reponse="Tout est flou.", by=agente.compte
    )  # by the lot, not by its screen
    assert follow_decisions() == 1
    papier = demande.papiers.get(rang=1)
    assert (papier.etat, papier.refaire) == ("a_refaire", "Le document n’est pas lisible. Tout est flou.")
    suivi.reopen(affaire, by=agente.compte)
    follow_decisions()
    assert etats(demande)[0] == "envoye"
    suivi.settle(affaire, by=agente.compte)
    follow_decisions()
    assert etats(demande)[0] == "accepte"
    assert follow_decisions() == 0


def test_i_have_not_this_paper_closes_nothing_and_comes_to_the_agent(adherente, demande, agente):
    response = adherente.post(liste(demande, "papier_absent", 1), {"mot": "Je loge chez ma sœur."})
    assert response["Location"] == liste(demande) + "?dit=1"
    adherente.post(liste(demande, "papier_absent", 1), {"mot": "Je loge chez ma sœur."})  # twice
    assert etats(demande) == ["attendu", "attendu"]
    item = Affaire.objects.get(genre=Genre.PAPIERS)
    assert "L’adhérent n’a pas un papier" in item.libelle
    opened = agente.post("/agent/suivant/", {"vu": timezone.now().isoformat()})
    assert agente.get(opened["Location"])["Location"] == agent_url(demande)
    assert "Je loge chez ma sœur." in texte(agente.get(agent_url(demande)))
    agente.post(agent_url(demande, "1/expliquer/"), {"mot": "Une attestation de votre sœur suffit."})
    assert "Une attestation de votre sœur suffit." in texte(adherente.get(liste(demande)))
    agente.post(agent_url(demande, "1/retirer/"))
    assert etats(demande) == ["retire", "attendu"]
    assert Courriel.objects.filter(cle__startswith="envois.papier-retire").count() == 1
    agente.post(agent_url(demande, "traiter/"))
    agente.post(agent_url(demande, "traiter/"))
    item.refresh_from_db()
    assert (item.etat, item.taken_by) == (Etat.TRAITE, agente.compte)


def test_more_time_is_told(adherente, demande, agente):
    until = today_paris() + timedelta(days=40)
    assert agente.post(agent_url(demande, "prolonger/"), {"due_on": until.isoformat()}).status_code == 303
    agente.post(agent_url(demande, "prolonger/"), {"due_on": until.isoformat()})
    assert Courriel.objects.filter(cle__startswith="envois.demande-prolongee").count() == 1
    assert jour(until) in texte(adherente.get(liste(demande)))


def test_the_cover_sheet_bears_the_reference_and_a_box_for_each_number(adherente, demande, tmp_path):
    from tests.courrier.feuilles import words_of

    response = adherente.get(liste(demande, "papiers_page"))
    assert response["Content-Type"] == "application/pdf"
    words = words_of(response.content, tmp_path)
    for wanted in (demande.reference, "1. Bail", "2. Avis d’impôt sur le revenu, page 2"):
        assert wanted in words


# --- what is refused, and who may not


def test_a_word_is_wanted_where_the_member_reads_it(demande, adherente, agente):
    assert adherente.post(liste(demande, "papier_absent", 1), {"mot": " "}).status_code == 422
    assert agente.post(agent_url(demande, "1/expliquer/"), {"mot": ""}).status_code == 422
    nir = adherente.personne.nir
    assert agente.post(agent_url(demande, "1/expliquer/"), {"mot": f"Numéro {nir}"}).status_code == 422


def test_time_is_never_taken_back(demande, agente):
    soon = (today_paris() + timedelta(days=2)).isoformat()
    assert agente.post(agent_url(demande, "prolonger/"), {"due_on": soon}).status_code == 409


def test_two_tabs_make_one_sending_of_a_paper(adherente, demande):
    paper = demande.papiers.get(rang=1)
    begun = commence(adherente, demande)
    other = Parcours(adherente).commence(demande.reference).annonce(1).decrit(1, nature=f"papier:{paper.pk}")
    other.ajoute(1)
    acheve(begun)
    response = other.envoie()
    assert response.status_code == 409
    assert "« Bail » : envoyé le" in texte(response)
    assert Envoi.objects.sent().count() == 1
    # Pressing « L’envoyer » twice takes up the same draft.
    first, second = (adherente.post(liste(demande, "papier_envoyer", 2))["Location"] for _ in range(2))
    assert first == second


def test_a_paper_no_longer_waited_for_has_no_way_to_answer(adherente, demande):
    envoie(adherente, demande)
    assert adherente.post(liste(demande, "papier_envoyer", 1)).status_code == 404
    assert adherente.get(liste(demande, "papier_reprendre", 1))["Location"] == liste(demande)
    assert adherente.post(liste(demande, "papier_absent", 1), {"mot": "x"}).status_code == 409


def test_strangers_find_nothing(voisin, demande, collegue, agente):
    for name, *args in (("papiers",), ("papiers_page",), ("papier_reprendre", 1), ("papier_absent", 1)):
        assert voisin.get(liste(demande, name, *args)).status_code == 404
    assert voisin.post(liste(demande, "papier_envoyer", 1)).status_code == 404
    assert collegue.get(agent_url(demande)).status_code == 404
    assert collegue.post(agent_url(demande, "1/retirer/")).status_code == 404
    assert agente.post(agent_url(demande, "1/effacer/")).status_code == 404
    assert agente.post(agent_url(demande, "9/retirer/")).status_code == 404
    assert etats(demande) == ["attendu", "attendu"]


def test_an_agent_of_another_fund_has_no_use_of_the_reference(demande, db):
    other = type(default_caisse()).objects.create(
        code="ZZZ", nom="MSA d’ailleurs", telephone="0300000000", courriel="a@enclos.example", adresse=["1 rue"]
    )
    stranger = Acteur(CompteFactory(agent=True, caisse=other))
    assert stranger.get(reverse("agents:papiers_recus"), {"reference": demande.reference}).status_code == 422
    assert stranger.get(agent_url(demande)).status_code == 404


def test_the_list_asks_the_same_whatever_it_holds(adherente, django_assert_num_queries):
    short = demander(adherente.personne)
    adherente.get(liste(short))
    with django_assert_num_queries(6):
        adherente.get(liste(short))
    long = demander(adherente.personne, *[voulu("LOG_BAIL")] * 40)
    adherente.get(liste(long))  # its notice is read
    with django_assert_num_queries(6):
        adherente.get(liste(long))


def test_a_list_sent_to_another_team_opens_there_and_stays_in_the_fund(adherente, demande, agente, collegue):
    receive_by_post(demande, [1], received_on=demande.asked_on, opens_item=True, by=SYSTEM)
    item = Affaire.objects.get(genre=Genre.PAPIERS)
    nadia = superviseur()
    with pytest.raises(Refusal, match="reste dans la caisse"):
        transfer(item, service=autre_caisse(), by=nadia)
    assert suivi.redirect(item, service=service("cotisations"), by=nadia)
    assert collegue.get(f"/agent/papiers/affaires/{item.pk}/")["Location"] == agent_url(demande)
    assert collegue.get(agent_url(demande)).status_code == 200
    assert collegue.post(agent_url(demande, "traiter/")).status_code == 303
    item.refresh_from_db()
    assert item.etat == Etat.TRAITE


def test_papers_asked_by_the_fund_that_received_a_document_come_back_to_it(adherente, db):
    ailleurs = autre_caisse()
    paul = CompteFactory(agent=True, nom="Paul Petit", caisse=ailleurs.caisse, services=[ailleurs])
    demande = ask_papers(
        personne=adherente.personne,
        service=ailleurs,
        libelle="Votre aide",
        papiers=[voulu("LOG_BAIL")],
        due_on=today_paris() + timedelta(days=12),
        by=paul,
    )
    assert Acteur(paul).get(agent_url(demande)).status_code == 200
    due_in(demande, -1)
    assert expire_papers() == 1
    assert suivi.take_next(paul).genre == Genre.PAPIERS


def test_the_member_reads_who_opened_the_list(adherente, demande, agente):
    assert agente.post(agent_url(demande, "1/refaire/"), {"mot": ""}).status_code == 422
    assert "a ouvert la liste des papiers qui vous sont demandés." in texte(
        adherente.get("/espace/compte/consultations/")
    )


def test_a_reminder_says_the_date_to_come_even_when_another_paper_is_late(demande):
    first, second = PapierDemande.objects.filter(demande=demande).order_by("rang")
    PapierDemande.objects.filter(pk=first.pk).update(due_on=today_paris() - timedelta(days=4))
    PapierDemande.objects.filter(pk=second.pk).update(due_on=today_paris() + timedelta(days=5))
    remind_papers()
    assert (told("demande-rappel"), told("demande-veille")) == (1, 0)
    said = Courriel.objects.get(cle__startswith="envois.demande-rappel").text
    assert f"avant le {jour(today_paris() + timedelta(days=5))}" in said


def test_a_reminder_that_leaves_on_the_last_day_does_not_say_tomorrow(demande):
    due_in(demande, 0)
    remind_papers()
    said = Courriel.objects.get(cle__startswith="envois.demande-veille")
    assert f"finit le {jour(today_paris())} à minuit" in said.text
    assert "demain" not in said.subject + said.text
