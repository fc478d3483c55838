"""The terms of the journal: neither shorter than what a member may ask, nor longer than what may be kept."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error

from config.env import ENV, Env

SHORTEST, LONGEST = 365, 1096


def check_terms(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return list(problems(ENV))


def problems(env: Env) -> Iterable[CheckMessage]:
    """What is wrong with the terms of `env`."""
    if not SHORTEST <= env.journal_traces_days <= LONGEST:
        yield Error(
            "ENCLOS_JOURNAL_TRACES_DAYS n’est pas entre 365 et 1096 jours.",
            hint="Les accès se gardent un an, trois si le contrôle interne le justifie (CNIL, délibération 2021-122).",
            id="journal.E001",
        )
    if env.journal_actes_days < SHORTEST:
        yield Error(
            "ENCLOS_JOURNAL_ACTES_DAYS est plus court qu’un an.",
            hint="Ces lignes prouvent ce qui a été fait : gardez-les aussi longtemps que cela se conteste.",
            id="journal.E002",
        )
