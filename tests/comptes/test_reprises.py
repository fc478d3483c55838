"""A form sent too late: nothing typed is lost, and nobody else reads it."""

import html
import re

import pytest
import time_machine
from django.http import HttpResponse
from django.middleware.csrf import _mask_cipher_secret
from django.test import Client
from django.urls import path
from django.utils import timezone

from config import urls
from enclos.coffre.uploads import upload_view
from enclos.comptes.access import pour_adherent
from enclos.comptes.models import Session
from tests.comptes.conftest import Titulaire

pytestmark = pytest.mark.django_db

HOUR = 3600
RECEIVED: list[dict[str, list[str]]] = []


@pytest.fixture(autouse=True)
def formulaire(monkeypatch: pytest.MonkeyPatch, settings):
    """A page of a member with a form: `/essai/`."""

    @pour_adherent
    def essai(request):
        if request.method == "POST":
            RECEIVED.append(dict(request.POST.lists()))
        return HttpResponse("reçu")

    class Addresses:
        urlpatterns = [path("essai/", essai), *urls.urlpatterns]
        handler404 = urls.handler404

    RECEIVED.clear()
    settings.ROOT_URLCONF = Addresses


def hidden(response, name: str) -> list[str]:
    """The values of the hidden fields of that name."""
    found = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', response.content.decode())
    return [html.unescape(value) for value in found]


TYPED = {
    "montant": "12,50",
    "mois": ["mars", "avril"],
    "texte": 'deux\nlignes « "&',
    "mot_de_passe": "secret",
    "code": "123456",
}


def sent_too_late(client: Client, who: Titulaire, typed=TYPED, after: float = 2 * HOUR, **extra):
    """The answer to a form sent when the session is over."""
    who.signs_in(client)
    with time_machine.travel(timezone.now()) as clock:
        clock.shift(after)
        return client.post("/essai/?etape=2", typed, **extra)


def test_what_was_typed_is_given_back_after_signing_in_again(navigateur: Client, jeanne: Titulaire):
    late = sent_too_late(navigateur, jeanne)
    assert late.status_code == 403
    assert "Votre session a pris fin" in late.content.decode()
    assert "Ce que vous aviez tapé est gardé" in late.content.decode()
    (token,) = hidden(late, "reprise")
    assert "12,50" not in late.content.decode()
    assert RECEIVED == []

    back = jeanne.signs_in(navigateur, reprise=token)
    assert (back.status_code, back["Location"]) == (303, "/connexion/reprendre/")
    page = navigateur.get("/connexion/reprendre/")
    assert 'action="/essai/?etape=2"' in page.content.decode()
    assert "Reprendre là où j’en étais" in page.content.decode()
    assert hidden(page, "montant") == ["12,50"]
    assert hidden(page, "mois") == ["mars", "avril"]
    assert hidden(page, "texte") == ['deux\nlignes « "&']
    assert hidden(page, "mot_de_passe") == hidden(page, "code") == []

    navigateur.post("/essai/?etape=2", {"montant": hidden(page, "montant")})
    assert RECEIVED == [{"montant": ["12,50"]}]
    assert navigateur.get("/connexion/reprendre/")["Location"] == "/espace/"  # once sent, not offered again


def test_a_wrong_password_in_between_loses_nothing(navigateur: Client, jeanne: Titulaire):
    (token,) = hidden(sent_too_late(navigateur, jeanne), "reprise")
    (again,) = hidden(jeanne.signs_in(navigateur, "faux", reprise=token), "reprise")
    jeanne.signs_in(navigateur, reprise=again)
    assert hidden(navigateur.get("/connexion/reprendre/"), "montant") == ["12,50"]


def test_somebody_else_at_the_same_computer_gets_nothing(navigateur: Client, jeanne: Titulaire, marc: Titulaire):
    (token,) = hidden(sent_too_late(navigateur, jeanne), "reprise")
    assert marc.signs_in(navigateur, reprise=token)["Location"] == "/espace/"
    assert navigateur.get("/connexion/reprendre/")["Location"] == "/espace/"


def test_a_page_read_again_still_offers_it_and_one_may_decline(navigateur: Client, jeanne: Titulaire):
    (token,) = hidden(sent_too_late(navigateur, jeanne), "reprise")
    jeanne.signs_in(navigateur, reprise=token)
    for _ in range(2):
        assert hidden(navigateur.get("/connexion/reprendre/"), "montant") == ["12,50"]
    assert navigateur.post("/connexion/reprendre/")["Location"] == "/espace/"
    assert navigateur.get("/connexion/reprendre/")["Location"] == "/espace/"
    assert RECEIVED == []


@pytest.mark.parametrize("token", ["", "x", "AAAA", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="])
def test_a_forged_token_is_ignored(navigateur: Client, jeanne: Titulaire, token: str):
    assert jeanne.signs_in(navigateur, reprise=token)["Location"] == "/espace/"


def test_too_old_it_is_forgotten(navigateur: Client, jeanne: Titulaire):
    (token,) = hidden(sent_too_late(navigateur, jeanne), "reprise")
    with time_machine.travel(timezone.now()) as clock:
        clock.shift(15 * HOUR)
        assert jeanne.signs_in(navigateur, reprise=token)["Location"] == "/espace/"


def test_after_signing_out_nothing_is_kept(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    cookie = navigateur.cookies["session"].value
    navigateur.post("/deconnexion/")
    navigateur.cookies["session"] = cookie
    late = navigateur.post("/essai/", TYPED)
    assert late.status_code == 302
    assert "12" not in late["Location"]


def test_a_longer_absence_than_a_day_is_told_to_sign_in(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    Session.objects.all().delete()
    assert navigateur.post("/essai/", TYPED)["Location"] == "/connexion/?suite=/essai/"


def test_a_script_is_told_plainly(navigateur: Client, jeanne: Titulaire):
    late = sent_too_late(navigateur, jeanne, headers={"Sec-Fetch-Mode": "cors"})
    assert (late.status_code, late.content) == (401, b"")
    asked = Client().get(
        "/essai/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/espace/envois/"}
    )
    assert asked.status_code == 401
    assert asked["HX-Redirect"] == "/connexion/?suite=/espace/envois/"


def test_a_very_long_text_is_not_carried_but_the_page_says_where_one_stands(navigateur: Client, jeanne: Titulaire):
    late = sent_too_late(navigateur, jeanne, {"texte": "x" * 90_000})
    assert late.status_code == 403
    assert hidden(late, "reprise") == []
    assert "Ce que vous aviez tapé est gardé" not in late.content.decode()


# --- pages older than the last sign-in: their token is no longer the right one


def token_of(client: Client) -> str:
    """The token of the forms that this browser shows now."""
    return _mask_cipher_secret(client.cookies["csrf"].value)


def stale(client: Client, address: str, data, *, token: str = "x" * 64, **headers):
    """Post with a token of another time, as an old tab does."""
    client.handler.enforce_csrf_checks = True
    try:
        return client.post(address, {**data, "csrfmiddlewaretoken": token}, headers=headers)
    finally:
        client.handler.enforce_csrf_checks = False


def an_old_tab(client: Client, who: Titulaire) -> str:
    """The token of a page left open by `who`, who signed in again since."""
    who.signs_in(client)
    token = token_of(client)
    who.signs_in(client)
    return token


OURS = {"Sec-Fetch-Site": "same-origin"}


def test_an_old_tab_loses_nothing(navigateur: Client, jeanne: Titulaire):
    token = an_old_tab(navigateur, jeanne)
    response = stale(navigateur, "/essai/", TYPED, token=token, **OURS)
    assert (response.status_code, response["Location"]) == (303, "/connexion/reprendre/")
    assert hidden(navigateur.get("/connexion/reprendre/"), "montant") == ["12,50"]
    assert RECEIVED == []


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.example"}, {}])
def test_a_form_prepared_by_another_site_is_refused_and_never_offered(navigateur: Client, jeanne: Titulaire, headers):
    token = an_old_tab(navigateur, jeanne)
    assert stale(navigateur, "/essai/", TYPED, token=token, **headers).status_code == 403
    assert navigateur.get("/connexion/reprendre/")["Location"] == "/espace/"


def test_an_old_tab_whose_session_is_over_too_loses_nothing(navigateur: Client, jeanne: Titulaire):
    token = an_old_tab(navigateur, jeanne)
    with time_machine.travel(timezone.now()) as clock:
        clock.shift(2 * HOUR)
        late = stale(navigateur, "/essai/", TYPED, token=token, **OURS)
        assert len(hidden(late, "reprise")) == 1


def test_a_page_left_open_by_one_person_is_never_offered_to_the_other(
    navigateur: Client, jeanne: Titulaire, marc: Titulaire
):
    jeanne.signs_in(navigateur)
    token = token_of(navigateur)
    navigateur.post("/deconnexion/")
    marc.signs_in(navigateur)
    response = stale(navigateur, "/essai/", TYPED, token=token, **OURS)
    assert response.status_code == 403
    assert "Cette page était celle d’une autre personne" in response.content.decode()
    assert navigateur.get("/connexion/reprendre/")["Location"] == "/espace/"
    with time_machine.travel(timezone.now()) as clock:  # nor once the second one is away too
        clock.shift(2 * HOUR)
        late = stale(navigateur, "/essai/", TYPED, token=token, **OURS)
        assert hidden(late, "reprise") == []
    assert RECEIVED == []


@pytest.mark.parametrize("token", ["", "x" * 64, "x" * 32, "é" * 64, "x" * 10_000])
def test_a_form_that_does_not_say_whose_it_is_is_offered_to_nobody(navigateur: Client, jeanne: Titulaire, token: str):
    jeanne.signs_in(navigateur)
    assert stale(navigateur, "/essai/", TYPED, token=token, **OURS).status_code == 403
    assert navigateur.get("/connexion/reprendre/")["Location"] == "/espace/"


def test_signing_in_from_an_old_page_only_asks_for_the_password_again(navigateur: Client, jeanne: Titulaire):
    data = {"identifiant": jeanne.identifiant, "mot_de_passe": jeanne.mot_de_passe}
    response = stale(navigateur, "/connexion/", data, **OURS)
    assert response.status_code == 403
    assert "ouverte depuis trop longtemps" in response.content.decode()
    assert f'value="{jeanne.identifiant}"' in response.content.decode()
    assert jeanne.mot_de_passe not in response.content.decode()


def test_signing_in_from_a_second_tab_when_already_in_goes_home(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    data = {"identifiant": jeanne.identifiant, "mot_de_passe": jeanne.mot_de_passe}
    assert stale(navigateur, "/connexion/", data, **OURS)["Location"] == "/espace/"


def test_one_can_always_sign_out(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    assert stale(navigateur, "/deconnexion/", {}, **OURS)["Location"] == "/"
    assert Session.objects.count() == 0
    jeanne.signs_in(navigateur)
    stale(navigateur, "/deconnexion/", {}, **{"Sec-Fetch-Site": "cross-site"})
    assert Session.objects.count() == 1


def test_an_old_tab_can_still_keep_the_session_alive(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    assert stale(navigateur, "/session/prolonger/", {}, **OURS).status_code == 204
    assert stale(navigateur, "/session/prolonger/", {}, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_form_prepared_elsewhere_for_a_page_that_takes_files_is_not_offered_again(
    settings, monkeypatch, jeanne: Titulaire
):
    """Such a page checks its token by itself, once the session is known: who sent the form is not known before."""

    @pour_adherent
    @upload_view
    def fichiers(request):
        return HttpResponse("reçu")

    monkeypatch.setattr(settings.ROOT_URLCONF, "urlpatterns", [path("essai/", fichiers), *urls.urlpatterns])
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in_cookies(jeanne)
    token = token_of(client)
    with time_machine.travel(timezone.now()) as clock:
        clock.shift(2 * HOUR)
        foreign = client.post(
            "/essai/", {"texte": "piège", "csrfmiddlewaretoken": token}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        ours = client.post(
            "/essai/", {"texte": "à moi", "csrfmiddlewaretoken": token}, headers={"Sec-Fetch-Site": "same-origin"}
        )
    assert foreign.status_code == 302
    assert hidden(ours, "reprise")


def signed_in_cookies(who: Titulaire):
    client = Client()
    who.signs_in(client)
    return client.cookies
