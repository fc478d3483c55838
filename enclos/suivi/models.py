"""The work item: who has it, by when, in which state. The member and the agent read the same row."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.dates import paris, today_paris
from enclos.socle.identifiants import uuid7

# Taken longer ago than this and still not decided: somebody must look, and a colleague may take it over.
FORGOTTEN_AFTER = timedelta(days=2)
# How long the agent who settled or refused an item may take the decision back.
UNDO_WITHIN = timedelta(days=1)


class Etat(models.TextChoices):
    """The states a member reads, word for word."""

    RECU = "recu", "Reçu"
    EN_COURS = "en_cours", "En cours"
    A_COMPLETER = "a_completer", "À compléter"
    TRAITE = "traite", "Traité"
    REFUSE = "refuse", "Refusé"


ENDED = (Etat.TRAITE, Etat.REFUSE, Etat.A_COMPLETER)

TONS = {Etat.TRAITE: "vert", Etat.A_COMPLETER: "ocre", Etat.REFUSE: "rouge"}


class Genre(models.TextChoices):
    """What an item stands for; each has its own screen on the bench."""

    DOCUMENT = "document", "Document"
    MESSAGE = "message", "Message"
    RECLAMATION = "reclamation", "Réclamation"


class Refus(models.TextChoices):
    """Why a paper is refused, in the words the member reads."""

    ILLISIBLE = "illisible", "Le document n’est pas lisible"
    MAUVAIS = "mauvais", "Ce n’est pas le bon document"
    INCOMPLET = "incomplet", "Il manque des pages"
    AUTRE = "autre", "Autre raison"
    # Never chosen by an agent: `flag_medical` and `refuse_unread` set them.
    MEDICAL = "medical", "Le document contient des informations médicales"
    DANGEREUX = "dangereux", "Le fichier est dangereux"


CHOSEN = (Refus.ILLISIBLE, Refus.MAUVAIS, Refus.INCOMPLET, Refus.AUTRE)


class AffaireQuerySet(models.QuerySet["Affaire"]):
    def open(self) -> "AffaireQuerySet":
        return self.filter(ended_at=None)

    def for_agent(self, agent: Compte) -> "AffaireQuerySet":
        """Those of the agent's services; and of the agent's fund alone, whatever services the account was given."""
        return self.filter(service__in=agent.services.all(), caisse=agent.caisse_id)

    def of(self, personne: Personne) -> "AffaireQuerySet":
        return self.filter(personne=personne)

    def free(self) -> "AffaireQuerySet":
        return self.open().filter(taken_by=None)

    def held_by(self, agent: Compte) -> "AffaireQuerySet":
        return self.open().filter(taken_by=agent)

    def late(self, day: date | None = None) -> "AffaireQuerySet":
        return self.open().filter(due_on__lt=day or today_paris())

    def forgotten(self) -> "AffaireQuerySet":
        """Taken, and then nothing."""
        return self.open().filter(Q(taken_at__lt=timezone.now() - FORGOTTEN_AFTER) | Q(taken_by__is_active=False))

    def oldest_due_first(self) -> "AffaireQuerySet":
        """The order in which agents take them; total, so that pages can follow each other by key."""
        return self.order_by("rang_on", "received_at", "id")


class Affaire(models.Model):
    """One thing an agent can take and settle: a document received, a message, a réclamation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="affaires")
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="affaires")
    reference = models.CharField(max_length=20)  # of what it came with: a sending has one item per document
    libelle = models.CharField(max_length=160)
    genre = models.CharField(max_length=12, choices=Genre, default=Genre.DOCUMENT)
    groupe = models.CharField(max_length=60, blank=True)  # of the nomenclature, to filter a queue
    nature = models.CharField(max_length=40, blank=True)  # its code in the nomenclature
    etat = models.CharField(max_length=12, choices=Etat, default=Etat.RECU)
    received_at = models.DateTimeField()  # never changed, whatever team or fund it goes to (CRPA L114-3)
    service_since = models.DateTimeField()  # when it came to its present team: the second date of CRPA L114-3
    due_on = models.DateField()  # the day the answer is promised for
    legal_on = models.DateField(null=True)  # the day silence becomes a decision (CRPA L231-1, L231-4), for a request
    is_precaire = models.BooleanField(default=False)  # somebody for whom a late answer is a month without income
    # The order of the queue: the day promised, or the legal one when it comes first, and earlier for who cannot wait.
    rang_on = models.DateField()
    # Kept once ended: it is then who decided.
    taken_by = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="affaires")
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    refus = models.CharField(max_length=12, choices=Refus, blank=True)
    reponse = models.TextField(blank=True)  # to the member: why refused, what is missing, or a word
    is_medical = models.BooleanField(default=False)  # taken out of sight; the member was told the postal way

    objects: ClassVar[AffaireQuerySet] = AffaireQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(
                fields=["service", "rang_on", "received_at", "id"], name="affaire_queue", condition=Q(ended_at=None)
            ),
            models.Index(fields=["taken_by", "taken_at"], name="affaire_taken", condition=Q(ended_at=None)),
            models.Index(fields=["personne", "-received_at"], name="affaire_personne"),
            models.Index(fields=["reference"], name="affaire_reference"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, etat__in=[Etat.RECU, Etat.EN_COURS])
                | Q(ended_at__isnull=False, etat__in=ENDED) & (Q(taken_by__isnull=False) | Q(refus=Refus.DANGEREUX)),
                name="an_end_has_a_date_and_an_author",
            ),
            models.CheckConstraint(
                condition=Q(etat=Etat.REFUSE) & ~Q(refus="") | ~Q(etat=Etat.REFUSE) & Q(refus=""),
                name="a_refusal_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.libelle}"

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def is_free(self) -> bool:
        return not self.is_ended and self.taken_by_id is None

    @property
    def is_late(self) -> bool:
        return not self.is_ended and self.due_on < today_paris()

    @property
    def is_due_today(self) -> bool:
        return not self.is_ended and self.due_on == today_paris()

    @property
    def is_forgotten(self) -> bool:
        """Taken, and not decided for too long, or by somebody who no longer works here."""
        if self.is_ended or self.taken_by is None or self.taken_at is None:
            return False
        return self.taken_at < timezone.now() - FORGOTTEN_AFTER or not self.taken_by.is_active

    def is_held_by(self, agent: Compte) -> bool:
        return not self.is_ended and self.taken_by_id == agent.pk

    def can_be_taken_by(self, agent: Compte) -> bool:
        """Free, or left by a colleague for too long."""
        return self.is_free or (self.is_forgotten and self.taken_by_id != agent.pk)

    def can_be_reopened_by(self, agent: Compte) -> bool:
        """The agent who settled or refused it, for a day. Not what set papers asked or a withdrawal going."""
        return (
            self.ended_at is not None
            and self.taken_by_id == agent.pk
            and self.etat in {Etat.TRAITE, Etat.REFUSE}
            and not self.is_medical
            and timezone.now() - self.ended_at < UNDO_WITHIN
        )

    @property
    def ton(self) -> str:
        """The tone of its badge."""
        return TONS.get(Etat(self.etat), "neutre")

    @property
    def days_late(self) -> int:
        """Whole days since the day promised; 0 when it is not late."""
        return (today_paris() - self.due_on).days if self.is_late else 0

    @property
    def age_days(self) -> int:
        """Whole days since it was received, on a Paris calendar."""
        return (today_paris() - paris(self.received_at).date()).days


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def live(self) -> "ReservationQuerySet":
        return self.filter(until__gt=timezone.now())


class Reservation(models.Model):
    """The item that an agent's browser prepares while she reads another: for a few minutes, « Prendre le suivant » of others passes over it.

    It gives nothing, and ends by itself: only `taken_by` says who has an item. One for each agent, one for each item.
    """

    affaire = models.OneToOneField(Affaire, on_delete=models.CASCADE, primary_key=True, related_name="reservation")
    agent = models.OneToOneField(Compte, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    objects: ClassVar[ReservationQuerySet] = ReservationQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.affaire_id} {self.agent_id}"


# How long who wrote a note may take it out; afterwards it is struck through, and stays.
NOTE_UNDO_WITHIN = timedelta(minutes=15)


class Note(models.Model):
    """What agents write to one another about a person, or about one item of theirs. Never in the member's portal, and theirs to ask for
    (GDPR art. 15): « Mes données » gives it, struck through or not.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="notes")
    affaire = models.ForeignKey(Affaire, on_delete=models.PROTECT, null=True, related_name="notes")
    agent = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    texte = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)
    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="+")
    struck_why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["personne", "-written_at"], name="note_personne")]
        constraints = [
            models.CheckConstraint(
                condition=Q(struck_at=None, struck_by=None, struck_why="")
                | Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_why=""),
                name="a_note_is_struck_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_struck(self) -> bool:
        return self.struck_at is not None

    def can_be_deleted_by(self, agent: Compte) -> bool:
        """Who wrote it, for a quarter of an hour."""
        return self.agent_id == agent.pk and not self.is_struck and timezone.now() - self.written_at < NOTE_UNDO_WITHIN
