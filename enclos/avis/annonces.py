"""Telling a member that something happened: one notice in the portal, and what leaves by the channels they chose.

Every app above says what happened through `announce`, in one function per event (its `emails.py`); nothing else writes an e-mail or a
text message about the member's affairs.
"""

from contextlib import suppress

from django.db import transaction

from config.env import ENV
from enclos.avis.access import wants
from enclos.avis.evenements import COURRIEL, SMS
from enclos.avis.models import Avis
from enclos.comptes.models import Compte
from enclos.courrier import textos
from enclos.courrier.actions import write
from enclos.journal.actions import Actor
from enclos.registre.models import Personne

SIGNATURE = """{caisse}
{telephone}

Ce courriel est envoyé par une machine : ne lui répondez pas. Nous ne demandons jamais votre mot de passe ni vos
coordonnées bancaires par courriel."""


@transaction.atomic(savepoint=False)
def announce(
    personne: Personne, cle: str, *, evenement: str, subject: str, body: str, url: str = "", to: str = "", by: Actor
) -> Avis:
    """Tell `personne` of one event, in the transaction of what it announces; the same `cle` again tells nothing more.

    `evenement` is a code of `evenements`, which knows the channels offered. `subject` is the title of the notice too: one line without
    any content or name. `body` is the text of the e-mail, without greeting nor link; `url` the path of the page that says it all, added below
    while the account is open. `to` is another address than the account's, when the law names it (CRPA R112-11-3). Raises `KeyError` on an event nobody
    declared.
    """
    known = Avis.objects.filter(cle=cle).first()
    if known is not None:
        return known
    avis = Avis.objects.create(personne=personne, evenement=evenement, cle=cle, titre=subject[:200], url=url)
    caisse = personne.caisse
    compte: Compte | None = getattr(personne, "compte", None)
    if wants(compte, evenement, COURRIEL):
        said = f"{body}\n\n{ENV.base_url}{url}" if url and is_online(personne) else body
        text = f"Bonjour,\n\n{said}\n\n{SIGNATURE.format(caisse=caisse.nom, telephone=caisse.telephone)}"
        write(key=cle, to=to or address_of(personne), subject=subject, text=text, caisse=caisse, by=by)
    if compte is not None and wants(compte, evenement, SMS):
        # Without a link: nobody must get used to following one. Where no message can leave, the portal says it all the same.
        short = f"{caisse.nom[:40]} : {subject}. Les détails sont dans votre espace privé."
        with suppress(textos.TextoImpossible):
            textos.write(key=cle, to=compte.telephone, text=short, caisse=caisse, by=by)
    return avis


def address_of(personne: Personne) -> str:
    """Where they are written to: the account's address, or else the one the fund knows."""
    compte = getattr(personne, "compte", None)
    return compte.courriel if compte and compte.courriel else personne.email


def is_online(personne: Personne) -> bool:
    """Whether the member can read the answer in the portal: not once they closed their account."""
    compte = getattr(personne, "compte", None)
    return compte is None or compte.closed_at is None
