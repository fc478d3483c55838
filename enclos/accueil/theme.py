"""The colours of a fund, as a small sheet: inline styles are forbidden by the content security policy."""

from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from enclos.caisses.access import caisse_by_code
from enclos.caisses.models import Caisse
from enclos.socle.contraste import css_of

YEAR_SECONDS = 31_536_000


def url_of(caisse: Caisse) -> str:
    """The address changes with the colours, so that a browser may keep the sheet for ever; "" without a theme."""
    if not caisse.theme:
        return ""
    return f"/theme/{caisse.code}.css?v={sha256(css_of(caisse.theme).encode()).hexdigest()[:8]}"


@login_not_required
@require_safe
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet of the fund `code`."""
    try:
        caisse = caisse_by_code(code)
    except Caisse.DoesNotExist as error:
        raise Http404 from error
    response = HttpResponse(css_of(caisse.theme), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS if 'v' in request.GET else 300}"
    return response
