"""Papers asked of who does not read the portal, and papers that come by the post."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.comptes.models import Acceptation, Compte
from enclos.courrier.models import Lettre
from enclos.demo.factories import PersonneFactory
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.envois.reponses import receive_by_post
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import jour, today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Affaire
from tests.conftest import Acteur
from tests.envois.conftest import texte
from tests.envois.listes import agent_url, demander, etats, liste, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return demander(adherente.personne)


# --- by the post


def test_who_has_no_account_gets_the_list_on_paper(db):
    personne = PersonneFactory(email="")
    demande = demander(personne)
    lettre = Lettre.objects.get()
    assert lettre.genre == Lettre.Genre.PAPIERS
    assert lettre.donnees["demande"] == demande.reference
    assert [papier["libelle"] for papier in lettre.donnees["papiers"]] == ["Bail", "Avis d’impôt sur le revenu, page 2"]
    PapierDemande.objects.update(raison="Autre chose.")
    assert Lettre.objects.get().donnees["papiers"][0]["raison"] == "Pour calculer votre aide."  # frozen


@pytest.mark.parametrize("case", ["closed", "no e-mail", "paper again", "online"])
def test_a_letter_leaves_to_whoever_does_not_read_the_portal_and_to_nobody_else(adherente, case):
    compte = adherente.compte
    match case:
        case "closed":
            Compte.objects.filter(pk=compte.pk).update(closed_at=timezone.now())
        case "no e-mail":
            Compte.objects.filter(pk=compte.pk).update(courriel="")
            Personne.objects.update(email="")
        case "paper again":
            long_ago = timezone.now() - timedelta(days=200)
            Acceptation.objects.create(
                compte=compte,
                texte=Acceptation.Texte.E_DOCUMENTS,
                version="1",
                accepted_at=long_ago,
                withdrawn_at=long_ago,
            )
    personne = Personne.objects.select_related("caisse", "compte").get(pk=adherente.personne.pk)
    demander(personne)
    assert Lettre.objects.count() == (0 if case == "online" else 1)


def test_papers_that_came_by_the_post_are_closed_from_the_sheet(adherente, demande, agente):
    typed = demande.reference.lower().replace("-", "")
    where = reverse("agents:papiers_recus")
    page = texte(agente.get(where, {"reference": typed}))
    assert "1. Bail (Jeanne Delattre)" in page
    yesterday = max(today_paris() - timedelta(days=1), demande.asked_on)
    said = {"rangs": ["1"], "received_on": yesterday.isoformat(), "ouvre": "on"}
    assert agente.post(f"{where}?reference={typed}", said).status_code == 303
    assert agente.post(f"{where}?reference={typed}", said).status_code == 422  # a double click: no longer waited for
    assert etats(demande) == ["poste", "attendu"]
    words = f"Reçu par la poste le {jour(yesterday)}"
    assert words in texte(adherente.get(liste(demande)))
    assert words in texte(agente.get(agent_url(demande)))
    assert told("papiers-poste") == 1
    assert Affaire.objects.get().libelle.startswith("Papiers reçus par la poste")
    assert Ligne.objects.filter(event="envois.papiers.posted", concerne=str(adherente.personne.pk)).count() == 1


@pytest.mark.parametrize("days", [1, -400])
def test_papers_come_neither_tomorrow_nor_before_they_were_asked(demande, agente, days):
    day = today_paris() + timedelta(days=days)
    response = agente.post(
        f"{reverse('agents:papiers_recus')}?reference={demande.reference}",
        {"rangs": ["1"], "received_on": day.isoformat()},
    )
    assert response.status_code == 422
    assert "Cette date n’est pas possible" in texte(response)
    with pytest.raises(Refusal):
        receive_by_post(demande, [1], received_on=day, opens_item=False, by=agente.compte)
    assert etats(demande) == ["attendu", "attendu"]


def test_a_reference_of_nothing_is_said(agente, db):
    response = agente.get(reverse("agents:papiers_recus"), {"reference": "KM7-RP4-QB2"})
    assert response.status_code == 422
    assert "Aucune demande de papiers ne porte cette référence" in texte(response)
