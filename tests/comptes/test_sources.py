"""Where a request comes from, when proxies are trusted and when they are not."""

from dataclasses import replace

import pytest
from django.test import RequestFactory

from config.env import ENV
from enclos.comptes import sources


def source(monkeypatch, *, proxies: int = 0, remote: str = "192.0.2.77", forwarded: str = "") -> str:
    monkeypatch.setattr(sources, "ENV", replace(ENV, trusted_proxies=proxies))
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return sources.source_of(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1234:5678::1", "2001:db8:1234:5600::/56"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("192.0.2.77:41234", "192.0.2.0/24"),
        ("[2001:db8::1]", "2001:db8::/56"),
        ("[2001:db8::1]:443", "2001:db8::/56"),
        ("", "inconnue"),
        ("unix:", "inconnue"),
        ("n'importe quoi", "inconnue"),
    ],
)
def test_addresses_share_a_counter_by_network(monkeypatch, remote: str, network: str):
    assert source(monkeypatch, remote=remote) == network


def test_without_a_trusted_proxy_what_the_header_says_is_ignored(monkeypatch):
    assert source(monkeypatch, forwarded="203.0.113.9") == "192.0.2.0/24"


def test_the_address_seen_by_the_outermost_trusted_proxy_is_taken(monkeypatch):
    chain = "10.9.9.9, 203.0.113.9, 198.51.100.2"
    assert source(monkeypatch, proxies=1, forwarded=chain) == "198.51.100.0/24"
    assert source(monkeypatch, proxies=2, forwarded=chain) == "203.0.113.0/24"


def test_a_header_shorter_than_the_proxies_is_not_believed(monkeypatch):
    assert source(monkeypatch, proxies=2, forwarded="203.0.113.9") == "192.0.2.0/24"
    assert source(monkeypatch, proxies=1, forwarded=" , ") == "192.0.2.0/24"
