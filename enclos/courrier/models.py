"""The outbox: one row per e-mail, written in the transaction of what it announces."""

import hashlib
from datetime import datetime
from typing import ClassVar

from django.db import models

from enclos.caisses.models import Caisse
from enclos.socle.promesses import Promesse, PromesseQuerySet


class Courriel(Promesse):
    """An e-mail to deliver. The promise is kept when a mail server has accepted it."""

    # Half a minute, then longer and longer; every four hours until about two days have gone by.
    DELAYS: ClassVar[tuple[int, ...]] = (30, 120, 600, 1_800, 3_600, 7_200, 14_400)
    GIVE_UP_AFTER: ClassVar[int] = 18

    class Echec(models.TextChoices):
        AUCUN = "", "Aucun"
        TEMPORAIRE = "temporaire", "Temporaire"
        DEFINITIF = "definitif", "Définitif"

    cle = models.CharField(max_length=120, unique=True)  # what it announces: written twice, sent once
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    echec = models.CharField(max_length=12, choices=Echec, blank=True)

    objects = PromesseQuerySet["Courriel"].as_manager()

    class Meta:
        indexes = [
            Promesse.index("courriel_due"),
            models.Index(
                fields=["broken_at"],
                name="courriel_broken",
                condition=~models.Q(broken_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cle} → {self.to}"

    @property
    def sent_at(self) -> datetime | None:
        """When a mail server took it."""
        return self.kept_at

    def message_id(self, domain: str) -> str:
        """The same at each try, so that a mail sent twice after a crash shows once."""
        return f"<{hashlib.sha256(self.cle.encode()).hexdigest()[:32]}.{self.pk}@{domain}>"
