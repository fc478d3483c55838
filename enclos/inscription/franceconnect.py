"""Opening an account for somebody whom FranceConnect proved: an address, a code, the conditions, and one is in.

The question and the provisional password would prove less than what is proved already. What they do not replace is kept: the level
(standards, D3), the channels that the fund knows are told, and the letter « Un accès en ligne vient d’être ouvert » leaves.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enclos.comptes import codes
from enclos.comptes.access import signed_in
from enclos.comptes.actions import VISITOR
from enclos.comptes.federation import attente as attentes
from enclos.comptes.federation.attente import Attente
from enclos.comptes.views import METHODS, refused, see_other
from enclos.inscription import forms, frein, ouverture_franceconnect
from enclos.inscription.conditions import conditions_of
from enclos.inscription.ouverture_franceconnect import OBJET, link_of
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal


class Ouverture(forms.Courriel, forms.Conditions):
    """« Adresse e-mail », and the conditions, on one page."""

    field_order = ("courriel", "conditions")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields[
            "courriel"
        ].help_text = "Nous y envoyons un code. Donnez si possible celle que votre MSA connaît déjà."


def awaited(request: HttpRequest) -> tuple[Attente, Personne] | None:
    """Who is waited for, and their person; None when nobody is."""
    attente = attentes.read(request)
    if attente is None or signed_in(request) is not None:
        return None
    personne = ouverture_franceconnect.person_to_open(attente.personne)
    return (attente, personne) if personne else None


@login_not_required
@require_http_methods(METHODS)
def franceconnect(request: HttpRequest) -> HttpResponseBase:
    """The address and the conditions."""
    found = awaited(request)
    if found is None:
        return redirect("inscription:profil")
    attente, personne = found
    form = Ouverture(request.POST if request.method == "POST" else None, initial={"courriel": attente.courriel})
    if request.method != "POST":
        return address_page(request, form, personne, status=200)
    if not form.is_valid():
        return address_page(request, form, personne, status=422)
    texte = conditions_of(personne.caisse)
    try:
        frein.let(request, "franceconnect", frein.FINISHED)
        filled = attentes.with_address(
            request, attente, form.cleaned_data["courriel"], version=texte.version, sha256=texte.sha256
        )
        codes.send_by_mail(
            OBJET, link_of(filled), to=filled.courriel, caisse=personne.caisse, concerne=personne.pk, by=VISITOR
        )
    except Refusal as refusal:
        form.add_error("courriel", refusal.phrase)
        return refused(address_page(request, form, personne, status=refusal.status), refusal)
    return see_other(reverse("inscription:franceconnect_code"))


def address_page(request: HttpRequest, form: Ouverture, personne: Personne, *, status: int) -> HttpResponse:
    context = {"form": form, "personne": personne, "conditions": conditions_of(personne.caisse)}
    return render(request, "inscription/franceconnect.html", context, status=status)


@login_not_required
@require_http_methods(METHODS)
def franceconnect_code(request: HttpRequest) -> HttpResponseBase:
    """The code that proves the address; it opens the account."""
    found = awaited(request)
    if found is None or not found[0].courriel:
        return redirect("inscription:franceconnect")
    attente, personne = found
    form = forms.Code(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                codes.check(OBJET, link_of(attente), form.cleaned_data["code"], by=VISITOR)
            except Refusal as refusal:
                form.add_error("code", refusal.phrase)
                status = refusal.status
            else:
                ouverture_franceconnect.open_account(request, attente, personne)
                return see_other("/espace/")
    return render(
        request,
        "inscription/franceconnect_code.html",
        {"form": form, "courriel": attente.courriel, "remise": ouverture_franceconnect.delivery_of(attente)},
        status=status,
    )
