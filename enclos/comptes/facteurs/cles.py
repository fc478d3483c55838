"""Passkeys: made, shown to sign in, renamed, removed.

`webauthn` takes 0.7 s to import (certificates of every maker of keys): each function that needs it asks for it late, so that a
web process starts without it.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from enclos.comptes.actions import VISITOR
from enclos.comptes.facteurs import defis, emails
from enclos.comptes.facteurs.access import key_by_credential
from enclos.comptes.facteurs.site import Site, site_of
from enclos.comptes.models import ClePasse, Compte
from enclos.comptes.sources import source_of
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

logger = logging.getLogger(__name__)

MOST_KEYS = 10
MOST_SIGNS = 20_000  # of what a browser answers; a thousand or two in truth
AJOUT, ENTREE, SECOND, PREUVE = "ajout", "entree", "second", "preuve"  # what a challenge is for


class KeyRefused(Refusal):
    """What the browser gave proves nothing; which of the reasons it is goes to the journal alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Cette clé d’accès n’a pas pu être vérifiée. Recommencez, ou connectez-vous autrement.",
            code="cle",
            status=422,
        )
        self.reason = reason


class NoPasskeyHere(Refusal):
    """The address of this portal is one for which browsers make no key."""

    def __init__(self) -> None:
        super().__init__("Les clés d’accès ne marchent pas à cette adresse.", code="site", status=422)


def here(request: HttpRequest) -> Site:
    """The site of this request. Raises `NoPasskeyHere`."""
    site = site_of(request)
    if site is None:
        raise NoPasskeyHere
    return site


def creation_options(compte: Compte, keys: Sequence[ClePasse], challenge: bytes, *, site: Site) -> str:
    """What `navigator.credentials.create` is given, in JSON. The name the key carries is the one the screen shows: never a NIR."""
    from webauthn import generate_registration_options, options_to_json  # late: 0.7 s
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    return options_to_json(
        generate_registration_options(
            rp_id=site.rp_id,
            rp_name=compte.caisse.nom,
            user_id=compte.pk.bytes,
            user_name=compte.nom_affiche,
            challenge=challenge,
            timeout=milliseconds(),
            exclude_credentials=descriptors(keys),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def request_options(keys: Sequence[ClePasse], challenge: bytes, *, site: Site) -> str:
    """What `navigator.credentials.get` is given, in JSON; without keys, the browser offers those it has for this site."""
    from webauthn import generate_authentication_options, options_to_json  # late: 0.7 s
    from webauthn.helpers.structs import UserVerificationRequirement

    return options_to_json(
        generate_authentication_options(
            rp_id=site.rp_id,
            challenge=challenge,
            timeout=milliseconds(),
            allow_credentials=descriptors(keys),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def milliseconds() -> int:
    return round(defis.LIFE.total_seconds() * 1000)


def descriptors(keys: Sequence[ClePasse]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor  # late: 0.7 s

    known = {transport.value for transport in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=bytes(key.identifiant),
            transports=[AuthenticatorTransport(name) for name in key.transports if name in known] or None,
        )
        for key in keys
    ]


def add(compte: Compte, answer: str, nom: str, *, request: HttpRequest, by: Actor) -> ClePasse:
    """Keep the key that a browser has just made. Raises `defis.StaleChallenge`, `KeyRefused`, `NoPasskeyHere` or `Refusal`."""
    from webauthn import verify_registration_response  # late: 0.7 s
    from webauthn.helpers import parse_registration_credential_json

    site = here(request)
    challenge = defis.take(request, usage=AJOUT)
    try:
        credential = parse_registration_credential_json(answer[:MOST_SIGNS])
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # the library lets out whatever its parsers raise on what is not a key
        raise refused(compte, error, request=request)
    try:
        with transaction.atomic():
            # The account's row is what two tabs wait for: the keys are counted one after the other.
            Compte.objects.select_for_update(no_key=True).only("pk").get(pk=compte.pk)
            if ClePasse.objects.filter(compte=compte).count() >= MOST_KEYS:
                raise Refusal(f"Un compte a {MOST_KEYS} clés d’accès au plus. Retirez-en une d’abord.", code="cles")
            key = ClePasse.objects.create(
                compte=compte,
                identifiant=made.credential_id,
                cle_publique=made.credential_public_key,
                compteur=made.sign_count,
                transports=[transport.value for transport in credential.response.transports or []],
                nom=nom,
            )
            record("comptes.cle.added", compte, by=by, cle=key.pk, source=source_of(request))
            emails.changed(compte, by=by)
    except IntegrityError:
        raise Refusal("Cette clé d’accès est déjà enregistrée.", code="cle", status=422)
    return key


def prove(answer: str, *, request: HttpRequest, usage: str, compte: Compte | None = None) -> ClePasse:
    """The key that signed the challenge of this browser: one of `compte`'s, or of anybody's when nobody is known yet.

    Raises `defis.StaleChallenge`, `KeyRefused` or `NoPasskeyHere`.
    """
    from webauthn import verify_authentication_response  # late: 0.7 s
    from webauthn.helpers import parse_authentication_credential_json

    site = here(request)
    challenge = defis.take(request, usage=usage)
    try:
        credential = parse_authentication_credential_json(answer[:MOST_SIGNS])
    except Exception as error:
        raise refused(compte, error, request=request)
    key = key_by_credential(credential.raw_id)
    if key is None or (compte is not None and key.compte_id != compte.pk):
        raise refused(compte, "clé inconnue", request=request)
    owner = key.compte
    # Without a name typed, the key itself says whose it is: it must say the same as our row.
    if credential.response.user_handle != owner.pk.bytes and (compte is None or credential.response.user_handle):
        raise refused(owner, "clé d’un autre compte", request=request)
    try:
        shown = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=bytes(key.cle_publique),
            credential_current_sign_count=0,  # ours is compared below, once the signature is known to be the key's
            require_user_verification=True,
        )
    except Exception as error:
        raise refused(owner, error, request=request)
    count_use(key, shown.new_sign_count, request=request)
    return key


def count_use(key: ClePasse, count: int, *, request: HttpRequest) -> None:
    """Move the counter of the key forward, in one statement. Raises `KeyRefused` when it does not move: the key was copied.

    Keys that a telephone shares with its owner's other devices do not count: theirs stays at nought.
    """
    moves = Q(compteur__lt=count) if count else Q(compteur=0)
    used = ClePasse.objects.filter(moves, pk=key.pk).update(compteur=count, last_used_at=timezone.now())
    if used:
        return
    with transaction.atomic():
        record("comptes.cle.copied", key.compte, by=key.compte, cle=key.pk, source=source_of(request))
        emails.cle_copiee(key, by=key.compte)
    raise KeyRefused("compteur")


def refused(compte: Compte | None, why: Exception | str, *, request: HttpRequest) -> KeyRefused:
    """One line in the journal; the person reads one phrase, whatever the reason."""
    reason = why if isinstance(why, str) else type(why).__name__
    record("comptes.cle.refused", compte, by=compte or VISITOR, motif=reason, source=source_of(request))
    logger.info("passkey refused: %s", reason)
    return KeyRefused(reason)


@transaction.atomic
def rename(key: ClePasse, nom: str, *, by: Actor) -> None:
    """Give a key another name."""
    ClePasse.objects.filter(pk=key.pk).update(nom=nom)
    record("comptes.cle.renamed", key.compte, by=by, cle=key.pk)
