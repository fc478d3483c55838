"""Lines that came after the seal of their day. No machine accepts them: somebody looked, and says why."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from enclos.journal.actions import Actor
from enclos.journal.models import Ligne, Sceau
from enclos.journal.scellement import add, told
from enclos.journal.verification import examine
from enclos.socle.refusals import Refusal
from enclos.socle.verrou import AlreadyRunning, alone


def seal_late(day: date, famille: str, *, raison: str, by: Actor) -> Sceau:
    """Seal in a supplement the lines of `day` that came late: a machine that slept, a clock that was wrong.

    Raises `Refusal` when there is none, or when the other lines are not those that were sealed.
    """
    try:
        with alone("journal"):
            # Read before looking: what comes meanwhile is for another supplement.
            limite = Ligne.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            examen = examine(day, famille, until=limite)
            if examen.ecarts or not examen.tardives.count:
                raise Refusal("Aucune ligne tardive, ou la journée a changé par ailleurs.", code="tardives")
            with transaction.atomic():
                rang = len(examen.sceaux)
                sceau = add(day, famille, examen.tardives, limite=limite, at=timezone.now(), rang=rang)
                told(sceau, by=by, raison=raison)
            return sceau
    except AlreadyRunning:
        raise Refusal("Un scellement est en cours : recommencez dans une minute.", code="occupe") from None
