"""Answers that carry a member's bytes: saved, never run, never kept by a cache (standards §8.11)."""

from itertools import chain

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from enclos.coffre.models import Objet
from enclos.coffre.objets import stream
from enclos.coffre.pages import shown_or_refused
from enclos.coffre.uploads import let_go_of_database

# Below this an answer is made whole: a damaged object is then a page that says so, and not a download cut short.
WHOLE_BYTES = 1_000_000
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def download(objet: Objet, name: str) -> HttpResponseBase:
    """An object to be saved under `name`, opened as it leaves. The caller has checked who asks, and journaled it.

    Raises `NotShown` when the object cannot be read now.
    """
    response: HttpResponseBase
    with shown_or_refused():
        pieces = stream(objet)
        if objet.taille <= WHOLE_BYTES:
            response = HttpResponse(b"".join(pieces))
        else:
            response = StreamingHttpResponse(chain([next(pieces)], pieces))
            response["Content-Length"] = str(objet.taille)
            # A slow line must not hold a connection of the database: all was read from it.
            let_go_of_database()
    return hardened(response, objet.media_type, content_disposition_header(True, name) or "attachment")


def download_bytes(data: bytes, media_type: str, name: str) -> HttpResponseBase:
    """Bytes made on demand, to be saved under `name`."""
    return hardened(HttpResponse(data), media_type, content_disposition_header(True, name) or "attachment")


def image(jpeg: bytes) -> HttpResponse:
    """A page as an image of our own making, for an `<img>`."""
    response = HttpResponse(jpeg)
    hardened(response, "image/jpeg", "inline")
    return response


def inline_pdf(pdf: bytes, name: str) -> HttpResponse:
    """A PDF of our own making, to be read or printed at once. Never a member's: those are saved, or shown as images."""
    response = HttpResponse(pdf)
    hardened(response, "application/pdf", content_disposition_header(False, name) or "inline")
    # The browser's own reader does not work in a sandbox.
    response["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    return response


def hardened(response: HttpResponseBase, media_type: str, disposition: str) -> HttpResponseBase:
    response["Content-Type"] = media_type
    response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store, private"
    return response
