"""Telling a member that something happened: one notice in the portal, and what leaves by the channels they chose.

Every app above says what happened through `announce`, in one function per event (its `emails.py`); nothing else writes an e-mail or a
text message about the member's affairs.
"""

from datetime import datetime

from django.db import transaction

from config.env import ENV
from enclos.avis.access import choix_of, has_number
from enclos.avis.evenements import COURRIEL, PAR_CODE, is_locked
from enclos.avis.models import Avis
from enclos.avis.relais import promise_letter
from enclos.avis.rythmes import held_rythme, open_resume
from enclos.comptes.emails import signature
from enclos.comptes.models import Compte
from enclos.courrier import budget, heures, textos
from enclos.courrier.actions import write
from enclos.courrier.models import Courriel, Texto
from enclos.journal.actions import Actor
from enclos.registre.models import Personne

INSTEAD_OF_TEXT = "Vous aviez demandé un SMS : nous n’avons pas pu l’envoyer. Nous vous écrivons donc par e-mail."


@transaction.atomic(savepoint=False)
def announce(
    personne: Personne,
    cle: str,
    *,
    evenement: str,
    subject: str,
    body: str,
    url: str = "",
    to: str = "",
    reference: str = "",
    by_post: bool | None = None,
    by: Actor,
) -> Avis:
    """Tell `personne` of one event, in the transaction of what it announces; the same `cle` again tells nothing more.

    `evenement` is a code of `evenements`, which knows the channels offered. `subject` is the title of the notice too: one line without
    any content or name. `body` is the text of the e-mail, without greeting nor link; `url` the path of the page that says it all, added below
    while the account is open: that page calls `avis.actions.seen`. `to` is another address than the account's, when the law names it
    (CRPA R112-11-3); `reference` is that of the sending or message it is about, which a letter prints; `by_post` says whether
    one leaves when nobody reads the notice, where the event does not. Raises `KeyError` on an event nobody declared.

    What the member put off waits for the digest, what can wait does not ring in the quiet hours, and what could not leave by text
    message leaves by e-mail, which says so.
    """
    known = Avis.objects.filter(cle=cle).first()
    if known is not None:
        return known
    event = PAR_CODE[evenement]
    avis = Avis(personne=personne, evenement=evenement, cle=cle, titre=subject[:200], url=url, reference=reference)
    compte: Compte | None = getattr(personne, "compte", None)
    choix = choix_of(compte, evenement)
    if compte is not None and choix.sms:
        avis.texto = text(avis, compte, by=by)
    missed = choix.sms and avis.texto is None
    rythme = held_rythme(compte) if compte is not None and choix.rythme.is_grouped else choix.rythme
    if missed or (choix.courriel and not rythme.is_grouped):
        said = f"{body}\n\n{INSTEAD_OF_TEXT}" if missed else body
        may_wait = rythme.calme and not is_locked(event, COURRIEL) and not missed
        not_before = heures.next_opening(avis.created_at) if may_wait else None
        avis.courriel = mail(avis, cle, subject, said, to=to, not_before=not_before, by=by)
    elif choix.courriel and compte is not None:
        avis.resume = open_resume(compte, rythme)
    avis.save(force_insert=True)
    if event.post_if_unread if by_post is None else by_post:
        promise_letter(avis, is_online=compte is not None and compte.closed_at is None)
    return avis


def text(avis: Avis, compte: Compte, *, by: Actor) -> Texto | None:
    """The text message that was asked for, or None when it cannot leave. Without a link: nobody must get used to following one."""
    if not has_number(compte):
        return None
    caisse = avis.personne.caisse
    short = f"{caisse.nom[:40]} : {avis.titre}. Les détails sont dans votre espace privé."
    try:
        return textos.write(
            key=avis.cle,
            to=compte.telephone,
            text=short,
            caisse=caisse,
            concerne=avis.personne_id,
            can_wait=True,
            by=by,
        )
    except budget.TextoImpossible:
        return None


def mail(
    avis: Avis, key: str, subject: str, body: str, *, to: str = "", not_before: datetime | None = None, by: Actor
) -> Courriel:
    """The e-mail of one notice, with our greeting, the way to its page and our signature."""
    personne = avis.personne
    said = f"{body}\n\n{ENV.base_url}{avis.url}" if avis.url and is_online(personne) else body
    return send(personne, key, subject, said, to=to, not_before=not_before, by=by)


def send(
    personne: Personne,
    key: str,
    subject: str,
    said: str,
    *,
    to: str = "",
    not_before: datetime | None = None,
    by: Actor,
) -> Courriel:
    caisse = personne.caisse
    whole = f"Bonjour,\n\n{said}\n\n{signature(caisse)}"
    return write(
        key=key,
        to=to or address_of(personne),
        subject=subject,
        text=whole,
        caisse=caisse,
        concerne=personne.pk,
        not_before=not_before,
        by=by,
    )


def address_of(personne: Personne) -> str:
    """Where they are written to: the account's address, or else the one the fund knows."""
    compte = getattr(personne, "compte", None)
    return compte.courriel if compte and compte.courriel else personne.email


def is_online(personne: Personne) -> bool:
    """Whether the member can read the answer in the portal: not once they closed their account."""
    compte = getattr(personne, "compte", None)
    return compte is None or compte.closed_at is None
