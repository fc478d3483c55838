"""What a page that cannot be shown says instead: what happened, and what to do."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from enclos.comptes.views import stale_form


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "accueil/erreurs/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "accueil/erreurs/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than the last sign-in is offered again; one that came from elsewhere did nothing, and is told so."""
    return stale_form(request) or render(request, "accueil/erreurs/csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "accueil/erreurs/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the database nor the session: either may be what failed."""
    if isinstance(sys.exception(), OperationalError):
        response = HttpResponse(get_template("accueil/erreurs/503.html").render(), status=503)
        response["Retry-After"] = "120"
        return response
    return HttpResponse(get_template("accueil/erreurs/500.html").render(), status=500)
