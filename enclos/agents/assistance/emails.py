"""What a member is told when the help desk acts on the account: by e-mail, else by a letter."""

from django.utils import timezone

from enclos.comptes.emails import send
from enclos.courrier import lettres
from enclos.courrier.actions import is_address
from enclos.courrier.models import Lettre
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import heure, jour, paris

WHAT = {
    "debloquer": "les essais de connexion ont été remis à zéro",
    "courriel": "un mot de passe provisoire vous a été envoyé par e-mail",
    "lettre": "une lettre vous a été envoyée pour entrer dans votre compte",
    "reprendre": "une lettre vous a été envoyée pour reprendre votre compte",
    "franceconnect": "le lien de votre compte avec FranceConnect a été retiré",
    "deconnecter": "toutes vos connexions ont été fermées",
}


def assistance_a_agi(personne: Personne, acte: str, *, by: Actor) -> None:
    """To every address we know: whoever passed for the member on the telephone may hold one of them."""
    now = timezone.now()
    compte = getattr(personne, "compte", None)
    key = f"agents.assistance.{acte}.{personne.pk}.{now:%Y%m%d%H%M%S}"
    known = (personne.email, compte.courriel if compte else "")
    addresses = {address.casefold(): address for address in known if is_address(address)}
    caisse = personne.caisse
    body = (
        f"Notre assistance a reçu un appel pour votre compte. Le {jour(paris(now))} à {heure(now)}, {WHAT[acte]}.\n\n"
        "C’était bien vous ? Vous n’avez rien à faire.\n\n"
        "Ce n’était pas vous ? Appelez-nous sans attendre."
    )
    for rang, address in enumerate(addresses.values()):
        send(
            f"{key}.{rang}",
            to=address,
            subject="Notre assistance a agi sur votre compte",
            body=body,
            caisse=caisse,
            concerne=personne.pk,
            by=by,
        )
    if not addresses:
        lettres.request(personne, Lettre.Genre.ASSISTANCE, cle=key, caisse=caisse, by=by)
