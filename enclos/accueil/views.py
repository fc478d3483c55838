"""The pages anybody can read."""

from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.env import ENV
from enclos.accueil.services import PUBLICS, SERVICES
from enclos.caisses.access import default_caisse
from enclos.inscription import conditions
from enclos.socle.dates import today_paris
from enclos.socle.jours_ouvres import holidays_of

# The day the terms and the legal pages were last written: their readers must know which ones they accepted.
TEXTS_OF = date(2026, 11, 22)


@login_not_required
@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """What the portal is for, how to come in, whom to call."""
    return render(request, "accueil/public.html", {"services": (*SERVICES, *PUBLICS)})


@login_not_required
@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    """The telephone and its hours, then how to send a document, then the questions people ask."""
    agences = default_caisse().agences.all()
    return render(
        request, "accueil/aide.html", {"agences": agences, "fermetures": next_closings(today_paris()), "env": ENV}
    )


def next_closings(today: date, count: int = 3) -> list[tuple[date, str]]:
    """The next public holidays that fall on a day when the telephone would answer."""
    days = {**holidays_of(today.year), **holidays_of(today.year + 1)}
    return [(day, days[day]) for day in sorted(days) if day >= today and day.weekday() < 5][:count]


@login_not_required
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """The declaration, on the model of decree 2019-768 and its order of 20 September 2019."""
    return render(request, "accueil/accessibilite.html", {"au": TEXTS_OF, "site": ENV.base_url})


@login_not_required
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    """What article 13 of the GDPR wants said."""
    return render(request, "accueil/donnees_personnelles.html", {"au": TEXTS_OF, "env": ENV})


@login_not_required
@require_safe
def mentions_legales(request: HttpRequest) -> HttpResponse:
    """Who publishes, who directs, who hosts (loi 2004-575, art. 1-1)."""
    return render(request, "accueil/mentions_legales.html", {"au": TEXTS_OF})


@login_not_required
@require_safe
def modalites_utilisation(request: HttpRequest) -> HttpResponse:
    """The terms of use that bind whoever sends (CRPA L112-9, R112-9-2): channels, formats, where receipts come from."""
    return render(request, "accueil/modalites_utilisation.html", {"au": conditions.VERSION, "env": ENV})


@login_not_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Every page there is, for who does not find."""
    return render(request, "accueil/plan.html", {"services": SERVICES, "publics": PUBLICS})
