"""The guards of house-style §8: what no test may work around, checked in each of them."""

import gzip
import ipaddress
import random
import re
import socket
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import brotli
import pytest
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.query import MAX_GET_RESULTS
from django.test import Client

from tests import fuites

# --- unordered querysets come in random order


@pytest.fixture(autouse=True)
def unordered_rows_come_shuffled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shuffled the same way each time a given test runs; a slice of unordered rows is refused."""
    chance = random.Random(request.node.nodeid)
    plain = QuerySet._fetch_all

    def fetch(self: QuerySet[Any]) -> None:
        is_fresh = self._result_cache is None
        plain(self)
        if (
            not is_fresh
            or self._result_cache is None
            or len(self._result_cache) < 2
            or self.ordered
            or self.query.combinator
        ):
            return
        if self.query.is_sliced and self.query.high_mark != MAX_GET_RESULTS:
            raise AssertionError(f"the first {self.query.high_mark} of unordered {self.model.__name__} rows: say which")
        chance.shuffle(self._result_cache)

    monkeypatch.setattr(QuerySet, "_fetch_all", fetch)


# --- on-commit callbacks run


@pytest.fixture(autouse=True)
def commit_callbacks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test lives in a transaction that never commits: callbacks run when the outermost block of the portal ends."""
    plain_exit = transaction.Atomic.__exit__
    plain_on_commit = BaseDatabaseWrapper.on_commit

    def only_the_test(connection: Any) -> bool:
        return bool(connection.atomic_blocks) and all(block._from_testcase for block in connection.atomic_blocks)

    def leave(self: Any, kind: Any, value: Any, trace: Any) -> None:
        connection = transaction.get_connection(self.using)
        plain_exit(self, kind, value, trace)
        if self._from_testcase or not only_the_test(connection):
            return
        callbacks, connection.run_on_commit = connection.run_on_commit, []
        if kind is None:
            for _, callback, _ in callbacks:
                callback()

    def on_commit(self: Any, func: Callable[[], object], robust: bool = False) -> None:
        if only_the_test(self):
            func()
        else:
            plain_on_commit(self, func, robust)

    monkeypatch.setattr(transaction.Atomic, "__exit__", leave)
    monkeypatch.setattr(BaseDatabaseWrapper, "on_commit", on_commit)


# --- no network but this machine


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_connect, plain_lookup = socket.socket.connect, socket.getaddrinfo

    def is_here(host: object) -> bool:
        if isinstance(host, bytes):
            host = host.decode()
        if host in {None, "", "localhost"}:
            return True
        try:
            return ipaddress.ip_address(str(host)).is_loopback
        except ValueError:
            return False

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not is_here(address[0]):
            raise AssertionError(f"a test reaches for {address[0]}")
        plain_connect(self, address)

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_here(host):
            raise AssertionError(f"a test looks up {host}")
        return plain_lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)


# --- every HTML answer is well made

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
DATA_SCRIPTS = {"application/json", "application/ld+json", "importmap"}


class Page(HTMLParser):
    """What is wrong with an HTML answer, in `faults`."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[tuple[str, dict[str, str]]] = []
        self.references: list[tuple[str, str]] = []
        self.h1 = 0
        self.open: list[str] = []
        self.is_whole = bool(re.search(r"<html\b", html, re.IGNORECASE))
        self.feed(html)
        self.close()
        self.judge(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        for name in got:
            if name.startswith("on"):
                self.faults.append(f"inline handler {name} on <{tag}>")
            if name == "style":
                self.faults.append(f"style attribute on <{tag}>: the policy drops it")
        if len(got) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice: {[name for name, _ in attrs]}")
        if got.get("href", "").lower().startswith("javascript:"):
            self.faults.append("a javascript: link")
        if tag == "script" and got.get("type", "").lower() not in DATA_SCRIPTS and not got.get("nonce"):
            self.faults.append(f"script without nonce: {got.get('src', 'inline')}")
        if tag == "style":
            self.faults.append("a <style> element: the policy drops it")
        if tag == "h1":
            self.h1 += 1
        if tag == "label" and "for" in got:
            self.labels.add(got["for"])
        if "id" in got:
            self.ids.append(got["id"])
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            self.references += [(name, reference) for reference in got.get(name, "").split()]
        if tag == "img" and "alt" not in got:
            self.faults.append(f"an image without alt: {got.get('src')}")
        is_field = tag in {"select", "textarea"} or (
            tag == "input" and got.get("type", "text").lower() not in UNLABELLED
        )
        if is_field and "label" not in self.open and not (got.get("aria-label") or got.get("aria-labelledby")):
            self.fields.append((tag, got))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        elif tag not in VOID:
            self.faults.append(f"</{tag}> closes nothing")

    def judge(self, html: str) -> None:
        if "{{" in html or "{%" in html:
            self.faults.append("template signs reached the page")
        self.faults += [f"id {name} twice" for name in sorted({name for name in self.ids if self.ids.count(name) > 1})]
        self.faults += [
            f"no label for {tag} {got.get('name') or got.get('id')}"
            for tag, got in self.fields
            if got.get("id") not in self.labels
        ]
        if self.is_whole:
            if self.h1 != 1:
                self.faults.append(f"{self.h1} h1 instead of one")
            self.faults += [f"{name} names {reference}, which is not there" for name, reference in self.references
                            if reference not in self.ids]  # fmt: skip
            if not re.search(r"<html[^>]*\blang=\"fr\"", html):
                self.faults.append("the page does not say it is in French")


OPENS: dict[str, Callable[[bytes], bytes]] = {"": bytes, "br": brotli.decompress, "gzip": gzip.decompress}

KEY = re.compile(r'data-enclos-touche="([^"]*)"')
PANEL = re.compile(r"<form[^>]*data-enclos-panneau=.*?</form>", re.DOTALL)


def keys_twice(html: str) -> list[str]:
    """The keys that would do two things: among what is shown with the choice of a decision, then with each panel in its place."""
    before, _, rest = html.partition("data-enclos-choix")
    after = PANEL.split(rest)[-1] if PANEL.search(rest) else ""
    shown = [before + PANEL.sub("", rest), *(before + panel + after for panel in PANEL.findall(rest))]
    return sorted({key for part in shown for key, count in Counter(KEY.findall(part)).items() if count > 1})


def check_response(response: Any) -> None:
    """Fail on an HTML answer that is badly made, or on any answer that carries a NIR outside its body."""
    where = response.request["PATH_INFO"]
    outside = [where, response.request.get("QUERY_STRING", ""), *response.headers.values()]
    outside += [morsel.OutputString() for morsel in response.cookies.values()]
    for text in outside:
        assert not fuites.found_in(text), f"{where}: a NIR in an address, a header or a cookie"
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
        return
    html = OPENS[response.headers.get("Content-Encoding", "")](response.content).decode(response.charset)
    faults = Page(html).faults + [f"key {key} does two things" for key in keys_twice(html)]
    assert not faults, f"{where} ({response.status_code}):\n" + "\n".join(faults)


@pytest.fixture(autouse=True)
def pages_are_well_made(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Client.request

    def request(self: Client, **kwargs: Any) -> Any:
        response = plain(self, **kwargs)
        check_response(response)
        return response

    monkeypatch.setattr(Client, "request", request)
