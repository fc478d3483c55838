"""« Mot de passe oublié ? »: three pages that say the same to everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from enclos.comptes import appareils
from enclos.comptes.access import session_of
from enclos.comptes.mots_de_passe import oubli
from enclos.comptes.mots_de_passe.forms import CodeRecu, Oubli
from enclos.comptes.views import METHODS, next_page, refused, see_other
from enclos.courrier import textos
from enclos.socle.refusals import Refusal


@login_not_required
@require_http_methods(METHODS)
@sensitive_post_parameters("identifiant")
def mot_de_passe_oublie(request: HttpRequest) -> HttpResponse:
    """Who it is."""
    form = Oubli(request.POST if request.method == "POST" else None, has_sms=textos.is_configured())
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            oubli.ask(request, form.cleaned_data["identifiant"], form.cleaned_data.get("moyen", "courriel"))
            return see_other(reverse("comptes:oubli_code"))
        except Refusal as refusal:
            form.add_error(None, refusal.phrase)
            return refused(render(request, "comptes/oubli.html", {"form": form}, status=refusal.status), refusal)
    return render(request, "comptes/oubli.html", {"form": form}, status=status)


@login_not_required
@require_http_methods(METHODS)
@sensitive_post_parameters("code")
def oubli_code(request: HttpRequest) -> HttpResponse:
    """The code, or another one."""
    demande = oubli.demande_of(request)
    if demande is None:
        return redirect("comptes:oubli")
    if request.method != "POST":
        return code_page(request, CodeRecu(), demande, is_new=bool(request.GET.get("encore")))
    form = CodeRecu(request.POST)
    if request.POST.get("action") == "renvoyer":
        form = CodeRecu({"code": "-"})
        try:
            oubli.ask(request, demande.identifiant, demande.moyen)
            return see_other(f"{reverse('comptes:oubli_code')}?encore=1")
        except Refusal as refusal:
            form.add_error(None, refusal.phrase)
            return refused(code_page(request, form, demande, status=refusal.status), refusal)
    if form.is_valid():
        try:
            compte = oubli.prove(request, demande, form.cleaned_data["code"])
        except Refusal as refusal:
            form.add_error("code", refusal.phrase)
            return refused(code_page(request, form, demande, status=refusal.status), refusal)
        response = see_other(next_page(request, compte))
        appareils.remember(request, response, demande.identifiant)
        return response
    return code_page(request, form, demande, status=422)


def code_page(
    request: HttpRequest, form: CodeRecu, demande: oubli.Demande, *, status: int = 200, is_new: bool = False
) -> HttpResponse:
    context = {"form": form, "is_sms": demande.moyen == "sms", "is_new": is_new}
    return render(request, "comptes/oubli_code.html", context, status=status)


@login_not_required
@require_http_methods(METHODS)
def oubli_autrement(request: HttpRequest) -> HttpResponse:
    """No access to the mailbox or the telephone any more: FranceConnect, or a letter."""
    demande = oubli.demande_of(request)
    if demande is None:
        return redirect("comptes:oubli")
    if request.method != "POST":
        return render(request, "comptes/oubli_autrement.html", {"suite": ""})
    oubli.ask_letter(request, demande)
    return see_other(reverse("comptes:oubli_courrier"))


@login_not_required
@require_http_methods(METHODS)
def oubli_courrier(request: HttpRequest) -> HttpResponse:
    """What happens next, in the same words for everybody."""
    if not session_of(request).get(oubli.LETTER_ASKED):
        return redirect("comptes:oubli")
    return render(request, "comptes/oubli_courrier.html")
