"""Whoever tries numbers learns nothing: same status, same page, same time, whether the fund knows the person or not."""

import re
import statistics
import time
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.inscription import frein
from tests.inscription.conftest import SERIE, Candidat, Parcours, card_of, code_to, without_chance

pytestmark = pytest.mark.django_db

PAIRS = 40  # people of each kind, each beside an unknown one
KINDS = ("connu", "avec un compte", "décédé", "enfant", "fermé")
STEPS = ("identifiant", "documents", "coordonnees", "verification", "mot_de_passe", "code", "conditions")


@pytest.fixture(autouse=True)
def gates_are_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters of one network would stop the measure."""
    for name in ("BEGUN", "NUMBERS", "CODES", "FINISHED"):
        monkeypatch.setattr(frein, name, frein.at_most(100_000, frein.HOUR))


def person(kind: str, number: int) -> Candidat:
    """Somebody of that kind; every one is five signs long where it shows."""
    nir = synthetic_nir(70_000 + number)
    candidat = Candidat(nir, courriel=f"p{number:05d}@enclos.example")
    if kind == "inconnu":
        return candidat
    personne = PersonneFactory(
        nir=nir,
        nom_naissance="Roussel",
        nom_usage="Lefebvre",
        prenoms="Claire",
        date_naissance=date(2015, 1, 1) if kind == "enfant" else date(1988, 7, 21),
        email=f"c{number:05d}@enclos.example",
        decede=kind == "décédé",
        closed_at="2026-01-01T00:00:00Z" if kind == "fermé" else None,
    )
    card_of(personne)
    if kind == "avec un compte":
        CompteFactory(personne=personne, mot_de_passe="Un bon mot de passe")
    candidat.personne = personne
    return candidat


def walk(browser: Parcours, candidat: Candidat) -> tuple[list[tuple[str, int, str]], dict[str, float]]:
    """Every answer of the journey, posts and the pages they lead to; and what each post took."""
    posts: dict[str, Callable[[], object]] = {
        "profil": lambda: browser.post("/inscription/", {"profil": "particulier"}),
        "identifiant": lambda: browser.post("/inscription/identifiant/", {"identifiant": candidat.nir}),
        "documents": lambda: browser.post("/inscription/documents/", {"situation": "vitale"}),
        "coordonnees": lambda: browser.post("/inscription/coordonnees/", candidat.coordonnees),
        "verification": lambda: browser.post("/inscription/verification/", {"reponse": SERIE}),
        "mot_de_passe": lambda: browser.post("/inscription/mot-de-passe/"),
        "code": lambda: browser.post("/inscription/mot-de-passe/code/", {"code": code_to(candidat.courriel)}),
        "conditions": lambda: browser.post("/inscription/mot-de-passe/conditions/", {"conditions": "on"}),
    }
    seen, took = [], {}
    for name, post in posts.items():
        start = time.thread_time()  # what the answer costs, whatever else the machine does meanwhile
        answer = post()
        took[name] = time.thread_time() - start
        shown = browser.get(answer["Location"])
        html = without_chance(shown).replace(candidat.nir, "NIR").replace(candidat.courriel, "E-MAIL")
        seen.append((answer["Location"], answer.status_code, html))
    return seen, took


@pytest.mark.parametrize("kind", KINDS)
def test_known_or_unknown_the_journey_is_the_same(nouveau, kind: str):
    known = walk(nouveau(), person(kind, 1))[0]
    unknown = walk(nouveau(), person("inconnu", 2))[0]
    assert known == unknown


@pytest.mark.parametrize("kind", ["connu", "avec un compte", "décédé"])
def test_once_looked_at_the_last_page_is_the_same(nouveau, kind: str):
    pages = []
    for candidat in (person(kind, 11), person("inconnu", 12)):
        browser = nouveau()
        walk(browser, candidat)
        browser.work()
        pages.append(without_chance(browser.get("/inscription/confirmation/")).replace(candidat.courriel, "E-MAIL"))
    assert pages[0] == pages[1]
    assert len(pages[0]) == len(pages[1])


def test_known_or_unknown_each_step_takes_the_same_time(nouveau):
    took: dict[str, dict[str, list[float]]] = {step: {"connu": [], "inconnu": []} for step in STEPS}
    walk(nouveau(), person("inconnu", 99))  # the first journey of a process compiles templates
    for number in range(PAIRS):
        order = ("connu", "inconnu") if number % 2 else ("inconnu", "connu")
        for rank, kind in enumerate(order):
            kind_of_known = KINDS[number % 2] if kind == "connu" else "inconnu"
            times = walk(nouveau(), person(kind_of_known, 100 + 2 * number + rank))[1]
            for step in STEPS:
                took[step][kind].append(times[step])
    for step, times in took.items():
        p95 = {kind: statistics.quantiles(values, n=20)[18] for kind, values in times.items()}
        median = {kind: statistics.median(values) for kind, values in times.items()}
        assert abs(median["connu"] - median["inconnu"]) < 0.005, (step, median)
        assert abs(p95["connu"] - p95["inconnu"]) < 0.020, (step, p95)


def test_no_page_of_the_journey_asks_the_registry_and_all_ask_the_same(nouveau):
    asked = []
    for kind, number in (("connu", 3), ("inconnu", 4)):
        candidat = person(kind, number)
        with CaptureQueriesContext(connection) as captured:
            walk(nouveau(), candidat)
        asked.append([re.sub(r"'[^']*'|X'[^']*'|[0-9]+", "?", query["sql"])[:150] for query in captured])
    assert asked[0] == asked[1]
    tables = ("registre_", 'comptes_compte"', "comptes_motdepasseprovisoire")
    assert not [sql for sql in asked[0] if any(table in sql for table in tables)]


def test_the_neutral_page_offers_both_ways_to_everybody(parcours: Parcours, claire: Candidat):
    parcours.until("documents", claire)
    html = parcours.get("/inscription/identifiant/suite/").content.decode()
    assert "Me connecter" in html
    assert "Continuer mon inscription" in html


def test_a_signed_in_browser_learns_no_more(client: Client, claire: Candidat):
    client.force_login(CompteFactory())
    client.post("/inscription/", {"profil": "particulier"})
    answer = client.post("/inscription/identifiant/", {"identifiant": claire.nir})
    assert answer["Location"] == "/inscription/identifiant/suite/"
