"""What anybody may read."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from config.env import ENV
from enclos.caisses.access import default_caisse
from enclos.caisses.actions import load_caisse
from enclos.caisses.models import Caisse
from enclos.socle.refusals import Refusal

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/aide/",
    "/inscription/",
    "/accessibilite/",
    "/donnees-personnelles/",
    "/mentions-legales/",
    "/modalites-utilisation/",
    "/plan/",
)


def text_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("url", PAGES)
def test_the_page_opens_for_anybody_and_names_the_fund(client: Client, url: str) -> None:
    html = text_of(client, url)
    caisse = default_caisse()
    assert caisse.nom in html
    assert "Accessibilité : non conforme" in html
    assert "Déconnecté" in html
    assert 'href="/connexion/">Se connecter</a>' in html
    assert 'href="/inscription/">S’inscrire</a>' in html


@pytest.mark.parametrize("url", PAGES)
def test_each_page_has_a_title_of_its_own(client: Client, url: str) -> None:
    titles = {text_of(client, other).split("<title>")[1].split("</title>")[0] for other in PAGES}
    assert len(titles) == len(PAGES)


def test_a_second_visitor_costs_no_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client.get("/")
    with django_assert_num_queries(0):
        client.get("/")


def test_the_sign_in_links_are_not_given_twice(client: Client) -> None:
    """Somebody who lists the links of the page hears each name once."""
    html = text_of(client, "/")
    for name in ("Se connecter", "S’inscrire", "Envoyer un document"):
        assert html.count(f">{name}</a>") == 1


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-23T10:00:00+01:00", "Ouvert jusqu’à 12 h 15"),
        ("2026-11-23T12:30:00+01:00", "Fermé, ouvre à 13 h 30"),
        ("2026-11-23T18:00:00+01:00", "Fermé, ouvre demain à 8 h 30"),
        ("2026-12-24T18:00:00+01:00", "Fermé, ouvre lundi 28 à 8 h 30"),
    ],
)
def test_the_help_desk_is_open_or_says_when(client: Client, moment: str, said: str) -> None:
    with time_machine.travel(datetime.fromisoformat(moment), tick=False):
        assert said in text_of(client, "/aide/")


def test_help_names_the_next_days_off(client: Client) -> None:
    with time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False):
        html = text_of(client, "/aide/")
    assert "25 décembre 2026" in html
    assert "1er janvier 2027" in html


def test_the_terms_say_what_the_law_wants(client: Client) -> None:
    html = text_of(client, "/modalites-utilisation/")
    assert ENV.mail_from in html  # CRPA R112-11-3: where receipts come from
    for format in ("PDF", "JPEG", "PNG", "20 Mo", "200 Mo", "1 Mo"):
        assert format in html
    for line in default_caisse().service_medical:
        assert line in html


def test_the_accessibility_page_follows_the_model(client: Client) -> None:
    html = text_of(client, "/accessibilite/")
    for part in (
        "non conforme",
        "Résultats des tests",
        "Contenus non accessibles",
        "Voies de recours",
        "Défenseur des droits",
    ):
        assert part in html


def test_registering_is_explained_with_the_telephone_of_the_fund(client: Client) -> None:
    html = text_of(client, "/inscription/par-telephone/")
    assert default_caisse().telephone in html
    assert "carte Vitale" in html
    assert "SIRET" in text_of(client, "/inscription/par-telephone/?profil=employeur")


def test_security_txt_is_dated_ahead(client: Client) -> None:
    lines = dict(line.split(": ", 1) for line in text_of(client, "/.well-known/security.txt").splitlines())
    expires = datetime.fromisoformat(lines["Expires"])
    now = datetime.now(UTC)
    assert now + timedelta(days=30) < expires < now + timedelta(days=365)
    assert lines["Contact"].startswith("mailto:")


def test_robots_keep_out_of_what_belongs_to_somebody(client: Client) -> None:
    assert "Disallow: /espace/" in text_of(client, "/robots.txt")
    assert client.get("/favicon.ico").status_code == 302


def test_a_fund_without_theme_asks_for_no_sheet(client: Client) -> None:
    assert "/theme/" not in text_of(client, "/")


def test_a_fund_with_a_theme_has_its_sheet(client: Client) -> None:
    Caisse.objects.update(theme={"clair": {"accent": "#004b8d"}})
    html = text_of(client, "/")
    url = html.split('href="/theme/')[1].split('"')[0]
    response = client.get(f"/theme/{url}")
    assert response["Content-Type"].startswith("text/css")
    assert "#004b8d" in response.content.decode()
    assert "max-age=31536000" in response["Cache-Control"]
    assert client.get("/theme/XXX.css").status_code == 404


def test_a_fund_whose_colours_cannot_be_read_is_not_loaded() -> None:
    with pytest.raises(Refusal, match="il faut au moins"):
        load_caisse({"caisse": {"code": "NPC", "theme": {"clair": {"accent": "#ffee88"}}}})
    assert default_caisse().theme == {}
