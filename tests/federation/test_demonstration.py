"""The demo with the stand-in, and without it."""

import json
from pathlib import Path

import pytest
from django.test import Client

from enclos.demo import preparation
from enclos.demo.franceconnect import installation, simulateur
from enclos.demo.personnes import DEPOT
from tests.services.processus import free_port

FOLDER = Path(simulateur.__file__).parent


def test_the_lock_file_names_no_host_and_pins_everything():
    text = (FOLDER / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert packages["node_modules/oidc-provider"]["version"] == "9.13.3"
    assert [
        name for name, told in packages.items() if name and not told.get("integrity", "").startswith("sha512-")
    ] == []


def test_the_demo_plays_both_providers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installation, "just_failed", lambda: False)
    monkeypatch.setattr(installation, "install", lambda *, patience: True)
    port = free_port()
    environ: dict[str, str] = {}
    preparation.name_providers(port, environ)
    assert simulateur.port_of(environ["ENCLOS_FC_ISSUER"], environ["ENCLOS_FC_CLIENT_ID"])
    assert environ["ENCLOS_AGENTS_OIDC_ISSUER"] == environ["ENCLOS_FC_ISSUER"]
    assert len({environ["ENCLOS_FC_CLIENT_SECRET"], environ["ENCLOS_AGENTS_OIDC_CLIENT_SECRET"]}) == 2


def test_without_npm_the_demo_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installation, "just_failed", lambda: False)
    monkeypatch.setattr(installation, "install", lambda *, patience: False)
    environ: dict[str, str] = {}
    preparation.name_providers(free_port(), environ)
    assert environ == {}


def test_a_real_provider_that_one_names_is_not_replaced():
    environ = {"ENCLOS_FC_ISSUER": "https://fcp-low.sbx.dev-franceconnect.fr/api/v2"}
    preparation.name_providers(free_port(), environ)
    assert list(environ) == ["ENCLOS_FC_ISSUER"]
    assert simulateur.port_of(environ["ENCLOS_FC_ISSUER"], simulateur.CLIENT) is None


def test_npm_out_of_reach_is_said_in_its_log_and_nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(installation, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NPM_CONFIG_CACHE", str(tmp_path / "npm"))
    assert not installation.install(patience=30)
    assert "ECONNREFUSED" in (tmp_path / "cache" / "npm.log").read_text()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["npm.log"]
    assert installation.just_failed()


@pytest.mark.django_db
def test_the_page_says_why_the_people_are_missing(client: Client):
    html = client.get("/demo/").content.decode()
    assert "Par FranceConnect" in html
    assert "Ces personnes manquent" in html
    assert client.post("/demo/franceconnect/", {"cle": "jeanne"}).status_code == 404


def test_the_people_over_there_are_those_of_the_registry():
    """What FranceConnect tells of them is what the demo's registry holds, or nobody would come in."""
    register = (DEPOT / "personnes.csv").read_text(encoding="utf-8")
    told = json.loads((FOLDER / "personnes.json").read_text(encoding="utf-8"))
    known = [one for one in told if one["pour"] == "adherents" and one["cle"] != "inconnue"]
    assert known
    for one in known:
        line = f"{one['identite']['given_name']},{one['identite']['birthdate']}"
        assert line in register, line
    assert {one.cle for one in simulateur.personnes() if one.is_agent} == {"camille", "yanis"}
