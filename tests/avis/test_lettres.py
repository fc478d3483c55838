"""What nobody read leaves by post: once, together, and never after it was read."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from config.env import ENV
from enclos.avis import actions, controle, relais, tasks
from enclos.avis.annonces import announce
from enclos.avis.models import Avis, Relais
from enclos.comptes.models import Compte
from enclos.courrier import lettres
from enclos.courrier.models import Lettre
from enclos.demo.factories import PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.promesses import keep
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db

TERM = timedelta(days=ENV.notice_post_days)


def tell(personne: Personne, cle: str = "essai.1", **changes) -> Avis:
    fields = {
        "evenement": "decision",
        "subject": "Votre envoi : du nouveau",
        "body": "Un agent a répondu.",
        "url": "/espace/envois/",
        **changes,
    }
    return announce(Personne.objects.select_related("caisse", "compte").get(pk=personne.pk), cle, by=SYSTEM, **fields)


def later(days: float) -> None:
    """Every promised letter is due so many days sooner."""
    for row in Relais.objects.open().order_by("pk"):
        row.next_at -= timedelta(days=days)
        row.promised_at -= timedelta(days=days)
        row.save()


def test_what_is_not_read_leaves_by_post_after_the_term(adherente: Acteur):
    avis = tell(adherente.personne)
    later(TERM.days - 1)
    tasks.letters_due()
    assert not Lettre.objects.exists()
    later(1)
    tasks.letters_due()
    tasks.letters_due()
    lettre = Lettre.objects.get()
    assert (lettre.genre, lettre.personne, lettre.etat) == ("avis", adherente.personne, Lettre.Etat.EN_ATTENTE)
    assert lettre.donnees["nombre"] == 1
    assert lettre.donnees["en_ligne"] is True
    assert lettre.donnees["accuses"] == []
    row = avis.relais
    row.refresh_from_db()
    assert (row.lettre, row.is_kept) == (lettre, True)
    assert Ligne.objects.filter(event="avis.relais.posted").count() == 1


def test_what_was_read_costs_no_stamp(adherente: Acteur):
    avis = tell(adherente.personne)
    actions.read(avis, by=adherente.compte)
    assert Relais.objects.get().is_kept
    later(TERM.days + 1)
    tasks.letters_due()
    assert not Lettre.objects.exists()


def test_read_before_the_printer_came_the_letter_does_not_leave(adherente: Acteur):
    avis = tell(adherente.personne)
    later(TERM.days)
    tasks.letters_due()
    actions.read(avis, by=adherente.compte)
    assert Lettre.objects.get().etat == Lettre.Etat.ANNULEE


def test_several_due_together_share_an_envelope_that_one_reading_does_not_stop(adherente: Acteur):
    first, second = tell(adherente.personne, "essai.1"), tell(adherente.personne, "essai.2")
    later(TERM.days)
    tasks.letters_due()
    lettre = Lettre.objects.get()
    assert lettre.donnees["nombre"] == 2
    assert set(Relais.objects.values_list("lettre", flat=True).order_by("pk")) == {lettre.pk}
    actions.read(first, by=adherente.compte)
    lettre.refresh_from_db()
    assert lettre.is_open
    actions.read(second, by=adherente.compte)
    lettre.refresh_from_db()
    assert not lettre.is_open


def test_events_that_can_be_missed_never_leave_by_post(adherente: Acteur):
    tell(adherente.personne, evenement="brouillon")
    assert not Relais.objects.exists()
    tell(adherente.personne, "essai.2", evenement="brouillon", by_post=True)  # this one matters, says who tells it
    tell(adherente.personne, "essai.3", by_post=False)
    assert Relais.objects.get().avis.cle == "essai.2"


def test_somebody_without_an_account_is_told_the_next_day_how_to_get_it_on_paper(db):
    personne = PersonneFactory()
    tell(personne)
    later(1)
    tasks.letters_due()
    assert Lettre.objects.get().donnees["en_ligne"] is False


def test_a_closed_account_too(adherente: Acteur):
    Compte.objects.filter(pk=adherente.compte.pk).update(closed_at=timezone.now())
    tell(adherente.personne)
    later(1)
    tasks.letters_due()
    assert Lettre.objects.get().donnees["en_ligne"] is False


def test_nobody_writes_to_the_dead(adherente: Acteur):
    tell(adherente.personne)
    Personne.objects.filter(pk=adherente.personne.pk).update(decede=True)
    later(TERM.days)
    tasks.letters_due()
    assert not Lettre.objects.exists()
    assert Relais.objects.get().is_kept


def test_the_letter_of_another_app_takes_its_place(adherente: Acteur):
    tell(adherente.personne)
    other = lettres.request(
        adherente.personne, Lettre.Genre.ASSISTANCE, cle="autre", caisse=adherente.personne.caisse, by=SYSTEM
    )
    assert relais.told_by_letter("essai.1", other, by=SYSTEM)
    assert not relais.told_by_letter("essai.1", other, by=SYSTEM)
    assert not relais.told_by_letter("inconnu", other, by=SYSTEM)
    later(TERM.days)
    tasks.letters_due()
    assert Lettre.objects.get() == other
    actions.read_all(adherente.personne, by=adherente.compte)
    other.refresh_from_db()
    assert other.is_open  # not ours to stop


def test_an_installation_may_post_nothing(adherente: Acteur, monkeypatch: pytest.MonkeyPatch):
    from dataclasses import replace

    monkeypatch.setattr(relais, "ENV", replace(ENV, notice_post_days=0))
    tell(adherente.personne)
    assert not Relais.objects.exists()


def test_reconciliation_sees_a_letter_that_is_late(adherente: Acteur):
    tell(adherente.personne)
    later(TERM.days + 2)
    figures = {one.libelle: one for one in controle.constats()}
    late = figures["Avis dont la lettre est en retard d’un jour"]
    assert (late.nombre, late.is_alarming) == (1, True)
    tasks.letters_due()
    assert not any(one.is_alarming for one in controle.constats())


@pytest.fixture
def deux_a_la_fois():
    """Run gestures at the same instant, each on its own connection; gives back what they raised."""

    def run(*gestures):
        failures: list[BaseException] = []
        start = threading.Barrier(len(gestures))

        def one(gesture) -> None:
            try:
                start.wait()
                gesture()
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=(gesture,)) for gesture in gestures]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return failures

    return run


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_letter(adherente: Acteur, deux_a_la_fois):
    for number in range(4):
        tell(adherente.personne, f"essai.{number}")
    later(TERM.days)
    assert deux_a_la_fois(*[tasks.letters_due] * 4) == []
    tasks.letters_due()
    assert Lettre.objects.count() == 1
    assert Relais.objects.filter(lettre=None).count() == 0
    assert Relais.objects.open().count() == 0


@pytest.mark.django_db(transaction=True)
def test_read_at_the_instant_it_is_posted_the_letter_is_stopped_or_not_written(adherente: Acteur, deux_a_la_fois):
    for number in range(6):
        avis = tell(adherente.personne, f"essai.{number}")
        later(TERM.days)
        row = Relais.objects.get(avis=avis)
        failures = deux_a_la_fois(
            lambda row=row: keep(Relais, row.pk, relais.post),
            lambda: actions.read_all(adherente.personne, by=adherente.compte),
        )
        assert failures == []
        assert not Lettre.objects.filter(closed_at=None).exists()
        row.refresh_from_db()
        assert row.is_kept
