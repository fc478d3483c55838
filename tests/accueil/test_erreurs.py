"""Pages for what goes wrong: plain words, the right status, nothing of the machine."""

from io import BytesIO

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from enclos.accueil import erreurs


@pytest.mark.django_db
def test_a_page_that_does_not_exist_says_so(client: Client) -> None:
    response = client.get("/nulle-part/")
    assert response.status_code == 404
    assert "Cette page n’existe pas" in response.content.decode()


@pytest.mark.django_db
def test_the_address_of_a_button_is_not_a_blank_page(client: Client) -> None:
    response = client.get("/session/prolonger/")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "celle d’un bouton" in response.content.decode()


@pytest.mark.django_db
def test_a_form_that_waited_too_long_explains_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/deconnexion/")
    assert response.status_code == 403
    assert "restée ouverte trop longtemps" in response.content.decode()


@pytest.mark.django_db
def test_a_forbidden_page_and_a_broken_request_have_their_words(rf: RequestFactory) -> None:
    assert "ne vous est pas ouverte" in erreurs.forbidden(rf.get("/")).content.decode()
    assert erreurs.bad_request(rf.get("/")).status_code == 400


def test_a_failure_is_told_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("panne")

    monkeypatch.setattr("enclos.accueil.contexte.default_caisse", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    html = response.content.decode()
    assert "Le site a un problème" in html
    assert "panne" not in html


def test_a_database_away_is_a_pause_not_a_failure(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("enclos.accueil.contexte.default_caisse", away)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 503
    assert response["Retry-After"] == "120"
    assert "arrêté un moment" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/connexion/", "/nulle-part/", "/espace/envoyer-un-document/KM7-RP4-QB2/documents/1/fichiers/"]
)
def test_a_body_without_end_is_not_read(address: str) -> None:
    class Endless(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the body was read")

    response = Client().generic(
        "POST",
        address,
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH="10000000000",
        **{"wsgi.input": Endless()},
    )
    assert response.status_code == 413
    assert "trop lourd" in response.content.decode()
