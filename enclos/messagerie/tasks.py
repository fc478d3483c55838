"""What messages still owe: receipts once the files are scanned, words before a date, the end of what is over."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from config.env import ENV
from enclos.caisses.access import caisse_of
from enclos.journal.actions import SYSTEM
from enclos.messagerie import actions, emails
from enclos.messagerie.access import whole_pieces_of
from enclos.messagerie.accuse import issue_acknowledgement
from enclos.messagerie.brouillon import discard_draft
from enclos.messagerie.models import Fil, Message
from enclos.socle.dates import today_paris
from enclos.socle.promesses import keep, sweep
from enclos.socle.refusals import Refusal
from enclos.socle.requetes import walk
from enclos.suivi.models import Genre

REMINDER = timedelta(days=5)
CLOCK_NEARS = timedelta(days=10)
CLOSE_AFTER = timedelta(days=60)  # without a message since the answer


class StillScanning(Exception):
    """The antivirus has not answered for every file yet."""


@sweep("messagerie.accuses", every=3)
def acknowledge_due() -> int:
    """Give their accusé de réception to the messages whose files are now scanned."""
    due = Message.objects.filter(kept_at=None, broken_at=None, next_at__lte=timezone.now()).values_list("pk", flat=True)
    return sum(keep(Message, pk, acknowledge) for pk in list(due[:50]))


def acknowledge(message: Message) -> None:
    """Issue the receipt if nothing is being scanned any more; raises `StillScanning` otherwise. Bears being run twice."""
    with transaction.atomic():
        row = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=message.pk)
        if row.accuse_reception_id:
            return
        row.fil.caisse = caisse_of(row.fil.caisse_id)
        issue_acknowledgement(row, whole_pieces_of(row), by=SYSTEM)
        row.save()
    if not row.kept_at:
        raise StillScanning


@sweep("messagerie.brouillons", every=3600)
def tidy_drafts() -> None:
    """Warn before a member's draft is thrown away, then throw it away."""
    now = timezone.now()
    drafts = Message.objects.drafts().select_related("fil__sujet", "fil__personne__caisse", "fil__personne__compte")
    for message in walk(drafts.by_members().filter(expires_at__lt=now + REMINDER, expires_at__gte=now)):
        if message.texte_sealed:  # an empty one is nothing to lose
            emails.brouillon_bientot_efface(message, by=SYSTEM)
    for message in drafts.filter(expires_at__lt=now).order_by("expires_at")[:500]:
        with suppress(Refusal):  # sent, or thrown away, since the list was read
            discard_draft(message, by=SYSTEM)


@sweep("messagerie.reclamations", every=3600)
def watch_clocks() -> None:
    """Tell the member when the clock of a réclamation nears its end, and when it is past; each once."""
    today = today_paris()
    waiting = Fil.objects.active().filter(
        affaire__genre=Genre.RECLAMATION, affaire__ended_at=None, affaire__legal_on__lte=today + CLOCK_NEARS
    )
    for fil in walk(waiting.select_related("affaire", "sujet", "personne__caisse", "personne__compte")):
        assert fil.affaire is not None
        assert fil.affaire.legal_on is not None
        with transaction.atomic():
            if fil.affaire.legal_on < today:
                emails.reclamation_echue(fil, by=SYSTEM)
            else:
                emails.reclamation_proche(fil, by=SYSTEM)


@sweep("messagerie.fins", every=3600)
def end_what_is_over() -> None:
    """Close the threads answered long ago, and forget those closed for two years."""
    now = timezone.now()
    rows = Fil.objects.select_related("sujet", "affaire", "personne__caisse", "personne__compte").order_by(
        "last_at", "pk"
    )
    answered = Q(affaire=None) | Q(affaire__ended_at__isnull=False)
    for fil in rows.active().filter(answered, last_at__lt=now - CLOSE_AFTER, purged_at=None)[:500]:
        actions.close_by_time(fil)
    over = now - timedelta(days=ENV.message_days)
    for fil in rows.filter(closed_at__lt=over, last_at__lt=over, purged_at=None, opened_at__isnull=False)[:200]:
        actions.purge(fil)
