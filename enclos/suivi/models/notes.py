"""What agents write to one another."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.identifiants import uuid7
from enclos.suivi.models.affaires import Affaire

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
