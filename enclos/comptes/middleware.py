"""Who asks: the session of the cookie, its account, and the way to the sign-in page for the others."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth import middleware as auth_middleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions import middleware as session_middleware
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from enclos.comptes import reprises, views
from enclos.comptes.access import page_of_attente, session_of
from enclos.comptes.models import Compte
from enclos.comptes.sessions import SessionStore

SAME_SITE: Final = "Lax"  # Strict would lose the session on the way back from another site


class SessionMiddleware(session_middleware.SessionMiddleware):
    """Django's, with a cookie that the browser forgets when it closes: the server alone knows when a session ends."""

    def process_response(  # type: ignore[override]
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        session = getattr(request, "session", None)
        if not isinstance(session, SessionStore) or not session.accessed:
            return response
        patch_vary_headers(response, ("Cookie",))
        if session.is_empty():
            # The cookie of a session that ended by itself is kept: a late form is given back to the same account alone.
            if settings.SESSION_COOKIE_NAME in request.COOKIES and session.ended is None:
                response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite=SAME_SITE)
            return response
        if response.status_code >= 500:
            return response
        if session.modified:
            try:
                session.save()
            except UpdateError:
                raise SessionInterrupted("The session was closed elsewhere while this request was answered.")
        else:
            session.touch()
        if session.is_cookie_due:
            response.set_cookie(
                settings.SESSION_COOKIE_NAME,
                session.session_key or "",
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=settings.SESSION_COOKIE_HTTPONLY,
                samesite=SAME_SITE,
            )
        return response


def account_of(request: HttpRequest) -> Compte | AnonymousUser:
    """The account of the session, read in the same query as it, unless it may no longer sign in or its password changed."""
    session = request.session
    assert isinstance(session, SessionStore)
    user_id = session.get(SESSION_KEY)
    compte = session.compte
    if user_id is None or compte is None:
        return AnonymousUser()
    kept = session.get(HASH_SESSION_KEY, "")
    if str(compte.pk) == user_id and compte.may_sign_in:
        if constant_time_compare(kept, compte.get_session_auth_hash()):
            return compte
        if any(constant_time_compare(kept, old) for old in compte.get_session_auth_fallback_hash()):
            session[HASH_SESSION_KEY] = compte.get_session_auth_hash()
            return compte
    session.flush()
    return AnonymousUser()


class AuthenticationMiddleware(auth_middleware.AuthenticationMiddleware):
    """Django's, without its second query."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: account_of(request))  # type: ignore[assignment]


class LoginRequiredMiddleware(auth_middleware.LoginRequiredMiddleware):
    """Every page is private unless its view says `@login_not_required`."""

    redirect_field_name = "suite"

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if response := super().process_view(request, view_func, view_args, view_kwargs):
            return response
        if not getattr(view_func, "login_required", True):
            return None
        attend = session_of(request).attend
        if attend and attend not in getattr(view_func, "pendant", ()):
            return self.not_yet(request, attend)
        if request.method == "POST":
            reprises.forget_if_sent(request)
        return None

    def not_yet(self, request: HttpRequest, attend: str) -> HttpResponseBase:
        """Something must be done before this session opens anything."""
        where = page_of_attente(attend, page_of(request) if request.method == "GET" else "")
        if not reprises.is_page(request):
            return HttpResponse(status=401, headers={"HX-Redirect": where})
        return HttpResponseRedirect(where)

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if not reprises.is_page(request):
            # A script shows its own words; htmx goes to the sign-in page, then back to the page one was on.
            where = f"{resolve_url(settings.LOGIN_URL)}?suite={quote(page_of(request))}"
            return HttpResponse(status=401, headers={"HX-Redirect": where} if request.method == "GET" else {})
        return views.too_late(request) or super().handle_no_permission(request, view_func)


def page_of(request: HttpRequest) -> str:
    """The page from which htmx asks, or the address asked."""
    return urlsplit(request.headers.get("HX-Current-URL", "")).path or request.get_full_path()
