"""A passkey as a fresh proof before a sensitive act, beside the code of `enclos.comptes.preuves`."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from enclos.comptes.facteurs import access, cles
from enclos.comptes.facteurs.views import asked, titulaire
from enclos.comptes.preuves import actions as preuves
from enclos.comptes.preuves.access import voie_of
from enclos.comptes.preuves.forms import Preuve
from enclos.comptes.preuves.views import page
from enclos.comptes.views import METHODS, next_page, refused, see_other
from enclos.socle.refusals import Refusal


@require_POST
def options_preuve(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show one of the account's keys."""
    keys = access.factors_of(titulaire(request)).cles
    return asked(request, cles.PREUVE, lambda challenge: cles.request_options(keys, challenge, site=cles.here(request)))


@require_http_methods(METHODS)
@sensitive_post_parameters()
def preuve_par_cle(request: HttpRequest) -> HttpResponse:
    """The key proves who is there; back to the act."""
    compte = titulaire(request)
    if request.method != "POST":
        return redirect("comptes:preuve")
    try:
        cles.prove(request.POST.get("reponse", ""), request=request, usage=cles.PREUVE, compte=compte)
    except Refusal as refusal:
        voie = voie_of(compte)
        form = Preuve({"code": ""}, voie=voie)
        form.errors.clear()
        form.add_error(None, refusal.phrase)
        return refused(page(request, voie, form, is_sent=True, status=refusal.status), refusal)
    preuves.prove(request)
    return see_other(next_page(request, compte))
