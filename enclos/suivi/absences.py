"""Days off: nothing is assigned to who is away, and nothing they hold waits for them."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.journal.actions import record
from enclos.socle.dates import jour, today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Absence

LONGEST = timedelta(days=366)


def absence_of(agent: Compte, day: date | None = None) -> Absence | None:
    """The absence in which `day`, or today, falls."""
    return Absence.objects.on(day).filter(agent=agent).order_by("-au").first()


def absences_to_come(agent: Compte) -> Sequence[Absence]:
    """Those under way and those to come, the first one first."""
    return list(Absence.objects.filter(agent=agent, au__gte=today_paris()).select_related("by").order_by("du", "id"))


def check_may_note(agent: Compte, by: Compte) -> None:
    """One's own, or those of the agents one supervises. Raises `Refusal`."""
    if agent.pk != by.pk and not (peut(by, Acte.SUPERVISER) and agent.caisse_id == by.caisse_id):
        raise Refusal("Vous pouvez noter vos absences, pas celles d’un collègue.", code="absence_d_autrui", status=403)


@transaction.atomic
def note_absence(agent: Compte, *, du: date, au: date, by: Compte) -> Absence:
    """Write that `agent` is away from `du` to `au`, both included. Raises `Refusal` on days already noted."""
    check_may_note(agent, by)
    if au < du or au - du > LONGEST or au < today_paris():
        raise Refusal("Ces dates ne vont pas ensemble, ou sont passées.", code="dates_impossibles")
    # One at a time for an agent: two forms sent at once must not note the same days twice.
    Compte.objects.select_for_update(no_key=True).get(pk=agent.pk)
    known = Absence.objects.filter(agent=agent, du__lte=au, au__gte=du).order_by("du").first()
    if known is not None and (known.du, known.au) == (du, au):
        return known
    if known is not None:
        raise Refusal(
            f"Une absence est déjà notée du {jour(known.du)} au {jour(known.au)}. Retirez-la d’abord.",
            code="absence_deja_notee",
        )
    absence = Absence.objects.create(agent=agent, du=du, au=au, by=by)
    record("suivi.absence.noted", agent, by=by, du=du.isoformat(), au=au.isoformat())
    return absence


@transaction.atomic
def end_absence(absence: Absence, *, by: Compte) -> None:
    """The agent is back, or will not be away: what was noted for the days to come is taken off."""
    check_may_note(absence.agent, by)
    row = Absence.objects.select_for_update(no_key=True, of=("self",)).filter(pk=absence.pk).first()
    if row is None:
        return
    yesterday = today_paris() - timedelta(days=1)
    if row.du > yesterday:
        row.delete()
    else:
        row.au = min(row.au, yesterday)
        row.save(update_fields=["au"])
    record("suivi.absence.ended", absence.agent, by=by, du=absence.du.isoformat(), au=absence.au.isoformat())
