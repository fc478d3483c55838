"""After a theft of an account: whose data it had within reach, between two moments (GDPR, articles 33 and 34)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from enclos.comptes.models import Compte
from enclos.journal.access import lines_opened_by
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import paris
from enclos.socle.tableur import cell

PRELOADED = "agents.document.preloaded"
HEADER = ("caisse", "ref", "nom", "premiere", "derniere", "affichages", "telechargements", "preparations", "objets")
KEYS = 500  # persons read together


@dataclass
class Vues:
    """What one person's data went through."""

    first: datetime
    last: datetime
    events: Counter[str] = field(default_factory=Counter)
    objects: set[tuple[str, str]] = field(default_factory=set)

    @property
    def preparations(self) -> int:
        """Fetched ahead by the browser: never displayed, but within reach of who held it."""
        return self.events[PRELOADED]

    @property
    def telechargements(self) -> int:
        return sum(count for event, count in self.events.items() if event.endswith((".downloaded", "original.opened")))

    @property
    def affichages(self) -> int:
        return self.events.total() - self.preparations - self.telechargements


def seen_by(agent: Compte, *, since: datetime, until: datetime) -> dict[str, Vues]:
    """For each person, by key, what this account opened of theirs."""
    seen: dict[str, Vues] = {}
    for line in lines_opened_by(str(agent.pk), since=since, until=until):
        vues = seen.setdefault(line.concerne, Vues(line.at, line.at))
        vues.last = line.at
        vues.events[line.event] += 1
        vues.objects.add((line.object_kind, line.object_id))
    return seen


def listing(agent: Compte, *, since: datetime, until: datetime, by: Actor) -> Iterator[Sequence[str]]:
    """The rows of the list, its header first; that it was drawn is written in the journal before anything is given."""
    seen = seen_by(agent, since=since, until=until)
    record(
        "agents.consultations.listed",
        agent,
        by=by,
        du=since.isoformat(),
        au=until.isoformat(),
        personnes=len(seen),
    )
    yield HEADER
    keys = sorted(seen)
    for start in range(0, len(keys), KEYS):
        wanted = [UUID(key) for key in keys[start : start + KEYS]]
        known = {str(one.pk): one for one in Personne.objects.select_related("caisse").filter(pk__in=wanted)}
        for key in keys[start : start + KEYS]:
            yield [cell(value) for value in row(known.get(key), seen[key], key)]


def row(personne: Personne | None, vues: Vues, key: str) -> tuple[object, ...]:
    return (
        personne.caisse.code if personne else "",
        personne.ref if personne else key,
        personne.nom_complet if personne else "",
        f"{paris(vues.first):%Y-%m-%d %H:%M:%S}",
        f"{paris(vues.last):%Y-%m-%d %H:%M:%S}",
        vues.affichages,
        vues.telechargements,
        vues.preparations,
        len(vues.objects),
    )
