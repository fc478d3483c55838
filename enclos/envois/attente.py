"""What is still waited for, told from the rows: how many papers, and until when. The page, the home, the e-mails and the letter all ask here."""

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from enclos.socle.dates import jour

if TYPE_CHECKING:
    from enclos.envois.models import PapierDemande

DAYS_TOLD = 3  # beyond, the first and the last


def combien(papiers: "Collection[PapierDemande]") -> str:
    """« 1 papier », « 3 papiers »."""
    return f"{len(papiers)} papier{'s' if len(papiers) > 1 else ''}"


def de_combien(papiers: "Collection[PapierDemande]") -> str:
    """« d’un papier », « de 3 papiers »."""
    return f"de {combien(papiers)}" if len(papiers) > 1 else "d’un papier"


def attente(papiers: "Collection[PapierDemande]") -> str:
    """« 1 papier, avant le 11 décembre 2026 », « 2 papiers : 1 avant le 11 décembre 2026, 1 avant le 24 décembre 2026 »; "" for none."""
    days = sorted(Counter(papier.due_on for papier in papiers).items())
    if not days:
        return ""
    if len(days) == 1:
        return f"{combien(papiers)}, avant le {jour(days[0][0])}"
    if len(days) > DAYS_TOLD:
        return f"{combien(papiers)}, le premier avant le {jour(days[0][0])}, le dernier avant le {jour(days[-1][0])}"
    return f"{combien(papiers)} : " + ", ".join(f"{number} avant le {jour(day)}" for day, number in days)
