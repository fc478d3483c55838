"""« Prouvez que c’est vous »: between a sensitive act asked for and the act."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from enclos.comptes.access import signed_in
from enclos.comptes.facteurs.access import has_passkey
from enclos.comptes.facteurs.site import site_of
from enclos.comptes.models import Compte
from enclos.comptes.mots_de_passe import oubli
from enclos.comptes.preuves import actions
from enclos.comptes.preuves.access import Voie, is_fresh, voie_of
from enclos.comptes.preuves.forms import Preuve
from enclos.comptes.views import next_page, refused, see_other
from enclos.socle.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
def preuve(request: HttpRequest) -> HttpResponse:
    """Ask for the proof that this account can give, then go back to the act."""
    compte = signed_in(request)
    assert compte is not None
    if is_fresh(request):
        return redirect(next_page(request, compte))
    voie = voie_of(compte)
    if request.method != "POST":
        return page(request, voie, Preuve(voie=voie), is_sent=bool(request.GET.get("envoye")))
    if request.POST.get("action") == "envoyer" and voie.is_code:
        return send(request, compte, voie)
    if request.POST.get("action") == "courrier" and voie.is_lettre and compte.is_adherent:
        oubli.send_letter_to(request, compte)
        return see_other(reverse("comptes:oubli_courrier"))
    form = Preuve(request.POST, voie=voie)
    if form.is_valid():
        try:
            actions.give(request, compte, form.cleaned_data["code"])
            return see_other(next_page(request, compte))
        except Refusal as refusal:
            form.add_error("code", refusal.phrase)
            return refused(page(request, voie, form, is_sent=True, status=refusal.status), refusal)
    return page(request, voie, form, is_sent=True, status=422)


def send(request: HttpRequest, compte: Compte, voie: Voie) -> HttpResponse:
    """Send the code, then show where to type it: read again, this page sends nothing."""
    try:
        actions.send_code(compte, voie)
    except Refusal as refusal:
        form = Preuve({"code": ""}, voie=voie)
        form.errors.clear()
        form.add_error(None, refusal.phrase)
        return refused(page(request, voie, form, is_sent=True, status=refusal.status), refusal)
    asked = {"suite": suite_of(request), "envoye": "1"}
    return see_other(f"{reverse('comptes:preuve')}?{urlencode(asked)}")


def page(request: HttpRequest, voie: Voie, form: Preuve, *, is_sent: bool, status: int = 200) -> HttpResponse:
    compte = signed_in(request)
    can_show_key = voie.is_facteur and compte is not None and has_passkey(compte)
    context = {
        "form": form,
        "voie": voie,
        "is_sent": is_sent,
        "suite": suite_of(request),
        "site": site_of(request) if can_show_key else None,
    }
    return render(request, "comptes/preuve.html", context, status=status)


def suite_of(request: HttpRequest) -> str:
    return request.POST.get("suite") or request.GET.get("suite", "")
