"""The tree of subjects and the remedies: loaded from TOML, read by domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from enclos.caisses.actions import read_toml
from enclos.caisses.models import Service
from enclos.messagerie.models import Sujet, Voie

SHIPPED = Path(__file__).parent / "donnees" / "sujets.toml"


@transaction.atomic
def load_subjects(data: dict[str, Any]) -> None:
    """Bring subjects and remedies to what the file says; a subject it no longer names is put out of use, not deleted."""
    Sujet.objects.exclude(code__in=[sujet["code"] for sujet in data["sujets"]]).update(is_active=False)
    for sujet in data["sujets"]:
        Sujet.objects.update_or_create(code=sujet["code"], defaults={"is_active": True, **sujet})
    for voie in data["voies"]:
        Voie.objects.update_or_create(code=voie["code"], valide_du=voie["valide_du"], defaults=voie)


def install_shipped_subjects() -> None:
    """What `migrate` does."""
    load_subjects(read_toml(SHIPPED))


def active_subjects() -> Sequence[Sujet]:
    """What can be chosen today, in the order of the screen."""
    return list(Sujet.objects.filter(is_active=True).order_by("rang"))


@dataclass(frozen=True)
class Branche:
    """A domain and its subjects, folded on the screen but for what is urgent and what was chosen before."""

    domaine: str
    sujets: Sequence[Sujet]
    is_open: bool = False

    @property
    def is_urgent(self) -> bool:
        return self.sujets[0].is_urgent

    @property
    def is_reclamation(self) -> bool:
        return self.sujets[0].is_reclamation

    @property
    def due_on(self) -> date:
        """The day by which whoever writes now is answered, whatever the subject: said once."""
        return max(sujet.due_if_sent_now for sujet in self.sujets)

    def feuilles(self) -> list[tuple[Sujet, date | None]]:
        """Each subject, and its own day when it is sooner."""
        days = [(sujet, sujet.due_if_sent_now) for sujet in self.sujets]
        return [(sujet, day if day < self.due_on else None) for sujet, day in days]


def by_domain(sujets: Sequence[Sujet], *, chosen: Sujet | None = None) -> Sequence[Branche]:
    """The branches of the tree, each with its leaves; `chosen` is the subject that may be changed."""
    tree: dict[str, list[Sujet]] = {}
    for sujet in sujets:
        tree.setdefault(sujet.domaine, []).append(sujet)
    opened = chosen.domaine if chosen else ""
    return [
        Branche(domaine, rows, is_open=rang == 0 or rows[0].is_urgent or domaine == opened)
        for rang, (domaine, rows) in enumerate(tree.items())
    ]


def voies_on(day: date) -> Sequence[Voie]:
    """The remedies as the law has them on that day, in order."""
    in_force = Q(valide_au=None) | Q(valide_au__gte=day)
    return list(Voie.objects.filter(in_force, valide_du__lte=day).order_by("rang"))


def service_of(sujet: Sujet, services: Mapping[str, Service]) -> Service:
    """The team of this fund that answers. A fund without it is told by `enclos controler`; the first team answers meanwhile."""
    return services.get(sujet.service_code) or next(iter(services.values()))
