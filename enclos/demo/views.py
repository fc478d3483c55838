"""The demo's pages: be somebody by a click, read the mail they got, see every setting."""

import base64
import re
from dataclasses import fields

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.html import strip_tags
from django.views.decorators.http import require_POST, require_safe

from config.env import ENV
from enclos.comptes import totp
from enclos.comptes.access import home_of
from enclos.comptes.actions import open_session
from enclos.comptes.models import Session
from enclos.demo import access, actions
from enclos.demo.franceconnect.views import people as franceconnect_people
from enclos.demo.personnes import Figurant, candidats, figurants

SECRETS = {
    "secret_key",
    "secret_key_fallbacks",
    "vault_keys",
    "field_keys",
    "index_key",
    "s3_secret_key",
    "metrics_token",
    "fc_client_secret",
    "agents_oidc_client_secret",
    "sms_token",
}


@login_not_required
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Who one can be, with what opens their account."""
    everybody = figurants().values()
    return render(
        request,
        "demo/accueil.html",
        {
            "adherents": [one for one in everybody if not one.is_agent],
            "agents": [(one, present_code(one)) for one in everybody if one.is_agent],
            "candidats": candidats(),
            "franceconnect": franceconnect_people(),
        },
    )


def present_code(agent: Figurant) -> str:
    """What the agent's telephone would show now."""
    return totp.code_at(base64.b32decode(agent.totp), totp.current_step())


@login_not_required
@require_POST
def connexion(request: HttpRequest) -> HttpResponse:
    """Be somebody, second factor included."""
    figurant = figurants().get(request.POST.get("cle", ""))
    compte = actions.account_of(figurant) if figurant else None
    if compte is None:
        raise Http404
    open_session(request, compte, methode=Session.Methode.DEMONSTRATION, strong=compte.is_agent)
    return HttpResponseRedirect(home_of(compte))


@login_not_required
@require_safe
def personnes_json(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        [one.as_json() for one in figurants().values()], safe=False, json_dumps_params={"ensure_ascii": False}
    )


@login_not_required
@require_safe
def boite(request: HttpRequest) -> HttpResponse:
    """Every e-mail the portal would have sent."""
    address = request.GET.get("a", "")
    return render(request, "demo/boite.html", {"messages": access.messages_to(address), "adresse": address})


@login_not_required
@require_safe
def courriel(request: HttpRequest, pk: int) -> HttpResponse:
    """One e-mail, as text and as its HTML twin reads."""
    message = access.message(pk)
    if message is None:
        raise Http404
    return render(request, "demo/courriel.html", {"message": message, "html_lu": strip_tags(message.html).strip()})


@login_not_required
@require_safe
def boite_json(request: HttpRequest) -> JsonResponse:
    told = [
        {
            "de": one.de,
            "a": one.a,
            "objet": one.objet,
            "texte": one.texte,
            "html": one.html,
            "date": one.date.isoformat(),
        }
        for one in access.messages_to(request.GET.get("a", ""))
    ]
    return JsonResponse(told, safe=False, json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def reglages(request: HttpRequest) -> HttpResponse:
    """The effective settings, secrets hidden."""
    rows = [
        (f"ENCLOS_{field.name.upper()}", "•••" if field.name in SECRETS else shown(getattr(ENV, field.name)))
        for field in fields(ENV)
    ]
    return render(request, "demo/reglages.html", {"reglages": rows})


def shown(value: object) -> str:
    """A setting as text, without the password that an address may carry."""
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return re.sub(r"//[^/]*@", "//•••@", text)
