"""What reconciliation says of the registry: nothing in it is promised, the figures only help to see a bad drop."""

from enclos.registre.models import Personne
from enclos.socle.controle import Constat


def constats() -> list[Constat]:
    """Figures of the registry."""
    people = Personne.objects.filter(closed_at=None)
    return [
        Constat("Personnes connues", people.count(), is_fault=False),
        Constat(
            "Personnes sans numéro, qui ne peuvent pas se connecter",
            people.filter(nir_index=None, nia_index=None).count(),
            is_fault=False,
        ),
        Constat("Personnes fermées", Personne.objects.exclude(closed_at=None).count(), is_fault=False),
    ]
