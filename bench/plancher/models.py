from django.conf import settings
from django.db import models


class Depot(models.Model):
    personne = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="depots")
    libelle = models.CharField(max_length=100)
    fichier = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["personne", "-at"], name="plancher_recent")]
