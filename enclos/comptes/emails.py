"""One function per e-mail of signing in. None names anybody, holds a link that signs in, or shows a secret in clear in our rows."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse

from config.env import ENV
from enclos.caisses.models import Caisse
from enclos.comptes.models import Compte
from enclos.courrier.actions import write
from enclos.journal.actions import Actor
from enclos.socle.dates import heure, jour, paris

MACHINE = (
    "Cet e-mail est envoyé par une machine : ne lui répondez pas. Nous ne demandons jamais votre mot de passe ni vos coordonnées "
    "bancaires par e-mail."
)


def signature(caisse: Caisse) -> str:
    """Whom to call and when, who writes, and what an e-mail of ours never asks."""
    hours = "".join(f"\n{line}." for line in caisse.horaires_en_mots())
    return f"Une question ? Téléphonez-nous au {caisse.telephone}.{hours}\n\n{caisse.nom}\n\n{MACHINE}"


def send(
    key: str,
    *,
    to: str,
    subject: str,
    body: str,
    caisse: Caisse,
    concerne: UUID | None = None,
    secret: str = "",
    by: Actor,
) -> None:
    """With our greeting and our signature; `concerne` is the key of the member it is about."""
    text = f"Bonjour,\n\n{body}\n\n{signature(caisse)}"
    write(key=key, to=to, subject=subject, text=text, caisse=caisse, concerne=concerne, by=by, secret=secret)


def code(key: str, secret: str, *, to: str, caisse: Caisse, concerne: UUID | None = None, by: Actor) -> None:
    """The six digits that prove an address."""
    send(
        key,
        to=to,
        subject="Votre code de vérification",
        body=(
            "Votre code est :\n\n{secret}\n\nTapez-le sur la page ouverte dans votre navigateur. Il dure 10 minutes et sert une "
            "seule fois.\n\nNe donnez ce code à personne, même à un conseiller. Vous n’avez rien demandé ? Ne faites rien : sans "
            "ce code, personne n’entre."
        ),
        caisse=caisse,
        concerne=concerne,
        by=by,
        secret=secret,
    )


def mot_de_passe_provisoire(compte: Compte, secret: str, expire_at: datetime, *, key: str, by: Actor) -> None:
    """The password that opens the page where one chooses one’s own."""
    send(
        key,
        to=compte.courriel,
        subject="Votre mot de passe provisoire",
        body=(
            "Voici votre mot de passe provisoire :\n\n{secret}\n\n"
            f"Il sert une seule fois, jusqu’au {jour(paris(expire_at))} à {heure(expire_at)}. Connectez-vous avec votre numéro de "
            f"sécurité sociale (13 caractères, sans la clé) et ce mot de passe, puis choisissez le vôtre :\n\n{link('comptes:connexion')}\n\n"
            "Vous n’avez rien demandé ? Téléphonez-nous."
        ),
        caisse=compte.caisse,
        concerne=compte.personne_id,
        by=by,
        secret=secret,
    )


def link(name: str) -> str:
    return ENV.base_url + reverse(name)
