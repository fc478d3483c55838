"""« Mes documents »: one row for each document a member can find again, whoever made it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.caisses.models import Caisse
from enclos.coffre.models import Fichier, Objet
from enclos.registre.models import Personne
from enclos.socle.identifiants import uuid7


class Origine(models.TextChoices):
    """Where it comes from, as the member filters it."""

    RECU = "recu", "Reçu de ma MSA"
    ENVOYE = "envoye", "Envoyé par moi"
    ACCUSE = "accuse", "Accusé de réception"
    ATTESTATION = "attestation", "Attestation"


class Domaine(models.TextChoices):
    """What it is about: the branches of the fund, and its contributions."""

    SANTE = "sante", "Santé, invalidité"
    FAMILLE = "famille", "Famille, logement"
    RETRAITE = "retraite", "Retraite"
    RSA_PRIME = "rsa_prime", "RSA, prime d’activité"
    COTISATIONS = "cotisations", "Cotisations, factures"
    ACCIDENT = "accident", "Accident du travail"
    AUTRE = "autre", "Autre"


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, personne: Personne) -> "DocumentQuerySet":
        return self.filter(personne=personne)

    def latest_first(self) -> "DocumentQuerySet":
        """The order of the library; total, so that pages can follow each other by key."""
        return self.order_by("-date", "-id")


class Document(models.Model):
    """A document of the library. Its bytes are its sheets, or the signed PDF of `accuse`, which comes a moment later."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="bibliotheque")
    origine = models.CharField(max_length=12, choices=Origine)
    cle = models.CharField(max_length=120, unique=True)  # what it is: filed twice, kept once
    libelle = models.CharField(max_length=200)
    domaine = models.CharField(max_length=16, choices=Domaine, default=Domaine.AUTRE)
    nature = models.CharField(max_length=60, blank=True)  # a code of the nomenclature, or the word of the registry drop
    concerne = models.CharField(max_length=160, blank=True)  # whom it is about, by name
    reference = models.CharField(max_length=40, blank=True)  # of the sending, the message, the invoice it came with
    date = models.DateField()  # of the document, as people look for it
    filed_at = models.DateTimeField(default=timezone.now)  # made available (CRPA R112-18)
    accuse = models.OneToOneField(Accuse, on_delete=models.PROTECT, null=True, related_name="document")

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["personne", "-date", "-id"], name="document_de")]

    def __str__(self) -> str:
        return self.cle


class Feuillet(models.Model):
    """One of the files that make a document, in order: one the member gave, or bytes the fund gave."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="feuillets")
    rang = models.PositiveSmallIntegerField()
    fichier = models.ForeignKey(Fichier, on_delete=models.PROTECT, null=True, related_name="feuillets")
    objet = models.ForeignKey(Objet, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["rang"]
        constraints = [
            models.UniqueConstraint(fields=["document", "rang"], name="feuillet_rang"),
            models.CheckConstraint(
                condition=Q(fichier=None, objet__isnull=False) | Q(fichier__isnull=False, objet=None),
                name="a_sheet_is_a_file_or_an_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.rang}"
