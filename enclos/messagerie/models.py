"""Messages: the tree of subjects, threads between a member and the fund, their messages and the files that go with them."""

from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.env import ENV
from enclos.accuses.models import Accuse
from enclos.bibliotheque.models import Domaine
from enclos.caisses.models import Caisse, Service, Silence
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.journal.references import new_reference
from enclos.registre.models import Personne
from enclos.socle import sealed
from enclos.socle.dates import add_months, jour, paris, today_paris
from enclos.socle.identifiants import uuid7
from enclos.socle.jours_ouvres import add_working_days
from enclos.socle.promesses import Promesse, PromesseQuerySet
from enclos.suivi.models import Affaire, Genre

LONGEST = 2000  # signs of a message
REOPEN_WITHIN = timedelta(days=30)  # a closed thread takes an answer; later a new one follows it

# What a message can be, among all that an agent takes.
GENRES = [(genre.value, genre.label) for genre in (Genre.MESSAGE, Genre.RECLAMATION)]


class Sujet(models.Model):
    """A leaf of the tree of subjects, shared by all funds: who answers, how soon, and what silence means."""

    code = models.CharField(max_length=40, primary_key=True)
    libelle = models.CharField(max_length=120)
    domaine = models.CharField(max_length=60)  # the branch it hangs from, as shown
    rang = models.PositiveSmallIntegerField()
    aide = models.CharField(max_length=250, blank=True)
    service_code = models.CharField(max_length=20)  # the team that answers, by its code in each fund
    delai_jours_ouvres = models.PositiveSmallIntegerField()  # working days within which an answer is promised
    is_urgent = models.BooleanField(default=False)  # shown first, and taken first
    genre = models.CharField(max_length=12, choices=GENRES, default=Genre.MESSAGE)
    classement = models.CharField(max_length=16, choices=Domaine, default=Domaine.AUTRE)  # in « Mes documents »
    is_request = models.BooleanField(default=False)  # it asks for a decision: silence means something
    silence = models.CharField(max_length=12, choices=Silence, blank=True)
    silence_months = models.PositiveSmallIntegerField(default=0)
    silence_basis = models.CharField(max_length=60, blank=True)
    recours = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rang"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_request=False)
                | (Q(silence="acceptation") & Q(silence_months__gt=0))
                | (Q(silence="rejet") & Q(silence_months__gt=0) & ~Q(recours="")),
                name="a_subject_says_what_silence_means",
            )
        ]

    def __str__(self) -> str:
        return self.libelle

    @property
    def is_reclamation(self) -> bool:
        return self.genre == Genre.RECLAMATION

    def due_on(self, received_on: date) -> date:
        """The day an answer is promised for."""
        return add_working_days(received_on, self.delai_jours_ouvres)

    @property
    def due_if_sent_now(self) -> date:
        return self.due_on(today_paris())

    def legal_on(self, received_on: date) -> date | None:
        """The day silence becomes a decision (CRPA L231-4), for what asks for one."""
        return add_months(received_on, self.silence_months) if self.is_request else None


class Voie(models.Model):
    """A remedy, as the law has it between two dates: what it is, for whom, within how long."""

    code = models.CharField(max_length=20)  # cra, mediateur, tribunal
    rang = models.PositiveSmallIntegerField()
    titre = models.CharField(max_length=120)
    texte = models.TextField()  # what to do, in plain words
    mois_pour_agir = models.PositiveSmallIntegerField(null=True)  # None: no time limit
    mois_de_silence = models.PositiveSmallIntegerField(null=True)  # after which silence is a refusal; None: it never is
    source = models.CharField(max_length=120)
    valide_du = models.DateField()
    valide_au = models.DateField(null=True)  # last day included

    class Meta:
        ordering = ["rang"]
        constraints = [models.UniqueConstraint(fields=["code", "valide_du"], name="one_text_of_a_remedy_at_a_time")]

    def __str__(self) -> str:
        return f"{self.code} {self.valide_du}"


class Etat(models.TextChoices):
    """Where a thread stands, in the same words for the member and the agent."""

    BROUILLON = "brouillon", "Pas encore envoyé"
    RECU = "recu", "Reçu"
    EN_COURS = "en_cours", "En cours"
    A_COMPLETER = "a_completer", "À compléter"
    REPONDU = "repondu", "Répondu"
    ECRIT = "ecrit", "Message de votre MSA"  # the fund wrote first, nothing was answered yet
    CLOS = "clos", "Clos"


TONS = {Etat.BROUILLON: "ocre", Etat.RECU: "info", Etat.A_COMPLETER: "ocre", Etat.REPONDU: "vert", Etat.ECRIT: "info"}
PAR_AFFAIRE = {
    "recu": Etat.RECU,
    "en_cours": Etat.EN_COURS,
    "a_completer": Etat.A_COMPLETER,
    "traite": Etat.REPONDU,
    "refuse": Etat.REPONDU,
}


class FilQuerySet(models.QuerySet["Fil"]):
    def of(self, personne: Personne) -> "FilQuerySet":
        return self.filter(personne=personne)

    def opened(self) -> "FilQuerySet":
        return self.exclude(opened_at=None)

    def drafts(self) -> "FilQuerySet":
        return self.filter(opened_at=None)

    def active(self) -> "FilQuerySet":
        """Opened and not closed."""
        return self.filter(opened_at__isnull=False, closed_at=None)


class Fil(models.Model):
    """A thread: one subject, messages both ways. It is a draft until its first message is sent."""

    class Cloture(models.TextChoices):
        ADHERENT = "adherent", "vous"
        AGENT = "agent", "votre MSA"
        DELAI = "delai", "le temps passé sans nouveau message"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=20, unique=True, default=new_reference)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="fils")
    sujet = models.ForeignKey(Sujet, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")  # which first had it in charge
    lien_genre = models.CharField(max_length=10, blank=True)  # what it is about, chosen in `liens`
    lien_reference = models.CharField(max_length=20, blank=True)
    lien_libelle = models.CharField(max_length=160, blank=True)  # as it was shown that day
    decision_on = models.DateField(null=True)  # of the letter a réclamation is about, when there is one
    suite_de = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="suites")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(default=timezone.now)  # its last message
    affaire = models.ForeignKey(Affaire, on_delete=models.PROTECT, null=True, related_name="fils")  # the latest one
    # The day last told to the member for the answer. The item keeps the first one: it orders the queue, and says what is late.
    due_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=10, choices=Cloture, blank=True)
    purged_at = models.DateTimeField(null=True)  # its words and files are gone, their proof is in the journal

    objects: ClassVar[FilQuerySet] = FilQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["personne", "-last_at", "-id"], name="fil_de"),
            models.Index(fields=["last_at"], name="fil_actif", condition=Q(opened_at__isnull=False, purged_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="") | (Q(closed_at__isnull=False, opened_at__isnull=False) & ~Q(closed_by="")),
                name="a_thread_closed_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(purged_at=None) | Q(closed_at__isnull=False), name="only_closed_threads_are_purged"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference

    @property
    def objet(self) -> str:
        """What it is about: its subject; a réclamation, once sent, what it contests or its day, as two of them are never the same."""
        return self.sujet.libelle if self.is_draft else self.titre

    @property
    def titre(self) -> str:
        """The same, as it will be once sent."""
        if not self.is_reclamation:
            return self.sujet.libelle
        if self.decision_on is not None:
            contested = f"Réclamation contre la décision du {jour(self.decision_on)}"
            return f"{contested} ({self.lien_libelle})" if self.lien_libelle else contested
        if self.lien_libelle:
            return f"Réclamation : {self.lien_libelle}"
        return f"Réclamation du {jour(paris(self.opened_at or timezone.now()).date())}"

    @property
    def is_draft(self) -> bool:
        return self.opened_at is None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def is_reclamation(self) -> bool:
        return self.sujet.is_reclamation

    @property
    def etat(self) -> Etat:
        if self.is_draft:
            return Etat.BROUILLON
        if self.is_closed:
            return Etat.CLOS
        return PAR_AFFAIRE[self.affaire.etat] if self.affaire else Etat.ECRIT

    @property
    def mot(self) -> str:
        """The word of its badge."""
        return self.etat.label

    @property
    def ton(self) -> str:
        return TONS.get(self.etat, "neutre")

    @property
    def icone(self) -> str:
        """The drawing of its badge; "" for that of its tone. A clock is for what is not over."""
        return "coche" if self.etat == Etat.CLOS else ""

    @property
    def awaits_answer(self) -> bool:
        """An agent owes an answer."""
        return not self.is_closed and self.affaire is not None and not self.affaire.is_ended

    @property
    def is_late(self) -> bool:
        return self.awaits_answer and self.affaire is not None and self.affaire.is_late

    def about(self) -> dict[str, Any]:
        """What a thread that follows this one keeps of it. Once purged, it is about nothing any more."""
        if self.purged_at is not None:
            return {}
        kept = ("lien_genre", "lien_reference", "lien_libelle", "decision_on")
        return {name: getattr(self, name) for name in kept}

    @property
    def told_on(self) -> date | None:
        """The day last told for the answer to what waits; None when nothing does."""
        if self.affaire is None or self.affaire.is_ended:
            return None
        return self.due_on or self.affaire.due_on

    @property
    def told_again_on(self) -> date | None:
        """The same, when it is not the first."""
        return None if self.affaire is None or self.told_on == self.affaire.due_on else self.told_on

    @property
    def answer_on(self) -> date | None:
        """The day to come by which the answer is promised; None when none is awaited, or when every day told is past."""
        told = self.told_on if self.awaits_answer else None
        return told if told is not None and told >= today_paris() else None

    @property
    def due_if_sent_now(self) -> date:
        """The day to promise to who writes here today: the one told already, while it is to come; else that of the subject, which
        never goes past the day of silence (CRPA L231-4).
        """
        today, told = today_paris(), self.told_on
        if told is not None and told >= today:
            return told
        day = self.sujet.due_on(today)
        waits = self.affaire is not None and not self.affaire.is_ended
        legal_on = self.affaire.legal_on if self.affaire is not None and waits else None
        return min(day, legal_on) if legal_on is not None and legal_on >= today else day

    @property
    def service_charge(self) -> Service:
        """The team that has it now."""
        return self.affaire.service if self.affaire else self.service

    @property
    def reopens_until(self) -> date | None:
        """The last day on which a closed thread still takes an answer."""
        return paris(self.closed_at + REOPEN_WITHIN).date() if self.closed_at else None

    @property
    def takes_answers(self) -> bool:
        """Whether writing here goes on with this thread; otherwise a new one follows it."""
        if self.is_draft or self.purged_at is not None:
            return False
        return self.closed_at is None or timezone.now() < self.closed_at + REOPEN_WITHIN


def draft_expiry() -> datetime:
    return timezone.now() + timedelta(days=ENV.draft_days)


class MessageQuerySet(PromesseQuerySet["Message"]):
    def drafts(self) -> "MessageQuerySet":
        return self.filter(sent_at=None)

    def sent(self) -> "MessageQuerySet":
        return self.exclude(sent_at=None)

    def by_members(self) -> "MessageQuerySet":
        return self.filter(auteur=Message.Auteur.ADHERENT)

    def by_agents(self) -> "MessageQuerySet":
        return self.filter(auteur=Message.Auteur.AGENT)


class Message(Promesse):
    """One message, a draft until it is sent. Its promise, for a member's: the accusé de réception, its files being scanned."""

    DELAYS = (3, 5, 10, 30, 60, 300)
    GIVE_UP_AFTER = 20_000  # as for a sending: what waits too long is shown to the agents, never dropped

    class Auteur(models.TextChoices):
        ADHERENT = "adherent", "Vous"
        AGENT = "agent", "Votre MSA"

    class Sorte(models.TextChoices):
        """What a message does to its thread."""

        MESSAGE = "message", "Message"
        REPONSE = "reponse", "Réponse"
        ETAPE = "etape", "Où en est votre message"
        PAPIERS = "papiers", "Papiers demandés"
        CLOTURE = "cloture", "Fin de l’échange"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    next_at = models.DateTimeField(null=True)  # nothing is promised before it is sent
    reference = models.CharField(max_length=20, unique=True, default=new_reference)
    fil = models.ForeignKey(Fil, on_delete=models.CASCADE, related_name="messages")
    auteur = models.CharField(max_length=10, choices=Auteur)
    sorte = models.CharField(max_length=10, choices=Sorte, default=Sorte.MESSAGE)
    compte = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=160, blank=True)  # who wrote, as named that day
    # Sealed: somebody's life is written there, and perhaps their number.
    texte_sealed = models.BinaryField(default=bytes)
    is_one_document = models.BooleanField(default=False)  # its files are the pages of one document
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(default=draft_expiry)
    sent_at = models.DateTimeField(null=True)  # for a member's, the date of receipt (CRPA L112-13)
    sender = models.JSONField(default=dict)  # who sent, as known that day (CRPA R112-9-1)
    attestation = models.CharField(max_length=40, blank=True)  # version of the text attested, when there are files
    affaire = models.ForeignKey(Affaire, on_delete=models.PROTECT, null=True, related_name="messages")
    due_on = models.DateField(null=True)  # the answer promised the day it was sent, or promised again by an agent
    read_at = models.DateTimeField(null=True)  # first read by the other side
    read_by = models.CharField(max_length=120, blank=True)  # the agent who read it
    accuse_enregistrement = models.OneToOneField(Accuse, on_delete=models.PROTECT, null=True, related_name="+")
    accuse_reception = models.OneToOneField(Accuse, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            Promesse.index("message_due"),
            Promesse.broken_index("message_broken"),
            models.Index(fields=["fil", "sent_at", "id"], name="message_du_fil"),
            models.Index(fields=["fil", "auteur"], name="message_non_lu", condition=Q(read_at=None, sent_at__isnull=False)),
            models.Index(fields=["expires_at"], name="message_brouillon", condition=Q(sent_at=None)),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["fil", "compte"], condition=Q(sent_at=None), name="one_draft_of_each_in_a_thread"
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def texte(self) -> str:
        """What was written; empty once purged. Raises `SealError`."""
        if not self.texte_sealed:
            return ""
        return sealed.unseal(bytes(self.texte_sealed), purpose="message", aad=self.pk.bytes).decode()

    @texte.setter
    def texte(self, words: str) -> None:
        """None is as if nothing had been begun."""
        self.texte_sealed = sealed.seal(words.encode(), purpose="message", aad=self.pk.bytes) if words else b""

    @property
    def is_draft(self) -> bool:
        return self.sent_at is None

    @property
    def garde_a(self) -> datetime | None:
        """When what is being written was last kept; None before the first word."""
        return self.updated_at if self.is_draft and self.texte_sealed else None

    @property
    def is_reponse(self) -> bool:
        """Written in a thread that exists, or begun after one closed for good."""
        return not self.fil.is_draft or self.fil.suite_de_id is not None

    @property
    def propos(self) -> str:
        """What a draft is, in a list of what was begun."""
        return f"Réponse commencée dans « {self.fil.objet} »" if self.is_reponse else f"Message : {self.fil.objet}"

    @property
    def is_mine(self) -> bool:
        """Written by the member."""
        return self.auteur == self.Auteur.ADHERENT

    @property
    def is_etape(self) -> bool:
        """Says that the answer takes longer, and until when."""
        return self.sorte == self.Sorte.ETAPE

    @property
    def asks_papers(self) -> bool:
        return self.sorte == self.Sorte.PAPIERS

    @property
    def late_since(self) -> date | None:
        """The day first promised, when it was past already as this one was sent."""
        if self.affaire is None or self.sent_at is None or self.affaire.due_on >= paris(self.sent_at).date():
            return None
        return self.affaire.due_on

    @property
    def is_promise_past(self) -> bool:
        """The day promised as it was sent is no more to come."""
        return self.due_on is not None and self.due_on < today_paris()

    @property
    def accuse(self) -> Accuse | None:
        """The receipt of reception, or that of registration while files are being scanned."""
        return self.accuse_reception or self.accuse_enregistrement

    def numerotees(self) -> "list[tuple[int, Piece]]":
        """Its files, each with the number of its first page."""
        pieces = list(self.pieces.all())
        starts = accumulate((piece.fichier.pages for piece in pieces), initial=1)
        return list(zip(starts, pieces, strict=False))


class Piece(models.Model):
    """A file that goes with a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="pieces")
    rang = models.PositiveSmallIntegerField()
    fichier = models.OneToOneField(Fichier, on_delete=models.PROTECT, related_name="piece")
    # Drawn by the browser for one file: an upload tried again after a cut line is the same file.
    jeton = models.CharField(max_length=40, null=True)

    class Meta:
        ordering = ["rang"]
        constraints = [models.UniqueConstraint(fields=["message", "jeton"], name="one_piece_per_upload")]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.rang}"
