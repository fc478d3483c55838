"""Six digits sent to somebody, to prove that they read an address or hold a telephone.

A code lasts ten minutes and five tries (ASVS 6.5.5); a new one kills the former. The row keeps a keyed digest: a million codes are
soon tried by whoever copied the database. `objet` says what is proved, `lien` to whom it belongs: a code given for one thing
proves no other. Every try is counted before it is compared, in one statement, so that fifty at once are five.
"""

import hmac
import re
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.comptes import compteurs, emails
from enclos.comptes.compteurs import Rule, TooManyTries
from enclos.comptes.models import Code
from enclos.courrier import textos
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

DIGITS = 6
LIFE = timedelta(minutes=10)
MOST_TRIES = 5
# How often somebody may ask for a new code, then how many messages one address may get from everybody, for each purpose.
BY_LINK = Rule(timedelta(hours=1), free=3, waits=tuple(timedelta(minutes=n) for n in (1, 5, 15)), most=6)
BY_ADDRESS = Rule(timedelta(hours=24), free=12, waits=(timedelta(hours=1),), most=20)


class WrongCode(Refusal):
    """Not the code that was sent; `left` tries remain."""

    def __init__(self, left: int) -> None:
        again = "Il vous reste un essai." if left == 1 else f"Il vous reste {left} essais."
        super().__init__(f"Ce code n’est pas le bon. Relisez le dernier message reçu. {again}", code="code", status=422)
        self.left = left


class DeadCode(Refusal):
    """Too old, used, tried too often, or never sent: in one phrase."""

    def __init__(self) -> None:
        super().__init__(
            "Ce code n’est plus valable. Il sert une fois, pendant 10 minutes, et 5 essais. Demandez-en un nouveau.",
            code="code-perime",
            status=422,
        )


def send_by_mail(
    objet: str,
    lien: str,
    *,
    to: str,
    caisse: Caisse,
    concerne: UUID | None = None,
    is_promised: bool = False,
    by: Actor,
) -> None:
    """A new code, by e-mail, about the member of that key; `is_promised` when `pretend` wrote its row. Raises `TooManyTries`."""
    with transaction.atomic():
        row, code = renew(objet, lien, to=to, by=by, is_promised=is_promised)
        emails.code(key_of(row), code, to=to, caisse=caisse, concerne=concerne, by=by)


def send_by_sms(
    objet: str,
    lien: str,
    *,
    to: str,
    caisse: Caisse,
    concerne: UUID | None = None,
    is_promised: bool = False,
    by: Actor,
) -> None:
    """A new code, by text message. Raises `TooManyTries`; `textos.is_available()` is the caller's to ask."""
    with transaction.atomic():
        row, code = renew(objet, lien, to=to, by=by, is_promised=is_promised)
        textos.write(
            key=key_of(row),
            to=to,
            text=f"{caisse.nom} : votre code est {{secret}}. Il dure 10 minutes. Ne le donnez à personne, même à un conseiller.",
            caisse=caisse,
            concerne=concerne,
            secret=code,
            by=by,
        )


def pretend(objet: str, lien: str) -> None:
    """A row that no code opens: trying one then answers as if a code had been sent, whoever exists or not."""
    write(objet, lien, secrets.token_hex(16))


def check(objet: str, lien: str, typed: str, *, by: Actor) -> None:
    """Prove that the code sent last for this is `typed`. Raises `WrongCode` or `DeadCode`.

    Never inside a transaction: what its refusal would undo is the count of the try (`durable` says so loudly).
    """
    with transaction.atomic(durable=True):
        now = timezone.now()
        rows = Code.objects.filter(objet=objet, lien=lien)
        open_rows = rows.filter(used_at=None, expire_at__gt=now, essais__lt=MOST_TRIES)
        if not open_rows.update(essais=F("essais") + 1):  # the row is held until the end of this block
            raise DeadCode
        row = rows.get()
        is_right = hmac.compare_digest(row.empreinte, digest_of(objet, lien, digits_of(typed)))
        if is_right:
            rows.update(used_at=now)
            record("comptes.code.accepted", row, by=by, objet=objet)
        else:
            record("comptes.code.refused", row, by=by, objet=objet, essai=row.essais)
    if not is_right:
        raise WrongCode(MOST_TRIES - row.essais) if row.essais < MOST_TRIES else DeadCode


def forget(objet: str, lien: str) -> None:
    """What it would have proved is not asked any more."""
    Code.objects.filter(objet=objet, lien=lien).delete()


def sweep_codes() -> int:
    """Throw away the codes dead for a day; returns how many."""
    return Code.objects.filter(expire_at__lt=timezone.now() - timedelta(days=1)).delete()[0]


def renew(objet: str, lien: str, *, to: str, by: Actor, is_promised: bool = False) -> tuple[Code, str]:
    """A new code in place of the former one, counted for who asks and for the address. Raises `TooManyTries`."""
    for key, rule in (
        (f"code-de:{blind_index(f'{objet}:{lien}')}", BY_LINK),
        # For each purpose: whoever registers with somebody's address must not use up the codes that its owner asks for.
        (f"code-a:{blind_index(f'{objet}:{to.lower()}')}", BY_ADDRESS),
    ):
        verdict = compteurs.count_try(key, rule)
        if not verdict.is_allowed:
            raise TooManyTries(verdict, about="d’envoi de code")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = (fulfil if is_promised else write)(objet, lien, code)
    record("comptes.code.sent", row, by=by, objet=objet)
    return row, code


def write(objet: str, lien: str, code: str) -> Code:
    """The one row of this purpose and this owner."""
    now = timezone.now()
    row, _ = Code.objects.update_or_create(
        objet=objet,
        lien=lien,
        defaults={
            "empreinte": digest_of(objet, lien, code),
            "essais": 0,
            "created_at": now,
            "expire_at": now + LIFE,
            "used_at": None,
        },
    )
    return row


def fulfil(objet: str, lien: str, code: str) -> Code:
    """The code of a row that `pretend` wrote. The tries made and the minutes gone since then stay as they are for somebody unknown:
    counted anew, they would tell who asked that a code left. Raises `DeadCode` when the row was swept.
    """
    rows = Code.objects.filter(objet=objet, lien=lien)
    if not rows.update(empreinte=digest_of(objet, lien, code), created_at=timezone.now()):
        raise DeadCode
    return rows.get()


def digest_of(objet: str, lien: str, code: str) -> str:
    return blind_index(f"code:{objet}:{lien}:{code}")


def digits_of(typed: str) -> str:
    """What was typed, however it was spaced."""
    return re.sub(r"[\s.\-–—]", "", typed[:40])


def key_of(row: Code) -> str:
    """What the outbox knows the message by: one for each code."""
    return f"comptes.code.{row.pk}.{row.created_at:%Y%m%d%H%M%S%f}"
