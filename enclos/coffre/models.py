"""What the vault holds: sealed bytes, the files they came from, and the copies made for reading."""

from django.db import models

from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse


class Objet(models.Model):
    """One sealed blob of the storage. The row is written after the bytes are durable, never before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cle = models.CharField(max_length=80, unique=True)  # its name in the storage: random, nothing to learn from it
    taille = models.PositiveBigIntegerField()  # bytes, once opened
    sha256 = models.CharField(max_length=64)  # of the bytes once opened
    media_type = models.CharField(max_length=60)
    wrapped_key = models.BinaryField()  # the data key, sealed by a vault key; erased to shred the object
    key_id = models.CharField(max_length=40)  # which vault key wrapped it
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["key_id"], name="objet_key")]

    def __str__(self) -> str:
        return str(self.pk)


class Fichier(Promesse):
    """A file as a member gave it, and what was found in it. The promise is its scan by the antivirus."""

    class Analyse(models.TextChoices):
        EN_COURS = "en_cours", "Analyse en cours"
        SAIN = "sain", "Sain"
        INFECTE = "infecte", "Dangereux"
        NON_ANALYSE = "non_analyse", "Non analysé"  # no antivirus here: never read as clean

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    nom = models.CharField(max_length=120)  # cleaned; for the eyes, never for a path
    media_type = models.CharField(max_length=60)
    taille = models.PositiveBigIntegerField()  # bytes, as received
    sha256 = models.CharField(max_length=64)  # as received: what the member's device sent
    pages = models.PositiveIntegerField()
    original = models.OneToOneField(Objet, on_delete=models.PROTECT, null=True, related_name="+")  # null once shredded
    quarts = models.PositiveSmallIntegerField(default=0)  # quarter turns asked by the member
    conseils = models.JSONField(default=list)  # advice, as codes: « flou », « sombre »…
    bilan = models.JSONField(default=dict)  # what was done to it, before and after
    analyse = models.CharField(max_length=12, choices=Analyse)
    menace = models.CharField(max_length=120, blank=True)  # the antivirus's name for it
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [Promesse.index("fichier_due"), models.Index(fields=["sha256"], name="fichier_sha256")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_safe_to_open(self) -> bool:
        return self.analyse in {self.Analyse.SAIN, self.Analyse.NON_ANALYSE}

    @property
    def is_infected(self) -> bool:
        return self.analyse == self.Analyse.INFECTE

    @property
    def is_waiting(self) -> bool:
        return self.analyse == self.Analyse.EN_COURS


class Partie(models.Model):
    """A clean copy kept for reading, smaller than 1 000 000 bytes."""

    fichier = models.ForeignKey(Fichier, on_delete=models.CASCADE, related_name="parties")
    rang = models.PositiveSmallIntegerField()
    objet = models.OneToOneField(Objet, on_delete=models.PROTECT, related_name="+")
    pages = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rang"]
        constraints = [models.UniqueConstraint(fields=["fichier", "rang"], name="partie_rang")]

    def __str__(self) -> str:
        return f"{self.fichier_id}/{self.rang}"
