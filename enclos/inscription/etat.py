"""Where the opening of a person's account stands, in words, for the help desk. No secret, no answer, nothing that was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from enclos.comptes.models import Compte, MotDePasseProvisoire
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.access import letters_of
from enclos.courrier.models import Lettre
from enclos.inscription import essais
from enclos.inscription.models import Conclusion, Inscription
from enclos.inscription.ouverture import was_used
from enclos.inscription.parcours import onward
from enclos.registre.models import Personne
from enclos.socle.dates import heure, jour, paris


@dataclass(frozen=True)
class Standing:
    """What a counsellor may tell on the telephone."""

    compte: Compte | None
    etape: str  # « Étape 4 sur 7, Saisie de vos coordonnées, le 22 novembre 2026 à 10 h 12 »; empty when none is begun
    conclusions: Sequence[Conclusion]  # newest first
    lettres: Sequence[Lettre]  # newest first
    bloque_jusqu_au: datetime | None  # three wrong answers: until then by post alone
    provisoire: MotDePasseProvisoire | None  # the provisional password that may still serve
    is_used: bool  # somebody came in at least once

    @property
    def provisoire_jusqu_au(self) -> datetime | None:
        return self.provisoire.expire_at if self.provisoire else None

    @property
    def phrases(self) -> list[str]:
        """Everything in words, the most useful first."""
        said = []
        if self.compte is None:
            said.append("Aucun compte n’est ouvert pour cette personne.")
        elif self.compte.closed_at is not None:
            said.append(f"Le compte a été fermé par son titulaire le {day(self.compte.closed_at)}.")
        elif not self.compte.is_active:
            said.append("Le compte est fermé par la caisse.")
        elif not self.is_used:
            said.append("Le compte est ouvert, mais personne n’y est encore entré.")
        elif not self.compte.is_confirmed:
            said.append("Le compte est ouvert et sert, mais il reste à confirmer avec le code reçu par la poste.")
        else:
            said.append("Le compte est ouvert et confirmé.")
        if self.provisoire is not None:
            canal = "par la poste" if self.provisoire.canal == MotDePasseProvisoire.Canal.COURRIER else "par courriel"
            said.append(f"Un mot de passe provisoire, envoyé {canal}, sert jusqu’au {day(self.provisoire.expire_at)}.")
        if self.bloque_jusqu_au is not None:
            said.append(
                f"Trois réponses fausses à la question : tout passe par la poste jusqu’au {day(self.bloque_jusqu_au)}."
            )
        if self.etape:
            said.append(f"Une inscription est commencée : {self.etape}.")
        said += [f"{day(row.created_at)} : {row.get_resultat_display()}." for row in self.conclusions[:5]]
        said += [
            f"Lettre {lettre.reference} du {day(lettre.created_at)} ({lettre.get_genre_display().lower()}) : "
            f"{lettre.get_etat_display().lower()}."
            for lettre in self.lettres[:5]
        ]
        return said


def day(moment: datetime) -> str:
    return f"{jour(paris(moment).date())} à {heure(moment)}"


def standing_of(personne: Personne) -> Standing:
    """Where the opening of this person's account stands."""
    compte = Compte.objects.filter(personne=personne).first()
    return Standing(
        compte=compte,
        etape=step_of(personne),
        conclusions=list(Conclusion.objects.filter(personne=personne).order_by("-created_at", "-pk")[:20]),
        lettres=letters_of(personne),
        bloque_jusqu_au=essais.blocked_until(personne),
        provisoire=provisoires.awaited(compte) if compte else None,
        is_used=compte is not None and was_used(compte),
    )


def step_of(personne: Personne) -> str:
    """The step of the last registration begun with one of this person's numbers and not finished."""
    indexes = [index for index in (personne.nir_index, personne.nia_index) if index]
    draft = (
        Inscription.objects.filter(Q(nir_index__in=indexes), finished_at=None, expires_at__gt=timezone.now())
        .order_by("-updated_at")
        .first()
    )
    if draft is None:
        return ""
    place = onward(draft, draft.reponses())
    return f"étape {place.etape} sur 7, « {place.titre} », le {day(draft.updated_at)}"
