"""Pages cross the line compressed, for who reads it, and their length tells nothing."""

import gzip

import brotli
import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def page(accepted: str):
    return Client().get("/", headers={"Accept-Encoding": accepted})


@pytest.mark.parametrize(
    ("accepted", "encoding", "opens"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("br;q=0.5, gzip", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=1.0", "gzip", gzip.decompress),
        ("GZIP", "gzip", gzip.decompress),
    ],
)
def test_a_page_is_compressed_for_who_reads_it(accepted, encoding, opens):
    response = page(accepted)
    assert response["Content-Encoding"] == encoding
    assert "Accept-Encoding" in response["Vary"]
    plain = opens(response.content)
    assert b"</html>" in plain
    assert len(response.content) < len(plain) / 2
    assert int(response.headers.get("Content-Length", len(response.content))) == len(response.content)


@pytest.mark.parametrize("accepted", ["", "identity", "zstd", "br;q=0, gzip;q=0.000", "brx"])
def test_the_others_get_it_plain(accepted):
    response = page(accepted)
    assert "Content-Encoding" not in response
    assert b"</html>" in response.content
    assert "Accept-Encoding" in response["Vary"]


def test_the_same_page_never_has_the_same_length():
    assert len({len(page("br").content) for _ in range(20)}) > 5


def test_what_is_not_a_page_is_left_alone():
    response = Client().get("/healthz", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in response
