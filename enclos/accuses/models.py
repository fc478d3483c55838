"""Receipts: what the law wants said of a sending, frozen, signed, and verifiable by anyone."""

from typing import Any

from django.db import models

from enclos.caisses.models import Caisse
from enclos.coffre.models import Objet
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet


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
    contenu = models.JSONField()  # every word shown, on the screen and on the paper, frozen: see `texte.frozen`
    modele = models.CharField(max_length=20)  # version of the template
    pdf = models.OneToOneField(Objet, on_delete=models.PROTECT, null=True, related_name="+")
    pdf_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    certificat = models.CharField(max_length=64, blank=True)  # SHA-256 of the certificate it was signed with

    objects = PromesseQuerySet["Accuse"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference", "genre"], name="one_accuse_per_reference")]
        indexes = [Promesse.index("accuse_due"), Promesse.broken_index("accuse_broken")]

    def __str__(self) -> str:
        return f"{self.genre} {self.reference}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """An issued receipt never changes; only the state of its promise does."""
        if not self._state.adding and not kwargs.get("update_fields"):
            raise TypeError("A receipt is issued once.")
        super().save(*args, **kwargs)

    @property
    def is_ready(self) -> bool:
        """Whether the signed PDF is stored."""
        return self.pdf_id is not None

    @property
    def is_reception(self) -> bool:
        return self.genre == self.Genre.RECEPTION

    @property
    def file_name(self) -> str:
        return f"accuse-{self.genre}-{self.reference}.pdf"


class Horodatage(Promesse):
    """A time-stamp of a sealed receipt by an authority (RFC 3161), kept beside the PDF. Its promise: the token is there."""

    EN_PANNE = "Accusés sans horodatage"

    accuse = models.OneToOneField(Accuse, on_delete=models.PROTECT, related_name="horodatage")
    sha256 = models.CharField(max_length=64)  # what was stamped: the signed PDF
    jeton = models.BinaryField(null=True)  # the token, DER
    at = models.DateTimeField(null=True)  # the time it bears

    objects = PromesseQuerySet["Horodatage"].as_manager()

    class Meta:
        indexes = [Promesse.index("horodatage_due"), Promesse.broken_index("horodatage_rompu")]

    def __str__(self) -> str:
        return f"{self.accuse_id} {self.at}"
