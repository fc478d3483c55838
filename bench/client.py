"""A browser reduced to what a server sees of it: cookies, forms, redirects, one kept connection."""

import http.client
import re
import socket
import uuid
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


@dataclass
class Answer:
    status: int
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Unexpected(Exception):
    """The server did not answer what a person would need."""


@dataclass
class Client:
    """Talks to 127.0.0.1:`port` as a proxy in front of it would, for a browser at `origin`."""

    port: int
    origin: str = "https://localhost"
    source: str = "192.0.2.1"
    timeout: float = 60
    cookies: dict[str, str] = field(default_factory=dict)
    link: http.client.HTTPConnection | None = None

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        sent = {
            "Host": urlsplit(self.origin).netloc,
            "X-Forwarded-Proto": urlsplit(self.origin).scheme,
            "X-Forwarded-For": self.source,
            "Accept": "text/html",
            **(
                {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
            ),
            **({"Origin": self.origin, "Referer": self.origin + path} if method == "POST" else {}),
            **(headers or {}),
        }
        for is_last in (False, True):
            if self.link is None:
                self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
                self.link.connect()
                self.link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.link.request(method, path, body, sent)
                response = self.link.getresponse()
                content = response.read()
                break
            except (http.client.HTTPException, OSError):
                self.link.close()
                self.link = None
                if is_last or method == "POST":
                    raise
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return Answer(response.status, path, {name.lower(): value for name, value in response.getheaders()}, content)

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def page(self, path: str) -> Answer:
        """Get a page and follow where it sends; raises `Unexpected` on anything but a page."""
        for _ in range(5):
            answer = self.get(path)
            if answer.status in {301, 302, 303}:
                path = urlsplit(urljoin(path, answer.headers["location"])).path
                continue
            if answer.status != 200:
                raise Unexpected(f"{answer.status} on {path}: {answer.text[:300]}")
            return answer
        raise Unexpected(f"{path} turns in circles")

    def submit(
        self,
        page: Answer,
        values: dict[str, str],
        *,
        action: str = "",
        files: list[tuple[str, str, bytes]] | None = None,
    ) -> Answer:
        """Send the page's form; a POST that is not followed by a redirect raises `Unexpected`."""
        token = TOKEN.search(page.body)
        if token is None:
            raise Unexpected(f"no form on {page.url}")
        # Only the token: the pages of the journey have no other hidden field.
        values = {"csrfmiddlewaretoken": unescape(token[1].decode()), **values}
        if files:
            body, kind = multipart(values, files)
        else:
            body, kind = urlencode(values).encode(), "application/x-www-form-urlencoded"
        answer = self.request("POST", action or page.url, body, {"Content-Type": kind})
        if answer.status not in {302, 303}:
            raise Unexpected(f"{answer.status} on POST {action or page.url}: {errors_of(answer.text)}")
        return answer

    def follow(self, answer: Answer) -> Answer:
        return self.page(urlsplit(urljoin(answer.url, answer.headers["location"])).path)

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
            self.link = None


def multipart(values: dict[str, str], files: list[tuple[str, str, bytes]]) -> tuple[bytes, str]:
    edge = uuid.uuid4().hex.encode()
    pieces = [b"--%b\r\nContent-Disposition: form-data; name=\"%b\"\r\n\r\n%b\r\n" % (edge, name.encode(), value.encode())
              for name, value in values.items()]  # fmt: skip
    for name, filename, content in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: application/octet-stream'
        pieces += [b"--%b\r\n%b\r\n\r\n" % (edge, head.encode()), content, b"\r\n"]
    return b"".join([*pieces, b"--%b--\r\n" % edge]), f"multipart/form-data; boundary={edge.decode()}"


def errors_of(text: str) -> str:
    main = text.partition("<main")[2] or text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))[:400]
