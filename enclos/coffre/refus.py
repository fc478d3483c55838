"""Why a file is not kept, in words for the member who chose it."""

from enclos.coffre.inspection import phrases
from enclos.coffre.inspection.types import Refused
from enclos.socle.nir import hidden_in
from enclos.socle.refusals import Refusal

# What the inspection has no word for: it never saw these files.
CAUSES = {
    "envoi_trop_lourd": "Tous les fichiers ensemble pèsent plus de 200 Mo. Faites plusieurs envois.",
    "fichier_dangereux": (
        "Notre antivirus y a trouvé un contenu dangereux. Nous ne l’avons pas gardé. "
        "Prenez le papier en photo, et faites vérifier votre appareil."
    ),
    "analyse_indisponible": "Nous ne pouvons pas l’ouvrir pour le moment. Attendez quelques minutes, puis ajoutez-le de nouveau.",
    "coffre_indisponible": (
        "Nous ne pouvons pas le garder pour le moment. Attendez quelques minutes, puis ajoutez-le de nouveau."
    ),
    "non_attendu": "Cette page n’attend pas de fichier.",
    "coffre_plein": "Nous n’avons plus de place pour le garder. Nous sommes prévenus. Réessayez plus tard.",
}
TEMPORARY = {"analyse_indisponible", "coffre_indisponible", "coffre_plein"}


class FileRefused(Refusal):
    """A file cannot be kept. `phrase` names it and says how to cure it; `cause` is the same without its name.

    `code` is one of `inspection.phrases.REFUS` or of `CAUSES`. When `is_temporary`, the same file may pass later.
    """

    def __init__(self, code: str, nom: str, *, cause: str = "") -> None:
        self.nom = shown(nom)
        self.cause = cause or CAUSES.get(code) or phrases.refusal(code, {})
        self.is_temporary = code in TEMPORARY
        phrase = f"Le fichier « {self.nom} » n’a pas été ajouté. {self.cause}"
        super().__init__(phrase, code=code, status=503 if self.is_temporary else 422)

    @classmethod
    def by_inspection(cls, refused: Refused, nom: str) -> "FileRefused":
        return cls(refused.code, nom, cause=refused.phrase)


class FileWithheld(Refusal):
    """The bytes of this file are no longer shown to anybody."""

    def __init__(self) -> None:
        super().__init__("Ce fichier n’est plus consultable.", code="fichier_retire", status=410)


def shown(nom: str) -> str:
    """A name a stranger chose, fit for a sentence: printable and short, its end kept."""
    clean = hidden_in("".join(sign for sign in nom if sign.isprintable()).strip()) or "sans nom"
    return clean if len(clean) <= 60 else f"{clean[:45]}…{clean[-12:]}"
