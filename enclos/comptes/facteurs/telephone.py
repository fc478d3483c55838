"""The codes of a telephone: a secret is offered, then counts once a code has proved that the telephone holds it.

Until then the offer waits, sealed, in the session: reloading the page shows the same drawing, and no row is touched.
"""

import base64
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest

from enclos.comptes import compteurs, totp
from enclos.comptes.access import session_of
from enclos.comptes.actions import BY_CODE, TooManyTries, WrongCode, what_is_left
from enclos.comptes.compteurs import Rule, Verdict
from enclos.comptes.facteurs import emails
from enclos.comptes.models import ClePasse, CodeSecours, Compte
from enclos.comptes.sources import source_of
from enclos.journal.actions import Actor, record
from enclos.socle import sealed
from enclos.socle.refusals import Refusal

PURPOSE = "totp-propose"
SLOT = "totp_propose"  # in the session


class WrongFirstCode(WrongCode):
    """Not the code of the secret just offered: a clock that is wrong, or another line of the application."""

    def __init__(self, verdict: Verdict, rule: Rule) -> None:
        super().__init__(verdict, rule)
        phrase = (
            "Ce code n’est pas celui du dessin. Vérifiez que votre téléphone est à l’heure, puis tapez le code affiché."
        )
        self.phrase = phrase + what_is_left(verdict, rule)


@dataclass(frozen=True)
class Offer:
    """A secret, as the three ways to give it to a telephone."""

    secret: bytes
    address: str

    @property
    def typed(self) -> str:
        """To be typed by hand, in groups of four."""
        text = totp.base32(self.secret)
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))

    @property
    def drawing(self) -> str:
        """The QR code, as SVG without any style: black on white whatever the colours of the page, or cameras miss it."""
        import segno  # late: it is used by this page alone

        return segno.make_qr(self.address, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=True)


def offer(request: HttpRequest, compte: Compte) -> Offer:
    """The secret offered in this session: the same until it is taken."""
    session = session_of(request)
    secret = opened(str(session.get(SLOT, "")), compte)
    if secret is None:
        secret = totp.new_secret()
        kept = sealed.seal(secret, purpose=PURPOSE, aad=compte.pk.bytes)
        session[SLOT] = base64.b64encode(kept).decode()
    return Offer(secret, totp.address_for_telephone(secret, compte.nom_affiche, compte.caisse.nom))


def opened(text: str, compte: Compte) -> bytes | None:
    try:
        return sealed.unseal(base64.b64decode(text), purpose=PURPOSE, aad=compte.pk.bytes) if text else None
    except (sealed.SealError, ValueError):
        return None


def accept(compte: Compte, code: str, *, request: HttpRequest, by: Actor) -> None:
    """Make the offered secret the account's, once `code` proves it. Raises `WrongCode`, `TooManyTries` or `Refusal`."""
    secret = opened(str(session_of(request).get(SLOT, "")), compte)
    if secret is None:
        raise Refusal("Cette page a changé : lisez à nouveau le dessin avec votre téléphone.", code="totp", status=422)
    key = f"code:{compte.pk}"
    verdict = compteurs.count_try(key, BY_CODE)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="avec ce code")
    step = totp.matching_step(secret, code)
    if step is None:
        record("comptes.code.refused", compte, by=by, essai=verdict.count, source=source_of(request))
        raise WrongFirstCode(verdict, BY_CODE)
    with transaction.atomic():
        # The code that proved it is the last one used: it opens nothing a second time.
        Compte.objects.filter(pk=compte.pk).update(totp_sealed=totp.seal_secret(compte, secret), totp_last_step=step)
        record("comptes.totp.added", compte, by=by, source=source_of(request))
        emails.changed(compte, by=by)
        compteurs.forget(key)
    del session_of(request)[SLOT]


@transaction.atomic
def remove(compte: Compte, *, by: Actor) -> None:
    """The telephone counts no more; without any other factor, the recovery codes go too. An agent always keeps theirs."""
    if compte.is_agent:
        raise Refusal("Un compte d’agent garde toujours un code à 6 chiffres.", code="totp")
    if not Compte.objects.filter(pk=compte.pk).exclude(totp_sealed=b"").update(totp_sealed=b""):
        return  # a double click
    record("comptes.totp.removed", compte, by=by)
    forget_codes_if_off(compte)
    emails.changed(compte, by=by)


def forget_codes_if_off(compte: Compte) -> None:
    """Recovery codes stand in for a factor: without one they open nothing, and would surprise when one is added again."""
    if not (
        Compte.objects.filter(pk=compte.pk).exclude(totp_sealed=b"").exists()
        or ClePasse.objects.filter(compte=compte).exists()
    ):
        CodeSecours.objects.filter(compte=compte).delete()
