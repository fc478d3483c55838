"""The work item: who has it, by when, in which state. The member and the agent read the same row."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.dates import paris, today_paris
from enclos.socle.identifiants import uuid7
from enclos.suivi.models.absences import Absence

# Taken longer ago than this and still not decided: somebody must look, and a colleague may take it over.
FORGOTTEN_AFTER = timedelta(days=2)
# How long the agent who settled or refused an item may take the decision back.
UNDO_WITHIN = timedelta(days=1)
# From so far ahead, the legal date is shown in the queues.
LEGAL_NEAR = timedelta(days=15)


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
    PAPIERS = "papiers", "Papiers demandés"


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
        """Nobody's, and awaited by no decision for several items."""
        return self.open().filter(taken_by=None, lot=None)

    def held_by(self, agent: Compte) -> "AffaireQuerySet":
        return self.open().filter(taken_by=agent, etat=Etat.EN_COURS, awaits_look=False)

    def late(self, day: date | None = None) -> "AffaireQuerySet":
        return self.open().filter(due_on__lt=day or today_paris())

    def late_by_rank(self, day: date | None = None) -> "AffaireQuerySet":
        """The same. What is late is also early in the queue: saying so lets the index of the queue find them."""
        day = day or today_paris()
        return self.late(day).filter(rang_on__lt=day)

    def taken(self) -> "AffaireQuerySet":
        """Somebody's. Saying the state too tells the database how few they are: `taken_by` also names who decided all that is ended."""
        return self.open().filter(taken_by__isnull=False, etat=Etat.EN_COURS)

    def forgotten(self) -> "AffaireQuerySet":
        """Taken, and then nothing; or by somebody who is away, or who no longer works here."""
        away = Exists(Absence.objects.on().filter(agent=OuterRef("taken_by")))
        left = Q(taken_at__lt=timezone.now() - FORGOTTEN_AFTER) | Q(taken_by__is_active=False) | away
        return self.taken().filter(left, lot=None, awaits_look=False)

    def with_absence(self) -> "AffaireQuerySet":
        """Each with whether its agent is away, so that a list asks once."""
        return self.annotate(agent_absent=Exists(Absence.objects.on().filter(agent=OuterRef("taken_by"))))

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
    precaire_dit = models.BooleanField(default=False)  # an agent said so or said not: the registry no longer decides
    # The order of the queue: the day promised, or the legal one when it comes first, and earlier for who cannot wait.
    rang_on = models.DateField()
    # Kept once ended: it is then who decided.
    taken_by = models.ForeignKey(Compte, on_delete=models.PROTECT, null=True, related_name="affaires")
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # A decision for several items holds it: until it is done or dropped, nothing else happens to it.
    lot = models.ForeignKey("Lot", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    refus = models.CharField(max_length=12, choices=Refus, blank=True)
    reponse = models.TextField(blank=True)  # to the member: why refused, what is missing, or a word
    is_medical = models.BooleanField(default=False)  # taken out of sight; the member was told the postal way
    awaits_look = models.BooleanField(default=False)  # settled by `taken_by`, and not yet confirmed by a second agent

    objects: ClassVar[AffaireQuerySet] = AffaireQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(
                fields=["service", "rang_on", "received_at", "id"], name="affaire_queue", condition=Q(ended_at=None)
            ),
            models.Index(
                fields=["caisse", "rang_on", "received_at", "id"], name="affaire_toutes", condition=Q(ended_at=None)
            ),
            models.Index(
                fields=["service", "groupe", "rang_on", "received_at", "id"],
                name="affaire_groupe",
                condition=Q(ended_at=None),
            ),
            models.Index(
                fields=["service", "nature", "rang_on", "received_at", "id"],
                name="affaire_nature",
                condition=Q(ended_at=None),
            ),
            models.Index(fields=["service", "received_at"], name="affaire_recue", condition=Q(ended_at=None)),
            # What is rare among the open ones is found without walking through the others.
            models.Index(
                fields=["service", "rang_on", "received_at", "id"],
                name="affaire_precaire",
                condition=Q(ended_at=None, is_precaire=True),
            ),
            models.Index(
                fields=["service", "legal_on"],
                name="affaire_legale",
                condition=Q(ended_at=None, legal_on__isnull=False),
            ),
            models.Index(
                fields=["service", "genre", "rang_on", "received_at", "id"],
                name="affaire_genre",
                condition=Q(ended_at=None) & ~Q(genre="document"),
            ),
            models.Index(
                fields=["service", "rang_on", "received_at", "id"],
                name="affaire_prise",
                condition=Q(etat="en_cours"),
            ),
            models.Index(fields=["taken_by", "taken_at"], name="affaire_taken", condition=Q(ended_at=None)),
            models.Index(fields=["taken_by", "ended_at"], name="affaire_decidee", condition=Q(ended_at__isnull=False)),
            models.Index(fields=["personne", "-received_at"], name="affaire_personne"),
            models.Index(fields=["reference"], name="affaire_reference"),
            # What is called so in a fund, open or ended, the latest first: for who looks for it.
            models.Index(fields=["caisse", "nature", "-received_at", "-id"], name="affaire_appelee"),
            # The figures of a day are counted from these two, and from nothing else.
            models.Index(fields=["received_at"], name="affaire_du_jour"),
            models.Index(fields=["ended_at"], name="affaire_terminee", condition=Q(ended_at__isnull=False)),
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
            models.CheckConstraint(
                condition=Q(awaits_look=False) | Q(etat=Etat.EN_COURS, ended_at=None, taken_by__isnull=False),
                name="a_second_look_comes_before_the_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.libelle}"

    @property
    def is_document(self) -> bool:
        """A paper to read; the others are answered in writing."""
        return self.genre == Genre.DOCUMENT

    def get_etat_display(self) -> str:  # type: ignore[no-redef]  # Django keeps ours
        """Its word. What is written gets an answer, a paper is dealt with."""
        if self.etat == Etat.TRAITE and not self.is_document:
            return "Répondu"
        return Etat(self.etat).label

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def is_free(self) -> bool:
        return not self.is_ended and self.taken_by_id is None and self.lot_id is None

    @property
    def is_late(self) -> bool:
        return not self.is_ended and self.due_on < today_paris()

    @property
    def is_due_today(self) -> bool:
        return not self.is_ended and self.due_on == today_paris()

    @property
    def is_legal_near(self) -> bool:
        """Silence becomes a decision within two weeks, or did."""
        return not self.is_ended and self.legal_on is not None and self.legal_on <= today_paris() + LEGAL_NEAR

    @property
    def is_forgotten(self) -> bool:
        """Taken, and not decided for too long, or by somebody who is away or no longer works here."""
        if self.is_ended or self.lot_id is not None or self.taken_by is None or self.taken_at is None:
            return False
        is_old = self.taken_at < timezone.now() - FORGOTTEN_AFTER
        return is_old or not self.taken_by.is_active or self.is_agent_absent

    @property
    def is_agent_absent(self) -> bool:
        """Whether who holds it is away today; asked of the database unless the list brought it (`with_absence`)."""
        known: bool | None = self.__dict__.get("agent_absent")
        return Absence.objects.on().filter(agent=self.taken_by_id).exists() if known is None else known

    def is_held_by(self, agent: Compte) -> bool:
        return not self.is_ended and self.taken_by_id == agent.pk and not self.awaits_look

    def can_be_looked_at_by(self, agent: Compte) -> bool:
        """It waits for a second look, and was settled by somebody else. Who may give one is asked of the roles."""
        return self.awaits_look and self.taken_by_id != agent.pk

    def can_be_taken_by(self, agent: Compte) -> bool:
        """Free, or left by a colleague for too long or who is away."""
        if self.awaits_look:
            return False
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
