"""Who did what, and who opened what: written once, never changed. The seals of its days, and the milestones of the one that runs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Never

from django.db import models

from enclos.journal.familles import Famille
from enclos.socle.dates import jour


class LigneQuerySet(models.QuerySet["Ligne"]):
    def about(self, obj: models.Model) -> "LigneQuerySet":
        return self.filter(object_kind=obj._meta.label_lower, object_id=str(obj.pk))

    def update(self, **kwargs: Any) -> Never:
        raise TypeError("The journal is append-only.")

    def delete(self) -> Never:
        raise TypeError("The journal is append-only.")


class Ligne(models.Model):
    """One line of the journal. It names its actor and object without importing them."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    event = models.CharField(max_length=80)  # app.noun.past_participle
    actor_kind = models.CharField(max_length=20)  # adherent, agent, systeme…
    actor_id = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=120, blank=True)
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    # The key of the person it is about, where they may ask who looked (CNIL, délibération 2021-122); "" elsewhere.
    concerne = models.CharField(max_length=40, blank=True)
    famille = models.CharField(max_length=8, choices=Famille, default=Famille.ACTES)
    details = models.JSONField(default=dict)

    objects = LigneQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id", "at"], name="journal_object"),
            models.Index(fields=["actor_kind", "actor_id", "at"], name="journal_actor"),
            models.Index(fields=["concerne", "-at"], name="journal_concerne", condition=~models.Q(concerne="")),
        ]
        constraints = [
            # Outside the families, a line would be in no seal.
            models.CheckConstraint(condition=models.Q(famille__in=Famille.values), name="journal_famille")
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The journal is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("The journal is append-only.")


class Sceau(models.Model):
    """What one family of the journal held on one day (UTC), closed by a digest of its lines and tied to the seal before.

    A row stays when its lines are purged. `rang` above 0 is a supplement: lines of that day that came after its seal, accepted by
    somebody. The attestation can be written by nobody who holds the database alone.
    """

    numero = models.PositiveIntegerField(primary_key=True)  # the place in the chain, from 1 and without a hole
    day = models.DateField()
    famille = models.CharField(max_length=8, choices=Famille)
    rang = models.PositiveSmallIntegerField(default=0)
    count = models.PositiveBigIntegerField()
    first_pk = models.BigIntegerField(null=True)  # None when there is no line
    last_pk = models.BigIntegerField(null=True)
    limite = models.BigIntegerField()  # the greatest key in the journal when it was sealed: what is above came later
    racine = models.CharField(max_length=64)  # SHA-256 of the lines, as `canon.line` writes them
    precedente = models.CharField(max_length=64, blank=True)  # the attestation of the seal before; "" of the first
    attestation = models.CharField(max_length=64)  # of all that precedes, by a key kept outside the database
    sealed_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)  # the last time its lines were read again and found whole
    purged_at = models.DateTimeField(null=True)  # its lines are gone, at their term

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "famille", "rang"], name="one_seal_a_day")]
        indexes = [models.Index(fields=["verified_at"], name="sceau_verifie", condition=models.Q(purged_at=None))]

    def __str__(self) -> str:
        return f"{self.numero} {self.day} {self.famille}"

    @property
    def en_mots(self) -> str:
        """« 3 novembre 2026, accès et connexions »."""
        return f"{jour(self.day)}, {self.get_famille_display()}"

    @property
    def ends_at(self) -> datetime:
        return bounds(self.day)[1]


class Jalon(models.Model):
    """What the journal held between two keys, minutes after it was written: it watches the lines of the days that are not sealed yet.

    Goes once the days of all its lines are sealed.
    """

    numero = models.PositiveIntegerField(primary_key=True)  # the place in the chain; the first ones are gone
    after = models.BigIntegerField()  # above this key, which ends the milestone before
    until = models.BigIntegerField()  # up to this one
    count = models.PositiveIntegerField()
    racine = models.CharField(max_length=64)  # SHA-256 of the lines by key, as `canon.line` writes them
    precedente = models.CharField(max_length=64, blank=True)  # the attestation of the one before; "" of the first
    attestation = models.CharField(max_length=64)  # of all that precedes, by a key kept outside the database
    first_at = models.DateTimeField()  # of its lines
    last_at = models.DateTimeField()
    posed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.numero} {self.after}-{self.until}"


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a day of the journal begins, and when the next one does. In UTC: each has 24 hours, and no rule of time changes it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + timedelta(days=1)
