"""A paper asked, sent without saying so: the member says that it is the one, or the agent who reads it; never a guess."""

import pytest

from enclos.agents import lots
from enclos.agents.lots import Geste
from enclos.envois.demandes import drop
from enclos.envois.models import DemandePapiers, DocumentEnvoye, PapierDemande
from enclos.envois.personnes import Personnes
from enclos.envois.reponses import receive_by_post
from enclos.journal.actions import SYSTEM
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire, Lot
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.agents.monde import autre_caisse
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, texte
from tests.envois.listes import demander, etats, liste, voulu

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]

BAIL = {"nature": "LOG_BAIL", "pour_demande": "on"}


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return demander(adherente.personne, voulu("LOG_BAIL"), voulu("LOG_QUITTANCE"))


def libre(adherente: Acteur, nombre: int = 1, **informations: str) -> Parcours:
    """« D’autres documents », its first document described."""
    return Parcours(adherente).commence().annonce(nombre).decrit(1, **(BAIL | informations))


def acheve(parcours: Parcours, nombre: int = 1) -> Parcours:
    for rang in range(1, nombre + 1):
        assert parcours.ajoute(rang, action="suivant").status_code == 302
    response = parcours.envoie()
    assert response.status_code == 302, texte(response)
    return parcours


def decide(agente: Acteur, affaire: Affaire, **said: object) -> None:
    suivi.take(affaire, by=agente.compte)
    response = agente.post(f"/agent/documents/{affaire.pk}/decision/traiter/", {"traiter-reponse": "", **said})
    assert response.status_code == 303, texte(response)


# --- the member says so


def test_what_is_asked_is_offered_with_the_box_ticked_and_closes_as_if_started_from_the_list(
    adherente, demande, agente
):
    parcours = Parcours(adherente).commence().annonce(1)
    page = texte(adherente.get(parcours.url("informations", 1)))
    assert "On vous l’a demandé : envoyer pour cette demande" in page
    assert "Bail (Jeanne Delattre), avant le" in page
    assert 'name="pour_demande"' in page
    assert "checked" in page.split('name="pour_demande"')[1].split(">")[0]
    parcours.decrit(1, **BAIL)
    parcours.ajoute(1, action="suivant")
    assert "Votre aide au logement, papier 1" in texte(adherente.get(parcours.url("verification")))
    assert parcours.envoie().status_code == 302
    assert etats(demande) == ["envoye", "attendu"]
    envoi = parcours.envoi
    assert envoi.demande == demande
    assert envoi.documents.get().affaire.service == demande.service
    contenu = envoi.accuse_reception.contenu
    assert {"titre": "Objet", "lignes": ["Votre aide au logement"]} in contenu["mentions"]
    assert any(line["titre"] == "Il manque" and "Quittance" in line["lignes"][0] for line in contenu["mentions"])
    assert "1 papier demandé : Quittance" in texte(adherente.get("/espace/"))
    decide(agente, envoi.documents.get().affaire)
    assert etats(demande) == ["accepte", "attendu"]


def test_the_choice_is_kept_and_can_be_changed(adherente, demande):
    parcours = libre(adherente)
    page = texte(adherente.get(parcours.url("informations", 1)))
    assert '<option value="LOG_BAIL" selected>' in page
    parcours.decrit(1, nature="LOG_BAIL", pour_demande="")
    page = texte(adherente.get(parcours.url("informations", 1)))
    assert "checked" not in page.split('name="pour_demande"')[1].split(">")[0]
    acheve(parcours)
    assert etats(demande) == ["attendu", "attendu"]
    assert parcours.envoi.demande is None


def test_another_person_or_another_nature_answers_nothing(adherente, demande):
    enfant = next(c for c, label in Personnes.of(adherente.personne).choices() if "votre enfant" in label)
    parcours = libre(adherente, 2, concerne=enfant).decrit(2, **BAIL | {"nature": "LOG_DPE"})
    assert list(parcours.envoi.documents.values_list("papier", flat=True)) == [None, None]


def test_of_two_documents_of_the_nature_one_answers_and_the_rest_goes_with_it(adherente, demande):
    parcours = libre(adherente, 2).decrit(2, **BAIL)
    assert [d.papier_id is not None for d in parcours.envoi.documents.all()] == [True, False]
    acheve(parcours, 2)
    assert etats(demande) == ["envoye", "attendu"]
    assert parcours.envoi.demande is None  # it is more than an answer
    assert [d.affaire.service.code for d in parcours.envoi.documents.all()] == ["famille", "famille"]


def test_asked_twice_one_chooses_which(adherente, demande):
    autre = demander(adherente.personne, voulu("LOG_BAIL"))
    parcours = Parcours(adherente).commence().annonce(1)
    said = {"concerne": "moi", "motif": "complement_dossier", **BAIL}
    response = adherente.post(parcours.url("informations", 1), said)
    assert response.status_code == 422
    assert "Ce papier vous est demandé plusieurs fois" in texte(response)
    parcours.decrit(1, **BAIL, quel_papier=str(autre.papiers.get().pk))
    parcours.decrit(1, **BAIL)  # asked again, nothing more is wanted
    acheve(parcours)
    assert (etats(demande), etats(autre)) == (["attendu", "attendu"], ["envoye"])


def test_asked_twice_one_may_say_neither(adherente, demande):
    demander(adherente.personne, voulu("LOG_BAIL"))
    parcours = libre(adherente, quel_papier="aucune")
    assert parcours.envoi.documents.get().papier is None


def test_from_a_list_too_the_nature_of_the_common_list_is_understood(adherente, demande):
    parcours = Parcours(adherente).commence(demande.reference).annonce(1).decrit(1, **BAIL)
    acheve(parcours)
    assert etats(demande) == ["envoye", "attendu"]


def test_begun_twice_the_paper_has_one_draft(adherente, demande):
    parcours = libre(adherente)
    response = adherente.post(liste(demande, "papier_envoyer", 1))
    assert response["Location"] == parcours.url("fichiers", 1)


# --- meanwhile


def test_given_by_the_post_meanwhile_it_is_not_received_twice(adherente, demande):
    parcours = libre(adherente)
    parcours.ajoute(1, action="suivant")
    receive_by_post(demande, [1], received_on=demande.asked_on, opens_item=False, by=SYSTEM)
    response = parcours.envoie()
    assert response.status_code == 409
    assert "Nous ne l’avons pas reçu deux fois" in texte(response)
    parcours.decrit(1, nature="LOG_BAIL")  # the page does not offer it any more
    assert parcours.envoie().status_code == 302
    assert etats(demande) == ["poste", "attendu"]


def test_not_asked_any_more_it_is_welcome(adherente, demande):
    parcours = libre(adherente)
    drop(demande.papiers.get(rang=1), by=SYSTEM)
    acheve(parcours)
    assert etats(demande) == ["retire", "attendu"]


def test_what_another_fund_asks_goes_to_it_alone(adherente, demande):
    ailleurs = autre_caisse()
    DemandePapiers.objects.update(caisse=ailleurs.caisse, service=ailleurs)
    deux = Parcours(adherente).commence().annonce(2)
    assert "On vous l’a demandé" not in texte(adherente.get(deux.url("informations", 1)))
    parcours = acheve(libre(adherente))
    assert parcours.envoi.caisse == ailleurs.caisse
    assert parcours.envoi.documents.get().affaire.service == ailleurs
    assert etats(demande) == ["envoye", "attendu"]


def test_what_two_funds_would_have_to_receive_is_refused_with_what_to_do(adherente, demande):
    ailleurs = autre_caisse()
    parcours = libre(adherente)
    DemandePapiers.objects.update(caisse=ailleurs.caisse, service=ailleurs)
    parcours.annonce(2).decrit(2)
    for rang in (1, 2):
        parcours.ajoute(rang, action="suivant")
    response = parcours.envoie()
    assert response.status_code == 409
    assert "demandé par MSA d’ailleurs : envoyez-le à part" in texte(response)


# --- the agent says so


def test_the_agent_reads_that_it_is_asked_and_traite_closes_it(adherente, demande, agente, envoyer):  # noqa: F811
    (affaire,) = envoyer(adherente.compte)
    suivi.take(affaire, by=agente.compte)
    page = texte(agente.get(f"/agent/documents/{affaire.pk}/"))
    assert "Ce papier lui est demandé : ce document y répond" in page
    assert "Votre aide au logement : papier 1, Bail, avant le" in page
    papier = demande.papiers.get(rang=1)
    assert f'name="traiter-papiers" value="{papier.pk}"' in page
    assert "checked" in page.split('name="traiter-papiers"')[1].split(">")[0]
    decide(agente, affaire, **{"traiter-papiers": str(papier.pk)})
    assert etats(demande) == ["accepte", "attendu"]
    papier.refresh_from_db()
    assert papier.recu_on == demande.asked_on
    page = texte(adherente.get(liste(demande)))
    assert "Accepté" in page.split('id="papier-1"')[1].split('id="papier-2"')[0]
    assert affaire.reference in page
    assert "1 papier demandé : Quittance" in texte(adherente.get("/espace/"))
    assert (
        agente.post(f"/agent/documents/{affaire.pk}/decision/traiter/", {"traiter-papiers": str(papier.pk)}).status_code
        == 303
    )


def test_the_agent_unticks_it(adherente, demande, agente, envoyer):  # noqa: F811
    (affaire,) = envoyer(adherente.compte)
    decide(agente, affaire)
    assert etats(demande) == ["attendu", "attendu"]


def test_the_agent_gives_a_document_to_one_paper_only(adherente, demande, agente, envoyer):  # noqa: F811
    autre = demander(adherente.personne, voulu("LOG_BAIL"))
    (affaire,) = envoyer(adherente.compte)
    suivi.take(affaire, by=agente.compte)
    papers = [demande.papiers.get(rang=1).pk, autre.papiers.get().pk]
    response = agente.post(f"/agent/documents/{affaire.pk}/decision/traiter/", {"traiter-papiers": papers})
    assert response.status_code == 422
    assert "une seule case cochée" in texte(response)
    decide(agente, affaire, **{"traiter-papiers": str(papers[1])})
    assert (etats(demande), etats(autre)) == (["attendu", "attendu"], ["accepte"])


def test_one_of_two_documents_closes_it_and_the_other_is_not_offered_again(adherente, demande, agente, envoyer):  # noqa: F811
    first, second = envoyer(adherente.compte, "LOG_BAIL", "LOG_BAIL")
    papier = demande.papiers.get(rang=1)
    decide(agente, first, **{"traiter-papiers": str(papier.pk)})
    suivi.take(second, by=agente.compte)
    assert "Ce papier lui est demandé" not in texte(agente.get(f"/agent/documents/{second.pk}/"))
    decide(agente, second)
    assert DocumentEnvoye.objects.get(affaire=second).papier is None


def test_an_agent_of_another_fund_is_not_offered_what_this_one_asks(adherente, demande, agente, envoyer):  # noqa: F811
    ailleurs = autre_caisse()
    DemandePapiers.objects.update(caisse=ailleurs.caisse, service=ailleurs)
    (affaire,) = envoyer(adherente.compte)
    suivi.take(affaire, by=agente.compte)
    assert "Ce papier lui est demandé" not in texte(agente.get(f"/agent/documents/{affaire.pk}/"))
    decide(agente, affaire, **{"traiter-papiers": str(PapierDemande.objects.first().pk)})
    assert etats(demande) == ["attendu", "attendu"]


def test_bank_details_settled_for_a_second_look_are_received(adherente, agente, envoyer):  # noqa: F811
    demande = demander(adherente.personne, voulu("BQ_RIB"))
    (affaire,) = envoyer(adherente.compte, "BQ_RIB")
    agente.compte.services.add(affaire.service)
    decide(agente, affaire, **{"traiter-papiers": str(demande.papiers.get().pk)})
    assert etats(demande) == ["envoye"]


def test_a_lot_leaves_aside_what_may_be_a_paper_asked(adherente, demande, agente, envoyer):  # noqa: F811
    affaires = envoyer(adherente.compte, "LOG_BAIL", "LOG_DPE")
    for one in affaires:
        suivi.take(one, by=agente.compte)
    rows = lots.items_of(agente.compte, [one.pk for one in affaires])
    foreseen = lots.foresee(rows, Geste(genre=Lot.Genre.TRAITER), by=agente.compte)
    assert [one.pourquoi_pas for one in foreseen] == ["Un papier demandé lui ressemble : à lire à part", ""]
