"""The member's home: what waits for them, what they were paid, what they can do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enclos.accueil.services import CONTACT, services_by_heading, told_on_tiles
from enclos.avis.access import rappels_of
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.courrier.access import returned_letter_of
from enclos.envois.access import todo_of
from enclos.messagerie.access import begun_of
from enclos.registre.access import last_payments_of
from enclos.socle.dates import today_paris


@pour_adherent
@require_safe
def espace(request: AdherentRequest) -> HttpResponse:
    """Home. The number of queries does not depend on what the account holds."""
    personne, rappels = request.personne, rappels_of(request.user)
    context = {
        "todo": todo_of(personne),
        "messages_commences": begun_of(personne),
        "paiements": last_payments_of(personne),
        "rubriques": [
            (rubrique, told_on_tiles(services, rappels.par_evenement))
            for rubrique, services in services_by_heading(frozenset(personne.profils))
        ],
        "contact": CONTACT,
        "aujourd_hui": today_paris(),
        "courriel_refuse": rappels.is_mail_refused,
        "lettre_revenue": returned_letter_of(personne) if rappels.had_letter_back else None,
        "nouveaux": rappels.nouveaux,
        "autres_nouveaux": rappels.nombre - len(rappels.nouveaux),
        "conseils": [(conseil.phrase, reverse(conseil.url_name)) for conseil in rappels.conseils],
    }
    return render(request, "accueil/espace.html", context)


@pour_adherent
@require_safe
def contact(request: AdherentRequest) -> HttpResponse:
    """« Contact & échanges »: every way to reach the fund."""
    services = dict(services_by_heading(frozenset(request.personne.profils))).get(CONTACT, [])
    return render(request, "accueil/contact.html", {"services": services, "titre": CONTACT})
