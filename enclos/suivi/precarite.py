"""Who cannot wait: known from what the fund pays, corrected by agents, and followed when the registry changes."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from enclos.comptes.models import Compte
from enclos.journal.actions import SYSTEM, record
from enclos.registre.access import fragile_payments
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import AlreadyDecided, locked, rang_of
from enclos.suivi.models import Affaire, AffaireQuerySet

BATCH = 500
# Rows that one sweep corrects at most; the next one goes on.
MOST = 20 * BATCH


@transaction.atomic
def set_precaire(affaire: Affaire, *, is_precaire: bool, raison: str, by: Compte) -> bool:
    """An agent says that a late answer is, or is not, a month without income; the queue follows. False when it said so already.

    From then on the registry no longer changes this item. Raises `AlreadyDecided`, or `Refusal` without a reason.
    """
    if not raison.strip():
        raise Refusal("Dites pourquoi : vos collègues doivent comprendre ce classement.", code="precarite_sans_raison")
    row = locked(affaire)
    if row.is_ended:
        raise AlreadyDecided(row)
    if row.precaire_dit and row.is_precaire == is_precaire:
        return False
    row.precaire_dit = True
    write(row, is_precaire=is_precaire)
    event = "suivi.affaire.precarite_set" if is_precaire else "suivi.affaire.precarite_removed"
    record(event, row, by=by, raison=raison.strip()[:200])
    return True


def write(row: Affaire, *, is_precaire: bool) -> None:
    row.is_precaire = is_precaire
    row.rang_on = rang_of(row.due_on, row.legal_on, is_precaire=is_precaire)
    row.save(update_fields=["is_precaire", "precaire_dit", "rang_on"])


def outdated(*, is_precaire: bool) -> AffaireQuerySet:
    """Open items of which the registry says now the contrary of `is_precaire`, and no agent said anything."""
    paid = Exists(fragile_payments(today_paris()).filter(personne=OuterRef("personne")))
    rows = Affaire.objects.open().filter(is_precaire=is_precaire, precaire_dit=False)
    return rows.filter(~paid if is_precaire else paid)


def follow_registry() -> int:
    """Bring open items to what the registry says today; says how many changed. Running twice at once changes nothing twice."""
    changed = 0
    for was in (False, True):
        while changed < MOST and (
            pks := list(outdated(is_precaire=was).order_by("pk").values_list("pk", flat=True)[:BATCH])
        ):
            done = correct(pks, was=was)
            changed += done
            if not done:
                break  # another worker is at it
    return changed


@transaction.atomic
def correct(pks: Sequence[UUID], *, was: bool) -> int:
    """One batch, each row looked at again under its lock; those somebody holds at this instant wait for the next sweep."""
    rows = list(
        outdated(is_precaire=was)
        .filter(pk__in=pks)
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .order_by("pk")
    )
    for row in rows:
        write(row, is_precaire=not was)
        record("suivi.affaire.precarite_followed", row, by=SYSTEM, is_precaire=not was)
    return len(rows)
