"""The one way to write in the journal."""

from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models

from enclos.journal.familles import famille_of
from enclos.journal.models import Ligne


class Actor(Protocol):
    """Whoever acts: a member, an agent, the machine."""

    @property
    def actor_kind(self) -> str: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def actor_label(self) -> str: ...


@dataclass(frozen=True)
class System:
    """The machine, for what no person asked at that instant."""

    actor_kind: str = "systeme"
    actor_id: str = ""
    actor_label: str = "Enclos"


SYSTEM = System()


def record(
    event: str, obj: models.Model | None = None, *, by: Actor, concerne: models.Model | None = None, **details: Any
) -> Ligne:
    """Write one line. `details` are plain JSON values, and never a NIR, an IBAN, a password or a file's name.

    `concerne` is the person whose data were opened: the line then answers « qui a consulté mon dossier ».
    """
    return Ligne.objects.create(
        event=event,
        actor_kind=by.actor_kind,
        actor_id=by.actor_id,
        actor_label=by.actor_label[:120],
        object_kind=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        concerne=str(concerne.pk) if concerne is not None else "",
        famille=famille_of(event, is_opening=concerne is not None),
        details=details,
    )
