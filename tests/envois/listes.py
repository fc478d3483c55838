"""Papers asked, as tests want them: the list, its addresses on both sides, and answering it as a browser does."""

from datetime import timedelta

from django.urls import reverse

from enclos.caisses.models import Nature
from enclos.courrier.models import Courriel
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers, Envoi, PapierDemande
from enclos.journal.actions import SYSTEM
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from tests.conftest import Acteur
from tests.envois.conftest import Parcours


def demander(personne: Personne, *papiers: PapierVoulu, jours: int = 12) -> DemandePapiers:
    return ask_papers(
        personne=personne,
        service=personne.caisse.services.get(code="famille"),
        libelle="Votre aide au logement",
        papiers=papiers or (voulu("LOG_BAIL"), voulu("RES_AVIS_IMPOT", precision="page 2", is_indispensable=False)),
        due_on=today_paris() + timedelta(days=jours),
        message="Pour recalculer votre aide.",
        by=SYSTEM,
    )


def voulu(code: str, **said) -> PapierVoulu:
    return PapierVoulu(nature=Nature.objects.get(pk=code), **{"raison": "Pour calculer votre aide."} | said)


def liste(demande: DemandePapiers, name: str = "papiers", *args: object) -> str:
    return reverse(f"envois:{name}", args=[demande.reference, *args])


def agent_url(demande: DemandePapiers, rest: str = "") -> str:
    return f"/agent/papiers/{demande.reference}/{rest}"


def etats(demande: DemandePapiers) -> list[str]:
    return [papier.etat for papier in PapierDemande.objects.filter(demande=demande).order_by("rang")]


def commence(acteur: Acteur, demande: DemandePapiers, rang: int = 1) -> Parcours:
    """« L’envoyer »: everything is said already, only the photo is wanted."""
    response = acteur.post(liste(demande, "papier_envoyer", rang))
    parcours = Parcours(acteur, response["Location"].split("/")[3])
    assert response["Location"] == parcours.url("fichiers", 1)
    return parcours


def acheve(parcours: Parcours) -> Envoi:
    assert parcours.ajoute(1, action="suivant")["Location"] == parcours.url("verification")
    assert parcours.envoie().status_code == 302
    return parcours.envoi


def envoie(acteur: Acteur, demande: DemandePapiers, rang: int = 1) -> Envoi:
    """By the journey: one press, a photo, the attestation."""
    return acheve(commence(acteur, demande, rang))


def due_in(demande: DemandePapiers, days: int) -> None:
    PapierDemande.objects.filter(demande=demande).update(due_on=today_paris() + timedelta(days=days))


def told(kind: str) -> int:
    return Courriel.objects.filter(cle__startswith=f"envois.{kind}").count()
