"""Receipts: what the law wants said of a sending, frozen, signed, and verifiable by anyone."""

from django.db import models

from enclos.caisses.models import Caisse
from enclos.coffre.models import Objet
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse


class Accuse(Promesse):
    """An accusé d’enregistrement or de réception (CRPA L112-11). Its promise: the signed PDF is stored."""

    class Genre(models.TextChoices):
        ENREGISTREMENT = "enregistrement", "Accusé d’enregistrement"
        RECEPTION = "reception", "Accusé de réception"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    genre = models.CharField(max_length=16, choices=Genre)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20)
    code = models.CharField(max_length=10)
    received_at = models.DateTimeField()  # of the sending, by the server's clock, in UTC
    issued_at = models.DateTimeField(auto_now_add=True)
    contenu = models.JSONField()
    modele = models.CharField(max_length=20)
    pdf = models.OneToOneField(Objet, on_delete=models.PROTECT, null=True, related_name="+")
    pdf_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    certificat = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference", "genre"], name="one_accuse_per_reference")]
        indexes = [Promesse.index("accuse_due")]

    def __str__(self) -> str:
        return f"{self.genre} {self.reference}"
