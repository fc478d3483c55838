"""The work item: who has it, by when, in which state. The member and the agent read the same row."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.socle.identifiants import uuid7


class Etat(models.TextChoices):
    """The states a member reads, word for word."""

    RECU = "recu", "Reçu"
    EN_COURS = "en_cours", "En cours"
    A_COMPLETER = "a_completer", "À compléter"
    TRAITE = "traite", "Traité"
    REFUSE = "refuse", "Refusé"


ENDED = (Etat.TRAITE, Etat.REFUSE, Etat.A_COMPLETER)


class AffaireQuerySet(models.QuerySet["Affaire"]):
    def open(self) -> "AffaireQuerySet":
        return self.filter(ended_at=None)

    def for_agent(self, agent: Compte) -> "AffaireQuerySet":
        """Those of the agent's services, and so of the agent's fund alone."""
        return self.filter(service__in=agent.services.all())

    def free(self) -> "AffaireQuerySet":
        return self.open().filter(taken_by=None)

    def late(self, day: date | None = None) -> "AffaireQuerySet":
        return self.open().filter(due_on__lt=day or today_paris())


class Affaire(models.Model):
    """One thing an agent can take and settle: today, a document received."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="affaires")
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="affaires")
    reference = models.CharField(max_length=20)  # of what it came with: a sending has one item per document
    libelle = models.CharField(max_length=160)
    groupe = models.CharField(max_length=60, blank=True)  # of the nomenclature, to filter a queue
    etat = models.CharField(max_length=12, choices=Etat, default=Etat.RECU)
    received_at = models.DateTimeField()  # never changed, whatever team or fund it goes to (CRPA L114-3)
    due_on = models.DateField()  # the day the answer is promised for
    taken_by = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="affaires")
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reponse = models.TextField(blank=True)  # to the member: why refused, what is missing, or a word
    is_medical = models.BooleanField(default=False)  # taken out of sight; the member was told the postal way

    objects: ClassVar[AffaireQuerySet] = AffaireQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["service", "due_on", "received_at"], name="affaire_queue", condition=Q(ended_at=None)),
            models.Index(fields=["taken_by"], name="affaire_taken", condition=Q(ended_at=None)),
            models.Index(fields=["personne", "-received_at"], name="affaire_personne"),
            models.Index(fields=["reference"], name="affaire_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.libelle}"

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def is_late(self) -> bool:
        return not self.is_ended and self.due_on < today_paris()

    @property
    def ton(self) -> str:
        """The tone of its badge."""
        return {Etat.TRAITE: "vert", Etat.A_COMPLETER: "ocre", Etat.REFUSE: "rouge"}.get(Etat(self.etat), "neutre")
