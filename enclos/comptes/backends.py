"""Django's authentication interface. Signing in is `comptes.actions.sign_in`: it needs the request, counters and a turn."""

from uuid import UUID

from django.contrib.auth.backends import BaseBackend

from enclos.comptes.models import Compte


class CompteBackend(BaseBackend):
    """Finds an account by its key; checks no password."""

    def get_user(self, user_id: UUID) -> Compte | None:
        return Compte.objects.select_related("caisse", "personne__caisse").filter(pk=user_id).first()
