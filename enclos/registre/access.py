"""How the rest of the house reads the registry."""

from collections.abc import Sequence

from enclos.registre.models import Exploitation, Lien, Paiement, Personne
from enclos.socle import sealed


def person_by_nir(nir13: str) -> Personne | None:
    """The open person whose NIR, or waiting number, is `nir13`."""
    index = sealed.blind_index(nir13)
    people = Personne.objects.select_related("caisse").filter(closed_at=None)
    return people.filter(nir_index=index).first() or people.filter(nia_index=index).first()


def foyer_of(personne: Personne) -> Sequence[Lien]:
    """The household, spouse first."""
    return list(personne.liens.select_related("liee").order_by("rang"))


def exploitations_of(personne: Personne) -> Sequence[Exploitation]:
    """The farms not left."""
    return list(personne.exploitations.filter(cesse_le=None))


def last_payments_of(personne: Personne, count: int) -> Sequence[Paiement]:
    """The `count` latest payments."""
    return list(personne.paiements.order_by("-date", "-id")[:count])
