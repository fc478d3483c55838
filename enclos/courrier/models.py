"""What leaves the house: one row per e-mail, text message or letter, written in the transaction of what it announces."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.registre.models import Personne
from enclos.socle import sealed
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet

PLACEHOLDER = "{secret}"
DAYS = 30  # a secret in a letter serves for so long


class SecretGone(Exception):
    """The secret was erased: what bore it left, or never will."""


class Echec(models.TextChoices):
    AUCUN = "", "Aucun"
    TEMPORAIRE = "temporaire", "Temporaire"
    DEFINITIF = "definitif", "Définitif"


class WithSecret(models.Model):
    """A row that bears a secret until it has left: a provisional password, a code. Never in clear in the database."""

    cle = models.CharField(max_length=120, unique=True)  # what it announces: written twice, sent once
    has_secret = models.BooleanField(default=False)
    secret_sealed = models.BinaryField(null=True)  # NULL: never one, or erased

    class Meta:
        abstract = True

    @staticmethod
    def secret_index(name: str) -> models.Index:
        """Finds the rows whose secret is still here, so that none is forgotten."""
        return models.Index(fields=["id"], name=name, condition=~Q(secret_sealed=None))

    def seal_secret(self, secret: str) -> None:
        """Keep `secret` for this row alone; an empty one leaves the row without."""
        self.has_secret = bool(secret)
        if secret:
            self.secret_sealed = sealed.seal(secret.encode(), purpose=self._meta.label_lower, aad=self.cle.encode())

    @property
    def secret(self) -> str:
        """What to print or send, "" when there never was one. Never log it. Raises `SecretGone` once it was erased."""
        if not self.has_secret:
            return ""
        if self.secret_sealed is None:
            raise SecretGone
        return sealed.unseal(bytes(self.secret_sealed), purpose=self._meta.label_lower, aad=self.cle.encode()).decode()

    def with_secret(self, text: str) -> str:
        """The text as its reader gets it. Raises `SecretGone`."""
        return text.replace(PLACEHOLDER, self.secret) if self.has_secret else text


class Message(Promesse, WithSecret):
    """What the outbox delivers by itself. The promise is kept when a server has accepted it."""

    Echec = Echec

    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    # The member it is about, whoever reads that mailbox; NULL for an agent, or for somebody not known yet who proves an address.
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    echec = models.CharField(max_length=12, choices=Echec, blank=True)

    class Meta:
        abstract = True

    @property
    def sent_at(self) -> datetime | None:
        """When a server took it."""
        return self.kept_at


class Courriel(Message):
    """An e-mail to deliver."""

    # Half a minute, then longer and longer; every four hours until about two days have gone by.
    DELAYS: ClassVar[tuple[int, ...]] = (30, 120, 600, 1_800, 3_600, 7_200, 14_400)
    GIVE_UP_AFTER: ClassVar[int] = 18

    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    # The address itself was refused, by the relay or by a bounce: others must not count on it.
    address_refused_at = models.DateTimeField(null=True)

    objects = PromesseQuerySet["Courriel"].as_manager()

    class Meta:
        indexes = [
            Promesse.index("courriel_due"),
            Promesse.broken_index("courriel_broken"),
            models.Index(fields=["address_refused_at"], name="courriel_refuse", condition=~Q(address_refused_at=None)),
            WithSecret.secret_index("courriel_secret"),
        ]

    def __str__(self) -> str:
        return f"{self.cle} → {self.to}"

    @property
    def sort(self) -> str:
        """What became of it, in two words."""
        if self.is_broken:
            return "e-mail non remis"
        return "e-mail envoyé" if self.is_kept else "e-mail en route"

    def message_id(self, domain: str) -> str:
        """The same at each try, so that a mail sent twice after a crash shows once."""
        return f"<{self.token}.{self.pk}@{domain}>"

    @property
    def token(self) -> str:
        """What only we can write in a Message-ID: a bounce that bears it is about a mail that left from here."""
        return sealed.blind_index(f"courriel:{self.cle}")[:32]


class Texto(Message):
    """A text message to hand to the provider. A code that comes too late is worse than none: ten minutes, then no more."""

    DELAYS: ClassVar[tuple[int, ...]] = (10, 20, 40, 80, 160, 240)
    GIVE_UP_AFTER: ClassVar[int] = 7
    LEASE: ClassVar[timedelta] = timedelta(seconds=60)

    to = models.CharField(max_length=20)  # +33612345678
    can_wait = models.BooleanField(default=False)  # never rings in the quiet hours: see `heures`
    counted_on = models.DateField(null=True)  # the day whose budget pays for it; what can wait is counted as it leaves
    objects = PromesseQuerySet["Texto"].as_manager()

    class Meta:
        indexes = [
            Promesse.index("texto_due"),
            Promesse.broken_index("texto_rompu"),
            WithSecret.secret_index("texto_secret"),
        ]

    def __str__(self) -> str:
        return self.cle

    @property
    def sort(self) -> str:
        """What became of it, in two words."""
        if self.is_broken:
            return "SMS non parti"
        return "SMS envoyé" if self.is_kept else "SMS en route"


class CompteurTextos(models.Model):
    """How many text messages a day, and to one number: each costs money, and wakes somebody."""

    cle = models.CharField(max_length=90, primary_key=True)  # the day, and the blind index of the number
    nombre = models.PositiveIntegerField(default=0)
    jour = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.cle} : {self.nombre}"


class Lot(models.Model):
    """Letters given to the printer together: one ZIP, made again the same if the run was cut."""

    reference = models.CharField(max_length=20, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    exported_at = models.DateTimeField(null=True)  # the ZIP is whole in the folder
    sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.reference

    @property
    def file_name(self) -> str:
        return f"courriers-{self.reference}.zip"


class LettreQuerySet(models.QuerySet["Lettre"]):
    def open(self) -> "LettreQuerySet":
        """Still on its way, or still of use to who holds it."""
        return self.filter(closed_at=None)

    def with_secret(self) -> "LettreQuerySet":
        """Whose secret is still here."""
        return self.filter(secret_sealed__isnull=False)


class Lettre(WithSecret):
    """A letter on paper, to the address that the registry gives. Its PDF is typeset when it is needed, from what is here."""

    class Genre(models.TextChoices):
        MOT_DE_PASSE = "mot-de-passe", "Mot de passe provisoire"
        CODE = "code", "Code de confirmation"
        ACCES_OUVERT = "acces-ouvert", "Accès en ligne ouvert"
        ASSISTANCE = "assistance", "L’assistance a agi sur le compte"
        AVIS = "avis", "Un message attend dans l’espace privé"
        PAPIERS = "papiers", "Papiers demandés"

    class Etat(models.TextChoices):
        A_VERIFIER = "a-verifier", "À vérifier"  # the address does not hold in the window: a person must look
        EN_ATTENTE = "en-attente", "En attente de l’imprimeur"
        EXPORTEE = "exportee", "Remise à l’imprimeur"
        POSTEE = "postee", "Déposée à la poste"
        DISTRIBUEE = "distribuee", "Distribuée"
        REVENUE = "revenue", "Revenue : n’habite pas à l’adresse indiquée"
        REFUSEE = "refusee", "Pas d’adresse où écrire"
        ANNULEE = "annulee", "Annulée"
        PERIMEE = "perimee", "Périmée avant d’être postée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=20, unique=True)  # printed on it; names its file
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="+")
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    genre = models.CharField(max_length=16, choices=Genre)
    etat = models.CharField(max_length=12, choices=Etat, default=Etat.EN_ATTENTE)
    destinataire = models.JSONField(default=list)  # the lines of the address block, as printed
    motifs = models.JSONField(default=list)  # why somebody must look, or why it cannot leave
    donnees = models.JSONField(default=dict)  # what its text says besides the person and the fund, frozen that day
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="lettres")
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    remplace = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expire_at = models.DateTimeField()
    exported_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)  # its secret is not here any more
    closed_at = models.DateTimeField(null=True)  # nothing more is expected of it: used, returned, cancelled, too old
    seen_at = models.DateTimeField(null=True)  # an agent dealt with what was wrong

    objects = LettreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["personne"], condition=Q(has_secret=True, closed_at=None), name="one_open_secret_letter"
            ),
            models.CheckConstraint(
                condition=Q(has_secret=False, secret_sealed=None) | Q(secret_sealed=None, erased_at__isnull=False)
                | Q(has_secret=True, secret_sealed__isnull=False, erased_at=None),
                name="a_secret_is_here_or_erased",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["etat", "created_at"], name="lettre_file"),
            models.Index(fields=["personne", "-created_at"], name="lettre_de"),
        ]

    def __str__(self) -> str:
        return f"{self.genre} {self.reference}"

    @property
    def file_name(self) -> str:
        return f"{self.reference}.pdf"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def awaits_address(self) -> bool:
        """Whether it leaves as soon as the registry gives an address that holds."""
        return self.etat == self.Etat.A_VERIFIER

    @property
    def can_be_printed(self) -> bool:
        """Whether its PDF can be made now: the address is sound, and its secret, if any, is still here."""
        return self.etat in {self.Etat.EN_ATTENTE, self.Etat.EXPORTEE} and not (self.has_secret and self.erased_at)
