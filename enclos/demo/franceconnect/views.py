"""On the demo's page: come in as somebody of the stand-in by a click, through the whole real protocol."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from config.env import ENV
from enclos.comptes.federation import fournisseurs
from enclos.comptes.federation.views import CONNEXION, leave_for
from enclos.demo.franceconnect import simulateur
from enclos.demo.franceconnect.simulateur import Personne


def people() -> list[Personne]:
    """Who one can be over there; nobody when the stand-in is not played."""
    return simulateur.personnes() if simulateur.port_of(ENV.fc_issuer, ENV.fc_client_id) else []


@login_not_required
@require_POST
def entrer(request: HttpRequest) -> HttpResponse:
    """Leave for the stand-in, which answers for that person without showing its page."""
    chosen = next((one for one in people() if one.cle == request.POST.get("cle")), None)
    if chosen is None:
        raise Http404
    fournisseur = fournisseurs.organisme() if chosen.is_agent else fournisseurs.franceconnect()
    if fournisseur is None:
        raise Http404
    suite = "/agent/" if chosen.is_agent else ""
    return leave_for(request, fournisseur, but=CONNEXION, suite=suite, login_hint=chosen.cle)
