"""The next document prepared while one is read: set aside for one agent, for a few minutes, and never on two screens."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.actions import install_shipped_data
from enclos.caisses.models import Caisse
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.suivi import actions as suivi
from enclos.suivi import reservations
from enclos.suivi.models import Affaire, Reservation
from tests.agents.conftest import text_of
from tests.conftest import Acteur


def url(affaire, rest=""):
    return f"/agent/documents/{affaire.pk}/{rest}"


@pytest.fixture
def consoeur(db: None) -> Acteur:
    """Lou Petit, of the same team as Camille."""
    return Acteur(CompteFactory(agent=True, nom="Lou Petit", services=default_caisse().services.filter(code="famille")))


@pytest.fixture
def file(envoyer, adherente, agente):
    """Three documents in the queue, the first held by Camille."""
    items = [affaire for _ in range(3) for affaire in envoyer(adherente.compte, "LOG_BAIL", pages=2)]
    agente.post("/agent/suivant/", {"vu": timezone.now().isoformat()})
    items[0].refresh_from_db()
    assert items[0].taken_by == agente.compte
    return items


# --- as it should go


def test_the_next_document_is_prepared_and_opens_with_its_images_there(file, agente, inspection):
    held, following, _ = file
    response = agente.post(url(held, "preparer/"))
    assert response.status_code == 200
    prepared = json.loads(response.content)
    assert prepared["laisser"] == url(following, "laisser/")
    images = prepared["images"]
    assert images[0].startswith(url(following, "pages/1/lecture.jpg?j="))
    early = agente.get(images[0], headers={"X-Enclos-Precharge": "1"})
    assert early["Cache-Control"] == "private, max-age=300"
    assert early["Vary"] == "Cookie", "another session has not got them"
    response = agente.post(url(held, "decision/traiter/"))
    assert response["Location"].startswith(url(following))
    page = agente.get(response["Location"]).content.decode()
    for image in images:
        assert f'src="{image}"' in page, "an address prepared is the very address shown, or it is fetched again"


def test_an_image_that_the_screen_itself_asks_for_is_kept_by_no_cache(file, agente, inspection):
    image = agente.get(url(file[0])).content.decode().split('id="page-1"><img src="')[1].split('"')[0]
    assert agente.get(image)["Cache-Control"] == "no-store, private"


def test_preparing_and_showing_are_two_lines_of_the_journal_both_about_the_member(file, agente, adherente):
    held, following, _ = file
    for _ in range(3):
        agente.post(url(held, "preparer/"))
    location = agente.post(url(held, "decision/traiter/"))["Location"]
    agente.get(location)
    lines = Ligne.objects.about(following).filter(event__startswith="agents.").order_by("pk")
    assert [(line.event, line.concerne) for line in lines] == [
        ("agents.document.preloaded", str(adherente.personne.pk)),
        ("agents.document.opened", str(adherente.personne.pk)),
    ]
    assert "préparé" not in text_of(agente.get(location)), "the history says what people saw"


def test_colleagues_are_given_what_nobody_prepares(file, agente, consoeur):
    held, following, last = file
    agente.post(url(held, "preparer/"))
    assert consoeur.post("/agent/suivant/")["Location"] == url(last)
    assert consoeur.post(url(last, "preparer/")).status_code == 204
    following.refresh_from_db()
    assert following.is_free


def test_leaving_gives_it_back_at_once(file, agente, consoeur):
    held, following, _ = file
    agente.post(url(held, "preparer/"))
    assert consoeur.post(url(following, "laisser/")).status_code == 204
    assert Reservation.objects.get().agent == agente.compte, "only who set it aside lets it go"
    assert agente.post(url(following, "laisser/")).status_code == 204
    assert consoeur.post("/agent/suivant/")["Location"] == url(following)


def test_it_ends_by_itself(file, agente, consoeur):
    held, following, _ = file
    agente.post(url(held, "preparer/"))
    Reservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert consoeur.post("/agent/suivant/")["Location"] == url(following)


def test_who_asks_for_this_very_document_gets_it(file, agente, consoeur):
    held, following, last = file
    agente.post(url(held, "preparer/"))
    assert consoeur.post(url(following, "prendre/")).status_code == 303
    assert not Reservation.objects.exists()
    assert agente.post(url(held, "decision/traiter/"))["Location"].startswith(url(last))


def test_one_agent_prepares_one_document(file, agente):
    held, following, last = file
    agente.post(url(held, "preparer/"))
    Affaire.objects.filter(pk=last.pk).update(rang_on=following.rang_on - timedelta(days=9))
    agente.post(url(held, "preparer/"))
    assert [row.affaire_id for row in Reservation.objects.all()] == [following.pk], (
        "hers first, whatever came before it"
    )
    agente.post(url(following, "laisser/"))
    agente.post(url(held, "preparer/"))
    assert [row.affaire_id for row in Reservation.objects.all()] == [last.pk]


def test_the_queue_she_works_in_is_the_one_prepared(file, agente):
    agente.compte.services.add(default_caisse().services.get(code="accueil"))
    held, following, last = file
    Affaire.objects.filter(pk=following.pk).update(service=default_caisse().services.get(code="accueil"))
    agente.post(url(held, "preparer/"), {"service": "famille"})
    assert Reservation.objects.get().affaire_id == last.pk
    response = agente.post(url(held, "decision/traiter/"), {"service": "famille"})
    assert response["Location"].startswith(url(last, "?service=famille"))


# --- what is refused


def test_nothing_is_prepared_for_who_only_looks(file, consoeur):
    assert consoeur.post(url(file[0], "preparer/")).status_code == 204
    assert consoeur.post(url(file[1], "preparer/")).status_code == 204
    assert not Reservation.objects.exists()


def test_a_document_being_scanned_is_not_prepared(file, agente):
    held, following, last = file
    Fichier.objects.filter(page__document__affaire=following).update(analyse=Fichier.Analyse.EN_COURS, kept_at=None)
    prepared = json.loads(agente.post(url(held, "preparer/")).content)
    assert prepared["laisser"] == url(last, "laisser/")


def test_another_team_prepares_nothing(file, collegue):
    for address in ("preparer/", "laisser/"):
        assert collegue.post(url(file[0], address)).status_code == 404
        assert collegue.get(url(file[0], address)).status_code in {404, 405}


# --- many at once

AGENTS, PAPIERS = 6, 30


@pytest.fixture
def team(transactional_db: None) -> list[Compte]:
    """Six agents of one team, thirty items."""
    install_shipped_data()
    service = Caisse.objects.get().services.get(code="famille")
    personne = PersonneFactory(caisse=service.caisse)
    for _ in range(PAPIERS):
        suivi.open_affaire(
            caisse=service.caisse, service=service, personne=personne, reference="KM7-RP4-QB2", libelle="Bail",
            received_at=timezone.now(), by=SYSTEM,
        )  # fmt: skip
    return [CompteFactory(agent=True, caisse=service.caisse, services=[service]) for _ in range(AGENTS)]


def at_once(calls):
    """Run every call in its thread, all started together."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait(10)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def works(agent: Compte) -> tuple[list[Affaire], list[bool]]:
    """Take, prepare, decide, until nothing is left: what was decided, and whether each was the one prepared before."""
    done, hits = [], []
    prepared = None
    while affaire := suivi.take_next(agent):
        if prepared is not None:
            hits.append(prepared.pk == affaire.pk)
        found = reservations.set_aside(agent)
        prepared = found[0] if found else None
        suivi.settle(affaire, by=agent)
        done.append(affaire)
    return done, hits


@pytest.mark.django_db(transaction=True)
def test_six_agents_decide_and_prepare_at_once_and_never_share_an_item(team):
    results = at_once([lambda agent=agent: works(agent) for agent in team])
    left = []
    while affaire := suivi.take_next(team[0]):
        left.append(affaire)
    count = Counter(affaire.pk for done, _ in results for affaire in done)
    assert set(count.values()) == {1}
    assert len(count) + len(left) == PAPIERS
    assert len(left) == 0, "nobody waits for what a colleague set aside and then took"
    assert all(hit for _, hits in results for hit in hits), "what was set aside is what was given"


@pytest.mark.django_db(transaction=True)
def test_six_agents_who_prepare_at_once_set_aside_six_items(team):
    found = at_once([lambda agent=agent: reservations.set_aside(agent) for agent in team] * 2)
    assert len({affaire.pk for affaire, _ in found}) == AGENTS
    assert sum(is_new for _, is_new in found) == AGENTS
    assert Reservation.objects.count() == AGENTS


@pytest.mark.django_db(transaction=True)
def test_some_take_while_others_prepare_and_nothing_is_on_two_sides(team):
    takers, others = team[:3], team[3:]
    calls = [lambda agent=agent: suivi.take_next(agent) for agent in takers]
    calls += [lambda agent=agent: reservations.set_aside(agent)[0] for agent in others]
    found = at_once(calls)
    assert len({affaire.pk for affaire in found}) == AGENTS
