"""Is it alive, can it work, how does it go: for the machines that watch. Nothing here names anybody."""

import hmac

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from config.env import ENV
from enclos.api import access


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. In demo: and the demo people are there."""
    if ENV.mode == "demo" and not access.has_people():
        return HttpResponse("en préparation\n", content_type="text/plain; charset=utf-8", status=503)
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether a member could send a document now: 503 when the database or the inspection is away.

    An antivirus that is away does not count: what is sent then is received, and scanned later.
    """
    try:
        state = access.dependencies()
    except DatabaseError:
        return JsonResponse({"base": "injoignable"}, status=503)
    is_ready = state["base"] == state["inspection"] == "ok"
    return JsonResponse(state, status=200 if is_ready else 503)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for who knows the token; for others this address does not exist."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not ENV.metrics_token or not hmac.compare_digest(given.encode(), ENV.metrics_token.encode()):
        raise Http404
    lines: list[str] = []
    last = ""
    for name, about, labels, value in sorted(access.gauges(), key=lambda gauge: gauge[0]):
        if name != last:
            lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
            last = name
        told = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{{{told}}} {value:g}" if told else f"{name} {value:g}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
