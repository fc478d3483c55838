"""What reconciliation asks of the journal: each day is sealed in time, none has changed since, the database still refuses to."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from enclos.journal import declencheurs, jalons
from enclos.journal.familles import Famille
from enclos.journal.models import Sceau, bounds
from enclos.journal.purge import days_due
from enclos.journal.scellement import next_day
from enclos.journal.verification import altered_days, broken_links, strays
from enclos.socle.controle import Constat

# A day is sealed minutes after it is over. A transaction left open, a worker away for a whole day: somebody must look.
SEAL_PATIENCE = timedelta(days=1)
PURGE_PATIENCE = timedelta(days=2)
SHOWN = 20  # one line each; the others are counted


def constats() -> list[Constat]:
    """Figures of the journal, and one line for each day that is not what was sealed."""
    now = timezone.now()
    day = next_day()
    waiting = max(0, (now - bounds(day)[1]) // timedelta(days=1)) if day else 0
    wrong = [*jalons.faults(), *broken_links(), *strays(), *altered_days()]
    sceaux = Sceau.objects.filter(rang=0)
    overdue = sum(len(days_due(famille, patience=PURGE_PATIENCE)) for famille in Famille)
    found = [
        Constat("Journées du journal scellées", sceaux.count(), is_fault=False),
        Constat("Lignes du journal des dernières minutes, pas encore tenues", jalons.unwatched(), is_fault=False),
        Constat("Journées purgées à leur terme, sceau gardé", sceaux.exclude(purged_at=None).count(), is_fault=False),
        Constat("Sceaux de lignes tardives", Sceau.objects.filter(rang__gt=0).count(), is_fault=False),
        Constat("Journées finies depuis un jour et pas encore scellées", waiting, is_fault=True),
        Constat("Journées à leur terme et pas encore purgées", overdue, is_fault=True),
        Constat("Déclencheurs de la base absents : le journal peut changer", declencheurs.missing(connection), is_fault=True),
        *(Constat(one, 1, is_fault=True) for one in wrong[:SHOWN]),
    ]  # fmt: skip
    if len(wrong) > SHOWN:
        found.append(
            Constat("Autres écarts : lancez enclos verifier-journal --tout", len(wrong) - SHOWN, is_fault=True)
        )
    return found
