"""The copy is ready: said without a word of what it holds."""

from django.urls import reverse

from config.env import ENV
from enclos.accueil.models import CopieDonnees
from enclos.comptes.coordonnees.emails import to_account
from enclos.comptes.models import Compte
from enclos.journal.actions import Actor
from enclos.socle.dates import jour, paris


def copie_prete(compte: Compte, copie: CopieDonnees, *, by: Actor) -> None:
    """To the address of the account."""
    assert copie.expire_at is not None
    to_account(
        compte,
        f"accueil.copie.{copie.pk}",
        subject="La copie de vos données est prête",
        body=(
            "La copie de vos données, demandée depuis votre compte, vous attend dans votre espace privé jusqu’au "
            f"{jour(paris(copie.expire_at).date())}. Elle est ensuite effacée.\n\n"
            f"{ENV.base_url}{reverse('accueil:mes_donnees')}\n\n"
            "Vous n’avez rien demandé ? Appelez-nous sans attendre."
        ),
        by=by,
    )
