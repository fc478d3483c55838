"""What reconciliation says of the bench: whether somebody works behind the pages, and what waits for those in charge."""

from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from config.env import ENV
from enclos.agents.cles import BY_TWO
from enclos.agents.models import Alerte, Battement, Proposition, Trousseau
from enclos.socle.controle import Constat


def held_by_one_hand() -> "QuerySet[Trousseau]":
    """Accounts with power whose two keys one administrateur gave: a role given from the console to an account opened alone."""
    rows = Trousseau.objects.filter(agent__role__in=BY_TWO, agent__is_active=True)
    return rows.filter(mot_de_passe_par=F("facteur_par"))


def constats() -> list[Constat]:
    """A worker that no longer beats is a fault: nothing that was promised leaves any more."""
    patience = timedelta(minutes=ENV.silence_worker_min)
    silent = Battement.objects.filter(cle=Battement.TRAVAIL, at__lt=timezone.now() - patience)
    return [
        Constat("Travail de fond arrêté", silent.count() if patience else 0, is_fault=True),
        Constat(
            "Alertes qu’aucun responsable n’a regardées", Alerte.objects.filter(seen_at=None).count(), is_fault=False
        ),
        Constat(
            "Rôles qui attendent un second administrateur",
            Proposition.objects.filter(decided_at=None).count(),
            is_fault=False,
        ),
        Constat(
            "Comptes d’agents dont une seule personne a remis le mot de passe et le second facteur",
            held_by_one_hand().count(),
            is_fault=True,
        ),
    ]
