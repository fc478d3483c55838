"""What a view asks before showing anything: which kind of person is here."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from enclos.comptes.models import Compte, Session
from enclos.comptes.sessions import SessionStore
from enclos.registre.models import Personne


class AdherentRequest(HttpRequest):
    """A request of a member."""

    user: Compte
    personne: Personne


class AgentRequest(HttpRequest):
    """A request of an agent who gave a second factor."""

    user: Compte
    agent: Compte


type View[R: HttpRequest, **P] = Callable[Concatenate[R, P], HttpResponseBase]


def signed_in(request: HttpRequest) -> Compte | None:
    """The account behind a request, or None for a visitor."""
    user = request.user
    return user if user.is_authenticated and isinstance(user, Compte) else None


def session_of(request: HttpRequest) -> SessionStore:
    """The session of a request, with what ours adds to Django's."""
    assert isinstance(request.session, SessionStore)
    return request.session


def session_seconds_left(request: HttpRequest) -> int:
    """How long the session lasts after this request if nothing else is asked, in seconds; 0 for a visitor."""
    return session_of(request).seconds_left()


def ouvert_pendant[**P](*attentes: Session.Attente) -> Callable[[View[HttpRequest, P]], View[HttpRequest, P]]:
    """This view answers a session that waits for one of `attentes`; to such a session every other private one is closed."""

    def mark(view: View[HttpRequest, P]) -> View[HttpRequest, P]:
        view.pendant = frozenset(attentes)  # type: ignore[attr-defined]
        return view

    return mark


def page_of_attente(attente: str, suite: str) -> str:
    """Where what a session waits for is done; `suite` is where one wanted to go."""
    is_password = attente == Session.Attente.NOUVEAU_MOT_DE_PASSE
    name = "comptes:nouveau_mot_de_passe" if is_password else "comptes:double_verification"
    return f"{reverse(name)}?{urlencode({'suite': suite})}"


def home_of(compte: Compte) -> str:
    """Where an account starts."""
    return "/agent/" if compte.is_agent else "/espace/"


def pour_adherent[**P](view: View[AdherentRequest, P]) -> View[HttpRequest, P]:
    """For members alone: anybody else gets 404. The view receives an `AdherentRequest`."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        compte = signed_in(request)
        if compte is None or compte.personne is None:
            raise Http404
        request.personne = compte.personne  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded


def pour_agent[**P](view: View[AgentRequest, P]) -> View[HttpRequest, P]:
    """For agents who gave their second factor: a member gets 404, an agent without it the page that asks for it."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        compte = signed_in(request)
        if compte is None or not compte.is_agent:
            raise Http404
        if not session_of(request).is_strong:
            where = urlencode({"suite": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('comptes:code')}?{where}")
        request.agent = compte  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded
