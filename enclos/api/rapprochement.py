"""Reconciliation: what every app says of its own promises, put together."""

import logging
from collections.abc import Callable, Iterator
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from enclos.journal.actions import SYSTEM, record
from enclos.socle.controle import Constat

logger = logging.getLogger(__name__)

EVENT = "api.controle.done"


def sources() -> Iterator[tuple[str, Callable[[], list[Constat]]]]:
    """The `constats` of each app that has some in its `controle.py`, from the ground up."""
    for config in apps.get_app_configs():
        if config.name.startswith("enclos.") and config.module and module_has_submodule(config.module, "controle"):
            constats = getattr(import_module(f"{config.name}.controle"), "constats", None)
            if constats is not None:
                yield config.label, constats


def reconcile() -> dict[str, list[Constat]]:
    """The figures of each app, by its label. An app that cannot count is itself a fault: silence would pass for peace."""
    found = {}
    for label, constats in sources():
        try:
            found[label] = constats()
        except Exception:
            logger.exception("reconciliation of %s failed", label)
            found[label] = [Constat("Contrôle impossible : voyez le journal technique", 1, is_fault=True)]
    return found


def alarms(found: dict[str, list[Constat]]) -> list[tuple[str, Constat]]:
    """What no one keeps and no one watches."""
    return [(label, constat) for label, constats in found.items() for constat in constats if constat.is_alarming]


def reconcile_and_write_down() -> dict[str, list[Constat]]:
    """Reconcile, then leave one line in the journal and one in the log for each alarm."""
    found = reconcile()
    wrong = alarms(found)
    for label, constat in wrong:
        logger.error("reconciliation: %s: %s: %s", label, constat.libelle, constat.nombre)
    logger.info("reconciliation: %s alarm(s)", len(wrong))
    record(
        EVENT,
        by=SYSTEM,
        alarmes=[f"{label} : {constat.libelle} : {constat.nombre}" for label, constat in wrong],
        chiffres={
            label: {constat.libelle: constat.nombre for constat in constats} for label, constats in found.items()
        },
    )
    return found
