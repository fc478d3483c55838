"""What reconciliation says of the work items: each open one has an end to come, or somebody in charge."""

from django.db.models import Exists, OuterRef

from enclos.comptes.models import Compte
from enclos.socle.controle import Constat
from enclos.suivi.models import Affaire, AffaireQuerySet


def without_agent() -> AffaireQuerySet:
    """Open items of a team that no active agent belongs to."""
    agents = Compte.objects.filter(genre=Compte.Genre.AGENT, is_active=True, services=OuterRef("service"))
    return Affaire.objects.open().filter(~Exists(agents))


def constats() -> list[Constat]:
    """Figures of the work items. Late is shown, not a fault: what is wrong is what nobody would ever answer."""
    return [
        Constat("Documents reçus et pas encore décidés", Affaire.objects.open().count(), is_fault=False),
        Constat("Documents après la date promise", Affaire.objects.late().count(), is_fault=False),
        Constat("Documents pris, puis oubliés", Affaire.objects.forgotten().count(), is_fault=False),
        Constat("Documents d’un service sans agent", without_agent().count(), is_fault=True),
    ]
