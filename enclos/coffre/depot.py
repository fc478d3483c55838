"""Files that come in one by one: each is kept or refused by its name, and none harms the others.

A document of a sending and a message being written receive files in the same way; a `Depot` says where one more goes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from django.db import IntegrityError, transaction

from enclos.coffre.actions import FileRefused, Prepared, prepare
from enclos.coffre.refus import shown
from enclos.coffre.uploads import SealedUpload
from enclos.journal.actions import Actor
from enclos.socle.refusals import Refusal

JETON = re.compile(r"[A-Za-z0-9-]{1,40}")


class Held[T](NamedTuple):
    """What holds a file in its place (a page of a document, a file of a message), and what the file is known by."""

    tenant: T
    jeton: str | None
    sha256: str


class Depot[T](Protocol):
    """Where files are put."""

    @property
    def ici(self) -> str:
        """« ce document », as its member reads it."""

    def held(self) -> list[Held[T]]:
        """What is there already."""

    def check(self, prepared: Prepared) -> None:
        """Raises `Refusal` on what may not be put there."""

    def keep(self, prepared: Prepared, jeton: str | None, *, by: Actor) -> T:
        """Write one more at the end, in the transaction that is open. Raises `Refusal`, or `IntegrityError` on an upload kept meanwhile."""

    def twin(self, jeton: str) -> T | None:
        """What the same upload left there."""


@dataclass(frozen=True)
class NotKept:
    """A file that was not kept, and why, for who chose it."""

    nom: str
    phrase: str


@dataclass
class Outcome[T]:
    """What became of the files of one request."""

    kept: list[T] = field(default_factory=list)
    refused: list[NotKept] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def receive_all[T](
    depot: Depot[T], uploads: Iterable[SealedUpload], *, jeton: str | None = None, by: Actor
) -> Outcome[T]:
    """Receive files one by one. `jeton` names one upload of one browser: tried again after a cut line, it finds the file already there."""
    outcome = Outcome[T]()
    if jeton is not None and not JETON.fullmatch(jeton):
        jeton = None
    known = depot.held()
    for upload in uploads:
        try:
            receive_one(depot, upload, jeton, known, outcome, by=by)
        except FileRefused as refusal:
            outcome.refused.append(NotKept(refusal.nom, refusal.phrase))
    return outcome


def receive_one[T](
    depot: Depot[T], upload: SealedUpload, jeton: str | None, known: list[Held[T]], outcome: Outcome[T], *, by: Actor
) -> None:
    """One file. The slow part (sandbox, sealing, disk) comes before the transaction that writes it down."""
    if jeton and (there := next((one for one in known if one.jeton == jeton), None)):
        outcome.kept.append(there.tenant)
        return
    if any(one.sha256 == upload.sha256 for one in known):
        outcome.remarks.append(
            f"« {shown(upload.name or '')} » est déjà dans {depot.ici} : nous ne l’avons pas ajouté deux fois."
        )
        return
    prepared = prepare(upload, by=by)
    try:
        depot.check(prepared)
        with transaction.atomic():
            kept = depot.keep(prepared, jeton, by=by)
    except Refusal as refusal:
        # What was prepared has no row: the vault's sweep removes it.
        outcome.refused.append(NotKept(prepared.nom, refusal.phrase))
        return
    except IntegrityError:
        # The same upload, tried again while the first one was still on its way in.
        twin = depot.twin(jeton) if jeton else None
        if twin is None:
            raise
        outcome.kept.append(twin)
        return
    outcome.kept.append(kept)
    known.append(Held(kept, jeton, upload.sha256))
