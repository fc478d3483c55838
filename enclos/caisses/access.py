"""How the rest of the house reads the funds."""

import time
from dataclasses import dataclass
from functools import lru_cache

from enclos.caisses.models import Caisse, Motif, Nature, Service

# Every public page shows the fund: read once, then at most one minute old.
KEPT_SECONDS = 60.0
_kept: tuple[float, Caisse] | None = None


def default_caisse() -> Caisse:
    """The fund of public pages. Raises `Caisse.DoesNotExist` before `enclos migrate`."""
    global _kept
    now = time.monotonic()
    if _kept is None or now - _kept[0] > KEPT_SECONDS:
        caisse = Caisse.objects.order_by("-is_default", "pk").first()
        if caisse is None:
            raise Caisse.DoesNotExist
        _kept = (now, caisse)
    return _kept[1]


def forget() -> None:
    """After a fund was loaded: this process reads it again."""
    global _kept
    _kept = None
    _nomenclatures.cache_clear()


def caisse_by_code(code: str) -> Caisse:
    """Raises `Caisse.DoesNotExist`."""
    return Caisse.objects.get(code=code)


def service_for(caisse: Caisse, nature: Nature) -> Service:
    """The team of `caisse` that treats documents of this nature."""
    return Service.objects.get(caisse=caisse, code=nature.service_code)


@dataclass(frozen=True)
class Nomenclatures:
    """Natures and motives by code, in the order of their lists."""

    natures: dict[str, Nature]
    motifs: dict[str, Motif]


def nomenclatures() -> Nomenclatures:
    """What can be chosen today; read once a minute by each process, since every form shows it."""
    return _nomenclatures(int(time.monotonic() // KEPT_SECONDS))


@lru_cache(maxsize=1)
def _nomenclatures(minute: int) -> Nomenclatures:
    return Nomenclatures(
        natures={nature.code: nature for nature in Nature.objects.filter(is_active=True)},
        motifs={motif.code: motif for motif in Motif.objects.all()},
    )
