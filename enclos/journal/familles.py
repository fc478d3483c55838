"""Two families of lines, because the law wants them kept for two terms: a day of each is sealed, then purged, as a whole.

What people looked at and how they signed in is a trace: a year, three at most (CNIL, délibération 2021-122). What was done is an
act: as long as it may be argued about, five years by default.
"""

from django.db import models

# An agent looked at something, or looked for it.
LOOKED = frozenset({"opened", "preloaded", "displayed", "downloaded", "seen", "searched", "found", "read"})
TRACED = (
    "agents.recherche.",
    "comptes.session.",
    "comptes.code.",
    "comptes.federation.",
    "comptes.mot_de_passe.refused",
)


class Famille(models.TextChoices):
    TRACES = "traces", "accès et connexions"
    ACTES = "actes", "actes"


def famille_of(event: str, *, is_opening: bool) -> Famille:
    """The family of a line; whatever opens somebody's data is a trace."""
    app, _, rest = event.partition(".")
    is_look = app == "agents" and rest.rpartition(".")[2] in LOOKED
    return Famille.TRACES if is_opening or is_look or event.startswith(TRACED) else Famille.ACTES
