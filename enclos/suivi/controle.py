"""What reconciliation says of the work items: each open one has an end to come, or somebody in charge."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from enclos.comptes.models import Compte
from enclos.suivi.models import Affaire, AffaireQuerySet


@dataclass(frozen=True)
class Constat:
    """One finding. `is_lost`: nobody would ever answer if nobody read this."""

    code: str
    phrase: str
    nombre: int
    is_lost: bool = False


def without_agent() -> AffaireQuerySet:
    """Open items of a team that no active agent belongs to."""
    agents = Compte.objects.filter(genre=Compte.Genre.AGENT, is_active=True, services=OuterRef("service"))
    return Affaire.objects.open().filter(~Exists(agents))


def constats() -> list[Constat]:
    """The figures of the work items; those that are lost are wrong, the others only late."""
    return [
        Constat("affaires_ouvertes", "papiers reçus et pas encore décidés", Affaire.objects.open().count()),
        Constat("affaires_en_retard", "papiers après la date promise", Affaire.objects.late().count()),
        Constat(
            "affaires_oubliees",
            "papiers pris depuis plus de deux jours et pas décidés",
            Affaire.objects.forgotten().count(),
        ),
        Constat(
            "affaires_sans_agent", "papiers d’un service où il n’y a aucun agent", without_agent().count(), is_lost=True
        ),
    ]
