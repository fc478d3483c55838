"""What an agent may do besides the work of their services: given and taken back from the console, and written down."""

from collections.abc import Iterable

from django.db import transaction

from enclos.comptes.models import Compte, Droit
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal


@transaction.atomic
def set_rights(compte: Compte, droits: Iterable[str], *, by: Actor) -> None:
    """These rights and no others. Raises `Refusal` for a member: only agents have any."""
    compte = Compte.objects.select_for_update(of=("self",)).get(pk=compte.pk)
    if not compte.is_agent:
        raise Refusal("Seul un agent peut avoir un droit.")
    wanted = sorted({Droit(droit).value for droit in droits})
    if wanted == sorted(compte.droits):
        return
    before, compte.droits = compte.droits, wanted
    compte.save(update_fields=["droits"])
    record("comptes.droits.changed", compte, by=by, avant=before, apres=wanted)


def agent_named(identifiant: str) -> Compte | None:
    """The account of an agent, by the name they sign in with."""
    rows = Compte.objects.filter(genre=Compte.Genre.AGENT, identifiant=identifiant.strip().lower())
    return rows.first()
