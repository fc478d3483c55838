"""« Ce n’est pas moi »: a link for the former contact, which puts back what changed and shuts the account.

Whoever reads the former mailbox may act without signing in, once, for thirty days. That is little power: the account is shut and
opens again by the post alone, so that a stolen mailbox gives nothing to its thief.
"""

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone

from enclos.comptes.coordonnees import emails
from enclos.comptes.coordonnees.access import COOLING_OFF, address_in_registry, told_since
from enclos.comptes.coordonnees.telephones import as_typed
from enclos.comptes.models import Avertissement, Changement, Compte, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier import budget, lettres, textos
from enclos.courrier.access import open_letter_of
from enclos.courrier.models import Lettre
from enclos.journal.actions import Actor, record
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal

LIFE = timedelta(days=30)
SIGNER = Signer(salt="enclos.comptes.contestation", sep=".")


def token_of(avertissement: Avertissement) -> str:
    """What the link holds: the row, signed. Not in hexadecimal, where thirteen digits in a row would pass for a NIR."""
    return SIGNER.sign(base64.urlsafe_b64encode(avertissement.pk.bytes).decode().rstrip("="))


def warning_for(token: str) -> Avertissement | None:
    """The notice of a link, used or not; None when we never wrote this link."""
    try:
        pk = UUID(bytes=base64.urlsafe_b64decode(SIGNER.unsign(token) + "=="))
    except (BadSignature, binascii.Error, ValueError):
        return None
    return Avertissement.objects.select_related("compte__caisse").filter(pk=pk).first()


def is_open(avertissement: Avertissement) -> bool:
    return avertissement.used_at is None and avertissement.expire_at > timezone.now()


def warn(
    compte: Compte,
    objet: Avertissement.Objet,
    *,
    by: Actor,
    before: Mapping[str, Any] | None = None,
    instead_to: str = "",
    at: datetime | None = None,
) -> None:
    """Tell every contact of the account that it changed, in the transaction of the change.

    `before` holds what the link puts back. The contacts left less than thirty days ago are told too: whoever took the account over
    changes the e-mail first, and would be alone to read the next notices. `instead_to` is told instead of the account's own address.
    `at` is the moment of the change: the link puts back what happened from then on.
    """
    now = at or timezone.now()
    addresses = {instead_to or compte.courriel}
    if objet != Avertissement.Objet.CONNEXION:  # which changes nothing, and comes often
        open_rows = Avertissement.objects.filter(compte=compte, used_at=None, expire_at__gt=now)
        addresses |= set(open_rows.values_list("courriel", flat=True))
    # An account opened on a proof that a stolen card gives: the contact that the fund knows is told.
    if not compte.is_confirmed and compte.personne is not None:
        addresses.add(compte.personne.email)
    for address in sorted(addresses - {""}):
        notice = Avertissement.objects.create(
            compte=compte,
            objet=objet,
            avant=dict(before or {}),
            courriel=address,
            created_at=now,
            expire_at=now + LIFE,
        )
        emails.avertissement(notice, emails.link("comptes:ce_n_est_pas_moi", token_of(notice)), by=by)


def tell_by_text(compte: Compte, objet: Avertissement.Objet, number: str, *, at: datetime, by: Actor) -> None:
    """A word to the verified telephone there was before the change: a thief who reads the mailbox may not hold it.

    Without a link, which nobody must get used to following; where no message can leave, the e-mail says it all the same.
    """
    if not number:
        return
    caisse = compte.caisse
    what = emails.SUBJECTS[objet][:1].lower() + emails.SUBJECTS[objet][1:]
    said = f"{caisse.nom[:40]} : {what}. Ce n’est pas vous ? Appelez le {caisse.telephone}."
    with suppress(budget.TextoImpossible):
        textos.write(
            key=f"comptes.{objet}.{compte.pk}.{at:%Y%m%d%H%M%S%f}",
            to=number,
            text=said,
            caisse=caisse,
            concerne=compte.personne_id,
            by=by,
        )


@transaction.atomic
def contest(avertissement: Avertissement, *, by: Actor) -> bool:
    """« Ce n’est pas moi »: put back what changed since, shut everything, send the way back by post.

    Returns whether a letter leaves; else the member must call. Raises `Refusal` when the link has served or is too old.
    """
    compte = (
        Compte.objects.select_for_update(no_key=True, of=("self",))
        .select_related("personne", "caisse")
        .get(pk=avertissement.compte_id)
    )
    avertissement = Avertissement.objects.select_for_update(no_key=True, of=("self",)).get(pk=avertissement.pk)
    avertissement.compte = compte
    if not is_open(avertissement):
        raise Refusal("Ce lien a déjà servi, ou il a plus de 30 jours.", code="lien", status=410)
    since = avertissement.created_at
    moved = put_back(compte, since)
    shut(compte, since)
    Avertissement.objects.filter(compte=compte, created_at__gte=since, used_at=None).update(used_at=timezone.now())
    record("comptes.changement.contested", compte, by=by, objet=avertissement.objet)
    # An address that the registry took over from the thief is no way back to the member.
    can_write = compte.personne is not None and compte.closed_at is None and compte.may_sign_in and not moved
    if can_write and compte.personne is not None:
        if on_its_way := open_letter_of(compte.personne):
            lettres.cancel(on_its_way, by=by)  # what it bears opens nothing any more
        secret = provisoires.issue(compte, MotDePasseProvisoire.Canal.COURRIER, by=by)
        lettres.request(
            compte.personne,
            Lettre.Genre.MOT_DE_PASSE,
            secret=secret,
            cle=f"contestation.{avertissement.pk}",
            caisse=compte.caisse,
            by=by,
        )
    emails.conteste(avertissement, is_letter_sent=can_write, by=by)
    return can_write


def put_back(compte: Compte, since: datetime) -> bool:
    """The contact details as they were at that moment. Returns whether the registry had already taken another address."""
    before: dict[str, Any] = {}
    for notice in told_since(compte, since):  # newest first: the oldest has the last word
        before |= notice.avant
    changed = Changement.objects.filter(compte=compte, created_at__gte=since, cancelled_at=None)
    taken = {row.champ for row in changed.exclude(confirmed_at=None)}
    changed.update(cancelled_at=timezone.now())  # the export takes back those that were given
    former = {
        Changement.Champ.COURRIEL: {"email": before.get("courriel", "")},
        Changement.Champ.TELEPHONE: {"telephone": as_typed(before.get("telephone", ""))},
        Changement.Champ.ADRESSE: before.get("adresse") or address_in_registry(compte),
    }
    for champ in sorted(taken):  # the registry says the wrong one: the fund must learn the former one again
        Changement.objects.create(
            compte=compte, champ=champ, valeurs=former[Changement.Champ(champ)], effet_le=today_paris()
        )
    compte.courriel = before.get("courriel", compte.courriel)
    compte.telephone = before.get("telephone", compte.telephone)
    return Changement.Champ.ADRESSE in taken


def shut(compte: Compte, since: datetime) -> None:
    """No session, no password, no key added lately; neither the e-mail nor the telephone opens anything until the letter does."""
    compte.courriel_verifie_at = compte.telephone_verifie_at = None
    compte.niveau = Compte.Niveau.A_CONFIRMER
    compte.set_unusable_password()
    compte.totp_sealed = b""  # nothing says who put it there, and the thief's own would keep the member out
    compte.save(
        update_fields=[
            "courriel", "courriel_verifie_at", "telephone", "telephone_verifie_at", "niveau", "password", "totp_sealed",
        ]
    )  # fmt: skip
    Session.objects.filter(compte=compte).delete()
    MotDePasseProvisoire.objects.filter(compte=compte, used_at=None, killed_at=None).update(killed_at=timezone.now())
    lately = since - COOLING_OFF  # what a thief adds just before changing the contacts
    compte.cles_passe.filter(created_at__gte=lately).delete()
    compte.codes_secours.filter(created_at__gte=lately).delete()
    compte.associations.filter(created_at__gte=lately).delete()
