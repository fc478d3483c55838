"""« Fermer mon compte »: what stays, what stops, then the end."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from enclos.accueil.fermeture.access import bilan_of
from enclos.accueil.fermeture.actions import close_account
from enclos.accueil.fermeture.forms import Fermer
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.comptes.actions import sign_out
from enclos.comptes.preuves import preuve_fraiche


@require_http_methods(["GET", "HEAD", "POST"])
@pour_adherent
@preuve_fraiche
def fermer(request: AdherentRequest) -> HttpResponse:
    """Closing the account, once its holder proved who they are and ticked the box."""
    form = Fermer(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        close_account(request.user, by=request.user)
        sign_out(request)
        response = HttpResponseRedirect(reverse("accueil:compte_ferme"), status=303)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
    return render(
        request,
        "accueil/fermer.html",
        {"form": form, "bilan": bilan_of(request.personne)},
        status=422 if request.method == "POST" else 200,
    )


@login_not_required
@require_safe
def compte_ferme(request: HttpRequest) -> HttpResponse:
    """What comes next, for who has just closed their account: they are a visitor now."""
    return render(request, "accueil/compte_ferme.html")
