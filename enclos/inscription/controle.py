"""What reconciliation asks of registrations: each one finished was looked at, and nobody tries the whole site."""

from datetime import timedelta

from django.utils import timezone

from config.env import ENV
from enclos.comptes.models import Compteur
from enclos.inscription.frein import SITE
from enclos.inscription.models import Conclusion, Inscription
from enclos.socle.controle import Constat

PATIENCE = timedelta(minutes=10)


def constats() -> list[Constat]:
    """Figures of registrations."""
    now = timezone.now()
    braked = Compteur.objects.filter(pk=SITE, nombre__gte=ENV.registration_wrong_per_hour, expire_at__gt=now)
    return [
        Constat(
            "Inscriptions commencées, pas finies", Inscription.objects.filter(finished_at=None).count(), is_fault=False
        ),
        Constat(
            "Inscriptions finies, pas examinées depuis 10 minutes",
            Conclusion.objects.late(PATIENCE).count(),
            is_fault=True,
        ),
        Constat("Inscriptions que la machine n’a pas pu examiner", Conclusion.objects.broken().count(), is_fault=True),
        Constat("Frein des inscriptions serré : trop de réponses fausses dans l’heure", braked.count(), is_fault=True),
    ]
