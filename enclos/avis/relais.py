"""What was told online and read by nobody leaves on paper.

The promise is written with the notice. Reading it keeps the promise without a stamp; the term keeps it with a letter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from config.env import ENV
from enclos.accuses.models import Accuse
from enclos.avis.models import Avis, Relais
from enclos.courrier import lettres
from enclos.courrier.models import Lettre
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import jour, paris

# Who has no account can read nothing here: the letter leaves the next day. The app that tells may have written its own by then.
NOBODY_READS = timedelta(days=1)
TOGETHER = timedelta(days=3)  # due so soon after, it goes in the same envelope
PRIVATE = {"Envoyé par", "Objet"}  # the law does not want them, and others may open the letter


def promise_letter(avis: Avis, *, is_online: bool, since: datetime | None = None) -> None:
    """A letter leaves if nobody reads this notice; a promise made already stays as it is."""
    if not ENV.notice_post_days:
        return
    due = (since or timezone.now()) + (timedelta(days=ENV.notice_post_days) if is_online else NOBODY_READS)
    Relais.objects.bulk_create([Relais(avis_id=avis.pk, promised_at=due, next_at=due)], ignore_conflicts=True)


@transaction.atomic
def post(relais: Relais) -> None:
    """Ask for the letter, unless the notice was read. Bears being run twice, or by two at once.

    One envelope takes what is due in the next days too. The notices are held first, as by who reads them: one or the other waits, and
    who reads last finds the letter, and stops it if it can still be.
    """
    personne = Personne.objects.select_related("caisse", "compte").get(avis__relais=relais.pk)
    if personne.decede or personne.closed_at is not None:
        return  # nobody to write to
    unread = hold_unread(personne)
    now = timezone.now()
    # Asked once the notices are held: another worker may have put ours in its envelope while we waited.
    waiting = Relais.objects.filter(avis__in=unread, lettre=None, kept_at=None, broken_at=None).order_by("pk")
    due = {row.avis_id for row in waiting if row.pk == relais.pk or (row.next_at and row.next_at <= now + TOGETHER)}
    if relais.avis_id not in due:
        return  # read meanwhile, or in another envelope
    told = [avis for avis in unread if avis.pk in due]
    lettre = lettres.request(
        personne,
        Lettre.Genre.AVIS,
        cle=f"avis.{relais.avis_id}",
        caisse=personne.caisse,
        donnees=donnees_of(personne, told),
        by=SYSTEM,
    )
    Relais.objects.filter(avis__in=told).update(lettre=lettre)
    Relais.objects.filter(avis__in=told).exclude(pk=relais.pk).update(kept_at=now, next_at=None)
    record("avis.relais.posted", relais, by=SYSTEM, lettre=lettre.reference, avis=len(told))


def hold_unread(personne: Personne) -> list[Avis]:
    """The notices of this person that a letter waits for and nobody read, held until the end, the oldest first."""
    rows = Avis.objects.select_for_update(no_key=True, of=("self",)).filter(
        personne=personne, read_at=None, relais__kept_at=None, relais__lettre=None, relais__isnull=False
    )
    return list(rows.order_by("pk"))


def donnees_of(personne: Personne, unread: list[Avis]) -> dict[str, Any]:
    """What the letter says besides: how many, since when, and the receipts whose e-mail came back (CRPA R112-11-3)."""
    compte = getattr(personne, "compte", None)
    returned = [avis.reference for avis in unread if avis.returned_at and avis.reference]
    accuses = Accuse.objects.filter(reference__in=returned, caisse=personne.caisse).order_by("issued_at")
    latest = {
        accuse.reference: accuse for accuse in accuses
    }  # the receipt itself, once it took the place of the registration
    return {
        "nombre": len(unread),
        "depuis": jour(paris(unread[0].created_at).date()),
        "en_ligne": compte is not None and compte.closed_at is None,
        "accuses": [described(accuse) for accuse in latest.values()],
    }


def described(accuse: Accuse) -> dict[str, Any]:
    """The receipt on paper: the law's mentions as they were frozen, and how anyone verifies it."""
    shown = accuse.contenu
    return {
        "titre": shown["titre"],
        "reference": accuse.reference,
        "code": accuse.code,
        "verifier": f"{ENV.base_url}/verifier/",
        "mentions": [line for line in shown["mentions"] if line["titre"] not in PRIVATE],
    }


@transaction.atomic
def told_by_letter(cle: str, lettre: Lettre, *, by: Actor) -> bool:
    """The app that announced `cle` wrote a letter that says it all: no second one leaves. False when nothing waited."""
    avis = Avis.objects.select_for_update(no_key=True, of=("self",)).filter(cle=cle).first()
    relais = Relais.objects.filter(avis=avis, kept_at=None, lettre=None).first() if avis else None
    if relais is None:
        return False
    relais.lettre, relais.kept_at, relais.next_at = lettre, timezone.now(), None
    relais.save(update_fields=["lettre", "kept_at", "next_at"])
    record("avis.relais.replaced", relais, by=by, lettre=lettre.reference)
    return True


def stop_letters(avis: Sequence[UUID], *, by: Actor) -> None:
    """These were read: a letter that tells nothing else and has not gone to the printer does not leave."""
    waiting = (
        Lettre.objects.select_for_update(no_key=True, of=("self",))
        .filter(relais__avis__in=avis, genre=Lettre.Genre.AVIS, lot=None, closed_at=None)
        .order_by("pk")
    )
    for lettre in list(waiting):
        if not Relais.objects.filter(lettre=lettre, avis__read_at=None).exists():
            lettres.cancel(lettre, by=by)
