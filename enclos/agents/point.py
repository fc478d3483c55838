"""« Le point du jour »: the figures by e-mail, each working morning, for those in charge who asked for it; and alarms that come by themselves."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from enclos.agents import emails, quotas
from enclos.agents.chiffres import oldest_of
from enclos.agents.models import Abonnement, Alerte
from enclos.agents.silence import signes_of
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte, Role
from enclos.comptes.roles import Acte, peut
from enclos.courrier.actions import is_address
from enclos.journal.actions import Actor, record
from enclos.socle.dates import PARIS, paris
from enclos.socle.jours_ouvres import is_working_day
from enclos.suivi.access import figures_of

MORNING = time(8)
UNTIL = time(12)  # a worker started in the afternoon does not send the morning's


def teams_of(superviseur: Compte) -> Sequence[Service]:
    """Those they belong to; all of the fund's for who belongs to none."""
    of_fund = Service.objects.filter(caisse=superviseur.caisse_id)
    return list(of_fund.filter(agents=superviseur)) or list(of_fund)


def send_all(now: datetime | None = None, *, by: Actor) -> int:
    """Write the e-mails of this morning, once each; returns how many superviseurs were written to now."""
    local = paris(now or timezone.now())
    if not is_working_day(local.date()) or not MORNING <= local.time() < UNTIL:
        return 0
    written = 0
    for row in Abonnement.objects.select_related("agent__caisse").order_by("pk"):
        superviseur = row.agent
        may = superviseur.is_active and peut(superviseur, Acte.SUPERVISER) and is_address(superviseur.courriel)
        if may and not emails.is_point_written(superviseur, local.date()):
            emails.point_du_jour(superviseur, local.date(), lines_for(superviseur, local.date()), by=by)
            written += 1
    return written


def lines_for(superviseur: Compte, today: date) -> list[str]:
    """One line for each team, then what fails. Figures alone."""
    services = teams_of(superviseur)
    oldest = oldest_of(services)
    lines = []
    for chiffres in figures_of(services):
        age = ""
        if (since := oldest.get(chiffres.service.pk)) is not None:
            days = (today - paris(since).date()).days
            age = f", le plus ancien depuis {days} jour{'s' if days > 1 else ''}" if days else ", reçus aujourd’hui"
        lines.append(f"{chiffres.service.nom} : {chiffres.ouvertes} à traiter, {chiffres.en_retard} en retard{age}.")
    signes = signes_of(superviseur.caisse_id)
    return lines + [f"À surveiller : {signe.titre.lower()}." for signe in signes]


@transaction.atomic
def subscribe(superviseur: Compte, *, courriel: str, wants: bool, by: Compte) -> None:
    """The address of a superviseur, for alarms, and whether they want the figures each morning."""
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=superviseur.pk)
    if compte.courriel != courriel:
        compte.courriel, compte.courriel_verifie_at = courriel, None
        compte.save(update_fields=["courriel", "courriel_verifie_at"])
        record("agents.courriel.changed", compte, by=by)
    if wants:
        _, is_changed = Abonnement.objects.get_or_create(agent=compte)
    else:
        is_changed = bool(Abonnement.objects.filter(agent=compte).delete()[0])
    if is_changed:
        record("agents.point.changed", compte, by=by, voulu=wants)


def is_subscribed(superviseur: Compte) -> bool:
    return Abonnement.objects.filter(agent=superviseur).exists()


def tell_silences(*, by: Actor) -> int:
    """Raise what does not come, in each fund, once a day for the same thing; returns how many are new."""
    today = paris(timezone.now()).date()
    new = 0
    for caisse in Caisse.objects.order_by("pk"):
        superviseurs = Compte.objects.filter(
            genre=Compte.Genre.AGENT, role=Role.SUPERVISEUR, is_active=True, caisse=caisse
        ).order_by("nom", "pk")
        for signe in signes_of(caisse.pk):
            if signe.is_alarm:
                cle = f"silence:{signe.quoi}:{caisse.pk}:{today}"
                texte = f"{signe.titre}. {signe.detail}"
                new += quotas.alarm(caisse, Alerte.Genre.SILENCE, cle, texte, to=list(superviseurs), by=by)
    return new


def next_morning(now: datetime) -> datetime:
    """When the next e-mails leave: for the screen."""
    local = paris(now)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, MORNING, PARIS)
