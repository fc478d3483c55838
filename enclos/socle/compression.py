"""Pages cross a bad line compressed, whatever stands in front of the portal.

Files have their own compression, made once (WhiteNoise); documents of members are compressed already. The length of a compressed page
tells something of what it holds to who can make a member load it with words of their choice (BREACH): a comment of a random length,
which does not compress, is added to each; the tokens of our forms never stand twice the same (Django masks them).
"""

import gzip
import secrets

import brotli
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from enclos.socle.middleware import GetResponse

SMALLEST = 600  # bytes: below, headers weigh more than what is won
# 58 kB of HTML: 4.5 kB in 0.2 ms; the next quality wins 2 % more and costs several times as much.
QUALITY = 3
MOST_NOISE = 160


def reads(accepted: str, encoding: str) -> bool:
    """Whether an `Accept-Encoding` names this encoding, with another weight than zero (RFC 9110, 12.5.3)."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == encoding:
            return weight.strip().removeprefix("q=").strip("0.") != "" or not weight.strip()
    return False


def noise() -> bytes:
    """A comment of which nobody knows the length."""
    return b"<!-- " + secrets.token_urlsafe(secrets.randbelow(MOST_NOISE)).encode() + b" -->"


class CompressionMiddleware:
    """Compresses pages for browsers that say they read it: Brotli first, else gzip."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            not isinstance(response, HttpResponse)  # streamed
            or not response.headers.get("Content-Type", "").startswith("text/html")
            or response.has_header("Content-Encoding")
            or len(response.content) < SMALLEST
        ):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        accepted = request.headers.get("Accept-Encoding", "")
        encoding = next((one for one in ("br", "gzip") if reads(accepted, one)), "")
        if encoding:
            page = response.content + noise()
            response.content = brotli.compress(page, quality=QUALITY) if encoding == "br" else gzip.compress(page, 6)
            response.headers["Content-Encoding"] = encoding
            if response.has_header("Content-Length"):
                response.headers["Content-Length"] = str(len(response.content))
        return response
