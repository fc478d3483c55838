"""Text messages, handed to a real HTTP server that takes them, refuses them, or is away."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from config.env import ENV
from enclos.caisses.access import default_caisse
from enclos.courrier import budget, controle, passerelle, textos
from enclos.courrier.actions import PersonalDataInMail
from enclos.courrier.models import CompteurTextos, Texto
from enclos.courrier.tasks import deliver_textos_due, tidy_up
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.services.processus import free_port

NUMBER = "+33612345678"
CODE = "482913"


@dataclass
class Fournisseur:
    """What a provider of text messages received, and what it answers next."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # seconds before each answer


@pytest.fixture
def fournisseur(monkeypatch) -> Iterator[Fournisseur]:
    it = Fournisseur()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.received.append(json.loads(body))
            it.headers.append({name.lower(): value for name, value in self.headers.items()})
            if it.waits:
                time.sleep(it.waits.pop(0))
            status = it.answers.pop(0) if it.answers else 202
            self.send_response(status)
            if status in {301, 302, 307}:
                self.send_header("Location", f"{it.url}ailleurs")
            self.send_header("Content-Length", "0")
            with suppress(OSError):  # who waited too long is gone
                self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    it.url = f"http://127.0.0.1:{server.server_port}/"
    set_env(monkeypatch, sms_url=it.url, sms_token="jeton-du-fournisseur", sms_per_day=5, sms_per_number=3)
    yield it
    server.shutdown()
    thread.join()
    server.server_close()


def set_env(monkeypatch: pytest.MonkeyPatch, **changes) -> None:
    env = replace(textos.ENV, **changes)
    for module in (textos, budget, passerelle, controle):
        monkeypatch.setattr(module, "ENV", env)


def write(key: str = "code:1", **changes) -> Texto:
    fields = {"to": NUMBER, "text": "{secret} est votre code. Ne le donnez à personne.", "secret": CODE, **changes}
    return textos.write(key=key, caisse=default_caisse(), by=SYSTEM, **fields)


def again(texto: Texto) -> Texto:
    Texto.objects.filter(pk=texto.pk, kept_at=None, broken_at=None).update(next_at=timezone.now())
    deliver_textos_due()
    texto.refresh_from_db()
    return texto


pytestmark = pytest.mark.django_db


def test_without_a_provider_nothing_is_offered_and_nothing_is_written():
    assert not ENV.sms_url
    assert not textos.is_available()
    with pytest.raises(budget.TextoImpossible):
        write()
    assert not Texto.objects.exists()


def test_a_text_message_reaches_the_provider_with_its_secret(fournisseur, travailleur):
    assert textos.is_available()
    texto = write()
    travailleur()
    texto.refresh_from_db()
    assert texto.sent_at is not None
    assert fournisseur.received == [
        {"from": "MSA", "to": NUMBER, "text": "482913 est votre code. Ne le donnez à personne."}
    ]
    assert fournisseur.headers[0]["authorization"] == "Bearer jeton-du-fournisseur"
    assert texto.secret_sealed is None


def test_the_secret_and_the_number_are_in_no_log_and_the_secret_in_no_row(fournisseur, travailleur, caplog):
    fournisseur.answers += [500, 422]
    texto = again(again(write()))
    assert texto.is_broken
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM courrier_texto")
        stored = str([bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()])
    told = stored + str(list(Ligne.objects.order_by("pk").values_list("details", flat=True)))
    assert CODE not in told + caplog.text
    assert NUMBER not in caplog.text
    assert NUMBER not in str(list(CompteurTextos.objects.order_by("pk").values_list("cle", flat=True)))


def test_the_same_key_is_one_message_and_the_same_idempotency_key(fournisseur):
    assert write().pk == write().pk
    fournisseur.answers += [503]
    again(again(write()))
    keys = {headers["idempotency-key"] for headers in fournisseur.headers}
    assert (len(fournisseur.received), len(keys)) == (2, 1)
    assert budget.spent_today() == 1


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503, 307])
def test_a_bad_moment_is_tried_again(fournisseur, status):
    fournisseur.answers.append(status)
    texto = again(write())
    assert (texto.is_kept, texto.is_broken, texto.echec) == (False, False, "temporaire")
    assert texto.last_error == f"NotYet: {status}"
    assert texto.secret == CODE
    texto = again(texto)
    assert (texto.is_kept, texto.echec, len(fournisseur.received)) == (True, "", 2)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_refusal_is_final_and_erases_the_secret(fournisseur, status):
    fournisseur.answers.append(status)
    texto = again(write())
    assert (texto.is_broken, texto.echec, texto.secret_sealed) == (True, "definitif", None)
    assert Ligne.objects.about(texto).filter(event="courrier.texto.refused").exists()


def test_a_provider_away_is_a_bad_moment(monkeypatch):
    set_env(monkeypatch, sms_url=f"http://127.0.0.1:{free_port()}/", sms_token="x")
    texto = again(write())
    assert texto.last_error == "NotYet: ConnectionRefusedError"


def test_a_code_is_given_up_before_it_is_dead():
    row, waited = Texto(), timedelta()
    for row.attempts in range(1, Texto.GIVE_UP_AFTER):
        waited += row.next_delay()
    assert timedelta(minutes=8) < waited < timedelta(minutes=10)


@pytest.mark.parametrize(
    "number",
    [
        "0612345678", "+33312345678", "+33899123456", "+447911123456", "+336", "+33612345678x", "", "+3361234567890123",
        "+33612345678\n",
    ],
)  # fmt: skip
def test_only_mobiles_that_the_installation_pays_for(fournisseur, number):
    with pytest.raises(budget.TextoImpossible, match="numéro"):
        write(to=number)


def test_one_number_gets_few_a_day(fournisseur):
    for turn in range(3):
        write(f"code:{turn}")
    with pytest.raises(budget.TextoImpossible, match="déjà reçu") as caught:
        write("code:4")
    assert caught.value.status == 429
    write("code:5", to="+33787654321")
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        write("code:6")


def test_the_budget_of_the_day_is_never_passed_and_rings(fournisseur, caplog):
    for turn in range(5):
        write(f"code:{turn}", to=f"+3361234567{turn}")
    assert not textos.is_available()
    assert budget.spent_today() == 5
    with pytest.raises(budget.TextoImpossible, match="aujourd’hui"):
        write("code:9", to="+33612345679")
    assert "budget of the day" in caplog.text
    figures = {constat.libelle: constat for constat in controle.constats()}
    assert figures["Budget de SMS du jour atteint"].nombre == 1
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert textos.is_available()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_never_pass_the_budget(fournisseur, monkeypatch):
    default_caisse()
    refused: list[str] = []

    def one(turn: int) -> None:
        try:
            write(f"code:{turn}", to=f"+336123456{turn:02d}")
        except budget.TextoImpossible as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(turn,)) for turn in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Texto.objects.count(), refused) == (5, ["sms-budget"] * 15)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": "Votre numéro est 2850559999011 {secret}"}, PersonalDataInMail),
        ({"text": "Bonjour"}, ValueError),
        ({"text": "{secret}" + "x" * 310}, ValueError),
    ],
)
def test_a_text_message_is_short_and_holds_nothing_else(fournisseur, changes, error):
    with pytest.raises(error):
        write(**changes)


def test_counts_of_past_days_are_not_kept(fournisseur):
    write()
    assert CompteurTextos.objects.count() == 2
    tidy_up()
    assert CompteurTextos.objects.count() == 2
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        tidy_up()
    assert not CompteurTextos.objects.exists()
