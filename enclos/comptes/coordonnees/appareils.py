"""« Connexions et appareils »: the screens."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enclos.comptes import appareils as connus
from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.comptes.coordonnees import connexions
from enclos.comptes.models import Session
from enclos.comptes.views import see_other

FAIT = "appareils_fait"


def row_key(request: AdherentRequest) -> str:
    """The row of this browser's own session."""
    row = session_of(request).row
    return str(row.pk) if row else ""


@pour_adherent
@require_safe
def appareils(request: AdherentRequest) -> HttpResponse:
    """The browsers signed in, then the history of twelve months."""
    here = row_key(request)
    before = request.GET.get("avant", "")
    context = {
        "sessions": [
            (row, row.pk == here, connexions.PAR[Session.Methode(row.methode)], connexions.reseau(row.source))
            for row in connexions.open_sessions_of(request.user)
        ],
        "historique": connexions.history_of(request.user, before=before),
        "est_suite": bool(before),
        "fait": session_of(request).pop(FAIT, ""),
    }
    return render(request, "comptes/coordonnees/appareils.html", context)


def done(request: AdherentRequest, sentence: str) -> HttpResponse:
    session_of(request)[FAIT] = sentence
    return see_other(reverse("comptes:appareils"))


@pour_adherent
@require_POST
def fermer(request: AdherentRequest) -> HttpResponse:
    """End one session. This browser's own is left by « Se déconnecter »."""
    key = request.POST.get("session", "")
    if key != row_key(request):
        connexions.close_session(request.user, key, by=request.user)
    return done(request, "La connexion est fermée.")


@pour_adherent
@require_POST
def fermer_tout(request: AdherentRequest) -> HttpResponse:
    """End every other session."""
    connexions.close_others(request.user, but=row_key(request), by=request.user)
    return done(request, "Toutes les autres connexions sont fermées.")


@pour_adherent
@require_POST
def oublier(request: AdherentRequest) -> HttpResponse:
    """Forget the browsers that signed in before: each is a stranger at its next sign-in."""
    connus.forget_all(request.user, by=request.user)
    return done(request, "Les appareils connus sont oubliés. À leur prochaine connexion, nous vous préviendrons.")
