"""How a file is told to the member who gave it: a word, a tone, what was done to it, what to watch."""

from enclos.coffre.inspection.phrases import conseil
from enclos.coffre.models import Fichier
from enclos.socle.tailles import taille

# Advice that asks the member to look again; the rest only says what was done.
TO_LOOK_AT = {
    "flou": "Un peu floue",
    "sombre": "Un peu sombre",
    "page_blanche": "Page blanche ?",
    "repare": "À vérifier",
}


class FichierDit:
    """A file in words. Who lists files inherits it, and says where `fichier` is."""

    @property
    def fichier(self) -> Fichier:
        raise NotImplementedError

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
    def phrases(self) -> list[str]:
        """What was found and done, in sentences."""
        return [conseil(code) for code in self.fichier.conseils]
