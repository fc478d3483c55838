"""What a member chose to be told, and how."""

from django.db import models
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.registre.models import Personne
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet


class Preference(models.Model):
    """A channel chosen or refused for one event; what is not here is as the declaration of the event says."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="preferences")
    evenement = models.CharField(max_length=30)  # a code of `evenements`
    canal = models.CharField(max_length=10)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compte", "evenement", "canal"], name="one_choice_per_channel")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.evenement} {self.canal}"


class ConseilEcarte(models.Model):
    """A piece of advice of the home page that a member does not want to see again."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="conseils_ecartes")
    conseil = models.CharField(max_length=30)
    ecarte_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compte", "conseil"], name="one_dismissal_per_advice")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.conseil}"


class Rythme(models.Model):
    """When a member wants the e-mails that can wait; who chose nothing has no row, and gets them at once."""

    class Frequence(models.TextChoices):
        AUSSITOT = "aussitot", "Tout de suite"
        JOUR = "jour", "Une fois par jour, à 18 h"
        SEMAINE = "semaine", "Une fois par semaine, le mercredi à 18 h"

    compte = models.OneToOneField(Compte, on_delete=models.CASCADE, related_name="rythme")
    frequence = models.CharField(max_length=10, choices=Frequence, default=Frequence.AUSSITOT)
    calme = models.BooleanField(default=False)  # no e-mail that can wait in the quiet hours (`courrier.heures`)

    def __str__(self) -> str:
        return f"{self.compte_id} {self.frequence}"

    @property
    def is_grouped(self) -> bool:
        """Whether what can wait is told together."""
        return self.frequence != self.Frequence.AUSSITOT


class Resume(Promesse):
    """One e-mail for what happened since the former one. Its promise: it left, or there was nothing left to say."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="resumes")
    gathered_at = models.DateTimeField(null=True)  # its notices are chosen: the next ones wait for another

    objects = PromesseQuerySet["Resume"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["compte"], name="one_open_digest", condition=models.Q(gathered_at=None))
        ]
        indexes = [Promesse.index("resume_due")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.pk}"


class Avis(models.Model):
    """One thing a member is told: always written in the portal, and by the channels they chose. It says no content."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="avis")
    evenement = models.CharField(max_length=30)  # a code of `evenements`
    cle = models.CharField(max_length=120, unique=True)  # what it announces: told twice, written once
    titre = models.CharField(max_length=200)
    url = models.CharField(max_length=200, blank=True)  # the page of the portal that says it all
    reference = models.CharField(max_length=20, blank=True)  # of the sending or the message it is about
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)  # its page was opened, or the member said « lu »
    # How it left. An e-mail not there yet waits in a digest; the indexes below find them.
    courriel = models.ForeignKey(Courriel, on_delete=models.SET_NULL, null=True, related_name="avis")
    texto = models.ForeignKey(Texto, on_delete=models.SET_NULL, null=True, related_name="avis", db_index=False)
    resume = models.ForeignKey(Resume, on_delete=models.SET_NULL, null=True, related_name="avis", db_index=False)
    returned_at = models.DateTimeField(null=True)  # its e-mail did not arrive, and was not sent again since

    class Meta:
        indexes = [
            models.Index(fields=["personne", "-created_at", "-id"], name="avis_de"),
            models.Index(fields=["personne"], name="avis_nouveaux", condition=models.Q(read_at=None)),
            models.Index(fields=["texto"], name="avis_par_sms", condition=~models.Q(texto=None)),
            models.Index(fields=["resume"], name="avis_en_resume", condition=~models.Q(resume=None)),
            models.Index(fields=["personne"], name="avis_revenus", condition=~models.Q(returned_at=None)),
            models.Index(fields=["created_at"], name="avis_anciens"),
        ]

    def __str__(self) -> str:
        return f"{self.evenement} {self.cle}"

    @property
    def is_new(self) -> bool:
        """Nobody opened it yet."""
        return self.read_at is None

    @property
    def canaux(self) -> list[str]:
        """How it was told besides, for who asks: « e-mail envoyé », « dans votre prochain résumé »."""
        told = []
        if self.courriel is not None:
            told.append(self.courriel.sort)
        elif self.resume is not None and self.resume.gathered_at is None and self.is_new:
            told.append("dans votre prochain résumé")
        if self.texto is not None:
            told.append(self.texto.sort)
        relais = getattr(self, "relais", None)
        if relais is not None and relais.lettre is not None:
            told.append("lettre demandée" if relais.lettre.posted_at is None else "lettre postée")
        return told


class Relais(Promesse):
    """The letter that a notice becomes if nobody reads it. Its promise: the notice was read, or a letter was asked for."""

    avis = models.OneToOneField(Avis, on_delete=models.CASCADE, related_name="relais")
    lettre = models.ForeignKey(Lettre, on_delete=models.PROTECT, null=True, related_name="relais")

    objects = PromesseQuerySet["Relais"].as_manager()

    class Meta:
        indexes = [Promesse.index("relais_du"), Promesse.broken_index("relais_broken")]

    def __str__(self) -> str:
        return str(self.avis_id)
