"""The time-stamp of an authority on a sealed receipt (RFC 3161), when `ENCLOS_TSA_URL` names one.

The token stays beside the PDF, whose bytes never change. What is checked here is that it answers our question: the
authority's own signature is checked when the token is shown as evidence, for instance by `openssl ts -verify`.
"""

import secrets
import urllib.error
import urllib.request
from datetime import datetime

from config.env import ENV
from enclos.accuses.models import Horodatage
from enclos.journal.actions import SYSTEM, record

TIMEOUT_S = 20
MAX_BYTES = 100_000
GRANTED = {"granted", "granted_with_mods"}


class NoStamp(Exception):
    """The authority did not answer, said no, or answered something else."""


def stamp(horodatage: Horodatage) -> None:
    """Ask for the token and keep it. Raises `NoStamp`: the promise is then kept later."""
    token, at = request_stamp(bytes.fromhex(horodatage.sha256))
    Horodatage.objects.filter(pk=horodatage.pk, jeton=None).update(jeton=token, at=at)
    record("accuses.horodatage.obtained", horodatage.accuse, by=SYSTEM, at=at.isoformat())


def request_stamp(digest: bytes) -> tuple[bytes, datetime]:
    """The token of the authority on a SHA-256 digest, and the time it bears."""
    # 0.1 s to import, for the worker alone.
    from asn1crypto import tsp

    if not ENV.tsa_url.startswith(("https://", "http://")):
        raise NoStamp("ENCLOS_TSA_URL commence par https:// ou http://")
    nonce = secrets.randbits(63)
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    answer = post(asked.dump())
    try:
        response = tsp.TimeStampResp.load(answer, strict=True)
        if response["status"]["status"].native not in GRANTED:
            raise NoStamp(f"refus de l’autorité : {response['status']['status'].native}")
        token = response["time_stamp_token"]
        info = token["content"]["encap_content_info"]["content"].parsed
        answered = (info["nonce"].native, info["message_imprint"]["hashed_message"].native)
        at = info["gen_time"].native
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoStamp("réponse illisible") from error
    if answered != (nonce, digest):
        raise NoStamp("la réponse est celle d’une autre question")
    return token.dump(), at


def post(body: bytes) -> bytes:
    request = urllib.request.Request(ENV.tsa_url, body, {"Content-Type": "application/timestamp-query"})  # noqa: S310 (checked)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            return bytes(response.read(MAX_BYTES))
    except (OSError, urllib.error.URLError) as error:
        raise NoStamp(type(error).__name__) from error
