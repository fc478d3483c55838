"""Several at once: workers, members who change their mind, decisions taken together. Nobody waits for ever, nothing is lost."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from enclos.avis import actions, tasks
from enclos.avis.annonces import INSTEAD_OF_TEXT
from enclos.avis.models import Avis, Preference, Resume, Rythme
from enclos.avis.rythmes import next_slot
from enclos.comptes.models import Compte
from enclos.courrier import budget, textos
from enclos.courrier.models import CompteurTextos, Courriel, Texto
from enclos.courrier.tasks import deliver_due, deliver_textos_due
from enclos.demo.factories import CompteFactory
from enclos.socle.dates import paris
from tests.avis.test_lettres import deux_a_la_fois, tell  # noqa: F401
from tests.conftest import Acteur
from tests.courrier.test_heures import utc
from tests.courrier.test_textos import fournisseur, set_env  # noqa: F401

A_MOMENT = 0.3  # long enough for the other to come and wait, on a machine that is busy
OUVERT = utc("2026-11-17T10:00+01:00")  # a Tuesday, when telephones may ring

together = pytest.mark.django_db(transaction=True)


@pytest.fixture
def a_l_heure():
    """A working morning: a text message leaves at once."""
    with time_machine.travel(OUVERT):
        yield


def member(number: int, *, frequence: str = "", sms: bool = False) -> Compte:
    compte = CompteFactory()
    Compte.objects.filter(pk=compte.pk).update(telephone=f"+336123456{number:02d}", telephone_verifie_at=timezone.now())
    if frequence:
        Rythme.objects.create(compte=compte, frequence=frequence)
    if sms:
        Preference.objects.create(compte=compte, evenement="decision", canal="sms", is_wanted=True)
        Preference.objects.create(compte=compte, evenement="decision", canal="courriel", is_wanted=False)
    compte.refresh_from_db()
    return compte


@together
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"sms": True}, {"sms": True}),
        ({"frequence": "jour"}, {"sms": True}),
        ({"frequence": "jour", "sms": True}, {"frequence": "jour", "sms": True}),
    ],
)
def test_a_lot_and_a_decision_about_its_members_never_wait_for_each_other(
    a_l_heure,
    fournisseur,  # noqa: F811
    deux_a_la_fois,  # noqa: F811
    monkeypatch,
    first,
    second,
):
    """A lot tells several members in one transaction; an agent who decides alone meanwhile holds nothing that it wants."""
    set_env(monkeypatch, sms_per_day=100)
    one, other = member(1, **first), member(2, **second)

    def lot() -> None:
        with transaction.atomic():
            tell(one.personne, "lot.1")
            time.sleep(A_MOMENT)
            tell(other.personne, "lot.2")

    def alone() -> None:
        time.sleep(A_MOMENT / 3)
        tell(other.personne, "seul")

    assert deux_a_la_fois(lot, alone) == []
    assert Avis.objects.count() == 3


@together
def test_a_code_does_not_wait_for_a_lot_that_tells_people(a_l_heure, fournisseur, deux_a_la_fois, monkeypatch):  # noqa: F811
    """Who signs in waits for a code: the count of the day is not held while others are told."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time, whatever it writes")
    set_env(monkeypatch, sms_per_day=100, sms_per_number=9)
    compte, waited = member(1, sms=True), []

    def lot() -> None:
        with transaction.atomic():
            tell(compte.personne, "lot.1")
            time.sleep(1.0)

    def code() -> None:
        time.sleep(0.2)
        begun = time.monotonic()
        textos.write(key="code", to="+33612345699", text="{secret}", secret="482913", caisse=compte.caisse, by=compte)
        waited.append(time.monotonic() - begun)

    assert deux_a_la_fois(lot, code) == []
    assert waited[0] < 0.6


@together
def test_twenty_notices_at_once_never_pass_the_budget_and_each_is_told(
    a_l_heure,
    fournisseur,  # noqa: F811
    deux_a_la_fois,  # noqa: F811
    monkeypatch,
):
    set_env(monkeypatch, sms_per_day=5)
    members = [member(number, sms=True) for number in range(20)]
    tells = [lambda compte=compte: tell(compte.personne, f"essai.{compte.pk}") for compte in members]
    assert deux_a_la_fois(*tells) == []
    Texto.objects.filter(kept_at=None, broken_at=None).update(next_at=timezone.now())
    assert deux_a_la_fois(*[deliver_textos_due] * 2) == []
    tasks.follow_returns()
    assert len(fournisseur.received) == len({told["to"] for told in fournisseur.received}) == 5
    assert CompteurTextos.objects.get(cle=budget.day_key()).nombre == 5
    assert Courriel.objects.count() == 15
    assert all(INSTEAD_OF_TEXT in text for text in Courriel.objects.order_by("pk").values_list("text", flat=True))
    assert not Avis.objects.filter(courriel=None, texto__kept_at=None).exists()


@pytest.mark.django_db
def test_a_text_message_held_at_night_counts_for_the_day_it_leaves(fournisseur, monkeypatch):  # noqa: F811
    with time_machine.travel(utc("2026-11-17T22:00+01:00"), tick=False) as clock:
        set_env(monkeypatch, sms_per_day=1)
        tell(member(1, sms=True).personne, "essai.1")
        tell(member(2, sms=True).personne, "essai.2")
        assert budget.spent_today() == 0
        clock.move_to(utc("2026-11-18T08:00:01+01:00"))
        deliver_textos_due()
        deliver_textos_due()
        assert (len(fournisseur.received), budget.spent_today()) == (1, 1)
        tasks.follow_returns()
        assert INSTEAD_OF_TEXT in Courriel.objects.get().text


@pytest.mark.django_db
def test_tried_again_it_counts_once(a_l_heure, fournisseur, monkeypatch):  # noqa: F811
    set_env(monkeypatch, sms_per_day=9)
    fournisseur.answers += [500, 503, 202]
    tell(member(1, sms=True).personne, "essai.1")
    for _ in range(3):
        Texto.objects.filter(kept_at=None).update(next_at=timezone.now())
        deliver_textos_due()
    assert (len(fournisseur.received), budget.spent_today()) == (3, 1)


@together
def test_who_wants_all_at_once_while_a_notice_joins_the_digest_does_not_wait_for_it(adherente: Acteur, deux_a_la_fois):  # noqa: F811
    Rythme.objects.create(compte=adherente.compte, frequence="semaine")

    def announces() -> None:
        with transaction.atomic():
            tell(adherente.personne, "essai.1", evenement="brouillon")
            time.sleep(A_MOMENT)

    def chooses() -> None:
        time.sleep(A_MOMENT / 3)
        actions.choose(adherente.compte, {}, frequence="aussitot", by=adherente.compte)

    assert deux_a_la_fois(announces, chooses) == []
    assert not Resume.objects.filter(next_at__gt=timezone.now()).exists()
    tasks.digests_due()
    assert Courriel.objects.count() == 1


@together
def test_who_changes_rhythm_while_the_digest_is_gathered_is_told_once(adherente: Acteur, deux_a_la_fois):  # noqa: F811
    Rythme.objects.create(compte=adherente.compte, frequence="jour")
    for turn, frequence in enumerate(["semaine", "aussitot", "jour", "semaine", "jour"]):
        tell(adherente.personne, f"essai.{turn}", evenement="brouillon", subject=f"Titre {turn}")
        Resume.objects.open().update(next_at=timezone.now())
        failures = deux_a_la_fois(
            tasks.digests_due,
            tasks.digests_due,
            lambda frequence=frequence: actions.choose(adherente.compte, {}, frequence=frequence, by=adherente.compte),
            lambda: actions.choose(adherente.compte, {("brouillon", "courriel"): True}, by=adherente.compte),
        )
        assert failures == []
    Resume.objects.open().update(next_at=timezone.now())
    tasks.digests_due()
    told = " ".join(f"{row.subject} {row.text}" for row in Courriel.objects.order_by("pk"))
    assert [told.count(f"Titre {turn}") for turn in range(5)] == [1] * 5


@together
def test_an_account_that_closes_while_it_is_told_leaves_nothing_waiting(adherente: Acteur, deux_a_la_fois):  # noqa: F811
    Rythme.objects.create(compte=adherente.compte, frequence="semaine")

    def announces() -> None:
        with transaction.atomic():
            tell(adherente.personne, "essai.1", evenement="brouillon")
            time.sleep(A_MOMENT)
            tell(adherente.personne, "essai.2", evenement="brouillon")

    def closes() -> None:
        time.sleep(A_MOMENT / 3)
        actions.forget_choices(adherente.compte, by=adherente.compte)

    assert deux_a_la_fois(announces, closes) == []
    assert not Resume.objects.filter(next_at__gt=timezone.now()).exists()


@together
def test_reading_all_while_the_sweeps_follow_what_is_lost(adherente: Acteur, deux_a_la_fois):  # noqa: F811
    for number in range(8):
        tell(adherente.personne, f"essai.{number}")
    now = timezone.now()
    Courriel.objects.update(broken_at=now, address_refused_at=now, next_at=None)
    tasks.follow_returns()
    Courriel.objects.update(broken_at=None, kept_at=now)  # an agent had them tried again
    failures = deux_a_la_fois(
        lambda: actions.read_all(adherente.personne, by=adherente.compte), *[tasks.follow_returns] * 2, deliver_due
    )
    assert failures == []
    assert not Avis.objects.filter(returned_at__isnull=False, read_at=None).exists()


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(["jour", "semaine"]),
)
def test_a_digest_leaves_at_eighteen_by_the_clock_on_the_wall_whatever_the_season(at, frequence):
    slot = next_slot(Rythme(frequence=frequence), at)
    local = paris(slot)
    assert (local.hour, local.minute, local.second) == (18, 0, 0)
    assert at < slot
    longest = timedelta(days=1 if frequence == "jour" else 7, hours=1)  # the day when an hour comes twice
    assert slot - at <= longest
    if frequence == "semaine":
        assert local.weekday() == 2
