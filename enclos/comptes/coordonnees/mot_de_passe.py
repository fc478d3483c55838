"""Changing one's password from « Mon compte »: the present one is asked, the other sessions are offered to be closed."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.comptes.coordonnees.connexions import other_sessions_count
from enclos.comptes.mots_de_passe import actions
from enclos.comptes.mots_de_passe.forms import ChangerMotDePasse
from enclos.comptes.views import METHODS, refused, see_other
from enclos.socle.refusals import Refusal

FAIT = "mot_de_passe_fait"


class Changement(ChangerMotDePasse):
    """With what becomes of the other browsers (ASVS 7.4.3)."""

    fermer = forms.BooleanField(
        label="Fermer mes autres connexions (conseillé)",
        required=False,
        initial=True,
    )


@pour_adherent
@require_http_methods(METHODS)
@sensitive_post_parameters()
@sensitive_variables()
def changer(request: AdherentRequest) -> HttpResponse:
    """The present password, then the new one."""
    compte, visible = request.user, bool(request.GET.get("visible"))
    form = Changement(request.POST if request.method == "POST" else None, compte=compte, visible=visible)
    if request.method != "POST":
        return page(request, form, visible, 200)
    try:
        # The rules say nothing of the present password but that it is not the new one: it is proved first.
        if typed := request.POST.get("mot_de_passe_actuel", ""):
            actions.check_current(request, compte, typed)
    except Refusal as refusal:
        form.is_valid()
        form.errors.pop("nouveau_mot_de_passe", None)
        form.add_error("mot_de_passe_actuel", refusal.phrase)
        return refused(page(request, form, visible, refusal.status), refusal)
    try:
        if not form.is_valid():
            return page(request, form, visible, 422)
        actions.choose(
            request,
            compte,
            form.cleaned_data["nouveau_mot_de_passe"],
            by=compte,
            close_others=form.cleaned_data["fermer"],
        )
    except Refusal as refusal:
        form.add_error(None, refusal.phrase)
        return refused(page(request, form, visible, refusal.status), refusal)
    session_of(request)[FAIT] = "Votre mot de passe est changé."
    return see_other(reverse("comptes:changer_mot_de_passe"))


def page(request: AdherentRequest, form: Changement, visible: bool, status: int) -> HttpResponse:
    context = {
        "form": form,
        "visible": visible,
        "a_un_mot_de_passe": request.user.has_usable_password(),
        "autres": other_sessions_count(request.user, but=session_of(request)),
        "fait": session_of(request).pop(FAIT, "") if request.method != "POST" else "",
    }
    return render(request, "comptes/coordonnees/mot_de_passe.html", context, status=status)
