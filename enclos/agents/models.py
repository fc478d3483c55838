"""The help desk: what an agent was allowed to see of an account, for how long, and on what checks."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.identifiants import uuid7

LIFE = timedelta(hours=1)  # a telephone call, and the time to write down what was said


class Appel(models.Model):
    """One person's account opened by one agent, for a reason. It closes by itself; the journal keeps what was done."""

    class Raison(models.TextChoices):
        TELEPHONE = "telephone", "La personne appelle"
        ACCUEIL = "accueil", "La personne est à l’accueil"
        ECRIT = "ecrit", "La personne a écrit"
        COURRIER = "courrier", "Un courrier est revenu"
        AUTRE = "autre", "Autre raison"

    class Verification(models.TextChoices):
        """What was asked. Never the password, never a code."""

        NAISSANCE = "naissance", "Sa date et son lieu de naissance"
        ADRESSE = "adresse", "Son adresse postale complète"
        NUMERO = "numero", "Son numéro de sécurité sociale ou d’adhérent"
        DOSSIER = "dossier", "Un fait récent de son dossier"
        RAPPEL = "rappel", "Rappel au numéro déjà connu de la caisse"
        PIECE = "piece", "Une pièce d’identité montrée à l’accueil"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="+")
    raison = models.CharField(max_length=10, choices=Raison)
    precision = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    verifications = models.JSONField(default=list)  # values of Verification
    constat = models.CharField(max_length=500, blank=True)  # what the agent wrote of them
    verifie_at = models.DateTimeField(null=True)  # no act before

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="appel_fin")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def ends_at(self) -> datetime:
        return self.created_at + LIFE

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def is_verified(self) -> bool:
        return self.verifie_at is not None

    @property
    def verifications_en_mots(self) -> list[str]:
        return [self.Verification(value).label for value in self.verifications if value in self.Verification.values]


class FiltreEnregistre(models.Model):
    """What an agent looks at every day, under a name of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="filtres")
    nom = models.CharField(max_length=40)
    choix = (
        models.JSONField()
    )  # as `Filtre.chosen`; read through the form, so that a choice that is no more is left out
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "nom"], name="one_filter_of_a_name"),
            models.UniqueConstraint(
                fields=["agent"], condition=models.Q(is_default=True), name="one_default_filter_per_agent"
            ),
        ]

    def __str__(self) -> str:
        return self.nom
