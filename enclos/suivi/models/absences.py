"""When an agent is away."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.socle.dates import today_paris
from enclos.socle.identifiants import uuid7


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date | None = None) -> "AbsenceQuerySet":
        day = day or today_paris()
        return self.filter(du__lte=day, au__gte=day)


class Absence(models.Model):
    """Days on which an agent is away, both included. Nothing is assigned to them, and colleagues may take what they hold."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="absences")
    du = models.DateField()
    au = models.DateField()
    by = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[AbsenceQuerySet] = AbsenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["agent", "au"], name="absence_de")]
        constraints = [models.CheckConstraint(condition=Q(au__gte=F("du")), name="an_absence_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.du} {self.au}"

    @property
    def is_now(self) -> bool:
        return self.du <= today_paris() <= self.au
