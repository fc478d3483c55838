"""What reconciliation asks of the exchanges: a detail that a member changed reaches the fund's system, which then says it too."""

from datetime import timedelta

from django.utils import timezone

from enclos.api.exportation import changements_to_give
from enclos.comptes.models import Changement, Compte
from enclos.socle.controle import Constat
from enclos.socle.dates import today_paris

# `enclos exporter` runs every night: a week without it is a forgotten task.
TO_GIVE_WITHIN = timedelta(days=7)
# Long enough for a clerk to check an address; past it, nobody has it in hand.
TO_CONFIRM_WITHIN = timedelta(days=60)


def constats() -> list[Constat]:
    """Figures of the contact details that members changed."""
    now, today = timezone.now(), today_paris()
    pending = Changement.objects.filter(confirmed_at=None, cancelled_at=None)
    unconfirmed = pending.filter(exported_at__lt=now - TO_CONFIRM_WITHIN, effet_le__lt=today - TO_CONFIRM_WITHIN)
    return [
        Constat("Changements de coordonnées en attente", pending.count(), is_fault=False),
        Constat(
            "Changements retenus tant que le compte n’est pas confirmé par courrier",
            pending.filter(exported_at=None, compte__niveau__lt=Compte.Niveau.CONFIRME).count(),
            is_fault=False,
        ),
        Constat(
            "Changements pas encore donnés au système d’information depuis plus de 7 jours",
            changements_to_give().filter(created_at__lt=now - TO_GIVE_WITHIN).count(),
            is_fault=True,
        ),
        Constat(
            "Changements que le registre ne dit pas 60 jours après les avoir reçus",
            unconfirmed.count(),
            is_fault=True,
        ),
    ]
