"""How a file is told to a member: a word, a tone, what was done to it, what to watch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enclos.coffre.inspection.phrases import conseil
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee
from enclos.socle.dates import jour, paris
from enclos.socle.tailles import taille

# Advice that asks the member to look again; the rest only says what was done.
TO_LOOK_AT = {
    "flou": "Un peu floue",
    "sombre": "Un peu sombre",
    "page_blanche": "Page blanche ?",
    "repare": "À vérifier",
}


@dataclass(frozen=True)
class LigneFichier:
    """A file of the list."""

    page: PageEnvoyee
    debut: int = 1  # the number of its first page in the document
    earlier: Envoi | None = None  # the sending that already held the same bytes

    @property
    def fichier(self) -> Any:
        return self.page.fichier

    @property
    def numeros(self) -> range:
        return range(1, self.fichier.pages + 1)

    @property
    def doubt(self) -> str:
        """The first thing that the member should look at, as a code."""
        return next((code for code in self.fichier.conseils if code in TO_LOOK_AT), "")

    @property
    def etat(self) -> str:
        if self.fichier.is_infected:
            return "Dangereux"
        if self.fichier.is_waiting:
            return "Analyse en cours"
        return TO_LOOK_AT.get(self.doubt, "Prêt")

    @property
    def ton(self) -> str:
        if self.fichier.is_infected:
            return "rouge"
        if self.fichier.is_waiting:
            return "neutre"
        return "ocre" if self.doubt else "vert"

    @property
    def is_reduced(self) -> bool:
        bilan = self.fichier.bilan
        return bool(bilan) and bilan.get("octets_apres", 0) < 0.8 * bilan.get("octets_avant", 0)

    @property
    def is_legible(self) -> bool:
        return bool(self.fichier.bilan.get("is_legible", True))

    @property
    def poids(self) -> str:
        """« 5,4 Mo réduits à 0,5 Mo, texte lisible » or « 480 ko »."""
        bilan = self.fichier.bilan
        if not self.is_reduced:
            return taille(self.fichier.taille)
        words = f"{taille(bilan['octets_avant'])} réduits à {taille(bilan['octets_apres'])}"
        return f"{words}, texte lisible" if self.is_legible else words

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
    def phrases(self) -> list[str]:
        """What was found and done, in sentences."""
        return [conseil(code) for code in self.fichier.conseils]

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
