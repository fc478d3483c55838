"""Files and the antivirus: at once while the member waits a little, later and for longer when it could not be."""

import time
from collections.abc import Iterable

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from config.env import ENV
from enclos.coffre import antivirus, objets
from enclos.coffre.antivirus import Verdict
from enclos.coffre.inspecteur import inspector
from enclos.coffre.inspection.types import Inspected
from enclos.coffre.models import Fichier
from enclos.coffre.storage import ObjectMissing
from enclos.journal.actions import SYSTEM, record
from enclos.socle.promesses import PermanentFailure, keep
from enclos.socle.sealed import SealError

PATIENCE = 10
"""How many times longer than a member the background task waits for an answer."""


def scan_all(blobs: Iterable[bytes], *, timeout: float) -> Verdict:
    """Have a file and those found inside it looked at, within `timeout` seconds in all; raises `ScannerUnavailable`."""
    deadline = time.monotonic() + timeout
    verdict = Verdict()
    for blob in blobs:
        verdict = antivirus.scan(blob, timeout=deadline - time.monotonic())
        if not verdict.is_clean:
            break
    return verdict


def scan_again(fichier: Fichier) -> None:
    """The work of a scan that was promised. Bears being done twice; an exception means: try again later."""
    if not fichier.is_waiting:
        return
    if not antivirus.is_configured():
        raise antivirus.ScannerUnavailable("no antivirus is configured")
    try:
        data = objets.read(fichier.original)
    except (ObjectMissing, SealError) as error:
        raise PermanentFailure(f"the file cannot be read: {error}") from error
    inside: tuple[bytes, ...] = ()
    if fichier.embarques:
        inspected = inspector().inspect(data, fichier.nom)
        if not isinstance(inspected, Inspected):
            raise PermanentFailure(f"the file no longer passes the inspection: {inspected.code}")
        inside = inspected.a_analyser
    settle(fichier, scan_all((data, *inside), timeout=ENV.clamd_timeout_s * PATIENCE))


@task
def analyse(fichier_id: str) -> None:
    """Nudge the scan of a file."""
    keep(Fichier, fichier_id, scan_again)


@transaction.atomic
def settle(fichier: Fichier, verdict: Verdict) -> None:
    """Write down what the antivirus found; a dangerous file is shown to nobody any more."""
    values: dict[str, object] = {"analyse": Fichier.Analyse.SAIN}
    if not verdict.is_clean:
        values = {
            "analyse": Fichier.Analyse.INFECTE,
            "menace": verdict.menace,
            "retrait": Fichier.Retrait.DANGEREUX,
            "retired_at": timezone.now(),
        }
    if Fichier.objects.filter(pk=fichier.pk, analyse=Fichier.Analyse.EN_COURS).update(**values):
        record("coffre.fichier.scanned", fichier, by=SYSTEM, menace=verdict.menace)
