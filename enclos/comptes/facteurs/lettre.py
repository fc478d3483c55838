"""Nothing is left of the second factor, neither telephone, key nor recovery code: the way back is the way the account was proved,
a letter to the postal address the fund knows (ASVS 6.4.4). Its code opens once, and removes the second factor.
"""

import hmac
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from enclos.comptes import compteurs
from enclos.comptes.actions import BY_CODE, TooManyTries, WrongCode, second_factor_given, what_is_left
from enclos.comptes.compteurs import Rule, Verdict
from enclos.comptes.facteurs import emails, secours
from enclos.comptes.models import ClePasse, Code, CodeSecours, Compte, Session
from enclos.comptes.sources import source_of
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.journal.actions import Actor, record
from enclos.socle.dates import jour, paris
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

OBJET = "facteur-lettre"
PREFIX = "facteur."  # of the keys of our letters
LIFE = timedelta(days=30)
MOST_TRIES = 5
# Who has the password alone could have letters sent again and again: three a month, the next one a week after the former.
BY_ACCOUNT = Rule(window=timedelta(days=30), free=1, waits=(timedelta(days=7),), most=3)


class WrongLetterCode(WrongCode):
    """Not the one of the letter, too old, dead or used."""

    def __init__(self, verdict: Verdict, rule: Rule) -> None:
        super().__init__(verdict, rule)
        self.phrase = "Ce code n’est pas celui de la lettre, ou il ne sert plus." + what_is_left(verdict, rule)


class NotYet(Refusal):
    """A letter is on its way, or too many were asked."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(
            f"Un courrier est déjà parti. Comptez quelques jours pour le recevoir. Vous pourrez en demander un autre le {jour(paris(again_at))}.",
            code="courrier",
            status=429,
        )


def request_letter(compte: Compte, *, request: HttpRequest, by: Actor) -> datetime:
    """Send a letter with a new code, which kills the former; returns until when it serves.

    Raises `NotYet` or `lettres.LetterAlreadyOpen`.
    """
    key = f"lettre-facteur:{compte.pk}"
    verdict = compteurs.count_try(key, BY_ACCOUNT)
    if not verdict.is_allowed:
        raise NotYet(timezone.now() + verdict.wait)
    try:
        return write(compte, request=request, by=by)
    except lettres.LetterAlreadyOpen:
        compteurs.give_back(key)  # nothing left: it does not count
        raise


@transaction.atomic
def write(compte: Compte, *, request: HttpRequest, by: Actor) -> datetime:
    """The code, the letter and the notice, all or nothing."""
    assert compte.personne is not None  # agents have no postal address here
    row, code = renew(compte)
    lettres.request(
        compte.personne,
        lettres.Genre.CODE,
        secret=secours.shown(code),
        cle=f"{PREFIX}{compte.pk}.{row.created_at:%Y%m%d%H%M%S}",
        caisse=compte.caisse,
        by=by,
    )
    record("comptes.facteurs.letter_requested", compte, by=by, source=source_of(request))
    emails.lettre_demandee(compte, row.expire_at, by=by)
    return row.expire_at


def renew(compte: Compte) -> tuple[Code, str]:
    """A new code, for a letter or for the same printed again; the former is worth nothing any more."""
    code, now = secours.signs(secours.SIGNS), timezone.now()
    row, _ = Code.objects.update_or_create(
        objet=OBJET,
        lien=str(compte.pk),
        defaults={
            "empreinte": digest(compte, code),
            "essais": 0,
            "created_at": now,
            "expire_at": now + LIFE,
            "used_at": None,
        },
    )
    return row, code


def digest(compte: Compte, code: str) -> str:
    """59 random bits under a key that is not in the database, so without a slow hash."""
    return blind_index(f"{OBJET}:{compte.pk}:{code}")


def expected(compte: Compte) -> Code | None:
    """The code of the letter that was sent, while it may serve."""
    return alive(compte).first()


def alive(compte: Compte) -> QuerySet[Code]:
    return Code.objects.filter(
        objet=OBJET, lien=str(compte.pk), used_at=None, essais__lt=MOST_TRIES, expire_at__gt=timezone.now()
    )


def give(request: HttpRequest, compte: Compte, typed: str) -> None:
    """The code of the letter: the second factor is removed, every other session is closed, this one opens.

    Raises `WrongCode` or `TooManyTries`; what is too old, dead or used is wrong like the rest.
    """
    key = f"code:{compte.pk}"
    verdict = compteurs.count_try(key, BY_CODE)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="avec ce code")
    if not (code := secours.read(typed)) or not is_right(compte, code):
        record("comptes.code.refused", compte, by=compte, essai=verdict.count, source=source_of(request))
        raise WrongLetterCode(verdict, BY_CODE)
    with transaction.atomic():
        if not spend(compte):
            raise WrongLetterCode(verdict, BY_CODE)  # another tab came first
        forget_everything(compte)
        record("comptes.facteurs.reset", compte, by=compte, source=source_of(request))
        emails.changed(compte, by=compte)
        close_letter(compte)
        second_factor_given(request, compte)
        compteurs.forget(key)


def is_right(compte: Compte, code: str) -> bool:
    """Count a try of the code, then compare: the sixth wrong one finds it dead, however many come at once."""
    if not alive(compte).update(essais=F("essais") + 1):
        return False
    row = Code.objects.get(objet=OBJET, lien=str(compte.pk))
    return hmac.compare_digest(row.empreinte, digest(compte, code))


def spend(compte: Compte) -> bool:
    """Whether the code had not served; it has now."""
    return bool(Code.objects.filter(objet=OBJET, lien=str(compte.pk), used_at=None).update(used_at=timezone.now()))


def close_letter(compte: Compte) -> None:
    """The letter has served: another one may be asked for, for this or for something else."""
    letter = open_letter_of(compte.personne) if compte.personne else None
    if letter is not None and letter.cle.startswith(PREFIX):
        lettres.close(letter, by=compte)


def forget_everything(compte: Compte) -> None:
    """No second factor any more, and no browser that came in with it."""
    Compte.objects.filter(pk=compte.pk).update(totp_sealed=b"")
    ClePasse.objects.filter(compte=compte).delete()
    CodeSecours.objects.filter(compte=compte).delete()
    Session.objects.filter(compte=compte, attend="").delete()
