"""Where an item is treated: each kind has its own screen."""

from django.urls import NoReverseMatch, reverse
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
    try:
        path = reverse(SCREENS[Genre(affaire.genre)], args=[affaire.pk])
    except NoReverseMatch:  # an installation without that kind
        path = reverse(SCREENS[Genre.DOCUMENT], args=[affaire.pk])
    kept = urlencode({name: value for name, value in query.items() if value})
    return path + (f"?{kept}" if kept else "")
