"""« Personne concernée »: the same list for a document sent and for a paper asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enclos.envois.models import Concernant
from enclos.registre.access import exploitations_of, foyer_of
from enclos.registre.models import Exploitation, Lien, Personne

Concerne = Concernant.Concerne
# How the household is named: to the member, and to an agent.
LIENS = {"conjoint": "votre conjoint", "enfant": "votre enfant", "autre": "votre foyer"}
LIENS_AGENT = {"conjoint": "conjoint", "enfant": "enfant", "autre": "foyer"}


@dataclass(frozen=True)
class Personnes:
    """Whom a paper may be about: the member, the household, the farms, another by name."""

    personne: Personne
    foyer: Sequence[Lien]
    exploitations: Sequence[Exploitation]

    @classmethod
    def of(cls, personne: Personne) -> "Personnes":
        """Two queries."""
        return cls(personne, foyer_of(personne), exploitations_of(personne))

    def choices(self, *, for_agent: bool = False) -> list[tuple[str, str]]:
        liens: Mapping[str, str] = LIENS_AGENT if for_agent else LIENS
        return [
            ("moi", self.personne.nom_complet if for_agent else f"Vous-même ({self.personne.nom_complet})"),
            *((f"foyer:{lien.rang}", f"{lien.nom_complet}, {liens[lien.lien]}") for lien in self.foyer),
            *(
                (f"exploitation:{farm.siret}", f"{farm.denomination} (SIRET {farm.siret})")
                for farm in self.exploitations
            ),
            ("autre", "Une autre personne"),
        ]

    def named(self) -> dict[str, str]:
        """The name to keep for each choice but the last."""
        return {
            "moi": self.personne.nom_complet,
            **{f"foyer:{lien.rang}": lien.nom_complet for lien in self.foyer},
            **{f"exploitation:{farm.siret}": farm.denomination for farm in self.exploitations},
        }

    def values(self, choice: str, *, autre_nom: str = "", autre_naissance: date | None = None) -> dict[str, Any]:
        """What a row keeps of one choice of the list. Raises `KeyError` on one that is not in it."""
        genre, _, cle = choice.partition(":")
        is_other = genre == Concerne.AUTRE
        return {
            "concerne": genre,
            "concerne_cle": cle,
            "concerne_nom": autre_nom if is_other else self.named()[choice],
            "concerne_naissance": autre_naissance if is_other else None,
        }
