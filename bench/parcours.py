"""What members and agents do, as requests."""

import base64
import hmac
import re
import time
from dataclasses import dataclass

from bench.client import Answer, Client, Unexpected
from bench.fichiers import unlike

NEXT = re.compile(r'href="([^"]+)" rel="next"')  # where a list goes on
ENVOYER = "/espace/envoyer-un-document/"


@dataclass
class Envoi:
    reference: str
    receipt_s: float  # from « Envoyer » to the receipt on the screen


def send(client: Client, name: str, content: bytes) -> Envoi:
    """The six steps: one document of one file, down to the receipt."""
    page = client.page(ENVOYER)
    page = client.follow(client.submit(page, {"objet": "autres"}))
    page = client.follow(client.submit(page, {"nombre": "1"}))
    page = client.follow(
        client.submit(page, {"nature": "LOG_QUITTANCE", "concerne": "moi", "motif": "complement_dossier"})
    )
    page = client.follow(client.submit(page, {"action": "suivant"}, files=[("fichiers", name, unlike(content))]))
    began = time.perf_counter()
    page = client.follow(client.submit(page, {"medical": "non", "attestation": "on"}))
    receipt_s = time.perf_counter() - began
    found = re.search(r"\b[A-Z]{2}\d-[A-Z]{2}\d-[A-Z]{2}\d\b", page.text.partition("<main")[2])
    if found is None or "Accusé de réception" not in page.text:
        raise Unexpected(f"no receipt on {page.url}")
    return Envoi(found[0], receipt_s)


def send_to_floor(client: Client, name: str, content: bytes) -> None:
    """The floor's two steps."""
    page = client.page("/etape-1/")
    page = client.follow(client.submit(page, {"libelle": "Une quittance"}))
    client.follow(client.submit(page, {}, files=[("fichier", name, unlike(content))]))


def take_next(client: Client) -> Answer:
    """An agent's queue, then the next paper on the screen, its first page drawn."""
    page = client.page("/agent/")
    answer = client.submit(page, {}, action="/agent/suivant/")
    return first_image(client, client.follow(answer))


def first_image(client: Client, paper: Answer) -> Answer:
    image = re.search(r'<img src="([^"]+/lecture\.jpg[^"]*)"', paper.text)
    if image:
        answer = client.get(image[1].replace("&amp;", "&"))
        if answer.status != 200:
            raise Unexpected(f"{answer.status} on the page image")
    return paper


def code_now(secret: str) -> str:
    """What an agent's telephone shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), (int(time.time()) // 30).to_bytes(8), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"
