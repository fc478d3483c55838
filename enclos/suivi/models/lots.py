"""One decision for several items."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet
from enclos.suivi.models.affaires import Affaire

# How long a decision for several items waits before it reaches members.
FENETRE = timedelta(minutes=10)
# Above so many items, a second person says yes; and never more than the last number at once.
APPROUVE_AU_DELA = 50
LOT_MAX = 100
# Without that second yes in this time, the decision is dropped: items must not wait for somebody on holiday.
APPROUVE_SOUS = timedelta(hours=24)


class LotQuerySet(PromesseQuerySet["Lot"]):
    def under_way(self) -> "LotQuerySet":
        """Neither done nor dropped."""
        return self.filter(execute_at=None, annule_at=None)


class Lot(Promesse):
    """One decision for several items, prepared by an agent. What members would see waits ten minutes, during which it can be dropped."""

    class Genre(models.TextChoices):
        TRAITER = "traiter", "Traité"
        REORIENTER = "reorienter", "Réorienter"
        ATTRIBUER = "attribuer", "Attribuer à un agent"
        REMETTRE = "remettre", "Remettre dans la file"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    genre = models.CharField(max_length=12, choices=Genre)
    auteur = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="lots")
    nombre = models.PositiveSmallIntegerField()  # of items it holds
    reponse = models.TextField(blank=True)  # the word to the members, for « Traité »
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")  # to redirect to
    agent = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")  # to assign to
    created_at = models.DateTimeField(default=timezone.now)
    prevu_at = models.DateTimeField(null=True)  # when it will be done; not before somebody approved a large one
    approuve_par = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")
    approuve_at = models.DateTimeField(null=True)
    execute_at = models.DateTimeField(null=True)
    annule_at = models.DateTimeField(null=True)
    annule_par = models.CharField(max_length=120, blank=True)  # who dropped it, or the machine
    pourquoi = models.CharField(max_length=200, blank=True)  # why the machine dropped it

    objects: ClassVar[LotQuerySet] = LotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            Promesse.index("lot_promis"),
            Promesse.broken_index("lot_rompu"),
            models.Index(fields=["auteur", "-created_at"], name="lot_de"),
            models.Index(
                fields=["caisse", "created_at"], name="lot_en_cours", condition=Q(execute_at=None, annule_at=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(execute_at=None) | Q(annule_at=None), name="done_or_dropped"),
            models.CheckConstraint(condition=~Q(approuve_par=F("auteur")), name="nobody_approves_their_own"),
            models.CheckConstraint(
                condition=Q(execute_at=None) | Q(nombre__lte=APPROUVE_AU_DELA) | Q(approuve_par__isnull=False),
                name="a_large_one_is_approved_first",
            ),
            models.CheckConstraint(condition=Q(nombre__gte=1, nombre__lte=LOT_MAX), name="from_one_to_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.genre} {self.pk}"

    @property
    def is_told(self) -> bool:
        """Members would read it: it waits before being done."""
        return self.genre in {self.Genre.TRAITER, self.Genre.REORIENTER}

    @property
    def is_over(self) -> bool:
        return self.execute_at is not None or self.annule_at is not None

    @property
    def needs_approval(self) -> bool:
        return self.nombre > APPROUVE_AU_DELA and self.approuve_par_id is None and not self.is_over

    @property
    def approuve_avant(self) -> datetime:
        """Dropped when nobody said yes by then."""
        return self.created_at + APPROUVE_SOUS


class LigneDeLot(models.Model):
    """One item of a lot, and what became of it."""

    class Resultat(models.TextChoices):
        PREVU = "", "Prévu"
        FAIT = "fait", "Fait"
        ECARTE = "ecarte", "Laissé de côté"

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="lignes")
    affaire = models.ForeignKey(Affaire, on_delete=models.PROTECT, related_name="+")
    resultat = models.CharField(max_length=8, choices=Resultat, blank=True)
    motif = models.CharField(max_length=200, blank=True)  # why it was left aside

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "affaire"], name="an_item_once_in_a_lot")]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.affaire_id}"
