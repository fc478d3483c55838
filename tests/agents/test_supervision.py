"""The figures of the teams: counted by the worker, read by those in charge and, in part, by everybody."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from enclos.agents import chiffres, point
from enclos.agents.models import Abonnement, Alerte, ChiffreDuJour
from enclos.agents.tasks import count_figures
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Nature, Service
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from enclos.socle.jours_ouvres import working_days_between, working_hours_between
from enclos.suivi.models import Affaire
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db
WEDNESDAY = date(2026, 11, 18)


@pytest.fixture
def superviseuse(db):
    services = default_caisse().services.filter(code__in=["famille", "cotisations"])
    return Acteur(
        CompteFactory(
            agent=True, role="superviseur", nom="Nadia Fontaine", courriel="nadia@npc.example", services=services
        )
    )


def ended(days: list[int], *, on: date = WEDNESDAY, code: str = "famille", promised: int = 20) -> None:
    """Items answered `on` that day, each received so many calendar days before."""
    caisse, agent, personne = default_caisse(), CompteFactory(agent=True), PersonneFactory()
    at = datetime.combine(on, datetime.min.time(), UTC) + timedelta(hours=10)
    Affaire.objects.bulk_create(
        Affaire(
            caisse=caisse, service=caisse.services.get(code=code), personne=personne, reference=f"AB2-{on:%d%m}-{n}", libelle="Bail",
            received_at=at - timedelta(days=age), service_since=at, due_on=on - timedelta(days=age - promised), rang_on=on,
            etat="traite", taken_by=agent, taken_at=at, ended_at=at,
        )
        for n, age in enumerate(days)
    )  # fmt: skip


def figures(code: str = "famille", day: date = WEDNESDAY) -> ChiffreDuJour:
    return ChiffreDuJour.objects.get(service__code=code, service__caisse=default_caisse(), jour=day)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [("2026-11-18", "2026-11-18", 0), ("2026-11-13", "2026-11-16", 1), ("2026-11-10", "2026-11-12", 1),
     ("2026-11-14", "2026-11-15", 0), ("2026-11-02", "2026-11-30", 19), ("2026-11-18", "2026-11-17", 0)],
)  # fmt: skip
def test_working_days_leave_out_weekends_and_the_eleventh_of_november(start, end, days):
    assert working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == days


def test_working_hours_leave_out_the_night():
    friday = datetime(2026, 11, 13, 17, tzinfo=UTC)
    assert working_hours_between(friday, datetime(2026, 11, 16, 9, tzinfo=UTC)) == 2


def test_a_day_is_counted_by_team():
    ended([0, 0, 5, 30], promised=20)
    ended([7], code="cotisations")
    chiffres.count_day(WEDNESDAY)
    row = figures()
    assert (row.recues, row.terminees, row.a_temps) == (2, 4, 3)
    assert row.delais == {"0": 2, "3": 1, "21": 1}
    assert figures("cotisations").delais == {"5": 1}
    assert ChiffreDuJour.objects.filter(jour=WEDNESDAY).count() == Service.objects.count()


def test_counting_again_gives_the_same_and_follows_what_changed():
    ended([5, 5])
    chiffres.count_day(WEDNESDAY)
    chiffres.count_day(WEDNESDAY)
    assert figures().terminees == 2
    Affaire.objects.filter(reference="AB2-1811-0").update(ended_at=None, etat="en_cours")  # taken back
    chiffres.count_day(WEDNESDAY)
    assert figures().terminees == 1
    assert ChiffreDuJour.objects.filter(jour=WEDNESDAY).count() == Service.objects.count()


def test_the_edge_of_a_day_is_midnight_in_paris():
    ended([3])
    Affaire.objects.update(ended_at=datetime(2026, 11, 18, 23, 30, tzinfo=UTC))  # the 19th, half past midnight
    chiffres.count_day(WEDNESDAY)
    chiffres.count_day(WEDNESDAY + timedelta(days=1))
    assert (figures().terminees, figures(day=WEDNESDAY + timedelta(days=1)).terminees) == (0, 1)


def test_the_worker_counts_the_last_weeks_once_then_what_may_change():
    assert count_figures() == 60
    assert count_figures() == 3


def test_the_papers_asked_again_are_counted(adherente):
    service = default_caisse().services.get(code="famille")
    wanted = PapierVoulu(nature=Nature.objects.get(pk="LOG_QUITTANCE"), raison="Pour votre aide")
    ask_papers(
        personne=adherente.personne, service=service, libelle="Votre aide", papiers=[wanted],
        due_on=today_paris() + timedelta(days=20), by=SYSTEM,
    )  # fmt: skip
    chiffres.count_day(today_paris())
    assert figures(day=today_paris()).manques == {"LOG_QUITTANCE": 1}


@pytest.mark.parametrize(
    ("histogram", "median", "p90"),
    [({}, None, None), ({3: 1}, 3, 3), ({0: 5, 10: 5}, 0, 10), ({1: 50, 2: 40, 9: 10}, 1, 2), ({1: 1, 2: 1, 3: 1}, 2, 3)],
)  # fmt: skip
def test_the_median_and_the_ninth_decile_come_from_the_histogram(histogram, median, p90):
    assert (chiffres.rank_of(histogram, 0.5), chiffres.rank_of(histogram, 0.9)) == (median, p90)


def recent(count: int, *, code: str = "famille") -> None:
    """So many items answered yesterday, received on the same day, and their figures."""
    yesterday = today_paris() - timedelta(days=1)
    ended([0] * count, on=yesterday, code=code)
    chiffres.count_day(yesterday)


def test_those_in_charge_read_their_teams(envoyer, adherente, superviseuse):
    envoyer(adherente.compte, "LOG_BAIL")
    Affaire.objects.update(due_on=today_paris() - timedelta(days=1), received_at=timezone.now() - timedelta(days=9))
    recent(12)
    page = text_of(superviseuse.get("/agent/supervision/"))
    for words in ("Famille", "1 en retard", "il y a 9 jours", "100 %", "12"):
        assert words in page
    assert "Retraite" not in page  # not one of hers


def test_the_page_costs_the_same_with_more(superviseuse, django_assert_max_num_queries):
    recent(5)
    superviseuse.get("/agent/supervision/")
    for back in range(2, 40):
        chiffres.count_day(today_paris() - timedelta(days=back))
    with django_assert_max_num_queries(12):
        superviseuse.get("/agent/supervision/")


# --- for everybody


def test_everybody_reads_the_delays(client):
    recent(12)
    page = text_of(client.get("/delais/")).replace("\xa0", " ")
    assert "Délais de réponse" in page
    assert "le jour même" in page
    assert "Mis à jour le" in page
    lines = client.get("/delais.csv").content.decode().splitlines()
    assert lines[0] == "caisse,service,du,au,traites,mediane_jours_ouvres,p90_jours_ouvres,promesse_jours_ouvres"
    assert any(",12,0,0," in line for line in lines)


def test_below_ten_nothing_is_told(client):
    recent(9)
    page = text_of(client.get("/delais/"))
    assert "moins de 10" in page
    assert "le jour même" not in page
    assert ",9," not in client.get("/delais.csv").content.decode()


def test_the_page_asks_the_database_once_a_minute(client, django_assert_num_queries):
    recent(12)
    cache.clear()
    client.get("/delais/")
    with django_assert_num_queries(0):
        client.get("/delais/")


# --- the morning's e-mail

MORNING = datetime(2026, 11, 18, 7, 5, tzinfo=UTC)  # 8:05 in Paris


def mails():
    return list(Courriel.objects.filter(to="nadia@npc.example", subject__startswith="Le point").order_by("pk"))


def test_the_figures_come_each_working_morning_once(envoyer, adherente, superviseuse):
    envoyer(adherente.compte, "LOG_BAIL")
    assert (
        superviseuse.post(
            "/agent/supervision/point-du-jour/", {"courriel": "nadia@npc.example", "voulu": "on"}
        ).status_code
        == 303
    )
    assert point.send_all(MORNING, by=SYSTEM) == 1
    assert point.send_all(MORNING + timedelta(minutes=5), by=SYSTEM) == 0
    [mail] = mails()
    assert "1 à traiter, 0 en retard" in mail.text
    assert "Delattre" not in mail.text
    assert point.send_all(MORNING + timedelta(days=1), by=SYSTEM) == 1


@pytest.mark.parametrize(
    "moment", [MORNING - timedelta(minutes=10), MORNING + timedelta(hours=5), MORNING + timedelta(days=3),
               datetime(2026, 11, 11, 7, 5, tzinfo=UTC)],
    ids=["too early", "too late", "saturday", "holiday"],
)  # fmt: skip
def test_and_at_no_other_time(superviseuse, moment):
    Abonnement.objects.create(agent=superviseuse.compte)
    assert point.send_all(moment, by=SYSTEM) == 0


def test_who_is_no_longer_in_charge_gets_nothing(superviseuse):
    Abonnement.objects.create(agent=superviseuse.compte)
    superviseuse.compte.role = "gestionnaire"
    superviseuse.compte.save()
    assert point.send_all(MORNING, by=SYSTEM) == 0


def test_an_address_is_needed_and_the_box_is_unticked_again(superviseuse):
    assert superviseuse.post("/agent/supervision/point-du-jour/", {"voulu": "on"}).status_code == 422
    superviseuse.post("/agent/supervision/point-du-jour/", {"courriel": "n@npc.example", "voulu": "on"})
    assert (
        'name="voulu" id="id_voulu"' in text_of(superviseuse.get("/agent/supervision/")) or Abonnement.objects.exists()
    )
    superviseuse.post("/agent/supervision/point-du-jour/", {"courriel": "n@npc.example"})
    assert not Abonnement.objects.exists()
    superviseuse.compte.refresh_from_db()
    assert superviseuse.compte.courriel == "n@npc.example"


def test_no_alarm_is_left_by_a_quiet_installation(superviseuse):
    assert point.tell_silences(by=SYSTEM) == 0
    assert not Alerte.objects.exists()
