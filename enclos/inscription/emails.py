"""What the known channels are told when a registration is made. None names anybody, nor says what was typed."""

from django.urls import reverse

from config.env import ENV
from enclos.comptes import emails
from enclos.comptes.coordonnees.contestation import warn
from enclos.comptes.coordonnees.telephones import TelephoneError, is_mobile, normalise
from enclos.comptes.models import Avertissement, Compte
from enclos.courrier import budget, textos
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris


def deja_un_espace(compte: Compte, *, by: Actor) -> bool:
    """Somebody registers, whose account is open: only its holder is told, once a day (standards, D5). False when nobody can be.

    An account that the post has not confirmed may be in the wrong hands: the address that the fund knows is told too.
    """
    personne = compte.personne
    assert personne is not None
    key = f"inscription.deja.{compte.pk}.{today_paris()}"
    addresses = [compte.courriel or personne.email]
    if not compte.is_confirmed and personne.email.lower() != addresses[0].lower():
        addresses.append(personne.email)
    for rank, address in enumerate(filter(None, addresses)):
        emails.send(
            f"{key}.{rank}",
            to=address,
            subject="Vous avez déjà un espace privé",
            body=(
                "Une inscription vient d’être demandée avec votre numéro. Vous avez déjà un espace privé : rien n’a changé, et "
                "personne n’y est entré.\n\n"
                f"C’était vous ? Connectez-vous avec votre mot de passe :\n\n{link('comptes:connexion')}\n\n"
                "Si vous l’avez perdu, choisissez « Mot de passe oublié ? » sur cette page.\n\n"
                "Ce n’était pas vous, ou vous n’avez jamais ouvert d’espace ? Téléphonez-nous."
            ),
            caisse=compte.caisse,
            concerne=compte.personne_id,
            by=by,
        )
    if any(addresses):
        return True
    return tell_by_text(
        key,
        compte.telephone or personne.telephone,
        f"{compte.caisse.nom} : une inscription vient d’être demandée à votre nom. Vous avez déjà un espace : "
        f"connectez-vous. Ce n’est pas vous ? Appelez le {compte.caisse.telephone}.",
        compte,
        by=by,
    )


def acces_ouvert(compte: Compte, personne: Personne, *, by: Actor) -> None:
    """The account is opened with an address that the fund did not know: the channels that it knows are told (standards, D3).

    The link « ce n’est pas moi » shuts the account, which only a letter opens again.
    """
    key = f"inscription.acces.{compte.pk}.{today_paris()}"
    if personne.email:
        before = {"courriel": personne.email, "telephone": ""}
        warn(compte, Avertissement.Objet.OUVERTURE, by=by, before=before, instead_to=personne.email)
    tell_by_text(
        key,
        personne.telephone,
        f"{compte.caisse.nom} : un accès en ligne vient d’être ouvert à votre nom. Ce n’est pas vous ? "
        f"Appelez le {compte.caisse.telephone}.",
        compte,
        by=by,
    )


def tell_by_text(key: str, telephone: str, text: str, compte: Compte, *, by: Actor) -> bool:
    """A text message to a number that the fund knew. False when it can get none."""
    try:
        number = normalise(telephone) if telephone else ""
    except TelephoneError:
        return False
    if not number or not is_mobile(number) or not textos.is_available():
        return False
    try:
        textos.write(key=key, to=number, text=text, caisse=compte.caisse, concerne=compte.personne_id, by=by)
    except budget.TextoImpossible:
        return False
    return True


def link(name: str) -> str:
    return ENV.base_url + reverse(name)
