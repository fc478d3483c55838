"""What the member put off is told together: titles alone, once, and nothing when all was read."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from enclos.avis import actions, controle, rythmes, tasks
from enclos.avis.evenements import EVENEMENTS
from enclos.avis.models import Avis, Resume, Rythme
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from tests.avis.test_lettres import deux_a_la_fois, tell  # noqa: F401
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/preferences/"
BODY = "Un agent a lu votre dossier."


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def chaque_jour(adherente: Acteur) -> Acteur:
    Rythme.objects.create(compte=adherente.compte, frequence="jour")
    return adherente


def gather_now() -> None:
    Resume.objects.open().update(next_at=timezone.now())
    tasks.digests_due()


def test_a_digest_leaves_once_with_titles_and_no_content(chaque_jour: Acteur):
    tell(chaque_jour.personne, "essai.1", subject="Votre envoi KM7 : du nouveau", body=BODY)
    tell(chaque_jour.personne, "essai.2", subject="Un envoi n’est pas terminé", body=BODY, evenement="brouillon")
    assert not Courriel.objects.exists()
    tasks.digests_due()
    assert not Courriel.objects.exists()  # not the hour yet
    gather_now()
    gather_now()
    courriel = Courriel.objects.get()
    assert courriel.subject == "Vous avez 2 nouveaux avis"
    assert courriel.text.index("Votre envoi KM7 : du nouveau") < courriel.text.index("Un envoi n’est pas terminé")
    assert BODY not in courriel.text
    assert "/espace/avis/" in courriel.text
    assert {avis.courriel for avis in Avis.objects.order_by("pk")} == {courriel}
    assert Resume.objects.get().is_kept


def test_what_was_read_meanwhile_is_not_in_it_and_an_empty_one_does_not_leave(chaque_jour: Acteur):
    first = tell(chaque_jour.personne, "essai.1", subject="Premier")
    tell(chaque_jour.personne, "essai.2", subject="Second")
    actions.read(first, by=chaque_jour.compte)
    gather_now()
    assert "Premier" not in Courriel.objects.get().text
    tell(chaque_jour.personne, "essai.3")
    actions.read_all(chaque_jour.personne, by=chaque_jour.compte)
    gather_now()
    assert Courriel.objects.count() == 1
    assert Resume.objects.open().count() == 0


def test_what_the_law_wants_told_leaves_at_once(chaque_jour: Acteur):
    tell(chaque_jour.personne, evenement="envoi-recu", to="jeanne@exemple.fr")
    assert Courriel.objects.get().to == "jeanne@exemple.fr"
    assert not Resume.objects.exists()


def test_what_is_not_wanted_by_email_is_not_in_the_digest(chaque_jour: Acteur):
    actions.choose(chaque_jour.compte, {("decision", "courriel"): False}, by=chaque_jour.compte)
    tell(chaque_jour.personne)
    assert not Resume.objects.exists()
    assert Avis.objects.count() == 1


@pytest.mark.parametrize(
    ("frequence", "calme", "at", "leaves"),
    [
        ("aussitot", False, "2026-11-17T10:00+01:00", "2026-11-17T10:00+01:00"),
        ("jour", False, "2026-11-17T10:00+01:00", "2026-11-17T18:00+01:00"),
        ("jour", False, "2026-11-17T18:00+01:00", "2026-11-18T18:00+01:00"),
        ("jour", False, "2026-11-22T10:00+01:00", "2026-11-22T18:00+01:00"),  # a Sunday
        ("jour", True, "2026-11-22T10:00+01:00", "2026-11-23T08:00+01:00"),
        ("jour", False, "2026-10-24T19:00+02:00", "2026-10-25T18:00+01:00"),  # the clock goes back
        ("jour", False, "2026-03-28T19:00+01:00", "2026-03-29T18:00+02:00"),  # and forward
        (
            "jour",
            True,
            "2026-10-25T02:30+02:00",
            "2026-10-26T08:00+01:00",
        ),  # a Sunday of 25 hours, in the hour that comes twice
        ("jour", True, "2026-03-29T01:59+01:00", "2026-03-30T08:00+02:00"),  # and one of 23
        ("semaine", False, "2026-10-21T18:00+02:00", "2026-10-28T18:00+01:00"),
        ("semaine", False, "2026-03-25T18:00+01:00", "2026-04-01T18:00+02:00"),
        ("semaine", False, "2026-11-17T10:00+01:00", "2026-11-18T18:00+01:00"),  # Tuesday: tomorrow
        ("semaine", False, "2026-11-18T17:59+01:00", "2026-11-18T18:00+01:00"),
        ("semaine", False, "2026-11-18T18:00+01:00", "2026-11-25T18:00+01:00"),
        ("semaine", True, "2026-11-10T10:00+01:00", "2026-11-12T08:00+01:00"),  # the Armistice is a Wednesday
    ],
)
def test_each_rhythm_has_its_hour_in_paris(frequence, calme, at, leaves):
    assert rythmes.next_slot(Rythme(frequence=frequence, calme=calme), utc(at)) == utc(leaves)


def test_quiet_hours_hold_the_emails_that_can_wait(adherente: Acteur):
    Rythme.objects.create(compte=adherente.compte, calme=True)
    with time_machine.travel(utc("2026-11-21T21:00+01:00"), tick=False):
        tell(adherente.personne, "essai.1")
        tell(adherente.personne, "essai.2", evenement="envoi-recu")
    held, at_once = Courriel.objects.order_by("pk")
    assert held.next_at == held.promised_at == utc("2026-11-23T08:00+01:00")
    assert at_once.next_at < utc("2026-11-21T21:01+01:00")


def test_a_member_who_wants_all_at_once_again_gets_what_waited(chaque_jour: Acteur):
    tell(chaque_jour.personne)
    chaque_jour.post(ICI, {"choix": ["decision/courriel"], "frequence": "aussitot"})
    tasks.digests_due()
    assert Courriel.objects.count() == 1


def test_choices_of_rhythm_are_kept_and_written_down(adherente: Acteur):
    boxes = [f"{event.code}/courriel" for event in EVENEMENTS if event.courriel and not event.verrou]
    adherente.post(ICI, {"choix": boxes, "frequence": "semaine", "calme": "oui"})
    rythme = Rythme.objects.get()
    assert (rythme.frequence, rythme.calme) == ("semaine", True)
    assert Ligne.objects.get(event="avis.preferences.changed").details["choix"] == {
        "frequence": "semaine",
        "heures_calmes": True,
    }
    page = adherente.get(ICI).content.decode()
    assert 'value="semaine" checked' in page
    assert 'name="calme" value="oui" checked' in page
    assert "E-mails une fois par semaine" in adherente.get("/espace/compte/").content.decode()
    adherente.post(ICI, {"choix": boxes})  # a page of before: what it did not ask stays
    adherente.post(ICI, {"choix": boxes, "frequence": "jamais"})
    rythme.refresh_from_db()
    assert rythme.frequence == "semaine"
    adherente.post(ICI, {"choix": boxes, "frequence": "semaine"})
    rythme.refresh_from_db()
    assert not rythme.calme


def test_closing_the_account_lets_the_digest_go_and_forgets_the_choice(chaque_jour: Acteur):
    tell(chaque_jour.personne)
    actions.forget_choices(chaque_jour.compte, by=chaque_jour.compte)
    assert not Rythme.objects.exists()
    Compte.objects.filter(pk=chaque_jour.compte.pk).update(closed_at=timezone.now())
    tasks.digests_due()
    assert "http" not in Courriel.objects.get().text


def test_reconciliation_sees_a_digest_that_is_late(chaque_jour: Acteur):
    tell(chaque_jour.personne)
    past = timezone.now() - timedelta(hours=3)
    Resume.objects.update(promised_at=past, next_at=past)
    assert [one.libelle for one in controle.constats() if one.is_alarming] == [
        "Résumés en retard de plus de deux heures"
    ]


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_digest(chaque_jour: Acteur, deux_a_la_fois):  # noqa: F811
    for number in range(5):
        tell(chaque_jour.personne, f"essai.{number}")
    Resume.objects.update(next_at=timezone.now())
    assert deux_a_la_fois(*[tasks.digests_due] * 4) == []
    assert Courriel.objects.get().subject == "Vous avez 5 nouveaux avis"


@pytest.mark.django_db(transaction=True)
def test_a_notice_told_while_the_digest_is_gathered_is_in_this_one_or_the_next(chaque_jour: Acteur, deux_a_la_fois):  # noqa: F811
    for turn in range(4):
        tell(chaque_jour.personne, f"avant.{turn}")
        Resume.objects.open().update(next_at=timezone.now())
        failures = deux_a_la_fois(
            tasks.digests_due,
            lambda turn=turn: tell(chaque_jour.personne, f"pendant.{turn}", subject=f"Pendant {turn}"),
        )
        assert failures == []
    gather_now()
    told = " ".join(Courriel.objects.order_by("pk").values_list("text", flat=True))
    for turn in range(4):
        assert told.count(f"Pendant {turn}") == 1
    assert not Avis.objects.filter(courriel=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_notices_at_once_open_one_digest(chaque_jour: Acteur, deux_a_la_fois):  # noqa: F811
    CompteFactory()
    gestures = [lambda turn=turn: tell(chaque_jour.personne, f"essai.{turn}") for turn in range(4)]
    assert deux_a_la_fois(*gestures) == []
    assert Resume.objects.count() == 1
    assert Resume.objects.get().avis.count() == 4
