"""The second look at what pays."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.socle.identifiants import uuid7
from enclos.suivi.models.affaires import Affaire


class SecondRegard(models.Model):
    """A settled item that another agent must confirm: bank details are paid to nobody on the word of one person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    affaire = models.ForeignKey(Affaire, on_delete=models.PROTECT, related_name="regards")
    reponse = models.TextField(blank=True)  # what the member reads once it is confirmed
    asked_by = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    looked_by = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(null=True)
    is_confirmed = models.BooleanField(null=True)
    mot = models.CharField(max_length=300, blank=True)  # to the first agent, when it is sent back

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["affaire"], condition=Q(looked_at=None), name="one_second_look_at_a_time"),
            models.CheckConstraint(
                condition=Q(looked_by=None) | ~Q(looked_by=models.F("asked_by")), name="never_the_same_agent_twice"
            ),
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by=None, is_confirmed=None)
                | Q(looked_at__isnull=False, looked_by__isnull=False, is_confirmed=True)
                | Q(looked_at__isnull=False, looked_by__isnull=False, is_confirmed=False) & ~Q(mot=""),
                name="a_look_has_an_author_and_sends_back_with_a_word",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
