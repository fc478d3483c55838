"""Notices that did not arrive: an e-mail that came back, a text message that nobody took."""

from datetime import timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from enclos.avis import emails
from enclos.avis.evenements import PAR_CODE
from enclos.avis.models import Avis
from enclos.avis.relais import promise_letter
from enclos.journal.actions import SYSTEM, record

BATCH = 200
LATELY = timedelta(days=30)  # a bounce comes within days; the older ones were seen by the sweeps of then


def note_returns() -> int:
    """Write down on each notice not read that its e-mail did not arrive; promise the letter when the law wants one (CRPA R112-11-3).

    Whatever the reason: an address that is dead, a relay that refuses our words, a server away for two days.
    """
    lost = Avis.objects.filter(courriel__broken_at__gt=timezone.now() - LATELY, returned_at=None, read_at=None)
    return sum(note_return(pk) for pk in list(lost.order_by("pk").values_list("pk", flat=True)[:BATCH]))


def note_arrivals() -> int:
    """An agent had the e-mail tried again, and a server took it: it is not lost any more."""
    rows = Avis.objects.filter(returned_at__isnull=False, courriel__kept_at__isnull=False)
    # One by one: who reads them all holds several, in their order.
    return sum(
        rows.filter(pk=pk).update(returned_at=None) for pk in list(rows.order_by("pk").values_list("pk", flat=True))
    )


@transaction.atomic
def note_return(pk: UUID) -> bool:
    """One of them. False when another worker did, or it was read."""
    rows = Avis.objects.select_for_update(no_key=True, of=("self",)).select_related("courriel", "personne__compte")
    avis = rows.filter(pk=pk, returned_at=None, read_at=None).first()
    if avis is None or avis.courriel is None or avis.courriel.broken_at is None:
        return False
    avis.returned_at = avis.courriel.broken_at
    avis.save(update_fields=["returned_at"])
    event = PAR_CODE.get(avis.evenement)
    if event is not None and (event.post_if_returned or event.post_if_unread):
        compte = getattr(avis.personne, "compte", None)
        promise_letter(
            avis, is_online=compte is not None and compte.closed_at is None, since=avis.returned_at
        )  # fmt: skip
    record("avis.avis.returned", avis, by=SYSTEM, evenement=avis.evenement)
    return True


def send_again() -> int:
    """To the members who gave an address that works: what came back and that they have not read. Returns how many e-mails.

    Verified since, or another one than the address refused: a bounce may come hours after the change.
    """
    compte = "personne__compte__"
    verified_since = Q(**{f"{compte}courriel_verifie_at__gt": F("returned_at")})
    another = Q(**{f"{compte}courriel_verifie_at__isnull": False}) & ~Q(own=F("refused"))
    rows = (
        Avis.objects.filter(returned_at__isnull=False, read_at=None, **{f"{compte}closed_at": None})
        .alias(own=Lower(f"{compte}courriel"), refused=Lower("courriel__to"))
        .filter(verified_since | another)
    )
    waiting = rows.order_by("personne", "courriel", "id").values_list("courriel", flat=True)[:BATCH]
    return sum(send_one_again(courriel) for courriel, _ in groupby(waiting) if courriel is not None)


@transaction.atomic
def send_one_again(courriel: int) -> bool:
    """One e-mail, for all the notices it told and that were not read. False when another worker did it."""
    rows = list(
        Avis.objects.select_for_update(no_key=True, of=("self",))
        .select_related("courriel", "personne__caisse", "personne__compte")
        .filter(courriel=courriel, returned_at__isnull=False, read_at=None)
        .order_by("pk")  # which is that of their moments too
    )
    if not rows:
        return False
    again = emails.renvoi(rows, key=f"avis.renvoi.{courriel}", by=SYSTEM)
    Avis.objects.filter(pk__in=[row.pk for row in rows]).update(courriel=again, returned_at=None)
    record("avis.avis.sent_again", rows[0], by=SYSTEM, avis=len(rows))
    return True


def replace_texts() -> int:
    """A text message that was refused or given up leaves as an e-mail, unless one told it already."""
    rows = Avis.objects.filter(Q(courriel=None), texto__broken_at__isnull=False, read_at=None)
    return sum(replace_text(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def replace_text(pk: UUID) -> bool:
    """One of them; it does not wait for the digest: it was wanted sooner."""
    rows = Avis.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "personne__caisse", "personne__compte"
    )
    avis = rows.filter(pk=pk, courriel=None, read_at=None).first()
    if avis is None:
        return False
    avis.courriel, avis.resume = emails.sms_non_parti(avis, by=SYSTEM), None
    avis.save(update_fields=["courriel", "resume"])
    return True
