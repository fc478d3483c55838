"""What goes wrong with a provider: it does not answer, or what it answers is not believed."""

import re

INCIDENT = re.compile(r"[?&](code|id)=([A-Za-z0-9-]{1,64})")


class FournisseurError(Exception):
    """`motif` is for the journal and the log; `incident` is the provider's own number, when it gave one."""

    def __init__(self, motif: str, *, incident: str = "") -> None:
        super().__init__(motif)
        self.motif = motif
        self.incident = incident


class Panne(FournisseurError):
    """It is away, slow, or says that it is broken: the same thing may work in a moment."""


class Invalide(FournisseurError):
    """Its answer fails one of the checks of standards §4.4, or it refuses ours."""


def incident_in(error_uri: str) -> str:
    """« Y049E20B 3f2a… »: the code and number that FranceConnect hides in an address."""
    return " ".join(value for _, value in INCIDENT.findall(error_uri[:500]))
