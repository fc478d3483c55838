"""Who can sign in: members the registry knows, and agents of the funds."""

import unicodedata
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.registre.models import Personne
from enclos.socle.identifiants import uuid7


def normalised(password: str | None) -> str | None:
    """One writing for each accented letter: a Mac may send « é » as two signs. Nothing is trimmed nor put in lower case."""
    return None if password is None else unicodedata.normalize("NFC", password)


class Compte(AbstractBaseUser):
    """An account: a member's, tied to one person of the registry, or an agent's, tied to services."""

    class Genre(models.TextChoices):
        ADHERENT = "adherent", "Adhérent"
        AGENT = "agent", "Agent"

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    last_login = None  # the journal and the sessions say when; Django would write the account at each sign-in
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    genre = models.CharField(max_length=10, choices=Genre)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    # A member: the person. Their identifier is the NIR, found through the registry.
    personne = models.OneToOneField(Personne, on_delete=models.PROTECT, null=True, related_name="compte")
    courriel = models.EmailField(blank=True)
    # An agent: an identifier of the fund's, services, and the secret of the second factor.
    identifiant = models.CharField(max_length=60, null=True, unique=True)
    nom = models.CharField(max_length=120, blank=True)
    services = models.ManyToManyField(Service, related_name="agents")
    totp_sealed = models.BinaryField(default=b"")
    totp_last_step = models.BigIntegerField(default=0)  # a code serves once
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BaseUserManager["Compte"]()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(genre="adherent", personne__isnull=False, identifiant=None)
                | models.Q(genre="agent", personne=None, identifiant__isnull=False),
                name="a_member_or_an_agent",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(normalised(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(normalised(raw_password) or "")

    @property
    def may_sign_in(self) -> bool:
        """Whether the account is one that opens: neither closed here, nor its person closed or deceased in the registry."""
        if not self.is_active:
            return False
        return self.personne is None or (self.personne.closed_at is None and not self.personne.decede)

    @property
    def is_adherent(self) -> bool:
        return self.genre == self.Genre.ADHERENT

    @property
    def is_agent(self) -> bool:
        return self.genre == self.Genre.AGENT

    @property
    def nom_affiche(self) -> str:
        """What the sign-in block shows."""
        return self.personne.nom_court if self.personne else self.nom

    # The journal's Actor.
    @property
    def actor_kind(self) -> str:
        return self.genre

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return self.personne.nom_complet if self.personne else self.nom


class Session(AbstractBaseSession):
    """One browser signed in. A row, so that it can be seen and ended; its key is the digest of what the cookie holds."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    is_strong = models.BooleanField(default=False)  # a second factor was given


class Compteur(models.Model):
    """How many times something was tried; counted by the database in one statement, so exact under concurrency."""

    cle = models.CharField(max_length=100, primary_key=True)  # what is counted, hashed when it names somebody
    nombre = models.IntegerField()  # tries since the window opened
    libre_at = models.DateTimeField()  # no other try before
    expire_at = models.DateTimeField()  # then counting starts again

    class Meta:
        indexes = [models.Index(fields=["expire_at"], name="compteur_fin")]

    def __str__(self) -> str:
        return f"{self.cle} : {self.nombre}"
