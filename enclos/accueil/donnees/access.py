"""The copies a member asked for: theirs alone."""

from uuid import UUID

from django.http import Http404

from enclos.accueil.models import CopieDonnees
from enclos.comptes.models import Compte


def last_copy_of(compte: Compte) -> CopieDonnees | None:
    """The last one asked, whatever became of it."""
    rows = CopieDonnees.objects.select_related("objet").filter(compte=compte)
    return rows.order_by("-asked_at", "-pk").first()


def copy_for(compte: Compte, pk: UUID) -> CopieDonnees:
    """A copy of this member, ready and not erased; raises `Http404`, to an account that the post has not confirmed too."""
    copie = CopieDonnees.objects.select_related("objet").filter(compte=compte, pk=pk).first()
    if copie is None or not copie.is_ready or not compte.is_confirmed:
        raise Http404
    return copie
