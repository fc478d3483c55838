"""The database goes away and comes back; many slow lines share few of its connections."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bench.client import Answer
from tests.fautes import gestes
from tests.fautes.portail import Portail, eventually
from tests.services.grappe import Cluster


@pytest.fixture(scope="module")
def portail(installer_postgres: Callable[..., Portail]) -> Portail:
    made = installer_postgres(database_pool="4")
    made.serve()
    return made


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """Without the database for the time of the block, whatever happens in it."""
    cluster.stop()
    try:
        yield
    finally:
        cluster.run()


def is_a_pause(told: Answer) -> bool:
    """The page that says the site is stopped for a moment, and when to come back."""
    assert told.status == 503, told.text
    assert int(told.headers["retry-after"]) > 0
    assert "Le site est arrêté un moment" in gestes.text_of(told)
    assert "Votre brouillon est gardé" in gestes.text_of(told)
    assert "Traceback" not in told.text
    return True


def test_a_database_stopped_during_the_journey_is_a_pause_and_nothing_is_lost(
    portail: Portail, cluster: Cluster
) -> None:
    sending, sent = gestes.ready(portail.adherent()), gestes.sent(portail.adherent())
    coming = gestes.begin(portail.adherent())
    photo = gestes.photo()
    slow = coming.slow_upload(photo)
    assert eventually(portail.half_received)
    worker = portail.work()
    assert eventually(lambda: portail.value("SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NOT NULL"))
    stored = portail.stored()

    visitor = sending.client
    with stopped(cluster), ThreadPoolExecutor(5) as pool:  # each waits for a connection before it gives up
        asked = [
            pool.submit(visitor.get, "/espace/"),
            pool.submit(sending.send, portail.same(visitor)),
            pool.submit(sent.pdf, portail.same(sent.client)),
        ]
        readiness = pool.submit(portail.visiteur().get, "/readyz")
        status, page = slow.finish()
        assert all(is_a_pause(one.result()) for one in asked)
        assert (status, "Le site est arrêté un moment" in page) == (503, True)
        assert readiness.result().status == 503
        assert portail.visiteur().get("/healthz").status == 200
        assert eventually(lambda: not portail.half_received())
        assert portail.stored() == stored

    began = time.monotonic()
    assert eventually(lambda: visitor.get("/espace/").status == 200)
    assert time.monotonic() - began < 10, "found again as soon as it is back"
    assert worker.poll() is None, "a worker waits for its database"
    assert portail.value("SELECT count(*) FROM envois_envoi WHERE submitted_at IS NOT NULL") == 1
    assert coming.upload(photo).status == 302
    assert [draft.send().status for draft in (sending, coming)] == [302, 302]
    assert eventually(lambda: portail.value("SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NOT NULL") == 3), (
        "the worker goes on by itself"
    )
    portail.stop_workers()
    portail.check()


def test_a_database_restarted_while_nobody_looked_is_not_noticed(portail: Portail, cluster: Cluster) -> None:
    """Connections kept by the pools are dead: each must be found out before a member's request is given it."""
    client = portail.adherent()
    with ThreadPoolExecutor(12) as pool:  # several connections in each pool
        assert {answer.status for answer in pool.map(lambda _: portail.same(client).get("/espace/"), range(12))} == {
            200
        }
    with stopped(cluster):
        pass
    assert [portail.same(client).get("/espace/").status for _ in range(12)] == [200] * 12


def test_150_slow_lines_leave_the_portal_to_the_others_and_the_database_to_few_connections(portail: Portail) -> None:
    draft = gestes.begin(portail.adherent())
    photo, jeton = gestes.photo(), gestes.jeton()
    slow = [draft.slow_upload(photo, jeton=jeton) for _ in range(150)]
    assert eventually(lambda: len(portail.half_received()) == 150), len(portail.half_received())

    visitor, times = portail.adherent(), []
    for path in ("/", "/espace/", "/aide/", gestes.ENVOYER) * 3:
        began = time.monotonic()
        assert visitor.get(path).status == 200
        times.append(time.monotonic() - began)
    assert sorted(times)[len(times) // 2] < 1, times
    held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert portail.value(held) <= 2 * 4
    assert portail.value(held + " AND state <> 'idle'") == 0

    # More of them end at once than the inspection lets wait: they wait before it, and none is sent away.
    for one in slow[50:]:
        one.cut()
    with ThreadPoolExecutor(50) as pool:
        ends = list(pool.map(gestes.SlowUpload.finish, slow[:50]))
    assert {status for status, _ in ends} == {302}, [page for status, page in ends if status != 302][:1]
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee WHERE jeton = ?", jeton) == 1
    assert eventually(lambda: not portail.half_received())
    assert draft.send().status == 302
