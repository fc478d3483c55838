"""The same pages for members and agents, each side at its own addresses."""

from typing import Any

from django.urls import reverse

from enclos.comptes.models import Compte

PAGES = (
    "telephone",
    "telephone_retirer",
    "cle",
    "cle_options",
    "codes",
    "codes_fichier",
    "codes_notes",
    "fermer_autres",
)


def address(compte: Compte, page: str = "", *args: Any) -> str:
    """Where a page is for this account; "" is the one that leads to the others."""
    racine = "comptes:securite" if compte.is_agent else "comptes:facteurs"
    return reverse(f"{racine}_{page}" if page else racine, args=args)


def addresses(compte: Compte) -> dict[str, str]:
    """Those of every page that needs nothing else, for templates; `titre` is the heading of the first."""
    pages = ("telephone", "cle", "cle_options", "fermer_autres") if compte.is_agent else PAGES
    titre = "Sécurité de mon compte" if compte.is_agent else "Double vérification"
    return {"titre": titre, "accueil": address(compte)} | {page: address(compte, page) for page in pages}
