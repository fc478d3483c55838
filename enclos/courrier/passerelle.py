"""The provider of text messages: one POST of JSON for each, whoever it is.

    POST ENCLOS_SMS_URL          Authorization: Bearer ENCLOS_SMS_TOKEN          Idempotency-Key: the same at each try
    {"from": "MSA", "to": "+33612345678", "text": "…"}

2xx: taken. 400, 404, 410, 422: never will be. Anything else, or no answer: tried again.
"""

import hashlib
import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from config.env import ENV
from enclos.courrier.models import Echec, SecretGone, Texto
from enclos.journal.actions import SYSTEM, record
from enclos.socle.promesses import PermanentFailure

TIMEOUT_S = 10.0
NEVER = {400, 404, 410, 422}


class NotYet(Exception):
    """The provider did not take the message this time."""


class NoRedirect(HTTPRedirectHandler):
    """The text of a code goes where the operator said, and nowhere else."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def post(texto: Texto) -> None:
    """Hand one text message to the provider. Raises `NotYet`, or `PermanentFailure`; neither tells the number or the text."""
    if not ENV.sms_url:
        raise NotYet("aucun fournisseur")
    try:
        text = texto.with_secret(texto.text)
    except SecretGone:
        raise PermanentFailure("secret effacé") from None
    request = Request(  # noqa: S310 (the operator's own address, http or https by a system check)
        ENV.sms_url,
        data=json.dumps({"from": ENV.sms_sender, "to": texto.to, "text": text}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {ENV.sms_token}",
            "Idempotency-Key": hashlib.sha256(texto.cle.encode()).hexdigest()[:32],
        },
    )
    try:
        with build_opener(NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            answer.read(10_000)
    except HTTPError as error:
        error.close()
        if error.code in NEVER:
            Texto.objects.filter(pk=texto.pk).update(echec=Echec.DEFINITIF)
            record("courrier.texto.refused", texto, by=SYSTEM, reason=str(error.code))
            raise PermanentFailure(str(error.code)) from None
        raise failed(texto, str(error.code)) from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise failed(texto, type(reason).__name__) from None
    Texto.objects.filter(pk=texto.pk).exclude(echec="").update(echec=Echec.AUCUN)


def failed(texto: Texto, reason: str) -> NotYet:
    Texto.objects.filter(pk=texto.pk).update(echec=Echec.TEMPORAIRE)
    return NotYet(reason)
