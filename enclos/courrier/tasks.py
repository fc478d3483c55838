"""Nudges: deliver one e-mail now, and again whatever is due; erase the secrets that have served."""

from datetime import timedelta

from django.db import transaction
from django.tasks import task

from enclos.courrier import budget, heures
from enclos.courrier.lettres import close_expired
from enclos.courrier.models import CompteurTextos, Courriel, Message, Texto
from enclos.courrier.passerelle import post
from enclos.courrier.remise import send
from enclos.socle.dates import today_paris
from enclos.socle.promesses import PermanentFailure, keep, sweep, sweep_promises


@task
def deliver(pk: int) -> None:
    """Try to send one e-mail, if it is due."""
    keep(Courriel, pk, send)
    forget_secrets(Courriel, pk=pk)


@task
def deliver_texto(pk: int) -> None:
    """Try to send one text message, if it is due."""
    hold_until_morning()
    keep(Texto, pk, hand_over)
    forget_secrets(Texto, pk=pk)


def hand_over(texto: Texto) -> None:
    """Count it if nothing did, then give it to the provider. What the budgets refuse is broken: its notice leaves by e-mail."""
    try:
        budget.count(texto)
    except budget.TextoImpossible as refusal:
        raise PermanentFailure(refusal.code) from None
    post(texto)


@transaction.atomic
def hold_until_morning() -> None:
    """In the quiet hours, what can wait does, whenever it was due: a worker that was stopped at 19:55 rings nobody at 23:00."""
    if heures.is_open():
        return
    # What another worker has in hand is left to it.
    due = Texto.objects.due().filter(can_wait=True).select_for_update(no_key=True, skip_locked=True, of=("self",))
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    Texto.objects.filter(pk__in=keys).update(promised_at=heures.next_opening(), next_at=heures.next_opening())


def forget_secrets(model: type[Message], **which: int) -> int:
    """Erase the secrets of what left, or never will. After the promise is written down: a cut before it sends again."""
    rows = model._default_manager.filter(secret_sealed__isnull=False, **which).exclude(kept_at=None, broken_at=None)
    with transaction.atomic():
        # One that another worker is erasing is done: two that each waited for the other's would never end.
        free = rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("pk")
        return model._default_manager.filter(pk__in=list(free.values_list("pk", flat=True))).update(secret_sealed=None)


@sweep("courrier", every=10)
def deliver_due() -> int:
    done = sweep_promises(Courriel, send, batch=50)
    forget_secrets(Courriel)
    return done


@sweep("courrier.textos", every=5)
def deliver_textos_due() -> int:
    hold_until_morning()
    done = sweep_promises(Texto, hand_over, batch=50)
    forget_secrets(Texto)
    return done


@sweep("courrier.menage", every=600)
def tidy_up() -> int:
    """Letters whose days are over lose their secret; yesterday's counts of text messages are of no use."""
    CompteurTextos.objects.filter(jour__lt=today_paris() - timedelta(days=1)).delete()
    return close_expired()
