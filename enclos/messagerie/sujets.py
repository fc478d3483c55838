"""The tree of subjects and the remedies: loaded from TOML, read by domain."""

from collections.abc import Mapping, Sequence
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


def by_domain(sujets: Sequence[Sujet]) -> Mapping[str, Sequence[Sujet]]:
    """The branches of the tree, each with its leaves."""
    tree: dict[str, list[Sujet]] = {}
    for sujet in sujets:
        tree.setdefault(sujet.domaine, []).append(sujet)
    return tree


def voies_on(day: date) -> Sequence[Voie]:
    """The remedies as the law has them on that day, in order."""
    in_force = Q(valide_au=None) | Q(valide_au__gte=day)
    return list(Voie.objects.filter(in_force, valide_du__lte=day).order_by("rang"))


def service_of(sujet: Sujet, services: Mapping[str, Service]) -> Service:
    """The team of this fund that answers. A fund without it is told by `enclos controler`; the first team answers meanwhile."""
    return services.get(sujet.service_code) or next(iter(services.values()))
