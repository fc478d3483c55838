"""What the known channels are told when a registration is made. None names anybody, nor says what was typed."""

from django.urls import reverse

from config.env import ENV
from enclos.comptes import emails
from enclos.comptes.coordonnees.contestation import warn
from enclos.comptes.coordonnees.telephones import TelephoneError, is_mobile, normalise
from enclos.comptes.models import Avertissement, Compte
from enclos.courrier import textos
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris


def deja_un_espace(compte: Compte, *, by: Actor) -> None:
    """Somebody registers, whose account is open: only its holder is told, once a day (standards, D5)."""
    personne = compte.personne
    assert personne is not None
    address = compte.courriel or personne.email
    key = f"inscription.deja.{compte.pk}.{today_paris()}"
    if not address:
        tell_by_text(
            key,
            compte.telephone or personne.telephone,
            f"{compte.caisse.nom} : une inscription vient d’être demandée à votre nom. Vous avez déjà un espace : "
            f"connectez-vous. Ce n’est pas vous ? Appelez le {compte.caisse.telephone}.",
            compte,
            by=by,
        )
        return
    emails.send(
        key,
        to=address,
        subject="Vous avez déjà un espace privé",
        body=(
            "Une inscription vient d’être demandée avec votre numéro. Vous avez déjà un espace privé : rien n’a changé, et "
            "personne n’y est entré.\n\n"
            f"C’était vous ? Connectez-vous avec votre mot de passe :\n\n{link('comptes:connexion')}\n\n"
            "Si vous l’avez perdu, choisissez « Mot de passe oublié ? » sur cette page.\n\n"
            "Ce n’était pas vous ? Téléphonez-nous."
        ),
        caisse=compte.caisse,
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


def tell_by_text(key: str, telephone: str, text: str, compte: Compte, *, by: Actor) -> None:
    """A text message to a number that the fund knew, when it can get one; the letter says the same in any case."""
    try:
        number = normalise(telephone) if telephone else ""
    except TelephoneError:
        return
    if number and is_mobile(number) and textos.is_available():
        try:
            textos.write(key=key, to=number, text=text, caisse=compte.caisse, by=by)
        except textos.TextoImpossible:
            return


def link(name: str) -> str:
    return ENV.base_url + reverse(name)
