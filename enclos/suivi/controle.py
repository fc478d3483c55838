"""What reconciliation says of the work items: each open one has an end to come, or somebody in charge."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.comptes.roles import ACTES, Acte
from enclos.socle.controle import Constat
from enclos.suivi.models import APPROUVE_SOUS, Affaire, AffaireQuerySet, Lot, LotQuerySet

# The worker does lots every few seconds. Past this it is away, or something breaks each time: somebody must look.
LOT_PATIENCE = timedelta(minutes=15)


def who_may(*actes: Acte) -> "QuerySet[Compte]":
    """The active agents whose role allows one of these."""
    roles = [role for role, allowed in ACTES.items() if not allowed.isdisjoint(actes)]
    return Compte.objects.filter(genre=Compte.Genre.AGENT, is_active=True, role__in=roles)


def without_agent() -> AffaireQuerySet:
    """Open items of a team to which nobody who treats items belongs, in the fund of the item."""
    agents = who_may(Acte.TRAITER).filter(services=OuterRef("service"), caisse=OuterRef("caisse"))
    return Affaire.objects.open().filter(~Exists(agents))


def without_second_agent() -> AffaireQuerySet:
    """Items settled by one agent, in a fund where nobody else may confirm."""
    others = who_may(Acte.COMPTER, Acte.SUPERVISER).filter(caisse=OuterRef("caisse")).exclude(pk=OuterRef("taken_by"))
    return Affaire.objects.open().filter(~Exists(others), awaits_look=True)


def overdue_lots() -> LotQuerySet:
    """Lots that should have been done or dropped: given up, or a quarter of an hour late."""
    late = Q(prevu_at__lt=timezone.now() - LOT_PATIENCE) | Q(
        created_at__lt=timezone.now() - APPROUVE_SOUS - LOT_PATIENCE
    )
    return Lot.objects.under_way().filter(Q(broken_at__isnull=False) | late)


def held_by_nothing() -> AffaireQuerySet:
    """Open items that wait for a lot which is over: nobody could ever decide them."""
    over = Q(lot__execute_at__isnull=False) | Q(lot__annule_at__isnull=False)
    return Affaire.objects.open().filter(over, lot__isnull=False)


def constats() -> list[Constat]:
    """Figures of the work items. Late is shown, not a fault: what is wrong is what nobody would ever answer."""
    return [
        Constat("Documents reçus et pas encore décidés", Affaire.objects.open().count(), is_fault=False),
        Constat("Documents après la date promise", Affaire.objects.late().count(), is_fault=False),
        Constat("Documents pris, puis oubliés", Affaire.objects.forgotten().count(), is_fault=False),
        Constat("Documents d’un service sans agent", without_agent().count(), is_fault=True),
        Constat("Seconds regards que personne ne peut donner", without_second_agent().count(), is_fault=True),
        Constat("Décisions en lot qui attendent leur heure", Lot.objects.open().count(), is_fault=False),
        Constat("Décisions en lot non exécutées à leur heure", overdue_lots().count(), is_fault=True),
        Constat("Documents tenus par un lot terminé", held_by_nothing().count(), is_fault=True),
    ]
