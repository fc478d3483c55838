"""What every answer carries, and how a refusal becomes a page."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render

from config.env import ENV
from enclos.socle.refusals import Refusal

logger = logging.getLogger(__name__)

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


# A whole sending, its fields and what parts them.
LARGEST_BODY = ENV.sending_max_bytes + 10_000_000


class BodyTooLarge(Refusal):
    """No page expects so much: nothing of it is read."""

    def __init__(self) -> None:
        super().__init__(
            "Ce que vous envoyez d’un coup est trop lourd : nous ne l’avons pas lu. Envoyez vos fichiers en plusieurs fois.",
            code="corps_trop_lourd",
            status=413,
        )


class NotOpenedAlone(Refusal):
    """The address of a button, opened as if it were a page: a reload, an old bookmark."""

    def __init__(self) -> None:
        super().__init__(
            "Cette adresse est celle d’un bouton : elle ne s’ouvre pas toute seule.", code="methode", status=405
        )


class ResponseHeadersMiddleware:
    """Headers that Django does not set; pages are never kept by a cache unless their view says so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Cache-Control", "no-store, private")
        headers.setdefault("Server", "Enclos")  # or the web server names itself
        return response


class RefusalMiddleware:
    """A `Refusal` that no view caught is a page that explains, not a failure."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Before any view or check reads it: Django bounds the fields of a form, and nothing bounds its files.
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return self.page(request, BodyTooLarge())
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = self.page(request, NotOpenedAlone())
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return self.page(request, exception) if isinstance(exception, Refusal) else None

    def page(self, request: HttpRequest, exception: Refusal) -> HttpResponse:
        logger.info(
            "refusal %s at %s", exception.code or "-", request.resolver_match and request.resolver_match.view_name
        )
        response = render(request, "socle/refus.html", {"refus": exception}, status=exception.status)
        if exception.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = "120"
        return response
