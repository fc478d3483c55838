"""The settings of the providers: what is said of half of them, and what the pages show."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from config.env import ENV
from enclos.comptes.federation.checks import problems
from enclos.comptes.federation.fournisseurs import form_targets, franceconnect, organisme
from tests.federation.conftest import Fournisseur

GOOD = replace(
    ENV,
    mode="production",
    base_url="https://espace.example",
    fc_issuer="https://oidc.franceconnect.gouv.fr/api/v2",
    fc_client_id="x",
    fc_client_secret="y",
    agents_oidc_issuer="https://connexion.example",
    agents_oidc_client_id="x",
    agents_oidc_client_secret="y",
)


def ids(**changes) -> list[str | None]:
    return [one.id for one in problems(replace(GOOD, **changes))]


def test_wholly_configured_or_not_at_all_is_well():
    assert ids() == []
    assert list(problems(ENV)) == []
    assert (franceconnect(ENV), organisme(ENV)) == (None, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fc_client_secret": ""}, "comptes.E020"),
        ({"fc_issuer": ""}, "comptes.E020"),
        ({"agents_oidc_client_id": ""}, "comptes.E020"),
        ({"fc_issuer": "http://oidc.franceconnect.gouv.fr/api/v2"}, "comptes.E021"),
        ({"fc_issuer": "http://127.0.0.1:28000/api/v2"}, "comptes.E021"),
        ({"fc_issuer": "oidc.franceconnect.gouv.fr"}, "comptes.E021"),
        ({"agents_oidc_issuer": "https://connexion.example/?a=b"}, "comptes.E021"),
        ({"fc_issuer": "https://fcp-low.sbx.dev-franceconnect.fr/api/v2"}, "comptes.W020"),
        ({"agents_oidc_claim": "email"}, "comptes.W021"),
    ],
)
def test_each_fault_is_said(changes, expected: str):
    assert ids(**changes) == [expected]


def test_no_message_shows_a_secret():
    told = " ".join(
        f"{one.msg} {one.hint}" for one in problems(replace(GOOD, fc_client_secret="très-secret", fc_client_id=""))
    )
    assert "très-secret" not in told


def test_half_a_provider_is_no_provider():
    assert franceconnect(replace(GOOD, fc_client_secret="")) is None
    assert organisme(replace(GOOD, agents_oidc_client_id="")) is None


def test_forms_may_lead_to_franceconnect_and_nowhere_else():
    assert form_targets(GOOD) == ["https://oidc.franceconnect.gouv.fr", "https://espace.example"]
    assert form_targets(ENV) == []


@pytest.mark.django_db
def test_the_button_says_what_the_state_wants(fournisseur: Fournisseur, caisse_par_defaut):
    """Standards §4.7, to the letter; the colours are looked at in the browser."""
    html = Client().get("/connexion/?suite=/espace/envois/").content.decode()
    main = html[html.index("<main") :]
    button = re.search(r'<button class="fc-bouton" type="submit">(.*?)</button>', main, re.DOTALL)
    assert button
    words = re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", "", button[1])).strip()
    assert words == "S’identifier avec FranceConnect"
    assert '<a href="https://franceconnect.gouv.fr/"' in main
    assert "Qu’est-ce que FranceConnect ?" in main
    assert main.index("fc-bouton") < main.index('class="ou"><span>ou</span>') < main.index('id="id_identifiant"')
    form = main[main.rindex("<form", 0, main.index("fc-bouton")) : main.index("fc-bouton")]
    assert 'action="/connexion/franceconnect/"' in form
    assert 'name="suite" value="/espace/envois/"' in form


@pytest.mark.parametrize(
    ("asked", "given", "is_accepted"),
    [
        ("eidas1", "eidas1", True),
        ("eidas1", "eidas2", True),
        ("eidas1", "eidas3", True),
        ("eidas2", "eidas1", False),
        ("eidas1", "", False),
        ("eidas1", "eidas0", False),
        ("eidas1", "eidas11", False),
        ("", "", True),
        ("urn:mfa", "urn:mfa", True),
        ("urn:mfa", "eidas3", False),
    ],
)
def test_levels_are_compared_by_rank(asked: str, given: str, is_accepted: bool):
    found = franceconnect(GOOD)
    assert found is not None
    assert replace(found, acr=asked).accepts(given) == is_accepted


@pytest.mark.django_db
def test_the_page_on_personal_data_names_franceconnect_where_it_serves(fournisseur: Fournisseur, caisse_par_defaut):
    assert "FranceConnect : nom, prénoms, sexe" in Client().get("/donnees-personnelles/").content.decode()


@pytest.mark.django_db
def test_and_does_not_where_it_does_not(caisse_par_defaut):
    assert "FranceConnect" not in Client().get("/donnees-personnelles/").content.decode()
