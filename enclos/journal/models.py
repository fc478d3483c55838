"""Who did what, and who opened what: written once, never changed."""

from typing import Any, Never

from django.db import models


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
    details = models.JSONField(default=dict)

    objects = LigneQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id", "at"], name="journal_object"),
            models.Index(fields=["actor_kind", "actor_id", "at"], name="journal_actor"),
            models.Index(fields=["concerne", "-at"], name="journal_concerne", condition=~models.Q(concerne="")),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The journal is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("The journal is append-only.")
