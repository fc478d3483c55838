"""What a view is told of who asks."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import urls
from enclos.comptes.access import pour_adherent, pour_agent, session_seconds_left
from tests.comptes.conftest import Titulaire

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pages(settings):
    @pour_adherent
    def membre(request, word: str):
        return HttpResponse(f"{request.personne.prenom} {word} {session_seconds_left(request)}")

    @pour_agent
    def agent(request):
        return HttpResponse(request.agent.nom)

    class Addresses:
        urlpatterns = [path("essai/membre/<str:word>/", membre), path("agent/essai/", agent), *urls.urlpatterns]
        handler404 = urls.handler404

    settings.ROOT_URLCONF = Addresses


def test_a_member_reaches_her_pages_and_no_agent_s(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    assert navigateur.get("/essai/membre/oui/").content == b"Jeanne oui 1200"
    assert navigateur.get("/agent/essai/").status_code == 404


def test_an_agent_reaches_their_pages_and_no_member_s(navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur)
    assert navigateur.get("/agent/essai/?q=1")["Location"] == "/connexion/code/?suite=%2Fagent%2Fessai%2F%3Fq%3D1"
    navigateur.post("/connexion/code/", {"code": camille.code()})
    assert navigateur.get("/agent/essai/").content == b"Camille Roy"
    assert navigateur.get("/essai/membre/non/").status_code == 404


def test_a_visitor_is_sent_to_the_sign_in_page(navigateur: Client, caisse):
    for address in ("/essai/membre/non/", "/agent/essai/"):
        assert navigateur.get(address)["Location"] == f"/connexion/?suite={address}"
