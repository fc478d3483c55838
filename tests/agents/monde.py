"""A team to share work in: items without their papers, a superviseur, another fund."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.suivi.actions import open_affaire
from enclos.suivi.models import Affaire


def service(code: str = "famille") -> Service:
    return default_caisse().services.get(code=code)


def agent(nom: str = "Camille Roy", *codes: str, role: str = "gestionnaire") -> Compte:
    services = default_caisse().services.filter(code__in=codes or ("famille",))
    compte: Compte = CompteFactory(agent=True, nom=nom, services=services, role=role)
    return compte


def superviseur(nom: str = "Nadia Fontaine", *codes: str) -> Compte:
    return agent(nom, *(codes or ("famille", "cotisations")), role="superviseur")


def autre_caisse() -> Service:
    """The team « famille » of another fund."""
    caisse, _ = Caisse.objects.get_or_create(
        code="ZZZ",
        defaults={
            "nom": "MSA d’ailleurs",
            "telephone": "0300000000",
            "courriel": "a@enclos.example",
            "adresse": ["1 rue"],
        },
    )
    team, _ = Service.objects.get_or_create(
        caisse=caisse,
        code="famille",
        defaults={"nom": "Famille d’ailleurs", "adresse": ["1 rue"], "telephone": "0300000000"},
    )
    return team


def papier(
    code: str = "famille", *, days: int = 5, received_days_ago: int = 3, libelle: str = "Bail", personne: Personne | None = None,
    **given: Any,
) -> Affaire:  # fmt: skip
    """One item, due in so many days."""
    return open_affaire(
        caisse=default_caisse(),
        service=service(code),
        personne=personne or PersonneFactory(),
        reference="KM7-RP4-QB2",
        libelle=libelle,
        received_at=timezone.now() - timedelta(days=received_days_ago),
        due_on=today_paris() + timedelta(days=days),
        by=SYSTEM,
        **({"groupe": "Logement", "nature": "LOG_BAIL"} | given),
    )


def events(affaire: Affaire) -> list[str]:
    return list(Ligne.objects.about(affaire).order_by("pk").values_list("event", flat=True))
