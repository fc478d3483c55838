"""What the bench remembers of the agents themselves: calls of the help desk, what each opened and how much, and what worries those in charge."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte, Role
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


class Ouverture(models.Model):
    """A person's page opened by an agent who treats nothing of theirs, for a reason. It closes by itself, as a call does."""

    class Raison(models.TextChoices):
        TELEPHONE = "telephone", "La personne appelle"
        ACCUEIL = "accueil", "La personne est à l’accueil"
        COURRIER = "courrier", "La personne a écrit, ou un courrier est revenu"
        COLLEGUE = "collegue", "Un collègue demande mon aide sur ce dossier"
        CONTROLE = "controle", "Contrôle demandé par ma hiérarchie"
        AUTRE = "autre", "Autre raison"

    agent = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="+")
    raison = models.CharField(max_length=10, choices=Raison)
    precision = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "personne", "-created_at"], name="ouverture_de"),
            models.Index(fields=["created_at"], name="ouverture_fin"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.raison}"

    @property
    def en_mots(self) -> str:
        """« La personne appelle : suite de sa lettre »."""
        return " : ".join(part for part in (self.get_raison_display(), self.precision) if part)


class Lecture(models.TextChoices):
    """What is counted of what an agent reads in a day."""

    DOCUMENT = "document", "Documents ouverts"
    PERSONNE = "personne", "Fiches de personnes ouvertes"
    NUMERO = "numero", "Recherches par numéro de sécurité sociale"


class Quota(models.Model):
    """How much an agent has read on a day, and how much they may. One statement counts and refuses: exact whatever comes at once."""

    agent = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="+")
    jour = models.DateField()
    genre = models.CharField(max_length=10, choices=Lecture)
    nombre = models.PositiveIntegerField(default=0)
    limite = models.PositiveIntegerField()
    # A superviseur may raise it for the day.
    releve_par = models.ForeignKey(Compte, on_delete=models.SET_NULL, null=True, related_name="+")
    raison = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "jour", "genre"], name="one_quota_a_day")]
        indexes = [models.Index(fields=["jour"], name="quota_jour")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.jour} {self.genre} {self.nombre}/{self.limite}"


class Consultation(models.Model):
    """One thing that an agent read on a day: read again, it counts once. The journal has every opening; this only counts."""

    agent = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="+")
    jour = models.DateField()
    genre = models.CharField(max_length=10, choices=Lecture)
    objet = models.CharField(max_length=40)
    is_hors = models.BooleanField(default=False)  # of somebody of whom the agent treats nothing
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "jour", "genre", "objet"], name="one_reading_a_day_counts_once")
        ]
        indexes = [
            models.Index(fields=["agent", "at"], name="consultation_hors", condition=Q(is_hors=True)),
            models.Index(fields=["jour"], name="consultation_jour"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.genre} {self.objet}"


class Alerte(models.Model):
    """Something that a person in charge must look at: it stays in sight until somebody says what they made of it."""

    class Genre(models.TextChoices):
        QUOTA = "quota", "Quota de lecture atteint"
        SOI_MEME = "soi-meme", "Un agent ouvre peut-être son propre dossier"
        COLLEGUE = "collegue", "Un agent ouvre peut-être le dossier d’un collègue"
        HORS = "hors", "Beaucoup de dossiers ouverts hors portefeuille"
        SILENCE = "silence", "Il ne se passe plus rien"

    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    genre = models.CharField(max_length=10, choices=Genre)
    cle = models.CharField(max_length=120, unique=True)  # what it is about: raised again, it is the same one
    agent = models.ForeignKey(Compte, on_delete=models.SET_NULL, null=True, related_name="+")
    texte = models.CharField(max_length=250)  # never a name of a member
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Compte, on_delete=models.SET_NULL, null=True, related_name="+")
    mot = models.CharField(max_length=250, blank=True)  # what was made of it

    class Meta:
        indexes = [models.Index(fields=["caisse", "created_at"], name="alerte_ouverte", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return self.cle


class Battement(models.Model):
    """When something was last alive. The worker writes its own every minute: the web sees that nobody works any more."""

    TRAVAIL: ClassVar[str] = "travail"

    cle = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.cle


class ChiffreDuJour(models.Model):
    """What a team did on one day, counted once by the worker: no page ever counts a million items."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    jour = models.DateField()
    recues = models.PositiveIntegerField(default=0)
    terminees = models.PositiveIntegerField(default=0)
    a_temps = models.PositiveIntegerField(default=0)  # of those ended, on the day promised at the latest
    delais = models.JSONField(default=dict)  # {working days from receipt to answer: how many}
    manques = models.JSONField(default=dict)  # {nature asked for as missing: how many}
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "jour"], name="one_figure_a_day")]
        indexes = [models.Index(fields=["jour"], name="chiffre_jour")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.jour}"


class Abonnement(models.Model):
    """Who wants the figures of the day by e-mail, every working morning."""

    agent = models.OneToOneField(Compte, on_delete=models.CASCADE, related_name="+", primary_key=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.agent_id)


class Trousseau(models.Model):
    """Who gave each of the two keys of an agent's account last. No row: they came from the console."""

    agent = models.OneToOneField(Compte, on_delete=models.CASCADE, related_name="+", primary_key=True)
    mot_de_passe_par = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")
    facteur_par = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")
    is_a_deux = models.BooleanField(default=False)  # since when the account has power: nobody held both

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_a_deux=False) | ~Q(mot_de_passe_par=F("facteur_par")), name="two_hands_for_two_keys"
            )
        ]

    def __str__(self) -> str:
        return str(self.agent_id)


class Proposition(models.Model):
    """A role that gives power over files or others: one administrateur proposes it, another confirms it, never the same."""

    agent = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=Role)
    proposed_by = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_accepted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent"], condition=Q(decided_at=None), name="one_role_proposed_at_a_time"),
            models.CheckConstraint(
                condition=Q(is_accepted=False) | ~Q(decided_by=F("proposed_by")), name="four_eyes_for_a_role"
            ),
            models.CheckConstraint(condition=~Q(agent=F("proposed_by")), name="nobody_proposes_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.role}"
