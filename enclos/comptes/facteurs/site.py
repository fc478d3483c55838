"""Which site a passkey is made for: a browser gives it to no other, whatever a page pretends to be."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.http import HttpRequest

from config.env import ENV


@dataclass(frozen=True)
class Site:
    """`rp_id` is a host name, `origin` what the browser writes in what it signs."""

    rp_id: str
    origin: str


def site_of(request: HttpRequest) -> Site | None:
    """The site of `ENCLOS_BASE_URL`; None where it is a number, such as 127.0.0.1: browsers make no passkey for one.

    The demo is served at 127.0.0.1, so outside production it answers as `localhost` too when it is called so.
    """
    if not ENV.is_production and urlsplit(f"//{request.get_host()}").hostname == "localhost":
        return Site("localhost", f"{request.scheme}://{request.get_host()}")
    parts = urlsplit(ENV.base_url)
    if parts.hostname is None or is_number(parts.hostname):
        return None
    return Site(parts.hostname, f"{parts.scheme}://{parts.netloc.lower()}")


def is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def named_address(request: HttpRequest) -> str:
    """The same page where passkeys work, outside production; empty when there is none."""
    if ENV.is_production or site_of(request) is not None:
        return ""
    _, colon, port = request.get_host().rpartition(":")
    return f"{request.scheme}://localhost{colon and f':{port}'}{request.path}"
