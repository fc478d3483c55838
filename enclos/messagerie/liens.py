"""What a message may be about: the member's own items, chosen in a short list.

Sendings are known from their items, which lie below. What only apps beside this one know (papers asked…) is given by `register`, from
above: `accueil` does it, as it stands over both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from enclos.registre.models import Personne
from enclos.socle.dates import jour, paris
from enclos.suivi.models import Affaire, Genre

SHOWN = 8


@dataclass(frozen=True)
class Lien:
    """Something a message may be about."""

    genre: str  # envoi, demande…
    reference: str
    libelle: str

    @property
    def cle(self) -> str:
        return f"{self.genre}:{self.reference}"


type Source = Callable[[Personne], Sequence[Lien]]
SOURCES: dict[str, Source] = {}
# The page of each kind, by the name of its address; the others lead nowhere.
PAGES = {"envoi": "envois:envoi"}


def register(genre: str, source: Source) -> None:
    """Have the rows of another app offered too."""
    SOURCES[genre] = source


def sendings_of(personne: Personne) -> Sequence[Lien]:
    """The latest sendings, each once whatever the number of its documents."""
    rows = Affaire.objects.of(personne).filter(genre=Genre.DOCUMENT).order_by("-received_at", "-id")
    found: dict[str, Lien] = {}
    for affaire in rows.only("reference", "libelle", "received_at")[: 4 * SHOWN]:
        libelle = f"Envoi du {jour(paris(affaire.received_at))} : {affaire.libelle}"
        found.setdefault(affaire.reference, Lien("envoi", affaire.reference, libelle[:160]))
    return list(found.values())[:SHOWN]


def liens_of(personne: Personne) -> Sequence[Lien]:
    """The short list."""
    return [*(lien for source in SOURCES.values() for lien in source(personne)[:SHOWN]), *sendings_of(personne)]


def url_of(genre: str, reference: str) -> str:
    """Where the member reads it; empty when there is no such page."""
    return reverse(PAGES[genre], args=[reference]) if genre in PAGES and reference else ""
