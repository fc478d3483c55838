"""« Mes avis », « Mes préférences » and « Mes documents par voie électronique »."""

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.avis import access, actions, texte
from enclos.avis.evenements import CANAUX, SMS, is_offered
from enclos.avis.forms import Accord
from enclos.avis.models import Rythme
from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.comptes.views import METHODS, see_other
from enclos.socle.refusals import Refusal

FAIT = "avis_fait"


@pour_adherent
@require_http_methods(METHODS)
def preferences(request: AdherentRequest) -> HttpResponse:
    """Each event, and the channels chosen for it."""
    compte = request.user
    can_text = access.can_text(compte)
    is_electronic = access.receives_electronically(compte)
    choices = access.choices_of(compte, is_electronic=is_electronic)
    shown = {key: value for key, value in choices.items() if key[1] != SMS or can_text}
    if request.method == "POST":
        # A box that was not shown is not a box left empty.
        said, frequence = set(request.POST.getlist("choix")), request.POST.get("frequence", "")
        actions.choose(
            compte,
            {key: "/".join(key) in said for key in shown},
            frequence=frequence,
            calme="calme" in request.POST if frequence else None,
            papier="papier" in request.POST if frequence else None,
            by=compte,
        )
        session_of(request)[FAIT] = "Vos préférences sont enregistrées."
        return see_other(reverse("avis:preferences"))
    lines = [
        (
            event,
            [
                (f"{event.code}/{canal}", CANAUX[canal], shown[event.code, canal])
                for canal in CANAUX
                if is_offered(event, canal) and (event.code, canal) in shown
            ],
        )
        for event in access.events_for(is_electronic=is_electronic)
    ]
    rythme = access.rythme_of(compte)
    context = {
        "lignes": lines,
        "sms": can_text,
        "frequences": [(value, label, value == rythme.frequence) for value, label in Rythme.Frequence.choices],
        "calme": rythme.calme,
        "papier": access.refuses_electronic(compte),
        "fait": session_of(request).pop(FAIT, ""),
    }
    return render(request, "avis/preferences.html", context)


@pour_adherent
@require_safe
def avis(request: AdherentRequest) -> HttpResponse:
    """« Mes avis », the latest first."""
    liste = access.avis_of(request.personne, before=request.GET.get("avant", ""))
    return render(request, "avis/avis.html", {"liste": liste, "fait": session_of(request).pop(FAIT, "")})


@pour_adherent
@require_safe
def ouvrir(request: AdherentRequest, pk: UUID) -> HttpResponse:
    """One notice: it is read, and its page opens."""
    one = access.avis_for(request.personne, pk)
    actions.read(one, by=request.user)
    return see_other(one.url or reverse("avis:avis"))


@pour_adherent
@require_POST
def tout_lire(request: AdherentRequest) -> HttpResponse:
    """« Tout marquer comme lu »."""
    if actions.read_all(request.personne, by=request.user):
        session_of(request)[FAIT] = "Tous vos avis sont marqués comme lus."
    return see_other(reverse("avis:avis"))


@pour_adherent
@require_safe
def e_documents(request: AdherentRequest) -> HttpResponse:
    """The text, what was said to it and when, and what can be said now."""
    return e_documents_page(request, Accord())


def e_documents_page(request: AdherentRequest, form: Accord, *, status: int = 200) -> HttpResponse:
    history = access.acceptations_of(request.user)
    latest = history[0] if history else None
    end = access.end_of(latest) if latest else None
    version = latest.version if latest and latest.withdrawn_at is None else texte.VERSION
    context = {
        "form": form,
        "jours": texte.DAYS_BEFORE_DEEMED,
        "version_du": date.fromisoformat(version),
        "paragraphes": texte.TEXTES.get(version, texte.PARAGRAPHES),
        "histoire": [(row, access.end_of(row), date.fromisoformat(row.version)) for row in history],
        "en_cours": latest if latest and latest.withdrawn_at is None else None,
        "fin": end if end and access.receives_electronically(request.user) else None,
        "verifie": bool(request.user.courriel_verifie_at),
        "confirme": request.user.is_confirmed,
        "fait": session_of(request).pop(FAIT, ""),
    }
    return render(request, "avis/e_documents.html", context, status=status)


@pour_adherent
@require_POST
def accepter(request: AdherentRequest) -> HttpResponse:
    """Yes, to the text that was shown."""
    form = Accord(request.POST)
    if not form.is_valid():
        return e_documents_page(request, form, status=422)
    try:
        actions.accept_e_documents(request.user, version=form.cleaned_data["version"], by=request.user)
    except Refusal as refusal:
        form.add_error(None, refusal.phrase)
        return e_documents_page(request, form, status=refusal.status)
    session_of(request)[FAIT] = "C’est noté : vos documents arrivent maintenant dans votre espace privé."
    return see_other(reverse("avis:e_documents"))


@pour_adherent
@require_POST
def retirer(request: AdherentRequest) -> HttpResponse:
    """Back to paper."""
    if actions.withdraw_e_documents(request.user, by=request.user) is not None:
        session_of(request)[FAIT] = "C’est noté : vous revenez au papier."
    return see_other(reverse("avis:e_documents"))


@pour_adherent
@require_POST
def ecarter(request: AdherentRequest) -> HttpResponse:
    """« Ne plus afficher » of the home page."""
    actions.put_advice_aside(request.user, by=request.user)
    return see_other("/espace/")
