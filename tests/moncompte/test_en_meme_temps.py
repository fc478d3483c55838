"""Two windows at once: one wins, the other finds it done or explained."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from enclos.avis import actions as avis_actions
from enclos.avis import texte
from enclos.comptes import codes
from enclos.comptes.coordonnees import actions
from enclos.comptes.models import Acceptation, Avertissement, Changement, Compte
from enclos.courrier.models import Courriel
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from tests.conftest import Acteur
from tests.moncompte.conftest import secret_of
from tests.moncompte.test_coordonnees import MAISON

pytestmark = pytest.mark.django_db(transaction=True)

NOUVEAU = "jeanne@nouveau.example"


def at_once(count: int, act: Callable[[int], object]) -> list[str]:
    """What each of `count` threads got: « fait », or the code of its refusal."""
    start, outcomes = Barrier(count), []

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            outcomes.append("fait")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_one_code_changes_the_address_once(prouvee: Acteur):
    actions.ask_courriel(prouvee.compte, NOUVEAU, by=prouvee.compte)
    code = secret_of(NOUVEAU)
    outcomes = at_once(4, lambda _: actions.confirm_courriel(prouvee.compte, NOUVEAU, code, by=prouvee.compte))
    assert outcomes.count("fait") == 1
    assert set(outcomes) == {"fait", codes.DeadCode().code}
    assert Changement.objects.count() == 1
    assert Avertissement.objects.count() == 1


def test_of_several_addresses_at_once_one_waits(prouvee: Acteur):
    def moves(number: int) -> None:
        actions.change_adresse(
            prouvee.compte, MAISON | {"adresse4": f"{number} rue Verte"}, today_paris(), by=prouvee.compte
        )

    assert at_once(4, moves) == ["fait"] * 4
    assert Changement.objects.filter(cancelled_at=None).count() == 1
    assert Changement.objects.count() == 4


def test_given_up_and_given_to_the_fund_at_once_one_wins(prouvee: Acteur):
    change = actions.change_adresse(prouvee.compte, MAISON, today_paris(), by=prouvee.compte)

    def either(number: int) -> None:
        if number:
            actions.cancel_adresse(prouvee.compte, by=prouvee.compte)
        else:
            Changement.objects.filter(pk=change.pk, cancelled_at=None).update(exported_at=timezone.now())

    outcomes = at_once(2, either)
    change.refresh_from_db()
    assert (change.cancelled_at is None) != (change.exported_at is None)
    assert outcomes == (["fait", "fait"] if change.cancelled_at else ["fait", "parti"])


def test_a_yes_said_in_two_windows_is_one_yes(prouvee: Acteur):
    Compte.objects.filter(pk=prouvee.compte.pk).update(courriel_verifie_at=timezone.now())
    before = Courriel.objects.count()
    said = at_once(
        3, lambda _: avis_actions.accept_e_documents(prouvee.compte, version=texte.VERSION, by=prouvee.compte)
    )
    assert said == ["fait"] * 3
    assert Acceptation.objects.count() == 1
    assert Courriel.objects.count() == before + 1
