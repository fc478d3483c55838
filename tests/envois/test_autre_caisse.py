"""Papers asked by another fund than the member's own: the answer reaches the fund that asked, and everybody says the right one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.caisses.models import Nature, Service
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois.controle import constats
from enclos.envois.demandes import PapierVoulu, ask_papers, call_back
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi
from enclos.envois.tasks import expire_papers, follow_decisions
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire, Genre
from enclos.suivi.repartition import transfer
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.agents.monde import autre_caisse, service, superviseur
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, texte
from tests.envois.listes import agent_url, liste

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


@pytest.fixture
def ailleurs(db: None) -> Service:
    """The team « famille » of another fund; it has no other team."""
    return autre_caisse()


@pytest.fixture
def paul(ailleurs: Service) -> Compte:
    """Its agent."""
    return CompteFactory(agent=True, nom="Paul Petit", caisse=ailleurs.caisse, services=[ailleurs])


def demander(adherente: Acteur, team: Service, *codes: str, affaire: Affaire | None = None) -> DemandePapiers:
    return ask_papers(
        personne=adherente.personne,
        service=team,
        libelle="Votre aide au logement",
        papiers=[
            PapierVoulu(nature=Nature.objects.get(pk=code), raison="Pour calculer votre aide.")
            for code in codes or ("LOG_BAIL",)
        ],
        due_on=today_paris() + timedelta(days=12),
        affaire=affaire,
        by=SYSTEM,
    )


def commence(acteur: Acteur, demande: DemandePapiers, rang: int = 1) -> Parcours:
    response = acteur.post(liste(demande, "papier_envoyer", rang))
    return Parcours(acteur, response["Location"].split("/")[3])


def acheve(parcours: Parcours) -> Envoi:
    parcours.ajoute(1)
    assert parcours.envoie().status_code == 302
    return parcours.envoi


def where(envoi: Envoi) -> set[tuple[str, str]]:
    """The fund and the team whose queue each of its documents is in."""
    rows = Affaire.objects.filter(reference=envoi.reference)
    return set(rows.order_by("pk").values_list("caisse__code", "service__nom"))


def avis_impot(demande: DemandePapiers) -> None:
    """A paper whose own team the other fund does not have."""
    Nature.objects.filter(pk="RES_AVIS_IMPOT").update(service_code="cotisations")


# --- as it should go


@pytest.mark.parametrize("way", ["L’envoyer", "by the six steps", "a document given before"])
def test_the_answer_goes_to_the_fund_that_asked(adherente, ailleurs, paul, envoyer, way):  # noqa: F811
    [earlier] = envoyer(adherente.compte, "LOG_BAIL")
    demande = demander(adherente, ailleurs)
    match way:
        case "L’envoyer":
            envoi = acheve(commence(adherente, demande))
        case "by the six steps":
            parcours = Parcours(adherente).commence(demande.reference).annonce(1)
            parcours.decrit(1, nature=f"papier:{demande.papiers.get().pk}")
            envoi = acheve(parcours)
        case _:
            filed = f"envois.document.{DocumentEnvoye.objects.get(affaire=earlier).pk}"
            document = adherente.personne.bibliotheque.get(cle=filed)
            adherente.post(liste(demande, "papier_reprendre", 1), {"document": str(document.pk), "attestation": "on"})
            envoi = Envoi.objects.get(demande=demande)
    assert envoi.caisse == ailleurs.caisse
    assert where(envoi) == {("ZZZ", "Famille d’ailleurs")}
    # In its queue, as what answers the list.
    item = suivi.take_next(paul)
    assert item.reference == envoi.reference
    assert Acteur(paul).get(agent_url(demande)).status_code == 200
    assert Acteur(paul).post(agent_url(demande, "1/accepter/")).status_code == 303
    assert demande.papiers.get().etat == "accepte"


def test_the_receipt_and_both_faces_name_the_fund_that_asked(adherente, ailleurs, paul):
    demande = demander(adherente, ailleurs)
    page = texte(adherente.get(liste(demande)))
    assert "Famille d’ailleurs" in page
    assert "MSA d’ailleurs" in page
    assert "MSA d’ailleurs" in texte(adherente.get("/espace/envoyer-un-document/"))
    said = Courriel.objects.get(cle=f"envois.demande.{demande.reference}").text
    assert "MSA d’ailleurs" in said
    envoi = acheve(commence(adherente, demande))
    accuse = envoi.accuse_reception
    assert accuse.caisse == ailleurs.caisse
    assert accuse.contenu["caisse"]["nom"] == "MSA d’ailleurs"
    assert "Famille d’ailleurs" in str(accuse.contenu["mentions"])
    page = texte(adherente.get(reverse("envois:accuse", args=[envoi.reference])))
    assert "MSA d’ailleurs" in page
    page = texte(adherente.get(reverse("envois:envoi", args=[envoi.reference])))
    assert "MSA d’ailleurs" in page
    assert "Famille d’ailleurs" in page
    assert "MSA d’ailleurs" in texte(adherente.get(reverse("envois:envois")))


def test_a_paper_whose_own_team_the_other_fund_has_not_goes_to_the_team_that_asked(adherente, ailleurs):
    demande = demander(adherente, ailleurs, "RES_AVIS_IMPOT")
    avis_impot(demande)
    assert where(acheve(commence(adherente, demande))) == {("ZZZ", "Famille d’ailleurs")}


def test_in_ones_own_fund_too_the_team_that_asked_gets_the_answer(adherente, db):
    demande = demander(adherente, service("cotisations"), "LOG_BAIL")
    envoi = acheve(commence(adherente, demande))
    assert {row.code for row in Service.objects.filter(affaires__reference=envoi.reference)} == {"cotisations"}
    assert service("cotisations").nom in str(envoi.accuse_reception.contenu["mentions"])


# --- a list whose item is sent to another fund


@pytest.fixture
def dossier(adherente, envoyer) -> Affaire:  # noqa: F811
    """A request of hers, before her own fund."""
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    return affaire


def test_a_list_follows_its_item_to_another_fund(adherente, agente, ailleurs, paul, dossier):
    demande = demander(adherente, dossier.service, affaire=dossier)
    assert transfer(dossier, service=ailleurs, by=superviseur())
    assert follow_decisions() == 1
    assert follow_decisions() == 0
    demande.refresh_from_db()
    assert (demande.caisse, demande.service) == (ailleurs.caisse, ailleurs)
    assert "MSA d’ailleurs" in texte(adherente.get(liste(demande)))
    assert Acteur(paul).get(agent_url(demande)).status_code == 200
    assert agente.get(agent_url(demande)).status_code == 404
    assert where(acheve(commence(adherente, demande))) == {("ZZZ", "Famille d’ailleurs")}


def test_answered_before_the_list_followed_it_goes_to_the_new_fund_all_the_same(adherente, ailleurs, dossier):
    demande = demander(adherente, dossier.service, affaire=dossier)
    parcours = commence(adherente, demande)  # a draft begun before
    transfer(dossier, service=ailleurs, by=superviseur())
    envoi = acheve(parcours)
    assert where(envoi) == {("ZZZ", "Famille d’ailleurs")}
    assert envoi.accuse_reception.caisse == ailleurs.caisse
    assert DemandePapiers.objects.get(pk=demande.pk).caisse == ailleurs.caisse


def test_a_list_called_back_follows_with_its_own_item(adherente, ailleurs, paul, dossier, agente):
    demande = demander(adherente, dossier.service, affaire=dossier)
    relance = call_back(demande, "L’adhérent n’a pas un papier", by=SYSTEM)
    suivi.take(relance, by=agente.compte)
    transfer(dossier, service=ailleurs, by=superviseur())
    follow_decisions()
    relance.refresh_from_db()
    assert (relance.caisse, relance.service, relance.taken_by) == (ailleurs.caisse, ailleurs, None)
    item = suivi.take_next(paul)
    assert {item.genre, suivi.take_next(paul).genre} == {Genre.PAPIERS, Genre.DOCUMENT}


def test_past_its_date_a_list_that_followed_comes_back_to_the_new_fund(adherente, ailleurs, dossier):
    demande = demander(adherente, dossier.service, affaire=dossier)
    transfer(dossier, service=ailleurs, by=superviseur())
    demande.papiers.update(due_on=today_paris() - timedelta(days=1))
    assert expire_papers() == 1
    assert Affaire.objects.get(genre=Genre.PAPIERS).caisse == ailleurs.caisse


def test_a_closed_list_stays_where_it_was_answered(adherente, ailleurs, dossier):
    demande = demander(adherente, dossier.service, affaire=dossier)
    acheve(commence(adherente, demande))
    transfer(dossier, service=ailleurs, by=superviseur())
    assert follow_decisions() == 0
    demande.refresh_from_db()
    assert demande.caisse == adherente.personne.caisse


def test_a_list_left_behind_is_a_fault(adherente, ailleurs, dossier):
    demander(adherente, dossier.service, affaire=dossier)
    transfer(dossier, service=ailleurs, by=superviseur())
    Affaire.objects.filter(pk=dossier.pk).update(service_since=timezone.now() - timedelta(hours=2))
    words = "Listes de papiers restées dans une caisse qui n’a plus le dossier"
    assert [one.libelle for one in constats() if one.is_alarming] == [words]
    follow_decisions()
    assert not any(one.is_alarming for one in constats())


# --- who may not


def test_her_own_fund_reads_nothing_of_what_another_asked(adherente, agente, ailleurs, voisin):
    demande = demander(adherente, ailleurs)
    envoi = acheve(commence(adherente, demande))
    item = Affaire.objects.get(reference=envoi.reference)
    assert agente.get(agent_url(demande)).status_code == 404
    assert agente.get(reverse("agents:document", args=[item.pk])).status_code == 404
    assert suivi.take_next(agente.compte) is None
    assert voisin.get(liste(demande)).status_code == 404
