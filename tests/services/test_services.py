"""The servers the suite leans on are the real ones, and behave as such."""

import smtplib
import socket
import urllib.error
import urllib.request

import obstore
import psycopg
import pytest
from obstore.store import S3Store

from tests.services.clamd import EICAR, MENACE, Clamd
from tests.services.grappe import Cluster
from tests.services.s3 import S3
from tests.services.smtp import Smtp


def verdict(daemon: Clamd, content: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(daemon.url.removeprefix("unix:"))
        link.sendall(b"zINSTREAM\0" + len(content).to_bytes(4) + content + bytes(4))
        return link.recv(200)


def test_postgresql_serves_and_is_recent(postgres: Cluster) -> None:
    url = postgres.create("essai")
    assert "/essai?host=" in url
    with psycopg.connect(postgres.dsn("essai")) as connection:
        assert connection.info.server_version >= 150000


def test_clamd_knows_its_two_signatures_and_nothing_else(clamd: Clamd) -> None:
    assert b"Essai.Eicar.UNOFFICIAL FOUND" in verdict(clamd, EICAR)
    assert b"Essai.Enclos.UNOFFICIAL FOUND" in verdict(clamd, b"%PDF-1.7\n" + MENACE)
    assert verdict(clamd, b"un papier tout simple") == b"stream: OK\0"


def test_s3_keeps_bytes_and_never_writes_over_them(s3: S3) -> None:
    store = S3Store(s3.bucket, endpoint=s3.endpoint, access_key_id=s3.access_key, secret_access_key=s3.secret_key,
                    region="us-east-1", client_options={"allow_http": True})  # fmt: skip
    obstore.put(store, "papier", b"octets", mode="create")
    assert bytes(obstore.get(store, "papier").bytes()) == b"octets"
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.put(store, "papier", b"autres", mode="create")


def test_s3_refuses_a_wrong_signature(s3: S3) -> None:
    store = S3Store(s3.bucket, endpoint=s3.endpoint, access_key_id=s3.access_key, secret_access_key="fausse",
                    region="us-east-1", client_options={"allow_http": True})  # fmt: skip
    with pytest.raises(obstore.exceptions.PermissionDeniedError):
        obstore.put(store, "papier2", b"octets")


def test_smtp_keeps_what_it_receives_and_says_no_when_told(smtp: Smtp) -> None:
    smtp.received.answers.append("451 4.3.0 plus tard")
    with smtplib.SMTP("127.0.0.1", smtp.port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.sendmail("a@enclos.example", ["b@enclos.example"], "Subject: un\n\nBonjour")
        client.sendmail("a@enclos.example", ["b@enclos.example"], "Subject: deux\n\nBonjour")
    assert [message["Subject"] for message in smtp.received.messages] == ["deux"]


def test_the_suite_reaches_nobody_outside() -> None:
    with pytest.raises(AssertionError, match=r"reaches for 192\.0\.2\.1"), socket.socket() as link:
        link.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match=r"looks up enclos\.example"):
        urllib.request.urlopen("http://enclos.example/")
