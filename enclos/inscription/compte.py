"""« Confirmer mon compte », in « Mon compte »: the code that came by post."""

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.courrier.access import open_letter_of
from enclos.inscription import forms
from enclos.inscription import niveau as niveaux
from enclos.socle.refusals import Refusal


@pour_adherent
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def niveau(request: AdherentRequest) -> HttpResponseBase:
    """Type the code of the letter: the account is confirmed."""
    form = forms.CodeLettre(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid() and not request.user.is_confirmed:
        try:
            niveaux.confirm(request.user, form.cleaned_data["code"], by=request.user)
            return HttpResponseRedirect(request.path, status=303)
        except Refusal as refusal:
            form.add_error("code", refusal.phrase)
            status = refusal.status
    return level_page(request, form, status=200 if request.user.is_confirmed else status)


@pour_adherent
@require_http_methods(["GET", "HEAD", "POST"])
def nouveau_courrier(request: AdherentRequest) -> HttpResponseBase:
    """Another letter, when none is on its way."""
    if request.method != "POST" or request.user.is_confirmed:
        return redirect("inscription:niveau")
    form = forms.CodeLettre()
    try:
        niveaux.ask_again(request.user, by=request.user)
    except Refusal as refusal:
        return level_page(request, form, status=refusal.status, refus=refusal.phrase)
    return HttpResponseRedirect(redirect("inscription:niveau").url, status=303)


def level_page(request: AdherentRequest, form: forms.CodeLettre, *, status: int, refus: str = "") -> HttpResponse:
    lettre = None if request.user.is_confirmed else open_letter_of(request.personne)
    return render(request, "inscription/niveau.html", {"form": form, "lettre": lettre, "refus": refus}, status=status)
