"""`/delais/`: how long the fund takes, told to everybody, with the same figures as open data.

Read from the figures of the day, kept a minute; below ten items a team tells nothing, or one could be recognised.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enclos.agents.chiffres import SPAN, Delais, delays_by_service, rows_of
from enclos.caisses.access import default_caisse, services_of
from enclos.caisses.models import Caisse
from enclos.comptes.access import signed_in
from enclos.socle.dates import today_paris

KEPT = 60  # seconds
COLUMNS = ("caisse", "service", "du", "au", "traites", "mediane_jours_ouvres", "p90_jours_ouvres", "promesse_jours_ouvres")  # fmt: skip


@dataclass(frozen=True)
class Ligne:
    """A team's delays as anybody may read them."""

    service: str
    promesse: int
    traites: int | None  # None: too few to be told
    mediane: int | None = None
    p90: int | None = None

    @property
    def is_told(self) -> bool:
        return self.traites is not None


@dataclass(frozen=True)
class Publication:
    """The page."""

    caisse: str
    depuis: date
    jusqu_au: date
    a_jour: datetime | None
    lignes: list[Ligne]


def publication_of(caisse: Caisse) -> Publication:
    """The figures of a fund over the last thirty days, today apart: it is not over."""
    key = f"agents.delais.{caisse.pk}"
    known: Publication | None = cache.get(key)
    if known is not None:
        return known
    until = today_paris() - timedelta(days=1)
    since = until - timedelta(days=SPAN - 1)
    services = sorted(services_of(caisse.pk).values(), key=lambda service: service.nom)
    rows = rows_of(services, since, until)
    delays = delays_by_service(rows, since=since)
    told = Publication(
        caisse=caisse.nom,
        depuis=since,
        jusqu_au=until,
        a_jour=max((row.counted_at for row in rows), default=None),
        lignes=[line_of(service.nom, service.delai_jours_ouvres, delays[service.pk]) for service in services],
    )
    cache.set(key, told, KEPT)
    return told


def line_of(nom: str, promesse: int, delais: Delais) -> Ligne:
    if not delais.is_told:
        return Ligne(nom, promesse, None)
    return Ligne(nom, promesse, delais.traitees, delais.mediane, delais.p90)


def caisse_shown(request: HttpRequest) -> Caisse:
    """The fund of who is signed in, else that of public pages."""
    compte = signed_in(request)
    return compte.caisse if compte is not None else default_caisse()


@login_not_required
@require_safe
def delais(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "agents/delais.html", {"publication": publication_of(caisse_shown(request)), "jours": SPAN})


@login_not_required
@require_safe
def delais_csv(request: HttpRequest) -> HttpResponse:
    """The same, for machines: UTF-8, comma, header line. A team of which too little is known has empty cells."""
    told = publication_of(caisse_shown(request))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for ligne in told.lignes:
        figures = ["" if value is None else value for value in (ligne.traites, ligne.mediane, ligne.p90)]
        writer.writerow([told.caisse, ligne.service, told.depuis, told.jusqu_au, *figures, ligne.promesse])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="delais.csv"'
    return response
