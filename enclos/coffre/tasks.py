"""What every worker does for the vault, again and again."""

import logging
import time
from datetime import timedelta
from itertools import batched

from django.db import transaction
from django.utils import timezone

from enclos.coffre import uploads
from enclos.coffre.actions import discard
from enclos.coffre.analyses import scan_again
from enclos.coffre.entretien import BATCH, unclaimed_fichiers, unclaimed_objets
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.objets import drop, erase
from enclos.coffre.storage import storage
from enclos.journal.actions import SYSTEM
from enclos.socle.promesses import sweep, sweep_promises

logger = logging.getLogger(__name__)

# Longer than any request or task lasts: what is older and has no row will never have one.
ORPHAN_AGE = timedelta(hours=24)
# Above this many orphans, and this share of what is stored, the storage is likely another installation's: nothing is removed.
ORPHANS_BELIEVED = 100
ORPHANS_SHARE = 0.1


@sweep("coffre.analyses", every=15)
def due_scans() -> int:
    return sweep_promises(Fichier, scan_again)


@sweep("coffre.orphelins", every=6 * 3600)
def sweep_orphans() -> int:
    """Remove from the storage what no row knows and is old enough; returns how many objects went.

    Never the other way round: a row without its object is a loss that reconciliation reports.
    """
    limit, seen, orphans = timezone.now() - ORPHAN_AGE, 0, list[str]()
    for batch in batched(storage().listing(), 500):
        seen += len(batch)
        old = [listed.cle for listed in batch if listed.modified_at < limit]
        known = set(Objet.objects.filter(cle__in=old).values_list("cle", flat=True))
        orphans += [cle for cle in old if cle not in known]
    if len(orphans) > max(ORPHANS_BELIEVED, seen * ORPHANS_SHARE):
        logger.error("%s of %s stored objects have no row: is this storage another installation's? Nothing removed",
                     len(orphans), seen)  # fmt: skip
        return 0
    drop(orphans)
    return len(orphans)


@sweep("coffre.oublis", every=6 * 3600)
def sweep_unclaimed() -> int:
    """Forget files and objects whose process was killed before anything pointed to them; returns how many rows went."""
    count = 0
    for fichier in unclaimed_fichiers(ORPHAN_AGE)[:BATCH]:
        discard(fichier, by=SYSTEM)
        count += 1
    for objet in unclaimed_objets(ORPHAN_AGE)[:BATCH]:
        with transaction.atomic():
            erase([objet])
        count += 1
    return count


@sweep("coffre.recus", every=3600)
def sweep_received() -> int:
    """Remove the sealed files that a killed process left half received; their keys died with it."""
    limit, count = time.time() - ORPHAN_AGE.total_seconds(), 0
    for path in uploads.folder().glob("*.recu"):
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
                count += 1
        except FileNotFoundError:
            continue  # its request has just ended
    return count
