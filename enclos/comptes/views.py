"""Coming in, the second factor, staying, going out, and taking up again what a closed session interrupted."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from config.env import ENV
from enclos.comptes import actions, appareils, jetons, reprises
from enclos.comptes.access import home_of, page_of_attente, session_of, session_seconds_left, signed_in
from enclos.comptes.facteurs.access import has_passkey
from enclos.comptes.facteurs.site import site_of
from enclos.comptes.federation import sortie
from enclos.comptes.forms import Code, Connexion, ConnexionAgent
from enclos.comptes.hashers import Busy
from enclos.comptes.identifiants import Identifiant
from enclos.comptes.models import Compte
from enclos.socle.refusals import Refusal

METHODS = ["GET", "HEAD", "POST"]


def see_other(url: str) -> HttpResponseRedirect:
    """303: what was posted is done, the next page is read."""
    return HttpResponseRedirect(url, status=303)


def destination(request: HttpRequest, compte: Compte, asked: str | None = None) -> str:
    """Where to go once in: the page first asked for if it is ours and of the right side, else the account's home."""
    asked = request.POST.get("suite") or request.GET.get("suite", "") if asked is None else asked
    home = home_of(compte)
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not is_ours or asked.startswith(reprises.OWN_PATHS) or compte.is_agent != asked.startswith("/agent/"):
        return home
    return asked


def next_page(request: HttpRequest, compte: Compte, asked: str | None = None) -> str:
    """What follows the password: the second factor of an agent, a form to take up again, or the page asked for."""
    session, suite = session_of(request), destination(request, compte, asked)
    if session.attend:
        return page_of_attente(session.attend, suite)
    if compte.is_agent and not session.is_strong:
        return f"{reverse('comptes:code')}?{urlencode({'suite': suite})}"
    return reverse("comptes:reprendre") if session.get("reprise") else suite


def form_for(request: HttpRequest) -> type[Connexion]:
    """The words of the form depend on the side one comes in by."""
    suite = request.POST.get("suite") or request.GET.get("suite", "")
    return ConnexionAgent if suite.startswith("/agent/") else Connexion


def sign_in_page(
    request: HttpRequest,
    form: Connexion,
    *,
    status: int = 200,
    reprise: str = "",
    is_over: bool = False,
    is_stale: bool = False,
) -> HttpResponse:
    """The sign-in page and what it must say."""
    suite = request.POST.get("suite") or request.GET.get("suite", "")
    return render(
        request,
        "comptes/connexion.html",
        {
            "form": form,
            "suite": suite,
            "site": site_of(request),
            "reprise": reprise,
            "is_over": is_over,
            "is_stale": is_stale,
            "minutes": ENV.agent_idle_minutes if suite.startswith("/agent/") else ENV.member_idle_minutes,
        },
        status=status,
    )


def refused(response: HttpResponse, refusal: Refusal) -> HttpResponse:
    """Say when to come back, where it is known."""
    if isinstance(refusal, actions.TooManyTries | Busy):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


@login_not_required
@require_http_methods(METHODS)
@sensitive_post_parameters()
@sensitive_variables()
def connexion(request: HttpRequest) -> HttpResponse:
    """Sign in."""
    if request.method != "POST":
        compte = signed_in(request)
        if compte is not None:
            return redirect(next_page(request, compte))
        return sign_in_page(request, form_for(request)(), is_over=session_of(request).ended is not None)
    form = form_for(request)(request.POST)
    reprise = request.POST.get("reprise", "")
    if not form.is_valid():
        return sign_in_page(request, form, status=422, reprise=reprise)
    who = form.cleaned_data["identifiant"]
    assert isinstance(who, Identifiant)
    try:
        compte = actions.sign_in(request, who, form.cleaned_data["mot_de_passe"])
    except Refusal as refusal:
        form.add_error(None, refusal.phrase)
        return refused(sign_in_page(request, form, status=refusal.status, reprise=reprise), refusal)
    if reprise and reprises.take_out(reprise, compte):
        session_of(request)["reprise"] = reprise
    response = see_other(next_page(request, compte))
    appareils.remember(request, response, who)
    return response


@require_http_methods(METHODS)
@sensitive_post_parameters()
def code(request: HttpRequest) -> HttpResponse:
    """The second factor of an agent; a member's is in `facteurs.connexion`."""
    compte = signed_in(request)
    if compte is None or not compte.is_agent or session_of(request).is_strong:
        return redirect(next_page(request, compte) if compte else reverse("comptes:connexion"))
    form = Code(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.give_code(request, compte, form.cleaned_data["code"])
                return see_other(next_page(request, compte))
            except Refusal as refusal:
                form.add_error("code", refusal.phrase)
                return refused(code_page(request, form, status=refusal.status), refusal)
    return code_page(request, form, status=status)


def code_page(request: HttpRequest, form: Code, *, status: int) -> HttpResponse:
    suite = request.POST.get("suite") or request.GET.get("suite", "")
    compte = signed_in(request)
    site = site_of(request) if compte is not None and has_passkey(compte) else None
    return render(request, "comptes/code.html", {"form": form, "suite": suite, "site": site}, status=status)


@login_not_required
@require_http_methods(METHODS)
def deconnexion(request: HttpRequest) -> HttpResponse:
    """Sign out. Read instead of posted, it changes nothing."""
    if request.method != "POST":
        compte = signed_in(request)
        return redirect(home_of(compte) if compte else "/")
    return leave(request)


def leave(request: HttpRequest) -> HttpResponse:
    """End the session and have the browser forget the pages it kept; then the one over there, for who came by FranceConnect."""
    ailleurs = sortie.prepare(request)
    actions.sign_out(request)
    response = see_other(ailleurs.url if ailleurs else "/")
    if ailleurs:
        ailleurs.remember(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_not_required
@require_POST
def prolonger(request: HttpRequest) -> HttpResponse:
    """Stay: the idle limit starts again. 204 with the seconds left, 401 when the session has ended."""
    if signed_in(request) is None:
        return HttpResponse(status=401)
    session_of(request).touch(at_once=True)
    return HttpResponse(status=204, headers={"Session-Seconds-Left": str(session_seconds_left(request))})


@require_http_methods(METHODS)
def reprendre(request: HttpRequest) -> HttpResponse:
    """Offer back the form that the end of a session interrupted, or drop it."""
    compte = signed_in(request)
    assert compte is not None
    session = session_of(request)
    if compte.is_agent and not session.is_strong:
        return redirect(next_page(request, compte))
    kept = reprises.take_out(session.get("reprise", ""), compte)
    if kept is None or request.method == "POST":
        if "reprise" in session:
            del session["reprise"]
        return see_other(home_of(compte))
    return render(request, "comptes/reprendre.html", {"reprise": kept, "accueil": home_of(compte)})


def too_late(request: HttpRequest) -> HttpResponse | None:
    """The answer to a form sent after the session of its page had ended; None when there is nothing to save."""
    if request.method != "POST" or not reprises.is_page(request):
        return None
    user, ended = signed_in(request), session_of(request).ended
    if user is not None or ended is None or ended.compte is None:
        return None
    # A view that reads files checks its token by itself, later: nobody has said yet that this form is one of ours.
    is_checked = getattr(request, "csrf_processing_done", False)
    if not (is_checked or (reprises.from_own_page(request) and jetons.is_of(request, ended.compte))):
        return None
    return sign_in_page(
        request, form_for(request)(), status=403, reprise=reprises.put_away(request, ended.compte), is_over=True
    )


def stale_form(request: HttpRequest) -> HttpResponse | None:
    """The answer to a form whose page is older than the last sign-in; None when it did not come from our own pages.

    Called by the view of CSRF failures. What was typed is offered again: the member looks, and sends it from a fresh page.
    """
    if request.method != "POST" or not reprises.from_own_page(request):
        return None
    compte = signed_in(request)
    if request.path == reverse("comptes:deconnexion"):
        return leave(request)
    if request.path == reverse("comptes:prolonger"):
        return prolonger(request)
    if request.path == reverse("comptes:connexion"):
        if compte is not None:
            return see_other(next_page(request, compte))
        fresh = form_for(request)(initial={"identifiant": request.POST.get("identifiant", "")})
        return sign_in_page(request, fresh, status=403, reprise=request.POST.get("reprise", ""), is_stale=True)
    if compte is None or not reprises.is_page(request):
        return too_late(request)
    if jetons.is_of_another(request, compte):
        return render(request, "comptes/autre_personne.html", status=403)
    token = reprises.put_away(request, compte) if jetons.is_of(request, compte) else ""
    if not token:
        return None
    session_of(request)["reprise"] = token
    return see_other(reverse("comptes:reprendre"))
