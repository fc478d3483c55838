"""What an agent is and may do besides: a role, and rights that add to it. Given, taken back, and written down."""

from collections.abc import Iterable

from django.db import transaction

from enclos.comptes.models import Compte, Droit, Role
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal


@transaction.atomic
def set_rights(compte: Compte, droits: Iterable[str], *, by: Actor) -> None:
    """These rights and no others. Raises `Refusal` for a member: only agents have any."""
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
    if not compte.is_agent:
        raise Refusal("Seul un agent peut avoir un droit.")
    wanted = sorted({Droit(droit).value for droit in droits})
    if wanted == sorted(compte.droits):
        return
    before, compte.droits = compte.droits, wanted
    compte.save(update_fields=["droits"])
    record("comptes.droits.changed", compte, by=by, avant=before, apres=wanted)


@transaction.atomic
def set_role(compte: Compte, role: str, *, by: Actor) -> bool:
    """This role and no other; False when it was already theirs. Raises `Refusal` for a member, and for who would change their own.

    It counts from their next page on: the account is read again with each request.
    """
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
    if not compte.is_agent:
        raise Refusal("Seul un agent peut avoir un rôle.")
    if str(compte.pk) == by.actor_id:
        raise Refusal(
            "Personne ne change son propre rôle : demandez à un autre administrateur.", code="son_propre_role"
        )
    wanted = Role(role)
    if wanted == compte.role:
        return False
    before, compte.role = compte.role, wanted
    compte.save(update_fields=["role"])
    record("comptes.role.changed", compte, by=by, avant=before, apres=wanted.value)
    return True


def agent_named(identifiant: str) -> Compte | None:
    """The account of an agent, by the name they sign in with."""
    rows = Compte.objects.filter(genre=Compte.Genre.AGENT, identifiant=identifiant.strip().lower())
    return rows.first()
