"""What the vault holds: sealed bytes, the files they came from, and the copies made for reading."""

from pathlib import PurePath
from typing import ClassVar

from django.db import models

from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet

EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/heic": ".heic"}


class Objet(models.Model):
    """One sealed blob of the storage. The row is written after the bytes are durable, never before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cle = models.CharField(max_length=80, unique=True)  # its name in the storage: random, nothing to learn from it
    taille = models.PositiveBigIntegerField()  # bytes, once opened
    sha256 = models.CharField(max_length=64)  # of the bytes once opened
    media_type = models.CharField(max_length=60)
    wrapped_key = (
        models.BinaryField()
    )  # the data key, sealed by a vault key; it goes with the row, the bytes are then lost
    key_id = models.CharField(max_length=40)  # which vault key wrapped it
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["key_id"], name="objet_key")]

    def __str__(self) -> str:
        return str(self.pk)


class FichierQuerySet(PromesseQuerySet["Fichier"]):
    def same_bytes(self, sha256: str) -> "FichierQuerySet":
        """Files whose device sent these very bytes."""
        return self.filter(sha256=sha256)

    def waiting_for_scan(self) -> "FichierQuerySet":
        return self.filter(analyse=Fichier.Analyse.EN_COURS)


class Fichier(Promesse):
    """A file as a member gave it, and what was found in it. The promise is its scan by the antivirus."""

    # Tried for ever, at least every five minutes: an antivirus that comes back ends the wait, one that does not is an alarm.
    DELAYS: ClassVar[tuple[int, ...]] = (10, 20, 60, 120, 300)
    GIVE_UP_AFTER: ClassVar[int] = 32_000

    class Analyse(models.TextChoices):
        EN_COURS = "en_cours", "Analyse en cours"
        SAIN = "sain", "Sain"
        INFECTE = "infecte", "Dangereux"
        NON_ANALYSE = "non_analyse", "Non analysé"  # no antivirus here: never read as clean

    class Retrait(models.TextChoices):
        MEDICAL = "medical", "Document médical"
        DANGEREUX = "dangereux", "Fichier dangereux"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    nom = models.CharField(max_length=120)  # cleaned; for the eyes, never for a path
    media_type = models.CharField(max_length=60)
    taille = models.PositiveBigIntegerField()  # bytes, as received
    sha256 = models.CharField(max_length=64)  # as received: what the member's device sent
    pages = models.PositiveIntegerField()
    original = models.OneToOneField(Objet, on_delete=models.PROTECT, related_name="+")
    quarts = models.PositiveSmallIntegerField(default=0)  # quarter turns clockwise asked by the member, 0 to 3
    conseils = models.JSONField(default=list)  # advice, as codes: « flou », « sombre »…
    bilan = models.JSONField(default=dict)  # what was done to it, before and after
    embarques = models.PositiveSmallIntegerField(default=0)  # files found inside it, which the antivirus must see too
    analyse = models.CharField(max_length=12, choices=Analyse)
    menace = models.CharField(max_length=120, blank=True)  # the antivirus's name for it
    retrait = models.CharField(max_length=12, choices=Retrait, blank=True)  # why it is no longer shown to anybody
    retired_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[FichierQuerySet] = FichierQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            Promesse.index("fichier_due"),
            Promesse.broken_index("fichier_broken"),
            models.Index(fields=["sha256"], name="fichier_sha256"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_safe_to_open(self) -> bool:
        """What an agent's station may open: seen clean, or by no antivirus because there is none."""
        return self.is_readable and not self.is_waiting

    @property
    def is_infected(self) -> bool:
        return self.analyse == self.Analyse.INFECTE

    @property
    def is_waiting(self) -> bool:
        return self.analyse == self.Analyse.EN_COURS

    @property
    def is_medical(self) -> bool:
        """Withdrawn because an agent found medical information in it."""
        return self.retrait == self.Retrait.MEDICAL

    @property
    def is_readable(self) -> bool:
        """False once withdrawn, as medical or dangerous: its bytes are then shown to nobody."""
        return not self.retrait


class Partie(models.Model):
    """A clean copy kept for reading, smaller than 1 000 000 bytes."""

    fichier = models.ForeignKey(Fichier, on_delete=models.CASCADE, related_name="parties")
    rang = models.PositiveSmallIntegerField()  # from 1
    objet = models.OneToOneField(Objet, on_delete=models.PROTECT, related_name="+")
    pages = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rang"]
        constraints = [models.UniqueConstraint(fields=["fichier", "rang"], name="partie_rang")]

    def __str__(self) -> str:
        return f"{self.fichier_id}/{self.rang}"

    @property
    def media_type(self) -> str:
        return self.objet.media_type

    @property
    def taille(self) -> int:
        return self.objet.taille

    @property
    def sha256(self) -> str:
        return self.objet.sha256

    @property
    def nom_de_fichier(self) -> str:
        """« Facture d’eau.pdf », then « Facture d’eau - partie 2.pdf »: it ends as the readable copy's type does."""
        suite = f" - partie {self.rang}" if self.rang > 1 else ""
        return f"{PurePath(self.fichier.nom).stem}{suite}{EXTENSIONS[self.media_type]}"
