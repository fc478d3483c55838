"""Text messages: an outbox as for e-mails. What they may cost is in `budget.py`."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from config.env import ENV
from enclos.caisses.models import Caisse
from enclos.courrier import budget, heures
from enclos.courrier.actions import refuse_personal_data, refuse_stray_secret
from enclos.courrier.budget import TextoImpossible
from enclos.courrier.models import Texto
from enclos.courrier.tasks import deliver_texto
from enclos.journal.actions import Actor, record

E164 = re.compile(r"\+[1-9]\d{7,14}")
MAX_SIGNS = 306  # two parts of 153 signs: what a telephone puts back together, and what is paid twice


def is_available() -> bool:
    """Whether text messages can be offered: a provider is set, and the day's budget is not spent."""
    return is_configured() and budget.spent_today() < ENV.sms_per_day


def is_configured() -> bool:
    return bool(ENV.sms_url)


def is_mobile(number: str) -> bool:
    """Whether a code can be sent to this number: a mobile of the countries that the installation pays for."""
    return bool(E164.fullmatch(number)) and number.startswith(ENV.sms_prefixes)


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

    One that `can_wait` never rings in the quiet hours (`heures`): it leaves at their end, and is counted only then (`budget.count`), in a
    transaction of its own: what announces several members at once would hold the day's count from everybody else.
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
        texto = Texto(cle=key, to=to, text=text.strip(), caisse=caisse, personne_id=concerne, can_wait=can_wait)
        if can_wait:
            budget.look(to)
        else:
            budget.spend_for(texto)
        texto.seal_secret(secret)
        is_held = can_wait and not heures.is_open()
        if is_held:
            texto.promised_at = texto.next_at = heures.next_opening()
        texto.save(force_insert=True)
        record("courrier.texto.written", texto, by=by, key=key)
        if not is_held:
            deliver_texto.enqueue(texto.pk)
    return texto


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
        return self.envoyes >= budget.warning_at(self.plafond)


def budget_to_watch(spent: int) -> Budget | None:
    """The day’s budget when somebody should look at it; None otherwise, or where there are no text messages."""
    told = Budget(spent, ENV.sms_per_day)
    return told if is_configured() and told.is_low else None
