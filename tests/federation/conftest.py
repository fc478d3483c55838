"""A real provider beside the tests, and a browser that goes there and comes back."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from config.env import ENV
from enclos.caisses.access import default_caisse
from enclos.comptes.federation import client as oidc
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.franceconnect import installation, simulateur
from enclos.registre.models import Personne
from tests import maison
from tests.services.processus import die_with_parent, free_port, stop, wait_until

SLOWNESS_MS = 9_000
SECRETS = {
    simulateur.CLIENT: "secret-des-adherents-" + "a" * 40,
    simulateur.CLIENT_AGENTS: "secret-des-agents-" + "b" * 40,
}
MOT_DE_PASSE = "Élevage de chèvres 1987"


@dataclass
class Fournisseur:
    """The program that plays FranceConnect, and somebody who answers its pages."""

    port: int
    visits: list[str] = field(default_factory=list)

    @property
    def emetteur(self) -> str:
        return simulateur.issuer(self.port)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, url: str, personne: str, *, defaut: str = "", visitor: requests.Session | None = None) -> str:
        """Follow the way out, be `personne` there, and return the address of the way back."""
        visitor = visitor or new_visitor()
        page = visitor.get(url)
        assert page.status_code == 200, page.text
        answer = visitor.post(page.url, {"personne": personne, "defaut": defaut}, allow_redirects=False)
        while answer.status_code in {302, 303}:
            where = requests.compat.urljoin(answer.url, answer.headers["Location"])  # type: ignore[attr-defined]
            if not where.startswith(self.base):
                return where
            answer = visitor.get(where, allow_redirects=False)
        raise AssertionError(answer.text)

    def breaks(self, defaut: str) -> None:
        """The whole server: its configuration or its keys."""
        requests.post(f"{self.base}/commande", {"defaut": defaut}, timeout=5, proxies={"http": ""})


def new_visitor() -> requests.Session:
    visitor = requests.Session()
    visitor.trust_env = False
    return visitor


@pytest.fixture(scope="session")
def programme() -> Iterator[Fournisseur]:
    assert installation.install(), "the library that plays FranceConnect is missing: see .cache/npm.log"
    port = free_port()
    log = maison.TRACES / f"franceconnect-{maison.WORKER}.log"
    environ = simulateur.environment(port, ENV.base_url, SECRETS, os.environ, slowness_ms=SLOWNESS_MS)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            simulateur.command(),
            env=environ,
            stdout=stream,
            stderr=stream,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
    wait_until(lambda: b"pr\xc3\xaat" in log.read_bytes(), process, log)
    yield Fournisseur(port)
    stop(process)


@pytest.fixture
def fournisseur(programme: Fournisseur, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fournisseur]:
    """Configured for members and agents; nothing is remembered from the test before."""
    configured = replace(
        ENV,
        fc_issuer=programme.emetteur,
        fc_client_id=simulateur.CLIENT,
        fc_client_secret=SECRETS[simulateur.CLIENT],
        agents_oidc_issuer=programme.emetteur,
        agents_oidc_client_id=simulateur.CLIENT_AGENTS,
        agents_oidc_client_secret=SECRETS[simulateur.CLIENT_AGENTS],
        agents_oidc_scope="openid uid",
    )
    for module in ("fournisseurs", "views", "actions"):
        monkeypatch.setattr(f"enclos.comptes.federation.{module}.ENV", configured)
    oidc.forget_all()
    yield programme
    programme.breaks("")
    oidc.forget_all()


@dataclass
class Navigateur:
    """A browser that can leave for the provider and come back."""

    client: Client
    fournisseur: Fournisseur

    def leaves(self, depart: str = "/connexion/franceconnect/", **fields: str) -> str:
        response = self.client.post(depart, fields)
        assert response.status_code == 303, response.content.decode()
        return str(response["Location"])

    def comes_back(self, address: str) -> Any:
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}")

    def goes_through(
        self, personne: str, *, defaut: str = "", depart: str = "/connexion/franceconnect/", **fields: str
    ) -> Any:
        return self.comes_back(self.fournisseur.says(self.leaves(depart, **fields), personne, defaut=defaut))


@pytest.fixture
def navigateur(fournisseur: Fournisseur) -> Navigateur:
    return Navigateur(Client(), fournisseur)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture
def personne_jeanne(db: None) -> Personne:
    """Jeanne Delattre as the provider knows her, by the number of her card: the registry holds neither town nor country."""
    default_caisse()
    return PersonneFactory(
        prenoms="Jeanne Marie",
        nom_naissance="Delattre",
        civilite="MME",
        date_naissance=date(1985, 5, 14),
        nir="2850559999011",
    )


@pytest.fixture
def jeanne(personne_jeanne: Personne) -> Compte:
    return CompteFactory(personne=personne_jeanne, mot_de_passe=MOT_DE_PASSE)


@pytest.fixture
def caisse_par_defaut(db: None) -> Any:
    return default_caisse()
