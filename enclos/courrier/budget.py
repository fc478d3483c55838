"""What text messages may cost: a budget a day, and few to the same number, counted so that two at once never go past them."""

import logging
from math import ceil

from django.db import transaction
from django.db.models import F

from config.env import ENV
from enclos.courrier.models import CompteurTextos, Texto
from enclos.socle import sealed
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal

logger = logging.getLogger(__name__)


class TextoImpossible(Refusal):
    """No text message can leave now, or to this number."""


def spent_today() -> int:
    return CompteurTextos.objects.filter(cle=day_key()).values_list("nombre", flat=True).first() or 0


def look(to: str) -> None:
    """Whether the budgets leave room, as far as one can see without holding them. Raises `TextoImpossible`."""
    asked = {number_key(to): ENV.sms_per_number, day_key(): ENV.sms_per_day}
    for cle, nombre in CompteurTextos.objects.filter(cle__in=asked).order_by("cle").values_list("cle", "nombre"):
        if nombre >= asked[cle]:
            raise spent(cle)


def spend_for(texto: Texto) -> None:
    """Take its place in the share of its number, then in the budget of the day. Raises `TextoImpossible`."""
    spend(number_key(texto.to), ENV.sms_per_number)
    spend(day_key(), ENV.sms_per_day)
    texto.counted_on = today_paris()


@transaction.atomic
def count(texto: Texto) -> None:
    """As it leaves, what waited takes its place; tried again, it keeps it. Raises `TextoImpossible`: it will not leave."""
    if texto.counted_on is None:
        spend_for(texto)
        texto.save(update_fields=["counted_on"])


def spend(cle: str, most: int) -> None:
    """Count one more, in one statement, so that two at once never go past `most`. Raises `TextoImpossible`."""
    CompteurTextos.objects.bulk_create([CompteurTextos(cle=cle, jour=today_paris())], ignore_conflicts=True)
    is_of_day = cle == day_key()
    if CompteurTextos.objects.filter(cle=cle, nombre__lt=most).update(nombre=F("nombre") + 1):
        if is_of_day:
            warn_once(spent_today(), most)
        return
    raise spent(cle)


def spent(cle: str) -> TextoImpossible:
    """Why nothing more leaves: the day's budget, or the share of a number."""
    is_of_day = cle == day_key()
    phrase = (
        "Nous ne pouvons plus envoyer de SMS aujourd’hui. Choisissez un code par e-mail."
        if is_of_day
        else "Ce numéro a déjà reçu assez de SMS aujourd’hui. Choisissez un code par e-mail, ou recommencez demain."
    )
    return TextoImpossible(phrase, code="sms-budget" if is_of_day else "sms-trop", status=429)


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


def day_key() -> str:
    return today_paris().isoformat()


def number_key(number: str) -> str:
    return f"{today_paris().isoformat()}:{sealed.blind_index(number)}"
