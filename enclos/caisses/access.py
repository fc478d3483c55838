"""How the rest of the house reads the funds.

Funds, teams and nomenclatures change a few times a year and are on every page: each process reads them once a minute. What is
given is shared by all requests: nobody writes in it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from enclos.caisses.models import Caisse, ModeleReponse, Motif, Nature, Service

KEPT_SECONDS = 60.0


@dataclass(frozen=True)
class Nomenclatures:
    """Natures and motives by code, in the order of their lists."""

    natures: Mapping[str, Nature]
    motifs: Mapping[str, Motif]


@dataclass(frozen=True)
class Funds:
    """Funds by primary key, the default one first, and the teams of each by code."""

    caisses: Mapping[int, Caisse]
    services: Mapping[int, Mapping[str, Service]]


def nomenclatures() -> Nomenclatures:
    """What can be chosen today."""
    return _nomenclatures(this_minute())


@lru_cache(maxsize=1)
def _nomenclatures(minute: int) -> Nomenclatures:
    return Nomenclatures(
        natures={nature.code: nature for nature in Nature.objects.filter(is_active=True)},
        motifs={motif.code: motif for motif in Motif.objects.all()},
    )


@lru_cache(maxsize=1)
def _funds(minute: int) -> Funds:
    caisses = {caisse.pk: caisse for caisse in Caisse.objects.order_by("-is_default", "pk")}
    services: dict[int, dict[str, Service]] = {pk: {} for pk in caisses}
    for service in Service.objects.all():
        services[service.caisse_id][service.code] = service
    return Funds(caisses, services)


@lru_cache(maxsize=1)
def _modeles(minute: int) -> Mapping[int, Sequence[ModeleReponse]]:
    modeles: dict[int, list[ModeleReponse]] = {}
    for modele in ModeleReponse.objects.filter(is_active=True).order_by("titre"):
        modeles.setdefault(modele.caisse_id, []).append(modele)
    return modeles


def modeles_of(caisse_id: int) -> Sequence[ModeleReponse]:
    """The model answers that a fund proposes, by title."""
    return _modeles(this_minute()).get(caisse_id, [])


def this_minute() -> int:
    return int(time.monotonic() // KEPT_SECONDS)


def forget() -> None:
    """After a fund was loaded, or a model written: this process reads again."""
    _funds.cache_clear()
    _modeles.cache_clear()
    _nomenclatures.cache_clear()


def default_caisse() -> Caisse:
    """The fund of public pages. Raises `Caisse.DoesNotExist` before `enclos migrate`."""
    caisses = _funds(this_minute()).caisses
    if not caisses:
        forget()
        raise Caisse.DoesNotExist
    return next(iter(caisses.values()))


def caisse_of(pk: int) -> Caisse:
    """A fund; the database is asked when it was added this very minute."""
    return _funds(this_minute()).caisses.get(pk) or Caisse.objects.get(pk=pk)


def services_of(caisse_id: int) -> Mapping[str, Service]:
    """The teams of a fund, by code."""
    found = _funds(this_minute()).services.get(caisse_id)
    return found or {service.code: service for service in Service.objects.filter(caisse=caisse_id)}


def caisse_by_code(code: str) -> Caisse:
    """Raises `Caisse.DoesNotExist`."""
    return Caisse.objects.get(code=code)
