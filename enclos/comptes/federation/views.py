"""The way to a provider and back, for members (FranceConnect) and agents (their organisation's)."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from config.adresses import host_of
from config.env import ENV
from enclos.comptes import reprises
from enclos.comptes.access import AdherentRequest, home_of, pour_adherent, session_of, signed_in
from enclos.comptes.federation import access, actions, attente, client, etat, sortie
from enclos.comptes.federation.client import Identite
from enclos.comptes.federation.erreurs import FournisseurError, Panne
from enclos.comptes.federation.etat import Demande
from enclos.comptes.federation.fournisseurs import Fournisseur, franceconnect, organisme
from enclos.comptes.models import Compte
from enclos.comptes.preuves import preuve_fraiche
from enclos.comptes.views import METHODS, next_page, see_other
from enclos.socle.refusals import Refusal

logger = logging.getLogger(__name__)

FAIT = "franceconnect_fait"  # in the session: what « Mon compte » says once
CONNEXION, ASSOCIATION = "connexion", "association"


def wanted(fournisseur: Fournisseur | None) -> Fournisseur:
    """404 where this provider is not configured: its addresses do not exist."""
    if fournisseur is None:
        raise Http404
    return fournisseur


# --- leaving


def leave_for(
    request: HttpRequest, fournisseur: Fournisseur, *, but: str, suite: str = "", login_hint: str = ""
) -> HttpResponse:
    """Send the browser to the provider."""
    actions.count_start(request)
    if ENV.mode != "test" and host_of(f"//{request.get_host()}") != host_of(ENV.base_url):
        # The provider knows one address of ours, and the session is held by the name one came by: start again from there.
        return see_other(ENV.base_url + reverse("comptes:connexion"))
    reprise = request.POST.get("reprise", "")[: 2 * reprises.MOST_BYTES]
    demande = etat.begin(request, fournisseur=fournisseur.cle, but=but, suite=suite, reprise=reprise)
    try:
        url = client.authorization_url(fournisseur, demande, return_address(fournisseur), login_hint=login_hint)
    except FournisseurError as error:
        return failed(request, fournisseur, demande, error)
    if fournisseur.cle == "franceconnect":
        return see_other(url)
    # Any provider may hop over other hosts, where the policy of our forms would stop the browser: a page leads there instead.
    return render(request, "comptes/federation/depart.html", {"url": url})


def return_address(fournisseur: Fournisseur) -> str:
    """As it is registered over there, to the letter."""
    return ENV.base_url + reverse(fournisseur.retour)


@login_not_required
@require_http_methods(METHODS)
def franceconnect_depart(request: HttpRequest) -> HttpResponse:
    """The button of the sign-in page."""
    fournisseur = wanted(franceconnect())
    compte = signed_in(request)
    if request.method != "POST" or compte is not None:
        return redirect(next_page(request, compte) if compte else "comptes:connexion")
    return leave_for(request, fournisseur, but=CONNEXION, suite=request.POST.get("suite", ""))


@login_not_required
@require_http_methods(METHODS)
def organisme_depart(request: HttpRequest) -> HttpResponse:
    """The button of the agents' sign-in page."""
    fournisseur = wanted(organisme())
    compte = signed_in(request)
    if request.method != "POST" or compte is not None:
        return redirect(next_page(request, compte) if compte else f"{reverse('comptes:connexion')}?suite=/agent/")
    return leave_for(request, fournisseur, but=CONNEXION, suite=request.POST.get("suite", "/agent/"))


# --- coming back


@dataclass(frozen=True)
class Retour:
    """Somebody who came back, with an identity that was proved."""

    demande: Demande
    identite: Identite
    end_session: str


def read_return(request: HttpRequest, fournisseur: Fournisseur) -> Retour | HttpResponse:
    """The identity behind a return, or the page that says why there is none."""
    demande = etat.take(request, request.GET.get("state", ""), fournisseur=fournisseur.cle)
    if demande is None:
        actions.note_lost(request, fournisseur.cle)
        return lost(request, fournisseur)
    try:
        client.check_return(fournisseur, request.GET.get("iss"))
        error = request.GET.get("error", "")
        if error == "access_denied":
            return renounced(request, fournisseur, demande)
        if error or "code" not in request.GET:
            said = request.GET.get("error_description", "")
            raise Panne(f"retour : {error[:40] or 'sans code'}", incident=said[:120])
        identite = client.identify(fournisseur, demande, request.GET["code"], return_address(fournisseur))
        return Retour(demande, identite, client.metadata(fournisseur).get("end_session_endpoint", ""))
    except FournisseurError as error:
        return failed(request, fournisseur, demande, error)


@login_not_required
@require_GET
def franceconnect_retour(request: HttpRequest) -> HttpResponse:
    """Back from FranceConnect: to come in, or to tie one's account."""
    fournisseur = wanted(franceconnect())
    back = read_return(request, fournisseur)
    if isinstance(back, HttpResponse):
        return back
    if back.demande.but == ASSOCIATION:
        return associated(request, back)
    try:
        compte = access.recognise(back.identite)
        actions.come_in(request, compte, back.identite, end_session=back.end_session)
    except access.NonReconnu as reason:
        if reason.cas == "sans_compte" and reason.personne is not None:
            attente.keep(request, reason.personne, back.identite, back.end_session)
            return see_other(reverse("inscription:franceconnect"))  # who they are is proved: what is left is short
        return unknown(request, fournisseur, back, reason)
    except actions.TiedElsewhere:
        return unknown(request, fournisseur, back, access.NonReconnu("plusieurs", "relié ailleurs"))
    return inside(request, compte, back.demande)


def inside(request: HttpRequest, compte: Compte, demande: Demande) -> HttpResponse:
    """The page first asked for, or what is asked before it."""
    if demande.reprise and reprises.take_out(demande.reprise, compte):
        session_of(request)["reprise"] = demande.reprise
    return see_other(next_page(request, compte, demande.suite))


def associated(request: HttpRequest, back: Retour) -> HttpResponse:
    """The account of who is in is tied, or why it is not."""
    compte = signed_in(request)
    if compte is None or not compte.is_adherent:
        return lost(request, wanted(franceconnect()))
    try:
        actions.associate(request, compte, back.identite, end_session=back.end_session, by=compte)
    except Refusal as refusal:
        return franceconnect_page(request, compte, refusal=refusal)
    session_of(request)[FAIT] = "relie"
    return see_other(reverse("comptes:franceconnect"))


@login_not_required
@require_GET
def organisme_retour(request: HttpRequest) -> HttpResponse:
    """An agent back from their organisation's provider."""
    fournisseur = wanted(organisme())
    back = read_return(request, fournisseur)
    if isinstance(back, HttpResponse):
        return back
    compte = access.agent_of(back.identite, ENV.agents_oidc_claim)
    if compte is None:
        return unknown(request, fournisseur, back, access.NonReconnu("inconnu", "agent non relié"))
    actions.come_in_agent(request, compte, back.identite, end_session=back.end_session)
    return inside(request, compte, back.demande)


# --- what is said when it does not work


def page(
    request: HttpRequest, name: str, fournisseur: Fournisseur, context: Mapping[str, object], *, status: int
) -> HttpResponse:
    autre = reverse("comptes:connexion") + ("?suite=/agent/" if fournisseur.cle == "organisme" else "")
    return render(
        request,
        f"comptes/federation/{name}.html",
        {"fournisseur": fournisseur, "autre": autre, "est_agent": fournisseur.cle == "organisme", **context},
        status=status,
    )


def retry_of(fournisseur: Fournisseur, demande: Demande) -> dict[str, str]:
    """The form that starts again what was interrupted."""
    name = "comptes:franceconnect_associer" if demande.but == ASSOCIATION else f"comptes:{fournisseur.cle}_depart"
    return {"action": reverse(name), "suite": demande.suite, "reprise": demande.reprise}


def lost(request: HttpRequest, fournisseur: Fournisseur) -> HttpResponse:
    """A return that this browser did not ask for, or too late, or twice."""
    compte = signed_in(request)
    return page(request, "perdu", fournisseur, {"accueil": home_of(compte) if compte else ""}, status=403)


def renounced(request: HttpRequest, fournisseur: Fournisseur, demande: Demande) -> HttpResponse:
    """The person said no over there: nothing went wrong."""
    if demande.but == ASSOCIATION:
        session_of(request)[FAIT] = "renonce"
        return see_other(reverse("comptes:franceconnect"))
    return page(request, "renonce", fournisseur, {"reessayer": retry_of(fournisseur, demande)}, status=200)


def failed(request: HttpRequest, fournisseur: Fournisseur, demande: Demande, error: FournisseurError) -> HttpResponse:
    """The provider is away or is not believed: another way in, and the number to tell on the telephone."""
    incident = secrets.token_hex(4).upper()
    compte = signed_in(request)
    actions.note_failure(
        compte, fournisseur=fournisseur.cle, motif=error.motif, incident=incident, chez_eux=error.incident
    )
    logger.warning("%s, incident %s: %s %s", fournisseur.cle, incident, error.motif, error.incident)
    is_away = isinstance(error, Panne)
    context = {
        "incident": incident,
        "is_away": is_away,
        "is_association": demande.but == ASSOCIATION,
        "reessayer": retry_of(fournisseur, demande),
    }
    return page(request, "echec", fournisseur, context, status=503 if is_away else 403)


def unknown(request: HttpRequest, fournisseur: Fournisseur, back: Retour, reason: access.NonReconnu) -> HttpResponse:
    """An identity that opens nothing here: what to do instead."""
    actions.note_unknown(request, fournisseur=fournisseur.cle, motif=reason.motif)
    context = {"cas": reason.cas, "sujet": back.identite.sujet}
    return page(request, "inconnu", fournisseur, context, status=403)


# --- « Mon compte »


def with_franceconnect(
    view: Callable[[AdherentRequest], HttpResponseBase],
) -> Callable[[AdherentRequest], HttpResponseBase]:
    """404 where FranceConnect is not configured, before anything is asked."""

    @wraps(view)
    def guarded(request: AdherentRequest) -> HttpResponseBase:
        wanted(franceconnect())
        return view(request)

    return guarded


@pour_adherent
@with_franceconnect
@require_safe
def franceconnect_compte(request: AdherentRequest) -> HttpResponse:
    """Whether the account is tied, and how to change it."""
    return franceconnect_page(request, request.user)


def franceconnect_page(request: HttpRequest, compte: Compte, *, refusal: Refusal | None = None) -> HttpResponse:
    return render(
        request,
        "comptes/federation/franceconnect.html",
        {
            "association": access.association_of(compte),
            "fait": session_of(request).pop(FAIT, ""),
            "refus": refusal,
            "a_mot_de_passe": compte.has_usable_password(),
        },
        status=refusal.status if refusal else 200,
    )


@pour_adherent
@with_franceconnect
@require_http_methods(METHODS)
@preuve_fraiche
def franceconnect_associer(request: AdherentRequest) -> HttpResponse:
    """Leave for FranceConnect, to come back tied."""
    fournisseur = wanted(franceconnect())
    if request.method != "POST":
        return redirect("comptes:franceconnect")
    return leave_for(request, fournisseur, but=ASSOCIATION)


@pour_adherent
@with_franceconnect
@require_http_methods(METHODS)
@preuve_fraiche
def franceconnect_dissocier(request: AdherentRequest) -> HttpResponse:
    """Untie the account, then end the session over there."""
    fournisseur = wanted(franceconnect())
    if request.method != "POST":
        return redirect("comptes:franceconnect")
    try:
        actions.dissociate(request, request.user, fournisseur.emetteur, by=request.user)
    except Refusal as refusal:
        return franceconnect_page(request, request.user, refusal=refusal)
    session_of(request)[FAIT] = "delie"
    ailleurs = sortie.prepare(request)
    response = see_other(ailleurs.url if ailleurs else reverse("comptes:franceconnect"))
    if ailleurs:
        ailleurs.remember(response)
    return response


@login_not_required
@require_safe
def franceconnect_deconnecte(request: HttpRequest) -> HttpResponse:
    """Back from the session that was ended over there."""
    if not (franceconnect() or organisme()):
        raise Http404
    if not sortie.is_expected(request, request.GET.get("state", "")):
        return render(request, "comptes/federation/sortie_perdue.html", status=403)
    compte = signed_in(request)
    response = see_other(reverse("comptes:franceconnect") if compte and compte.is_adherent else "/")
    sortie.forget(response)
    return response
