"""How a file of a sending is told to a member: as any file, and whether it was sent before, and its measures."""

from collections.abc import Mapping
from dataclasses import dataclass

from enclos.coffre.models import Fichier
from enclos.coffre.presentation import FichierDit
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee
from enclos.socle.dates import jour, paris
from enclos.socle.tailles import taille


@dataclass(frozen=True)
class LigneFichier(FichierDit):
    """A file of the list."""

    page: PageEnvoyee
    debut: int = 1  # the number of its first page in the document
    earlier: Envoi | None = None  # the sending that already held the same bytes

    @property
    def fichier(self) -> Fichier:
        return self.page.fichier

    @property
    def deja(self) -> str:
        """That the same bytes were sent before, and when."""
        if self.earlier is None or self.earlier.submitted_at is None:
            return ""
        sent_on = jour(paris(self.earlier.submitted_at))
        return f"Vous avez déjà envoyé ce fichier le {sent_on} (envoi {self.earlier.reference})."

    @property
    def detail(self) -> str:
        """What follows the badge."""
        return f"{self.poids}. {self.deja}" if self.deja else self.poids

    @property
    def mesures(self) -> list[tuple[str, str, str]]:
        """(what, before, after): the figures behind « lisible »."""
        bilan = self.fichier.bilan
        rows = [("Poids", taille(self.fichier.taille), taille(bilan.get("octets_apres", self.fichier.taille)))]
        if "dimensions_avant" in bilan:
            before, after = bilan["dimensions_avant"], bilan["dimensions_apres"]
            rows.append(("Taille de l’image", f"{before[0]} × {before[1]} points", f"{after[0]} × {after[1]} points"))
            rows.append(
                (
                    "Finesse sur une feuille A4",
                    f"{bilan['ppp_avant']} points par pouce",
                    f"{bilan['ppp_apres']} points par pouce",
                )
            )
        if bilan.get("fidelite_db"):
            rows.append(
                ("Fidélité à votre photo", "", f"{str(bilan['fidelite_db']).replace('.', ',')} décibels (32 au moins)")
            )
        return rows


def lignes_of(document: DocumentEnvoye, earlier: Mapping[str, Envoi]) -> list[LigneFichier]:
    """The files of a document, in order."""
    return [LigneFichier(page, debut, earlier.get(page.fichier.sha256)) for debut, page in document.numerotees()]
