"""What the machines that watch are told."""

import pytest
from django.test import Client

from enclos.api import sante
from tests.services.inspection import Inspection


def test_alive_without_asking_the_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_in_demo_alive_means_that_its_people_are_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sante, "ENV", type("Demo", (), {"mode": "demo"}))
    assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
def test_ready_says_what_is_missing(client: Client, inspection: Inspection) -> None:
    assert client.get("/readyz").json() == {"base": "ok", "inspection": "ok", "antivirus": "absent"}


@pytest.mark.django_db
def test_metrics_do_not_exist_without_their_token(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 404
    monkeypatch.setattr(sante, "ENV", type("Jeton", (), {"mode": "test", "metrics_token": "un-jeton"}))
    assert client.get("/metrics", headers={"Authorization": "Bearer autre"}).status_code == 404
    text = client.get("/metrics", headers={"Authorization": "Bearer un-jeton"}).content.decode()
    assert 'enclos_promises_due{kind="courrier.courriel"} 0' in text
    assert "enclos_tasks_ready 0" in text
