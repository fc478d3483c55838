"""Nudges: deliver one e-mail now, and again whatever is due; erase the secrets that have served."""

from datetime import timedelta

from django.tasks import task

from enclos.courrier import heures
from enclos.courrier.lettres import close_expired
from enclos.courrier.models import CompteurTextos, Courriel, Message, Texto
from enclos.courrier.passerelle import post
from enclos.courrier.remise import send
from enclos.socle.dates import today_paris
from enclos.socle.promesses import keep, sweep, sweep_promises


@task
def deliver(pk: int) -> None:
    """Try to send one e-mail, if it is due."""
    keep(Courriel, pk, send)
    forget_secrets(Courriel, pk=pk)


@task
def deliver_texto(pk: int) -> None:
    """Try to send one text message, if it is due."""
    hold_until_morning()
    keep(Texto, pk, post)
    forget_secrets(Texto, pk=pk)


def hold_until_morning() -> None:
    """In the quiet hours, what can wait does, whenever it was due: a worker that was stopped at 19:55 rings nobody at 23:00."""
    due = Texto.objects.due().filter(can_wait=True).order_by()
    if due.exists() and not heures.is_open():
        due.update(promised_at=heures.next_opening(), next_at=heures.next_opening())


def forget_secrets(model: type[Message], **which: int) -> int:
    """Erase the secrets of what left, or never will. After the promise is written down: a cut before it sends again."""
    rows = model._default_manager.filter(secret_sealed__isnull=False, **which)
    return rows.exclude(kept_at=None, broken_at=None).update(secret_sealed=None)


@sweep("courrier", every=10)
def deliver_due() -> int:
    done = sweep_promises(Courriel, send, batch=50)
    forget_secrets(Courriel)
    return done


@sweep("courrier.textos", every=5)
def deliver_textos_due() -> int:
    hold_until_morning()
    done = sweep_promises(Texto, post, batch=50)
    forget_secrets(Texto)
    return done


@sweep("courrier.menage", every=600)
def tidy_up() -> int:
    """Letters whose days are over lose their secret; yesterday's counts of text messages are of no use."""
    CompteurTextos.objects.filter(jour__lt=today_paris() - timedelta(days=1)).delete()
    return close_expired()
