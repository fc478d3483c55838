"""Text messages: an outbox as for e-mails, a budget a day, and few to the same number."""

import logging
import re
from dataclasses import dataclass
from math import ceil
from uuid import UUID

from django.db import transaction
from django.db.models import F

from config.env import ENV
from enclos.caisses.models import Caisse
from enclos.courrier import heures
from enclos.courrier.actions import refuse_personal_data, refuse_stray_secret
from enclos.courrier.models import CompteurTextos, Texto
from enclos.courrier.tasks import deliver_texto
from enclos.journal.actions import Actor, record
from enclos.socle import sealed
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal

logger = logging.getLogger(__name__)

E164 = re.compile(r"\+[1-9]\d{7,14}")
MAX_SIGNS = 306  # two parts of 153 signs: what a telephone puts back together, and what is paid twice


class TextoImpossible(Refusal):
    """No text message can leave now, or to this number."""


def is_available() -> bool:
    """Whether text messages can be offered: a provider is set, and the day's budget is not spent."""
    return is_configured() and spent_today() < ENV.sms_per_day


def is_configured() -> bool:
    return bool(ENV.sms_url)


def is_mobile(number: str) -> bool:
    """Whether a code can be sent to this number: a mobile of the countries that the installation pays for."""
    return bool(E164.fullmatch(number)) and number.startswith(ENV.sms_prefixes)


def spent_today() -> int:
    return CompteurTextos.objects.filter(cle=day_key()).values_list("nombre", flat=True).first() or 0


def write(
    *,
    key: str,
    to: str,
    text: str,
    caisse: Caisse,
    concerne: UUID | None = None,
    secret: str = "",
    can_wait: bool = False,
    by: Actor,
) -> Texto:
    """Write a text message in the outbox; the same `key` again gives the same row. `to` is « +33612345678 ».

    One that `can_wait` never rings in the quiet hours (`heures`): it leaves at their end.
    `concerne` and `secret` are as in `courrier.actions.write`. Raises `TextoImpossible` when no provider
    is set, the number is not one we send to, it had its share today, or the day's budget is spent; `ValueError` and
    `PersonalDataInMail` as for an e-mail.
    """
    refuse_personal_data(text)
    refuse_stray_secret(secret, text)
    if len(text) > MAX_SIGNS:
        raise ValueError("A text message is short.")
    with transaction.atomic():
        if known := Texto.objects.filter(cle=key).first():
            return known
        if not is_configured():
            raise TextoImpossible("Les codes par SMS ne sont pas proposés ici.", code="sms-absent")
        if not is_mobile(to):
            raise TextoImpossible("Ce numéro ne peut pas recevoir de SMS de notre part.", code="sms-numero", status=422)
        spend(number_key(to), ENV.sms_per_number)
        spend(day_key(), ENV.sms_per_day)
        texto = Texto(cle=key, to=to, text=text.strip(), caisse=caisse, personne_id=concerne, can_wait=can_wait)
        texto.seal_secret(secret)
        is_held = can_wait and not heures.is_open()
        if is_held:
            texto.promised_at = texto.next_at = heures.next_opening()
        texto.save(force_insert=True)
        record("courrier.texto.written", texto, by=by, key=key)
        if not is_held:
            deliver_texto.enqueue(texto.pk)
    return texto


def spend(cle: str, most: int) -> None:
    """Count one more, in one statement, so that two at once never go past `most`. Raises `TextoImpossible`."""
    CompteurTextos.objects.bulk_create([CompteurTextos(cle=cle, jour=today_paris())], ignore_conflicts=True)
    is_of_day = cle == day_key()
    if CompteurTextos.objects.filter(cle=cle, nombre__lt=most).update(nombre=F("nombre") + 1):
        if is_of_day:
            warn_once(spent_today(), most)
        return
    phrase = (
        "Nous ne pouvons plus envoyer de SMS aujourd’hui. Choisissez un code par e-mail."
        if is_of_day
        else "Ce numéro a déjà reçu assez de SMS aujourd’hui. Choisissez un code par e-mail, ou recommencez demain."
    )
    raise TextoImpossible(phrase, code="sms-budget" if is_of_day else "sms-trop", status=429)


def warn_once(spent: int, most: int) -> None:
    """One line in the log at four fifths of the day’s budget, one at its end.

    The row is ours until the commit: each message sees another figure, so that each line is written once a day.
    """
    if spent >= most:
        logger.error("text messages: the budget of the day (%s) is spent, notices leave by e-mail", most)
    elif spent == warning_at(most):
        logger.warning("text messages: %s of the %s of the day have left", spent, most)


def warning_at(most: int) -> int:
    """From how many on somebody should know that the day’s budget runs out."""
    return ceil(most * 4 / 5)


@dataclass(frozen=True)
class Budget:
    """What the day’s text messages took of what they may."""

    envoyes: int
    plafond: int

    @property
    def is_spent(self) -> bool:
        return self.envoyes >= self.plafond

    @property
    def is_low(self) -> bool:
        """Four fifths are gone: the alarm of the agents and of the log."""
        return self.envoyes >= warning_at(self.plafond)


def budget_to_watch(spent: int) -> Budget | None:
    """The day’s budget when somebody should look at it; None otherwise, or where there are no text messages."""
    budget = Budget(spent, ENV.sms_per_day)
    return budget if is_configured() and budget.is_low else None


def day_key() -> str:
    return today_paris().isoformat()


def number_key(number: str) -> str:
    return f"{today_paris().isoformat()}:{sealed.blind_index(number)}"
