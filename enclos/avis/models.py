"""What a member chose to be told, and how."""

from django.db import models
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.identifiants import uuid7


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


class Avis(models.Model):
    """One thing a member is told: always written in the portal, and by the channels they chose. It says no content."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="avis")
    evenement = models.CharField(max_length=30)  # a code of `evenements`
    cle = models.CharField(max_length=120, unique=True)  # what it announces: told twice, written once
    titre = models.CharField(max_length=200)
    url = models.CharField(max_length=200, blank=True)  # the page of the portal that says it all
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)  # its page was opened, or the member said « lu »

    class Meta:
        indexes = [
            models.Index(fields=["personne", "-created_at", "-id"], name="avis_de"),
            models.Index(fields=["personne"], name="avis_nouveaux", condition=models.Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.evenement} {self.cle}"
