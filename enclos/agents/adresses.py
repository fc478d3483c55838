"""Where an item is treated: each kind has its own screen."""

from django.urls import reverse
from django.utils.http import urlencode

from enclos.suivi.models import Affaire, Genre

SCREENS = {
    Genre.DOCUMENT: "agents:document",
    Genre.MESSAGE: "agents:message",
    Genre.RECLAMATION: "agents:message",
    Genre.PAPIERS: "agents:papiers_item",
}


def affaire_url(affaire: Affaire, **query: str) -> str:
    """The screen of an item; empty parameters are left out."""
    path = reverse(SCREENS[Genre(affaire.genre)], args=[affaire.pk])
    kept = urlencode({name: value for name, value in query.items() if value})
    return path + (f"?{kept}" if kept else "")
