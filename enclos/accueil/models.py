"""What a member asked of the portal about themself."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from enclos.coffre.models import Objet
from enclos.comptes.models import Compte
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet

# It costs a whole reading of what the member sent.
EVERY = timedelta(days=1)


class CopieDonnees(Promesse):
    """One ZIP of everything held about a member, asked by them. Its promise: the ZIP is sealed in the vault.

    Made whole again when a worker dies in the middle: the half of it has no row, and is swept.
    """

    DELAYS: ClassVar[tuple[int, ...]] = (10, 30, 120, 600, 1_800, 3_600)
    GIVE_UP_AFTER: ClassVar[int] = 24
    LEASE: ClassVar[timedelta] = timedelta(seconds=120)  # made longer while the ZIP is being written
    EN_PANNE = "Copies de données qui ne se font pas"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="copies_donnees")
    asked_at = models.DateTimeField(default=timezone.now)
    objet = models.OneToOneField(Objet, on_delete=models.PROTECT, null=True, related_name="+")
    fichiers = models.PositiveIntegerField(default=0)
    expire_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    objects: ClassVar[PromesseQuerySet["CopieDonnees"]] = PromesseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            Promesse.index("copie_due"),
            models.Index(fields=["expire_at"], name="copie_fin", condition=models.Q(erased_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["compte"], condition=models.Q(kept_at=None, broken_at=None), name="one_copy_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_ready(self) -> bool:
        return self.objet_id is not None and self.expire_at is not None and self.expire_at > timezone.now()

    @property
    def next_one_at(self) -> datetime:
        """When another may be asked; one that could not be made is not held against the member."""
        return self.asked_at if self.is_broken else self.asked_at + EVERY

    @property
    def is_too_soon(self) -> bool:
        """Whether another one must wait."""
        return self.next_one_at > timezone.now()

    @property
    def is_being_made(self) -> bool:
        return not self.is_kept and not self.is_broken
