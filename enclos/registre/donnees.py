"""What the registry holds about somebody, for that person alone: nothing of the other people of the household but what they told."""

from typing import Any

from enclos.registre.models import Personne
from enclos.socle import sealed


def donnees_of(personne: Personne) -> dict[str, Any]:
    """Plain JSON values. The numbers are whole: they are this person's own (GDPR, article 15)."""
    return {
        "identite": {
            "ref": personne.ref,
            "caisse": personne.caisse.nom,
            "agence": personne.agence.nom if personne.agence else "",
            "nir": personne.nir,
            "nia": unsealed(personne, "nia"),
            "civilite": personne.get_civilite_display(),
            "nom_naissance": personne.nom_naissance,
            "nom_usage": personne.nom_usage,
            "prenoms": personne.prenoms,
            "date_naissance": personne.date_naissance,
            "lieu_naissance": personne.lieu_naissance,
            "pays_naissance": personne.pays_naissance,
            "profils": list(personne.profils),
        },
        "coordonnees": {
            "adresse": personne.lignes_adresse(),
            "email": personne.email,
            "telephone": personne.telephone,
        },
        "droits": {
            "droits_sante_ouverts": personne.droits_sante_ouverts,
            "vitale_serie": unsealed(personne, "vitale_serie"),
            "vitale_photo": personne.vitale_photo,
            "decede": personne.decede,
        },
        "foyer": [
            {
                "lien": lien.get_lien_display(),
                "rang": lien.rang,
                "prenoms": lien.prenoms,
                "nom": lien.nom,
                "date_naissance": lien.date_naissance,
            }
            for lien in personne.liens.order_by("rang")
        ],
        "exploitations": [
            {
                "siret": row.siret,
                "denomination": row.denomination,
                "qualite": row.get_qualite_display(),
                "rang_exploitation": row.get_rang_display(),
                "categorie_atexa": row.categorie_atexa,
                "surface_ha": row.surface_ha,
                "installe_le": row.installe_le,
                "cesse_le": row.cesse_le,
            }
            for row in personne.exploitations.order_by("siret")
        ],
        "paiements": [
            {
                "numero": row.numero,
                "date": row.date,
                "branche": row.get_branche_display(),
                "libelle": row.libelle,
                "montant": row.montant,
                "periode_debut": row.periode_debut,
                "periode_fin": row.periode_fin,
                "destinataire": row.destinataire,
            }
            for row in personne.paiements.order_by("-date", "-pk")
        ],
        "factures": [
            {
                "numero": row.numero,
                "emise_le": row.emise_le,
                "echeance": row.echeance,
                "libelle": row.libelle,
                "montant": row.montant,
                "paye": row.paye,
                "payee_le": row.payee_le,
            }
            for row in personne.factures.order_by("-emise_le", "-pk")
        ],
    }


def unsealed(personne: Personne, name: str) -> str:
    """A sealed column of the row; "" when the fund does not know it."""
    token = bytes(getattr(personne, f"{name}_sealed"))
    purpose = name.partition("_")[0]
    return sealed.unseal(token, purpose=purpose, aad=personne.ref.encode()).decode() if token else ""
