"""What a member chose to be told, and how."""

from django.db import models
from django.utils import timezone

from enclos.comptes.models import Compte


class Preference(models.Model):
    """A channel chosen or refused for one event; what is not here is as the declaration of the event says."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="preferences")
    evenement = models.CharField(max_length=30)  # a code of `evenements`
    canal = models.CharField(max_length=10)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compte", "evenement", "canal"], name="one_choice_per_channel")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.evenement} {self.canal}"


class ConseilEcarte(models.Model):
    """A piece of advice of the home page that a member does not want to see again."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="conseils_ecartes")
    conseil = models.CharField(max_length=30)
    ecarte_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compte", "conseil"], name="one_dismissal_per_advice")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.conseil}"
