"""What an account holds about its member, for that member alone. Never what opens it: passwords, secrets and their digests."""

from typing import Any

from enclos.comptes.models import Compte


def donnees_of(compte: Compte) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "compte": {
            "compte": compte.pk,
            "created_at": compte.created_at,
            "niveau": compte.get_niveau_display(),
            "courriel": compte.courriel,
            "courriel_verifie_at": compte.courriel_verifie_at,
            "telephone": compte.telephone,
            "telephone_verifie_at": compte.telephone_verifie_at,
            "application_de_codes": bool(compte.totp_sealed),
            "codes_de_secours_restants": compte.codes_secours.filter(used_at=None).count(),
        },
        "cles_acces": [
            {"nom": row.nom, "created_at": row.created_at, "last_used_at": row.last_used_at}
            for row in compte.cles_passe.order_by("created_at", "pk")
        ],
        "franceconnect": [
            {
                "emetteur": row.emetteur,
                "sujet": row.sujet,
                "created_at": row.created_at,
                "last_used_at": row.last_used_at,
            }
            for row in compte.associations.order_by("created_at", "pk")
        ],
        "connexions_ouvertes": [
            {
                "created_at": row.created_at,
                "last_seen_at": row.last_seen_at,
                "methode": row.get_methode_display(),
                "navigateur": row.navigateur,
                "source": row.source,
            }
            for row in compte.sessions.defer("session_data").order_by("-last_seen_at", "pk")
        ],
        "acceptations": [
            {
                "texte": row.get_texte_display(),
                "version": row.version,
                "sha256": row.sha256,
                "accepted_at": row.accepted_at,
                "withdrawn_at": row.withdrawn_at,
            }
            for row in compte.acceptations.order_by("accepted_at", "pk")
        ],
        "changements": [
            {
                "champ": row.get_champ_display(),
                "valeurs": row.valeurs,
                "effet_le": row.effet_le,
                "created_at": row.created_at,
                "exported_at": row.exported_at,
                "confirmed_at": row.confirmed_at,
                "cancelled_at": row.cancelled_at,
            }
            for row in compte.changements.order_by("created_at", "pk")
        ],
        "mots_de_passe_provisoires": [
            {
                "canal": row.get_canal_display(),
                "created_at": row.created_at,
                "expire_at": row.expire_at,
                "used_at": row.used_at,
                "killed_at": row.killed_at,
            }
            for row in compte.provisoires.order_by("created_at", "pk")
        ],
        "avertissements": [
            {
                "objet": row.get_objet_display(),
                "created_at": row.created_at,
                "courriel": row.courriel,
                "used_at": row.used_at,
            }
            for row in compte.avertissements.order_by("created_at", "pk")
        ],
    }


def objets_of(compte: Compte) -> list[tuple[str, str]]:
    """What the journal calls the rows of this account: kind and key."""
    rows = [
        *compte.changements.order_by("pk"),
        *compte.provisoires.order_by("pk"),
        *compte.avertissements.order_by("pk"),
    ]
    return [(row._meta.label_lower, str(row.pk)) for row in (compte, *rows)]


def is_shared(compte: Compte, contact: str) -> bool:
    """Whether another account gives the same `courriel` or `telephone`: what was written there is then not all this member's."""
    value = getattr(compte, contact)
    others = Compte.objects.filter(**{f"{contact}__iexact": value}).exclude(pk=compte.pk)
    return bool(value) and others.exists()
