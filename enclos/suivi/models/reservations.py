"""The item set aside for an agent for a few minutes."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.suivi.models.affaires import Affaire


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def live(self) -> "ReservationQuerySet":
        return self.filter(until__gt=timezone.now())


class Reservation(models.Model):
    """The item that an agent's browser prepares while she reads another: for a few minutes, « Prendre le suivant » of others passes over it.

    It gives nothing, and ends by itself: only `taken_by` says who has an item. One for each agent, one for each item.
    """

    affaire = models.OneToOneField(Affaire, on_delete=models.CASCADE, primary_key=True, related_name="reservation")
    agent = models.OneToOneField(Compte, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    objects: ClassVar[ReservationQuerySet] = ReservationQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.affaire_id} {self.agent_id}"
