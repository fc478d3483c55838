"""What somebody types in « Identifiant »: a social-security number, or the name an agent was given."""

import re
from dataclasses import dataclass

from django.db.models import Q

from enclos.comptes.models import Compte
from enclos.socle import nir, sealed

# An agent's name never holds so many digits: what does is a NIR, well typed or not.
DIGITS_OF_A_NIR = 8
AGENT_SHAPE = re.compile(r"[a-z][a-z0-9._-]{2,59}")


@dataclass(frozen=True)
class Identifiant:
    """Who asks to come in. `empreinte` is what counters and the journal know of it: a keyed digest."""

    empreinte: str
    nir_index: str = ""
    agent: str = ""

    def compte(self) -> Compte | None:
        """The account, in one query whatever it finds."""
        comptes = Compte.objects.select_related("personne")
        if self.agent:
            return comptes.filter(identifiant=self.agent).first()
        # A person may be known by a NIR and by the waiting number that came before it.
        known_as = Q(personne__nir_index=self.nir_index) | Q(personne__nia_index=self.nir_index)
        return comptes.filter(known_as, personne__closed_at=None).first()


def read(text: str) -> Identifiant:
    """Understand what was typed. Raises `NirError` when it is a number without the shape of one."""
    typed = text.strip()
    if sum(sign.isdigit() for sign in typed) >= DIGITS_OF_A_NIR or not any(sign.isalpha() for sign in typed):
        index = sealed.blind_index(nir.normalise(typed))
        return Identifiant(empreinte=index, nir_index=index)
    agent = typed.lower()
    return Identifiant(empreinte=sealed.blind_index(f"agent:{agent}"), agent=agent)
