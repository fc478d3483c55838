"""Connections and devices: seen, closed, forgotten; and twelve months of history."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.actions import VISITOR
from enclos.comptes.coordonnees.connexions import reseau
from enclos.comptes.models import Session
from enclos.journal.actions import record
from enclos.journal.models import Ligne
from tests.conftest import Acteur
from tests.moncompte.conftest import lu, texte

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/appareils/"


@pytest.fixture
def telephone(adherente: Acteur) -> Acteur:
    """Her second browser."""
    other = Acteur(adherente.compte)
    mine = other.session.session_key
    assert mine
    Session.objects.filter(pk=row_of(other).pk).update(navigateur="Firefox sur Android", source="192.0.2.0/24")
    return other


def row_of(acteur: Acteur) -> Session:
    from enclos.comptes.sessions import digest

    return Session.objects.get(pk=digest(acteur.session.session_key or ""))


def signed_in(acteur: Acteur, **details: Any) -> None:
    record("comptes.session.opened", acteur.compte, by=acteur.compte, **details)


def refused(acteur: Acteur, times: int = 1, source: str = "198.51.100.0/24") -> None:
    for _ in range(times):
        record("comptes.session.refused", acteur.compte, by=VISITOR, source=source)


def test_every_open_browser_is_shown_and_this_one_told_apart(adherente: Acteur, telephone: Acteur):
    page = texte(adherente, ICI)
    assert "2 appareils connectés" in page
    assert "Firefox sur Android" in page
    assert "192.0.2.•••" in page
    assert "192.0.2.0/24" not in page
    assert page.count("Cet appareil") == 1


def test_one_is_closed_at_once(adherente: Acteur, telephone: Acteur):
    assert adherente.post(f"{ICI}fermer/", {"session": row_of(telephone).pk})["Location"] == ICI
    assert telephone.get("/espace/")["Location"].startswith("/connexion/")
    assert adherente.get("/espace/").status_code == 200
    assert Ligne.objects.get(event="comptes.session.revoked").details == {"nombre": 1}


def test_all_the_others_are_closed(adherente: Acteur, telephone: Acteur, voisin: Acteur):
    third = Acteur(adherente.compte)
    adherente.post(f"{ICI}fermer-les-autres/")
    for closed in (telephone, third):
        assert closed.get("/espace/")["Location"].startswith("/connexion/")
    assert adherente.get("/espace/").status_code == 200
    assert voisin.get("/espace/").status_code == 200
    assert Ligne.objects.get(event="comptes.session.revoked").details == {"nombre": 2}
    adherente.post(f"{ICI}fermer-les-autres/")  # a double click
    assert Ligne.objects.filter(event="comptes.session.revoked").count() == 1


@pytest.mark.parametrize("key", ["", "x", "\0", "0" * 40, "é" * 500])
def test_a_session_that_is_not_there_is_closed_already(adherente: Acteur, key: str):
    assert adherente.post(f"{ICI}fermer/", {"session": key}).status_code == 303


def test_the_neighbour_closes_nothing_of_hers(adherente: Acteur, voisin: Acteur):
    voisin.post(f"{ICI}fermer/", {"session": row_of(adherente).pk})
    assert adherente.get("/espace/").status_code == 200


def test_this_browser_is_left_by_signing_out_alone(adherente: Acteur):
    adherente.post(f"{ICI}fermer/", {"session": row_of(adherente).pk})
    assert adherente.get("/espace/").status_code == 200


def test_the_history_tells_successes_and_counts_failures(adherente: Acteur):
    signed_in(adherente, methode="mot-de-passe", navigateur="Firefox sur Linux", source="192.0.2.0/24")
    refused(adherente, 4)
    signed_in(adherente, methode="franceconnect", navigateur="Safari sur iPhone", source="2001:db8:0:aa00::/56")
    page = texte(adherente, ICI)
    assert "FranceConnect, Safari sur iPhone" in page
    assert "2001:db8:0:•••" in page
    assert "Refusée 4 essais" in page
    assert page.index("Safari sur iPhone") < page.index("4 essais") < page.index("Firefox sur Linux")


def test_the_history_stops_after_twelve_months(adherente: Acteur):
    with time_machine.travel(timezone.now() - timedelta(days=366), tick=False):
        signed_in(adherente, navigateur="Trop vieux")
    with time_machine.travel(timezone.now() - timedelta(days=364), tick=False):
        signed_in(adherente, navigateur="Encore là")
    page = texte(adherente, ICI)
    assert "Encore là" in page
    assert "Trop vieux" not in page


def test_nobody_s_history_is_in_another_s(adherente: Acteur, voisin: Acteur):
    signed_in(adherente, navigateur="À elle")
    assert "À elle" not in texte(voisin, ICI)


def test_the_history_goes_on_page_after_page(adherente: Acteur):
    for number in range(45):
        signed_in(adherente, navigateur=f"Navigateur {number:02d}")
        if number % 3 == 0:
            refused(adherente, 2)
    seen, url, pages = [], ICI, 0
    while url:
        response = adherente.get(url)
        html = response.content.decode()
        seen += lu(html).split("Navigateur ")[1:]
        pages += 1
        suite = response.context["historique"].suite
        url = f"{ICI}?avant={suite}" if suite else ""
    numbers = [word[:2] for word in seen if word[:2].isdigit()]
    assert numbers == [f"{number:02d}" for number in reversed(range(45))]
    assert pages == 3


def test_a_burst_longer_than_a_reading_is_told_in_parts(adherente: Acteur):
    refused(adherente, 250)
    first = adherente.get(ICI).context["historique"]
    assert [fait.fois for fait in first.faits] == [200]
    second = adherente.get(f"{ICI}?avant={first.suite}").context["historique"]
    assert [fait.fois for fait in second.faits] == [50]
    assert second.suite == ""


def test_the_page_asks_the_same_few_questions_whatever_there_is(adherente: Acteur):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            adherente.get(ICI)
        return len(queries)

    adherente.get(ICI)
    few = asked()
    for _ in range(5):
        Acteur(adherente.compte)
        refused(adherente, 10)
    assert asked() == few <= 4


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("192.0.2.0/24", "192.0.2.•••"),
        ("2001:db8:1:aa00::/56", "2001:db8:1:•••"),
        ("inconnue", ""),
        ("", ""),
    ],
)
def test_a_network_is_shown_in_part(source: str, shown: str):
    assert reseau(source) == shown


def test_forgotten_devices_are_strangers_again(adherente: Acteur, client: Client, rf: Any):
    from django.http import HttpResponse

    from enclos.comptes import appareils
    from enclos.comptes.identifiants import Identifiant

    who = Identifiant(empreinte=adherente.personne.nir_index or "")
    neighbour = Identifiant(empreinte="b" * 64)

    def browser(*known: Identifiant) -> Any:
        request = rf.get("/")
        for one in known:
            response = HttpResponse()
            appareils.remember(request, response, one)
            request.COOKIES[appareils.COOKIE] = response.cookies[appareils.COOKIE].value
        return request

    with time_machine.travel(timezone.now(), tick=False) as clock:
        request = browser(who, neighbour)
        assert appareils.known_device(request, who)
        clock.shift(1)
        assert adherente.post(f"{ICI}oublier/")["Location"] == ICI
        assert appareils.known_device(request, who) is None
        assert appareils.known_device(request, neighbour)
        clock.shift(1)
        response = HttpResponse()
        appareils.remember(request, response, who)
        request.COOKIES[appareils.COOKIE] = response.cookies[appareils.COOKIE].value
        assert appareils.known_device(request, who)
        assert request.COOKIES[appareils.COOKIE].count("/") == 1  # the forgotten number is not kept beside the new one
    assert Ligne.objects.filter(event="comptes.appareils.forgotten").count() == 1


def test_a_refused_second_code_says_that_the_password_may_be_known(adherente: Acteur):
    record("comptes.code.refused", adherente.compte, by=adherente.compte, source="198.51.100.0/24")
    refused(adherente)
    page = texte(adherente, ICI)
    assert "Second code" in page
    assert "Quelqu’un connaît peut-être votre mot de passe" in page
    assert page.count("Refusée") == 2


def test_a_session_that_has_not_come_in_yet_is_told_apart(adherente: Acteur, telephone: Acteur):
    Session.objects.filter(pk=row_of(telephone).pk).update(attend=Session.Attente.SECOND_FACTEUR)
    assert "Pas encore entré" in texte(adherente, ICI)
