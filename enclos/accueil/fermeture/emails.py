"""The notice of a closed account: to every address we know, since whoever holds one of them may not be its owner."""

from django.utils import timezone

from enclos.comptes.coordonnees.emails import to_account
from enclos.comptes.models import Compte
from enclos.journal.actions import Actor
from enclos.socle.dates import heure, jour, paris


def compte_ferme(compte: Compte, *, by: Actor) -> None:
    """The account is closed. Told to its own address, and to the one the fund knows when it is another."""
    now = timezone.now()
    known = compte.personne.email if compte.personne else ""
    addresses = {address.casefold(): address for address in (known, compte.courriel) if address}
    for rang, address in enumerate(addresses.values()):
        to_account(
            compte,
            f"accueil.ferme.{compte.pk}.{now:%Y%m%d%H%M%S}.{rang}",
            subject="Votre compte en ligne est fermé",
            body=(
                f"Votre compte en ligne est fermé depuis le {jour(paris(now))} à {heure(now)}, à votre demande.\n\n"
                "Vous êtes toujours affilié à votre MSA, et vos droits ne changent pas. Nous vous écrirons par la poste.\n\n"
                "Vous pourrez ouvrir un nouveau compte quand vous voudrez : choisissez « S’inscrire » sur notre site.\n\n"
                "Ce n’est pas vous ? Appelez-nous sans attendre."
            ),
            to=address,
            by=by,
        )
