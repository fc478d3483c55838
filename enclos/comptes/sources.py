"""Where a request comes from."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from config.env import ENV

UNKNOWN = "inconnue"


def client_address(request: HttpRequest) -> str:
    """The address of who asks, as the outermost trusted proxy saw it.

    Each trusted proxy appends one address to `X-Forwarded-For`; whatever stands before those was written by the asker.
    """
    if ENV.trusted_proxies:
        chain = [piece.strip() for piece in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if piece.strip()]
        if len(chain) >= ENV.trusted_proxies:
            return str(chain[-ENV.trusted_proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def source_of(request: HttpRequest) -> str:
    """The network that shares a counter: /24 in IPv4, /56 in IPv6, what one subscriber or one office holds."""
    text = client_address(request)
    if text.startswith("["):  # some proxies write the port too
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((int(address), 24 if address.version == 4 else 56), strict=False))
