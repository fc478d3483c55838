"""The life of a work item, first as it should go, then what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi import access, actions, controle
from enclos.suivi.models import Affaire, Etat, Refus

pytestmark = pytest.mark.django_db


def service(code: str = "famille") -> Service:
    return default_caisse().services.get(code=code)


def agent(code: str = "famille", nom: str = "Camille Roy") -> Compte:
    return CompteFactory(agent=True, nom=nom, services=[service(code)])


def open_one(code: str = "famille", *, days: int = 5, received_days_ago: int = 3, libelle: str = "Bail") -> Affaire:
    return actions.open_affaire(
        caisse=default_caisse(),
        service=service(code),
        personne=PersonneFactory(),
        reference="KM7-RP4-QB2",
        libelle=libelle,
        groupe="Logement",
        received_at=timezone.now() - timedelta(days=received_days_ago),
        due_on=today_paris() + timedelta(days=days),
        by=SYSTEM,
    )


def events(affaire: Affaire) -> list[str]:
    return list(Ligne.objects.about(affaire).order_by("pk").values_list("event", flat=True))


def test_an_item_is_due_within_the_working_days_its_team_promises():
    received = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Saturday 0 h 30 in Paris
    affaire = actions.open_affaire(
        caisse=default_caisse(), service=service(), personne=PersonneFactory(), reference="KM7-RP4-QB2", libelle="Bail",
        received_at=received, by=SYSTEM,
    )  # fmt: skip
    assert affaire.due_on.isoformat() == "2026-12-04"  # ten working days after Saturday 21 November
    assert affaire.get_etat_display() == "Reçu"


def test_the_next_item_is_the_one_due_first_then_received_first():
    camille = agent()
    later = open_one(days=9)
    younger = open_one(days=2, received_days_ago=1)
    older = open_one(days=2, received_days_ago=4)
    assert [actions.take_next(camille) for _ in range(4)] == [older, younger, later, None]
    older.refresh_from_db()
    assert (older.taken_by, older.get_etat_display()) == (camille, "En cours")
    assert events(older) == ["suivi.affaire.opened", "suivi.affaire.taken"]


def test_an_agent_gets_only_what_is_for_her_teams():
    open_one("cotisations")
    mine = open_one("famille", days=20)
    assert actions.take_next(agent("famille")) == mine
    assert actions.take_next(agent("famille")) is None


def test_a_double_click_on_the_next_item_gives_one_item():
    camille = agent()
    open_one(), open_one()
    shown_at = timezone.now()
    first = actions.take_next(camille, asked_at=shown_at)
    assert actions.take_next(camille, asked_at=shown_at) == first
    assert actions.take_next(camille, asked_at=timezone.now()) not in {first, None}


def test_an_item_is_settled_once():
    camille = agent()
    affaire = open_one()
    actions.take(affaire, by=camille)
    assert actions.settle(affaire, by=camille, reponse=" Merci. ") is True
    assert actions.settle(affaire, by=camille) is False
    affaire.refresh_from_db()
    assert (affaire.get_etat_display(), affaire.reponse, affaire.taken_by) == ("Traité", "Merci.", camille)
    assert events(affaire).count("suivi.affaire.settled") == 1


def test_each_decision_has_its_state():
    camille = agent()
    for decide, etat in [
        (lambda a: actions.refuse(a, refus=Refus.ILLISIBLE, reponse="Refaites la photo.", by=camille), "Refusé"),
        (lambda a: actions.ask_more(a, reponse="Il manque la page 2.", by=camille), "À compléter"),
        (lambda a: actions.flag_medical(a, reponse="Par la poste.", by=camille), "Refusé"),
    ]:
        affaire = actions.take(open_one(), by=camille)
        assert decide(affaire) is True
        assert decide(affaire) is False
        affaire.refresh_from_db()
        assert (affaire.get_etat_display(), affaire.is_ended) == (etat, True)
    assert affaire.is_medical


def test_redirecting_keeps_the_dates_and_frees_the_item():
    camille, yanis = agent(), agent("cotisations", "Yanis Haddad")
    affaire = actions.take(open_one(), by=camille)
    received_at, due_on = affaire.received_at, affaire.due_on
    assert actions.redirect(affaire, service=service("cotisations"), by=camille) is True
    assert actions.redirect(affaire, service=service("cotisations"), by=camille) is False
    moved = actions.take_next(yanis)
    assert moved is not None
    assert (moved.pk, moved.received_at, moved.due_on) == (affaire.pk, received_at, due_on)
    assert moved.service_since > received_at
    with pytest.raises(Http404):
        access.affaire_for(camille, affaire.pk)


def test_released_items_keep_their_place():
    camille, lou = agent(), agent(nom="Lou Petit")
    first, second = open_one(days=1), open_one(days=2)
    actions.take(first, by=camille)
    actions.release(first, by=camille)
    assert actions.release(first, by=camille).get_etat_display() == "Reçu"
    assert [actions.take_next(lou), actions.take_next(lou)] == [first, second]


def test_a_decision_is_taken_back_within_a_day_by_who_took_it():
    camille, lou = agent(), agent(nom="Lou Petit")
    affaire = actions.take(open_one(), by=camille)
    actions.settle(affaire, by=camille)
    with pytest.raises(Refusal):
        actions.reopen(affaire, by=lou)
    with time_machine.travel(timezone.now() + timedelta(hours=25)), pytest.raises(Refusal):
        actions.reopen(affaire, by=camille)
    assert actions.reopen(affaire, by=camille).get_etat_display() == "En cours"
    assert actions.reopen(affaire, by=camille).is_held_by(camille)
    assert actions.settle(affaire, by=camille) is True


@pytest.mark.parametrize("end", ["ask_more", "flag_medical"])
def test_what_set_something_going_is_not_taken_back(end):
    camille = agent()
    affaire = actions.take(open_one(), by=camille)
    getattr(actions, end)(affaire, reponse="Un mot.", by=camille)
    with pytest.raises(Refusal):
        actions.reopen(affaire, by=camille)


def test_deciding_needs_to_hold_the_item():
    camille, lou = agent(), agent(nom="Lou Petit")
    affaire = open_one()
    with pytest.raises(actions.NotHeld):
        actions.settle(affaire, by=camille)
    actions.take(affaire, by=lou)
    with pytest.raises(actions.NotHeld, match="Lou Petit s’occupe"):
        actions.settle(affaire, by=camille)
    with pytest.raises(actions.AlreadyTaken):
        actions.take(affaire, by=camille)
    actions.settle(affaire, by=lou)
    with pytest.raises(actions.AlreadyDecided, match="déjà « Traité », par Lou Petit"):
        actions.refuse(affaire, refus=Refus.AUTRE, reponse="Non.", by=camille)
    with pytest.raises(actions.AlreadyDecided):
        actions.refuse(affaire, refus=Refus.AUTRE, reponse="Non.", by=lou)


def test_a_refusal_without_a_word_is_refused():
    camille = agent()
    affaire = actions.take(open_one(), by=camille)
    with pytest.raises(Refusal, match="Un refus s’explique"):
        actions.refuse(affaire, refus=Refus.ILLISIBLE, reponse="  ", by=camille)


def test_an_item_goes_neither_to_its_own_team_nor_to_another_fund():
    camille = agent()
    affaire = actions.take(open_one(), by=camille)
    other = Caisse.objects.create(
        code="AUT", nom="Autre caisse", telephone="01", courriel="a@enclos.example", adresse=[]
    )
    elsewhere = Service.objects.create(caisse=other, code="famille", nom="Famille", adresse=[], telephone="01")
    for target in (service("famille"), elsewhere):
        with pytest.raises(Refusal, match="autre service"):
            actions.redirect(affaire, service=target, by=camille)


def test_an_item_left_for_two_days_can_be_taken_over():
    camille, lou = agent(), agent(nom="Lou Petit")
    affaire = actions.take(open_one(), by=lou)
    Affaire.objects.filter(pk=affaire.pk).update(taken_at=timezone.now() - timedelta(days=2, minutes=1))
    assert list(Affaire.objects.forgotten()) == [affaire]
    assert actions.take(affaire, by=camille).is_held_by(camille)
    with pytest.raises(actions.NotHeld):
        actions.settle(affaire, by=lou)


def test_an_item_held_by_somebody_who_left_can_be_taken_over_at_once():
    camille, lou = agent(), agent(nom="Lou Petit")
    affaire = actions.take(open_one(), by=lou)
    Compte.objects.filter(pk=lou.pk).update(is_active=False)
    assert actions.take(affaire, by=camille).is_held_by(camille)


def test_an_agent_of_another_team_or_fund_does_not_see_it():
    affaire = open_one()
    assert access.affaire_for(agent(), affaire.pk) == affaire
    with pytest.raises(Http404):
        access.affaire_for(agent("cotisations"), affaire.pk)
    # Even with the team on the account: the fund decides.
    other = Caisse.objects.create(
        code="AUT", nom="Autre caisse", telephone="01", courriel="a@enclos.example", adresse=[]
    )
    stranger = CompteFactory(agent=True, caisse=other, services=[service()])
    with pytest.raises(Http404):
        access.affaire_for(stranger, affaire.pk)
    assert actions.take_next(stranger) is None


def test_pages_of_the_queue_follow_each_other_without_gap():
    camille = agent()
    for index in range(7):
        open_one(days=index // 3, libelle=f"Papier {index}")
    whole = list(access.queue_of(camille))
    first = list(access.queue_of(camille)[:3])
    actions.take(first[-1], by=agent(nom="Lou Petit"))
    actions.settle(first[-1], by=Compte.objects.get(nom="Lou Petit"))
    assert first + list(access.queue_of(camille, after=first[-1].pk)) == whole


def test_the_figures_of_a_team():
    camille = agent()
    open_one(days=-2), open_one(days=3), open_one("cotisations")
    actions.take_next(camille)
    [chiffres] = access.figures_of([service()])
    assert (chiffres.libres, chiffres.en_cours, chiffres.en_retard, chiffres.ouvertes) == (1, 1, 1, 2)


def test_reconciliation_finds_items_that_nobody_can_take():
    open_one("retraite")
    open_one("famille", days=-1)
    agent("famille")
    found = {constat.libelle: constat.nombre for constat in controle.constats()}
    assert found == {
        "Documents reçus et pas encore décidés": 2,
        "Documents après la date promise": 1,
        "Documents pris, puis oubliés": 0,
        "Documents d’un service sans agent": 1,
        "Seconds regards que personne ne peut donner": 0,
        "Décisions en lot qui attendent leur heure": 0,
        "Décisions en lot non exécutées à leur heure": 0,
        "Documents tenus par un lot terminé": 0,
    }
    assert [c.libelle for c in controle.constats() if c.is_alarming] == ["Documents d’un service sans agent"]


def test_the_machine_refuses_what_nobody_can_open():
    camille = agent()
    affaire = actions.take(open_one(), by=camille)
    assert actions.refuse_unread(affaire, reponse="Fichier dangereux.", by=SYSTEM) is True
    assert actions.refuse_unread(affaire, reponse="Fichier dangereux.", by=SYSTEM) is False
    with pytest.raises(actions.AlreadyDecided, match="déjà « Refusé », "):
        actions.settle(affaire, by=camille)


@pytest.mark.parametrize("wrong", [{"etat": Etat.TRAITE}, {"etat": Etat.REFUSE}, {"ended_at": timezone.now()}])
def test_the_database_itself_refuses_a_state_that_says_two_things(wrong):
    affaire = open_one()
    with pytest.raises(IntegrityError), transaction.atomic():
        Affaire.objects.filter(pk=affaire.pk).update(**wrong)
