"""No page of the bench asks more of the database when there is more in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.models import Nature
from enclos.demo.factories import PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire, Note
from enclos.suivi.notes import write_note

pytestmark = pytest.mark.django_db

MOST = 12


def many(count: int, agent=None) -> None:
    """So many items in the queue of « Famille et logement », of twenty members, some late, some held by `agent`."""
    caisse = default_caisse()
    service = caisse.services.get(code="famille")
    people = [PersonneFactory() for _ in range(20)]
    now = timezone.now()
    Affaire.objects.bulk_create(
        Affaire(
            caisse=caisse, service=service, personne=people[n % 20], reference=f"KM7-RP4-A{n}", libelle=f"Bail {n}",
            groupe="Logement", received_at=now - timedelta(hours=n), service_since=now,
            due_on=today_paris() + timedelta(days=n % 9 - 3), rang_on=today_paris() + timedelta(days=n % 9 - 3),
        )
        for n in range(count)
    )  # fmt: skip


def queries(acteur, url):
    acteur.get(url)  # what a process reads once a minute is read
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = acteur.get(url)
    assert response.status_code == 200
    return [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


@pytest.mark.parametrize(
    ("url", "most"),
    [("/agent/", MOST), ("/agent/?service=famille&groupe=Logement", MOST), ("/agent/a-surveiller/", MOST + 2)],
)
def test_lists_cost_the_same_with_ten_and_a_thousand(agente, url, most):
    many(10)
    few = queries(agente, url)
    many(990)
    lot = queries(agente, url)
    assert len(lot) == len(few), "\n".join(lot)
    assert len(lot) <= most, "\n".join(lot)


def papers_asked(personne, count: int) -> None:
    ask_papers(
        personne=personne, service=default_caisse().services.get(code="famille"), libelle="Votre aide", message="",
        papiers=[
            PapierVoulu(nature=Nature.objects.get(pk="BQ_RIB"), precision=f"page {n}", raison="Pour vous payer.")
            for n in range(count)
        ],
        due_on=today_paris() + timedelta(days=9), by=SYSTEM,
    )  # fmt: skip


def test_a_document_costs_the_same_whatever_the_member_sent(envoyer, adherente, agente):
    [first] = envoyer(adherente.compte, "LOG_BAIL")
    agente.post("/agent/suivant/")
    papers_asked(adherente.personne, 1)
    few = queries(agente, f"/agent/documents/{first.pk}/")
    for _ in range(3):
        envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE", pages=4)
        papers_asked(adherente.personne, 5)
    for _ in range(30):
        agente.get(f"/agent/documents/{first.pk}/")
        write_note(adherente.personne, texte="Rappeler le matin.", affaire=first, by=agente.compte)
        Note.objects.update(written_at=timezone.now() - timedelta(hours=1))
    lot = queries(agente, f"/agent/documents/{first.pk}/")
    assert len(lot) == len(few), "\n".join(lot)
    assert len(lot) <= MOST, "\n".join(lot)


def test_lists_fetch_no_sealed_number_and_nothing_row_by_row(agente):
    many(30)
    lists = [sql for sql in queries(agente, "/agent/") if 'FROM "suivi_affaire"' in sql]
    assert len(lists) == 3
    assert not any("nir_sealed" in sql or "nir_index" in sql for sql in lists)


def test_the_queue_is_read_by_its_index(agente):
    many(1000)
    connection.cursor().execute("ANALYZE")
    service = default_caisse().services.get(code="famille")
    plan = Affaire.objects.open().filter(service=service, taken_by=None).oldest_due_first()[:1].explain()
    assert "affaire_queue" in plan, plan
