"""The map of the site: what this person can open, and nothing else."""

import re

import pytest
from django.test import Client

from enclos.caisses.access import default_caisse
from enclos.comptes.models import Role
from enclos.demo.factories import CompteFactory
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def links(browser: Client) -> list[str]:
    main = browser.get("/plan/").content.decode().partition("<main")[2].partition("</main>")[0]
    return re.findall(r'href="(/[^"]*)"', main)


def answers(browser: Client) -> dict[str, int]:
    return {url: browser.get(url, follow=True).status_code for url in links(browser)}


def test_a_member_opens_all_that_it_names(adherente: Acteur) -> None:
    found = answers(adherente)
    assert set(found.values()) == {200}
    assert "/espace/documents/" in found
    assert not any(url.startswith("/agent/") for url in found)


@pytest.mark.parametrize("role", Role.values)
def test_an_agent_opens_all_that_it_names(role: str) -> None:
    teams = default_caisse().services.filter(code="famille")
    agent = Acteur(CompteFactory(agent=True, role=role, services=teams))
    found = answers(agent)
    assert set(found.values()) == {200}
    assert "/agent/a-surveiller/" in found
    assert ("/agent/equipe/" in found) == (role == Role.SUPERVISEUR)
    assert not any(url.startswith("/espace/") for url in found)


def test_a_visitor_is_led_to_sign_in(client: Client) -> None:
    found = links(client)
    assert {"/connexion/", "/inscription/", "/espace/"} <= set(found)
    assert not any(url.startswith("/agent/") for url in found)
