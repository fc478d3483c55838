"""The second factor at sign-in, and signing in with a passkey alone."""

from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from enclos.comptes import reprises
from enclos.comptes.access import ouvert_pendant, session_of
from enclos.comptes.actions import second_factor_given
from enclos.comptes.facteurs import access, actions, cles, lettre
from enclos.comptes.facteurs.forms import CodeDeLettre, CodeDouze, CodeTelephone
from enclos.comptes.facteurs.site import site_of
from enclos.comptes.facteurs.views import asked, titulaire
from enclos.comptes.forms import Connexion
from enclos.comptes.models import Compte, Session
from enclos.comptes.views import METHODS, next_page, refused, see_other, sign_in_page
from enclos.socle.refusals import Refusal

WAITS = Session.Attente.SECOND_FACTEUR


def is_waiting(request: HttpRequest, compte: Compte) -> bool:
    """Whether this session still needs a second factor: a member's says so, an agent's lacks it."""
    session = session_of(request)
    return session.attend == WAITS or (compte.is_agent and not session.is_strong)


def suite_of(request: HttpRequest) -> str:
    return request.POST.get("suite") or request.GET.get("suite", "")


def page(name: str, request: HttpRequest) -> str:
    """Another page of the sign-in, which remembers where one wanted to go."""
    suite = suite_of(request)
    return reverse(f"comptes:{name}") + (f"?{urlencode({'suite': suite})}" if suite else "")


@ouvert_pendant(WAITS)
@require_http_methods(METHODS)
@sensitive_post_parameters()
@sensitive_variables()
def double_verification(request: HttpRequest) -> HttpResponse:
    """A passkey, or the code of the telephone. An agent's passkey comes here too; their code has its own page."""
    compte = titulaire(request)
    if not is_waiting(request, compte) or (compte.is_agent and request.method != "POST"):
        return redirect(next_page(request, compte))
    form = CodeTelephone(request.POST if "code" in request.POST else None)
    form.fields["code"].widget.attrs["autofocus"] = True
    if request.method != "POST":
        return second_factor_page(request, compte, form)
    answer = request.POST.get("reponse", "")
    try:
        if answer:
            actions.give_key(request, compte, answer)
        elif form.is_valid():
            actions.check_any(compte, form.cleaned_data["code"], request=request)
            second_factor_given(request, compte)
        else:
            return second_factor_page(request, compte, form, status=422)
    except Refusal as refusal:
        phrase = "" if "code" in request.POST else refusal.phrase
        if not phrase:
            form.add_error("code", refusal.phrase)
        return refused(second_factor_page(request, compte, form, phrase, status=refusal.status), refusal)
    return see_other(next_page(request, compte))


def second_factor_page(
    request: HttpRequest, compte: Compte, form: Form, phrase: str = "", *, status: int = 200
) -> HttpResponse:
    """`phrase` says what went wrong with a passkey."""
    has_key, row = access.has_passkey(compte), session_of(request).row
    return render(
        request,
        "comptes/facteurs/double_verification.html",
        {
            "form": form,
            "phrase": phrase,
            "suite": suite_of(request),
            "par_mot_de_passe": row is not None and row.methode == Session.Methode.MOT_DE_PASSE,
            "a_un_code": bool(compte.totp_sealed),
            "a_une_cle": has_key,
            "site": site_of(request) if has_key else None,
            "secours": page("code_de_secours", request),
        },
        status=status,
    )


@ouvert_pendant(WAITS)
@require_POST
def options_second(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show one of the account's keys."""
    compte = titulaire(request)
    if not is_waiting(request, compte):
        return HttpResponse(status=409)
    keys = access.factors_of(compte).cles
    return asked(request, cles.SECOND, lambda challenge: cles.request_options(keys, challenge, site=cles.here(request)))


@ouvert_pendant(WAITS)
@require_http_methods(METHODS)
@sensitive_post_parameters()
@sensitive_variables()
def code_de_secours(request: HttpRequest) -> HttpResponse:
    """« Je n’ai plus mon téléphone »: a recovery code, or the way to the letter."""
    compte = titulaire(request)
    if compte.is_agent or not is_waiting(request, compte):
        return redirect(next_page(request, compte))
    form = CodeDouze(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.check_any(compte, form.cleaned_data["code_de_secours"], request=request)
                second_factor_given(request, compte)
                return see_other(next_page(request, compte))
            except Refusal as refusal:
                form.add_error("code_de_secours", refusal.phrase)
                return refused(recovery_page(request, form, status=refusal.status), refusal)
    return recovery_page(request, form, status=status)


def recovery_page(request: HttpRequest, form: Form, *, status: int) -> HttpResponse:
    return render(
        request,
        "comptes/facteurs/code_de_secours.html",
        {
            "form": form,
            "suite": suite_of(request),
            "retour": page("double_verification", request),
            "courrier": page("code_par_courrier", request),
        },
        status=status,
    )


@ouvert_pendant(WAITS)
@require_http_methods(METHODS)
@sensitive_post_parameters()
@sensitive_variables()
def code_par_courrier(request: HttpRequest) -> HttpResponse:
    """Neither telephone, key nor recovery code: ask for a letter, then type its code."""
    compte = titulaire(request)
    if compte.is_agent or not is_waiting(request, compte):
        return redirect(next_page(request, compte))
    form = CodeDeLettre(request.POST if "code_de_secours" in request.POST else None)
    if request.method != "POST":
        return letter_page(request, compte, form)
    try:
        if "demander" in request.POST:
            lettre.request_letter(compte, request=request, by=compte)
            return see_other(page("code_par_courrier", request))
        if form.is_valid():
            lettre.give(request, compte, form.cleaned_data["code_de_secours"])
            return see_other(reverse("comptes:facteurs"))
    except Refusal as refusal:
        phrase = refusal.phrase if "demander" in request.POST else ""
        if not phrase:
            form.add_error("code_de_secours", refusal.phrase)
        return refused(letter_page(request, compte, form, phrase, status=refusal.status), refusal)
    return letter_page(request, compte, form, status=422)


def letter_page(
    request: HttpRequest, compte: Compte, form: Form, phrase: str = "", *, status: int = 200
) -> HttpResponse:
    """`phrase` says why no letter leaves."""
    return render(
        request,
        "comptes/facteurs/code_par_courrier.html",
        {
            "form": form,
            "phrase": phrase,
            "suite": suite_of(request),
            "attendue": lettre.expected(compte),
            "retour": page("code_de_secours", request),
        },
        status=status,
    )


@login_not_required
@require_POST
def options_entree(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show a key of whoever is there. Anybody may ask: it writes nothing and names nobody."""
    return asked(request, cles.ENTREE, lambda challenge: cles.request_options([], challenge, site=cles.here(request)))


@login_not_required
@require_http_methods(METHODS)
@sensitive_post_parameters()
def connexion_par_cle(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone."""
    if request.method != "POST":
        return redirect("comptes:connexion")
    reprise = request.POST.get("reprise", "")
    try:
        compte = actions.sign_in_with_key(request, request.POST.get("reponse", ""))
    except Refusal as refusal:
        form = Connexion({})
        form.errors.clear()  # nothing was typed, so nothing is missing
        form.add_error(None, refusal.phrase)
        return refused(sign_in_page(request, form, status=refusal.status, reprise=reprise), refusal)
    if reprise and reprises.take_out(reprise, compte):
        session_of(request)["reprise"] = reprise
    return see_other(next_page(request, compte))
