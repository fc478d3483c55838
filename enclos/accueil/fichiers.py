"""The few files that machines ask for by a fixed name."""

from datetime import UTC, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.env import ENV
from enclos.caisses.access import default_caisse


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness (RFC 9116). Its date is always ahead: the page is made when it is read."""
    caisse = default_caisse()
    expires = (timezone.now() + timedelta(days=180)).astimezone(UTC).replace(microsecond=0, second=0, minute=0, hour=0)
    lines = [
        f"Contact: mailto:{caisse.courriel}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {ENV.base_url}/.well-known/security.txt",
    ]
    return plain("\n".join(lines) + "\n", seconds=86_400)


@login_not_required
@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Search engines read the public pages, and nothing that belongs to somebody."""
    private = ("/espace/", "/agent/", "/connexion/", "/verifier/", "/demo/", "/api/")
    return plain("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in private), seconds=86_400)


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers that do not read `<link rel="icon">` ask here."""
    response = redirect(static("socle/icone.svg"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


def plain(text: str, *, seconds: int) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={seconds}"
    return response
