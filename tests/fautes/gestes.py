"""What a member does, in requests; each gesture takes the client, so that a test may break something between two of them."""

import re
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from urllib.parse import urlsplit

from bench.client import TOKEN, Answer, Client, multipart
from bench.fichiers import unlike
from tests.coffre.inspection.fabrique import jpeg_photo

ENVOYER = "/espace/envoyer-un-document/"
FACTS = {"nature": "LOG_QUITTANCE", "concerne": "moi", "motif": "complement_dossier"}


@cache
def _photo() -> bytes:
    return jpeg_photo(900, 1200, quality=60)


def photo() -> bytes:
    """A photo of a paper, never the same bytes twice."""
    return unlike(_photo())


def text_of(answer: Answer) -> str:
    """What a person reads: the spaces that hold are spaces."""
    words = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(words).replace("\u00a0", " ").replace("\u202f", " "))


def first_image(page: Answer) -> str:
    """Where the first thumbnail of a page is."""
    found = re.search(r'src="(/espace/[^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


@dataclass
class Brouillon:
    """A draft of one document, already described, on its way."""

    client: Client
    reference: str
    token: str

    @property
    def files_url(self) -> str:
        return f"{ENVOYER}{self.reference}/documents/1/fichiers/"

    @property
    def check_url(self) -> str:
        return f"{ENVOYER}{self.reference}/verification/"

    @property
    def receipt_url(self) -> str:
        return f"{ENVOYER}{self.reference}/accuse/"

    def upload_body(self, content: bytes, *, jeton: str = "", name: str = "IMG_2041.jpg") -> tuple[bytes, str]:
        values = {"csrfmiddlewaretoken": self.token} | ({"jeton": jeton} if jeton else {})
        return multipart(values, [("fichiers", name, content)])

    def upload(self, content: bytes | None = None, *, jeton: str = "", client: Client | None = None) -> Answer:
        """Add a file; without a script, the answer is a redirect or the page that says why not."""
        body, kind = self.upload_body(photo() if content is None else content, jeton=jeton)
        return (client or self.client).request("POST", self.files_url, body, {"Content-Type": kind})

    def send(self, client: Client | None = None) -> Answer:
        """« Envoyer »."""
        body = f"csrfmiddlewaretoken={self.token}&medical=non&attestation=on".encode()
        kind = "application/x-www-form-urlencoded"
        return (client or self.client).request("POST", self.check_url, body, {"Content-Type": kind})

    def page(self) -> Answer:
        """Step four: its files."""
        return self.client.get(self.files_url)

    def receipt(self) -> Answer:
        return self.client.get(self.receipt_url)

    def pdf(self, client: Client | None = None) -> Answer:
        return (client or self.client).get(f"/espace/envois/{self.reference}/accuse.pdf")

    def slow_upload(self, content: bytes, *, sent: float = 0.5, jeton: str = "") -> "SlowUpload":
        """Begin an upload by hand, and stop after that share of its body."""
        body, kind = self.upload_body(content, jeton=jeton)
        return SlowUpload.begin(self.client, self.files_url, body, kind, sent=sent)


def begin(client: Client) -> Brouillon:
    """Steps one to three: the draft waits for its files."""
    page = client.follow(client.submit(client.page(ENVOYER), {"objet": "autres"}))
    page = client.follow(client.submit(page, {"nombre": "1"}))
    page = client.follow(client.submit(page, FACTS))
    token = TOKEN.search(page.body)
    assert token, page.text
    return Brouillon(client, urlsplit(page.url).path.split("/")[3], unescape(token[1].decode()))


def ready(client: Client) -> Brouillon:
    """A draft with its file: only « Envoyer » is left."""
    draft = begin(client)
    answer = draft.upload()
    assert answer.status == 302, answer.text
    return draft


def sent(client: Client) -> Brouillon:
    draft = ready(client)
    answer = draft.send()
    assert (answer.status, answer.headers["location"]) == (302, draft.receipt_url)
    return draft


@dataclass
class SlowUpload:
    """An upload on a bad line, byte by byte under the test's hand."""

    link: socket.socket
    rest: Iterator[bytes]

    @classmethod
    def begin(cls, client: Client, path: str, body: bytes, kind: str, *, sent: float) -> "SlowUpload":
        cut = int(len(body) * sent)
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nOrigin: {client.origin}\r\nCookie: {cookies}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        link = socket.create_connection(("127.0.0.1", client.port), timeout=30)
        link.sendall(head.encode() + body[:cut])
        return cls(link, iter([body[cut:]]))

    def cut(self) -> None:
        """The telephone loses its network."""
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.link.close()

    def finish(self) -> tuple[int, str]:
        """Send the rest; the status and the text of the answer, 0 when the server hung up."""
        try:
            for piece in self.rest:
                self.link.sendall(piece)
            answer = b""
            while piece := self.link.recv(65536):
                answer += piece
        except OSError:
            answer = b""
        self.link.close()
        if not answer:
            return 0, ""
        head, _, content = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), content.decode("utf-8", "replace")


def jeton() -> str:
    """What a browser draws for one upload."""
    return uuid.uuid4().hex
