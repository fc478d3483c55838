"""The demo's post and telephone: the letters that wait, a printer in one click, the text messages received."""

import hmac
import json
import re
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from config.env import ENV
from enclos.courrier import imprimeur, retours
from enclos.courrier.papier import NotPrintable, typeset
from enclos.demo import access, actions
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris


@login_not_required
@require_safe
def courriers(request: HttpRequest) -> HttpResponse:
    """The letters that wait for the printer, those that wait for somebody, those that were printed."""
    told = {
        "lettres": access.letters_waiting(),
        "a_verifier": access.letters_to_verify(),
        "papiers": access.papers(),
        "imprime": "imprime" in request.GET,
    }
    return render(request, "demo/courriers.html", told)


@login_not_required
@require_safe
def courriers_json(request: HttpRequest) -> JsonResponse:
    told = [
        {
            "reference": lettre.reference,
            "genre": lettre.genre,
            "etat": lettre.etat,
            "personne": lettre.personne.nom_complet,
            "destinataire": lettre.destinataire,
            "date": lettre.created_at.isoformat(),
            "pdf": reverse("demo:lettre", args=[lettre.reference]),
        }
        for lettre in access.letters_waiting()
    ]
    return JsonResponse(told, safe=False, json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def lettre(request: HttpRequest, reference: str) -> HttpResponse:
    """A letter on paper: the one that was printed, else as it would be."""
    pdf = access.paper(reference)
    if pdf is None:
        waiting = access.letter(reference)
        if waiting is None:
            raise Http404
        try:
            pdf = typeset(waiting)
        except NotPrintable:
            raise Http404 from None
    name = f"lettre-{reference}.pdf"
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@login_not_required
@require_POST
def imprimer(request: HttpRequest) -> HttpResponse:
    """The printer and the post in one click, by the doors that a real printer uses."""
    with tempfile.TemporaryDirectory(prefix="enclos-imprimeur-") as folder:
        bilan = imprimeur.export(Path(folder), by=SYSTEM)
        for lot in bilan.lots:
            print_lot(lot, today_paris())
    return HttpResponseRedirect(reverse("demo:courriers") + "?imprime=1", status=303)


def print_lot(lot: Path, day: date) -> None:
    with zipfile.ZipFile(lot) as archive:
        told = json.loads(archive.read("index.json"))["lettres"]
        for row in told:
            actions.keep_paper(row["reference"], archive.read(row["fichier"]))
    lines = ["reference,statut,date", *(f"{row['reference']},déposé,{day.isoformat()}" for row in told)]
    retours.take("\n".join(lines).encode(), pour_de_vrai=True, by=SYSTEM)


@csrf_exempt
@login_not_required
@require_POST
def recevoir_texto(request: HttpRequest) -> HttpResponse:
    """What a provider of text messages does: takes a POST of JSON from who holds the token."""
    if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {ENV.sms_token}"):
        return HttpResponse(status=403)
    try:
        told = json.loads(request.body)
        actions.receive_texto(de=str(told["from"]), a=str(told["to"]), texte=str(told["text"]))
    except (ValueError, KeyError, TypeError):
        return HttpResponse(status=422)
    return HttpResponse(status=202)


@login_not_required
@require_safe
def textos(request: HttpRequest) -> HttpResponse:
    """Every text message the portal would have sent."""
    number = request.GET.get("a", "")
    return render(request, "demo/textos.html", {"textos": access.textos_to(digits_of(number)), "numero": number})


@login_not_required
@require_safe
def textos_json(request: HttpRequest) -> JsonResponse:
    told = [
        {"de": one.de, "a": one.a, "texte": one.texte, "date": one.date.isoformat()}
        for one in access.textos_to(digits_of(request.GET.get("a", "")))
    ]
    return JsonResponse(told, safe=False, json_dumps_params={"ensure_ascii": False})


def digits_of(number: str) -> str:
    """The last nine digits: « 06 12 34 56 78 » and « +33612345678 » are one telephone."""
    return re.sub(r"\D", "", number)[-9:]
