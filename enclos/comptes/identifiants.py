"""What somebody types in « Identifiant »: a social-security number, or the name an agent was given."""

import re
from dataclasses import dataclass

from django.db.models import Q

from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle import nir, sealed
from enclos.socle.requetes import Slot, Written

# An agent's name never holds so many digits: what does is a NIR, well typed or not.
DIGITS_OF_A_NIR = 8
AGENT_SHAPE = re.compile(r"[a-z][a-z0-9._-]{2,59}")


COMPTES = Compte.objects.select_related("personne")
AGENT = Written(COMPTES.filter(identifiant=Slot(Compte, "identifiant")))
# A person may be known by a NIR and by the waiting number that came before it.
ADHERENT = Written(
    COMPTES.filter(
        Q(personne__nir_index=Slot(Personne, "nir_index", "index"))
        | Q(personne__nia_index=Slot(Personne, "nia_index", "index")),
        personne__closed_at=None,
    )
)


@dataclass(frozen=True)
class Identifiant:
    """Who asks to come in. `empreinte` is what counters and the journal know of it: a keyed digest."""

    empreinte: str
    nir_index: str = ""
    agent: str = ""

    def compte(self) -> Compte | None:
        """The account, in one query whatever it finds."""
        if self.agent:
            return AGENT.first(identifiant=self.agent)
        return ADHERENT.first(index=self.nir_index)


def read(text: str) -> Identifiant:
    """Understand what was typed. Raises `NirError` when it is a number without the shape of one."""
    typed = text.strip()
    if sum(sign.isdigit() for sign in typed) >= DIGITS_OF_A_NIR or not any(sign.isalpha() for sign in typed):
        index = sealed.blind_index(nir.normalise(typed))
        return Identifiant(empreinte=index, nir_index=index)
    agent = typed.lower()
    return Identifiant(empreinte=sealed.blind_index(f"agent:{agent}"), agent=agent)
