"""Choosing a password because one must."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from enclos.comptes.access import ouvert_pendant, session_of, signed_in
from enclos.comptes.models import Session
from enclos.comptes.mots_de_passe import actions
from enclos.comptes.mots_de_passe.forms import NouveauMotDePasse
from enclos.comptes.views import next_page, refused, see_other
from enclos.socle.refusals import Refusal

WAITS = Session.Attente.NOUVEAU_MOT_DE_PASSE


@ouvert_pendant(WAITS)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def nouveau_mot_de_passe(request: HttpRequest) -> HttpResponse:
    """The first entry: a provisional password gives this page and nothing else."""
    compte = signed_in(request)
    assert compte is not None
    if session_of(request).attend != WAITS:
        if request.method == "POST":
            raise actions.AlreadyChosen
        return redirect(next_page(request, compte))
    visible = bool(request.GET.get("visible"))
    form = NouveauMotDePasse(request.POST or None, compte=compte, visible=visible)
    if request.method == "POST":
        try:
            if form.is_valid():
                actions.choose(request, compte, form.cleaned_data["nouveau_mot_de_passe"], by=compte)
                return see_other(next_page(request, compte))
        except Refusal as refusal:
            form.add_error(None, refusal.phrase)
            return refused(page(request, form, visible, refusal.status), refusal)
    return page(request, form, visible, 422 if form.is_bound else 200)


def page(request: HttpRequest, form: NouveauMotDePasse, visible: bool, status: int) -> HttpResponse:
    suite = request.POST.get("suite") or request.GET.get("suite", "")
    return render(
        request, "comptes/nouveau_mot_de_passe.html", {"form": form, "suite": suite, "visible": visible}, status=status
    )
