"""Two gestures at once on one thread, really at once: threads of their own, connections of their own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from random import Random
from threading import Barrier, BrokenBarrierError, Event
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connections
from django.db.models import F
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.agents import actions as agents
from enclos.agents.actions import ask_papers_in_thread, thread_opened
from enclos.caisses.models import Nature, Service
from enclos.coffre import depot, objets
from enclos.coffre.actions import Prepared
from enclos.coffre.models import Fichier
from enclos.coffre.uploads import SealedUpload
from enclos.comptes.models import Compte
from enclos.envois.demandes import PapierVoulu
from enclos.messagerie import access, actions, brouillon, tasks
from enclos.messagerie.actions import Attestation
from enclos.messagerie.controle import constats
from enclos.messagerie.models import Fil, Message, Piece, Sujet
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import redirect, release, take, take_next
from enclos.suivi.models import Affaire
from tests.conftest import Acteur
from tests.messagerie.conftest import PHOTO

pytestmark = pytest.mark.django_db(transaction=True)

SENT = Attestation(attests=False, session="")


def at_once(*gestures: Callable[[], object]) -> list[object]:
    """Each in its thread, started together; a refusal is an answer."""
    barrier = Barrier(len(gestures))

    def run(gesture: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return gesture()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(gestures)) as pool:
        return [future.result() for future in [pool.submit(run, gesture) for gesture in gestures]]


ROUNDS = 16
ATTESTED = Attestation(attests=True, session="")


class Melee:
    """Everything that can be done to one thread, each gesture as a page makes it: it reads, then it acts."""

    def __init__(self, membre: Acteur, agents: list[Compte]) -> None:
        self.membre, self.agents = membre.compte, agents
        actions.submit(draft_of(self.membre), SENT, by=self.membre)
        self.pk = Fil.objects.get().pk

    def fil(self, by: Compte) -> Fil:
        fil = access.with_all(Fil.objects.select_related("personne__caisse", "personne__compte")).get(pk=self.pk)
        return access.completed(fil, by)

    def draft(self) -> Message:
        rows = Message.objects.by_members().drafts().select_related("fil__personne__caisse", "fil__personne__compte")
        found = rows.filter(fil=self.pk).first()
        if found is not None:
            return found
        message = brouillon.answer(self.fil(self.membre), by=self.membre)
        brouillon.write(message, "Encore un mot", by=self.membre)
        return rows.get(pk=message.pk)

    def member(self) -> list[Callable[[], object]]:
        by = self.membre
        return [
            lambda: actions.submit(self.draft(), ATTESTED, by=by),
            lambda: brouillon.write(self.draft(), "Un autre mot", by=by),
            lambda: brouillon.set_thread(self.draft(), lien=None, decision_on=None, by=by),
            lambda: self.joins(self.draft(), by),
            lambda: brouillon.remove_piece(Piece.objects.filter(message=self.draft())[:1].get(), by=by),
            lambda: brouillon.discard_draft(self.draft(), by=by),
            lambda: actions.read_by_member(self.fil(by), by=by),
            lambda: actions.close(self.fil(by), by=by),
        ]

    def joins(self, message: Message, by: Compte) -> object:
        upload = SimpleNamespace(name="photo.jpg", sha256=uuid4().hex, failure="")
        return brouillon.add_files(message, [cast(SealedUpload, upload)], jeton=str(uuid4()), by=by)

    def agent(self, by: Compte) -> list[Callable[[], object]]:
        return [
            lambda: self.takes(by),
            lambda: self.answers(by),
            lambda: self.decides(by, actions.promise, "Patience", due_on=today_paris() + timedelta(days=9)),
            lambda: self.decides(by, actions.close_as_agent, "Bonne journée"),
            lambda: self.asks(by),
            lambda: thread_opened(self.held(by), self.fil(by), by=by),
            lambda: redirect(self.held(by), service=Service.objects.exclude(affaires=self.held(by))[:1].get(), by=by),
            lambda: release(self.held(by), by=by),
            lambda: self.joins(brouillon.start_in(self.fil(by), auteur="agent", by=by), by),
        ]

    def held(self, by: Compte) -> Affaire:
        rows = Affaire.objects.select_related("personne__caisse", "personne__compte", "service")
        return rows.get(pk=self.fil(by).affaire_id)

    def takes(self, by: Compte) -> Affaire:
        return take(self.held(by), by=by)

    def answers(self, by: Compte) -> object:
        self.takes(by)
        fil = self.fil(by)
        draft = brouillon.start_in(fil, auteur="agent", by=by)
        brouillon.write(draft, "Voici.", by=by)
        draft.fil = fil
        return actions.reply(self.held(by), draft, vu=self.vu(fil), by=by)

    def decides(self, by: Compte, decide: Callable[..., object], words: str, **said: Any) -> object:
        self.takes(by)
        fil = self.fil(by)
        return decide(self.held(by), fil, words, vu=self.vu(fil), by=by, **said)

    def asks(self, by: Compte) -> object:
        self.takes(by)
        papiers = [PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour calculer.")]
        day = today_paris() + timedelta(days=9)
        fil = self.fil(by)
        return ask_papers_in_thread(
            self.held(by), fil, papiers=papiers, due_on=day, message="Il manque", vu=self.vu(fil), by=by
        )

    def vu(self, fil: Fil) -> Any:
        return next((one.pk for one in reversed(access.messages_of(fil)) if one.is_mine), None)

    def machine(self) -> list[Callable[[], object]]:
        return [
            tasks.acknowledge_due,
            lambda: actions.close_by_time(Fil.objects.select_related("personne__caisse", "personne__compte").get(pk=self.pk)),
        ]  # fmt: skip


@pytest.fixture
def melee(adherente: Acteur, agente: Acteur, consoeur: Acteur, monkeypatch: pytest.MonkeyPatch) -> Melee:
    def prepared(upload: SealedUpload, *, by: Any) -> Prepared:
        return Prepared(
            nom=upload.name or "", media_type="image/jpeg", original=objets.put(PHOTO, "image/jpeg"),
            parts=[(objets.put(PHOTO, "image/jpeg"), 1)], pages=1, conseils=(), bilan={}, embarques=0, analyse=Fichier.Analyse.SAIN,
        )  # fmt: skip

    monkeypatch.setattr(depot, "prepare", prepared)  # the sandbox takes its time and holds no row
    return Melee(adherente, [agente.compte, consoeur.compte])


def test_papers_asked_while_the_member_writes_hold_the_thread_before_its_item(melee, monkeypatch):
    agent, asked, wrote = melee.agents[0], Event(), []
    ask = agents.ask_papers

    def asks_slowly(**said: Any) -> object:
        asked.set()
        time.sleep(0.5)  # the member is sending by now
        return ask(**said)

    monkeypatch.setattr(agents, "ask_papers", asks_slowly)
    draft = melee.draft()

    def writes() -> object:
        asked.wait(5)
        wrote.append(actions.submit(draft, SENT, by=melee.membre))
        return wrote

    at_once(lambda: melee.asks(agent), writes)
    assert [message.sent_at is not None for message in wrote] == [True]
    first, second = Affaire.objects.order_by("received_at")
    assert (first.etat, second.ended_at) == ("a_completer", None)


def test_everything_at_once_on_one_thread_waits_for_nothing_for_ever(melee):
    hands = [melee.member()] * 3 + [melee.agent(melee.agents[number]) for number in (0, 1, 0)]
    hands.append(melee.machine())
    barrier = Barrier(len(hands))

    def play(number: int) -> None:
        chance = Random(number)
        try:
            for _ in range(ROUNDS):
                barrier.wait(timeout=20)
                # Somebody was quicker: a page would say so, or not be found.
                with suppress(Refusal, ObjectDoesNotExist):
                    chance.choice(hands[number])()
        except BaseException:
            barrier.abort()
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(hands)) as pool:
        failures = [future.exception() for future in [pool.submit(play, number) for number in range(len(hands))]]
    assert [failure for failure in failures if failure and not isinstance(failure, BrokenBarrierError)] == []

    tasks.acknowledge_due()
    assert [constat.libelle for constat in constats() if constat.is_alarming] == []
    # One item at a time, and what was written before its end was read before it.
    assert Affaire.objects.open().count() <= 1
    unread = Message.objects.by_members().sent().filter(affaire__ended_at__lt=F("sent_at"))
    assert not unread.exists()
    ended = Affaire.objects.exclude(ended_at=None).count()
    assert Message.objects.by_agents().sent().filter(sorte__in=["reponse", "papiers", "cloture"]).count() == ended
    # No file without something that holds it.
    assert not Fichier.objects.filter(piece=None, feuillets=None).exists()


def draft_of(compte: Compte, words: str = "Bonjour") -> Message:
    assert compte.personne is not None
    message = brouillon.start(compte.personne, Sujet.objects.get(pk="FAM_LOGEMENT"), by=compte)
    brouillon.write(message, words, by=compte)
    return message


def test_a_message_sent_by_eight_clicks_at_once_is_one(adherente):
    draft = draft_of(adherente.compte)
    sent = at_once(
        *[lambda: actions.submit(Message.objects.select_related("fil").get(pk=draft.pk), SENT, by=adherente.compte)] * 8
    )
    assert {getattr(one, "pk", one) for one in sent} == {draft.pk}
    assert Affaire.objects.count() == Accuse.objects.count() == 1


def test_a_subject_clicked_eight_times_at_once_opens_one_draft(adherente):
    sujet, personne = Sujet.objects.get(pk="AUTRE"), adherente.personne
    at_once(*[lambda: brouillon.start(personne, sujet, by=adherente.compte)] * 8)
    assert Fil.objects.count() == Message.objects.count() == 1


def test_two_agents_who_answer_at_once_are_one_answer(adherente, agente, consoeur):
    message = actions.submit(draft_of(adherente.compte), SENT, by=adherente.compte)
    taken = at_once(lambda: take_next(agente.compte), lambda: take_next(consoeur.compte))
    assert sum(one is not None for one in taken) == 1

    def answers(agent: Compte) -> bool:
        fil = Fil.objects.select_related("personne").get()
        draft = brouillon.start_in(fil, auteur="agent", by=agent)
        brouillon.write(draft, f"Réponse de {agent.nom}", by=agent)
        draft.fil = fil
        return actions.reply(Affaire.objects.get(), draft, vu=message.pk, by=agent)

    at_once(lambda: answers(agente.compte), lambda: answers(consoeur.compte), lambda: answers(agente.compte))
    assert Message.objects.by_agents().sent().count() == 1


def test_the_member_writes_while_the_agent_answers_and_nothing_is_left_without_an_answer(adherente, agente):
    first = actions.submit(draft_of(adherente.compte), SENT, by=adherente.compte)
    affaire = take(Affaire.objects.get(), by=agente.compte)
    fil = Fil.objects.select_related("personne").get()
    more = brouillon.answer(fil, by=adherente.compte)
    brouillon.write(more, "Encore un mot", by=adherente.compte)
    draft = brouillon.start_in(fil, auteur="agent", by=agente.compte)
    brouillon.write(draft, "Voici.", by=agente.compte)

    def writes() -> object:
        return actions.submit(
            Message.objects.select_related("fil__personne").get(pk=more.pk), SENT, by=adherente.compte
        )

    def answers() -> object:
        row = Message.objects.select_related("fil__personne").get(pk=draft.pk)
        return actions.reply(affaire, row, vu=first.pk, by=agente.compte)

    at_once(writes, answers)
    fil.refresh_from_db()
    assert fil.affaire is not None
    # Either the answer did not leave, or what was added is new work: never a message that nobody has to read.
    last = fil.messages.by_members().sent().order_by("-sent_at").first()
    assert last is not None
    assert last.pk == more.pk
    assert fil.affaire.ended_at is None
    assert last.affaire_id == fil.affaire_id


def test_close_and_write_at_once_leave_no_open_work_unsaid(adherente):
    actions.submit(draft_of(adherente.compte), SENT, by=adherente.compte)
    fil = Fil.objects.select_related("personne").get()
    more = brouillon.answer(fil, by=adherente.compte)
    brouillon.write(more, "Encore un mot", by=adherente.compte)
    at_once(
        lambda: actions.close(Fil.objects.select_related("personne").get(), by=adherente.compte),
        lambda: actions.submit(
            Message.objects.select_related("fil__personne").get(pk=more.pk), SENT, by=adherente.compte
        ),
    )
    assert Message.objects.sent().count() == 2
    assert Affaire.objects.count() == 1


def test_a_draft_thrown_away_in_another_tab_is_not_sent_and_says_so(adherente):
    draft = draft_of(adherente.compte)
    shown = Message.objects.select_related("fil__personne").get(pk=draft.pk)
    brouillon.discard_draft(draft, by=adherente.compte)
    with pytest.raises(Refusal) as refused:
        actions.submit(shown, SENT, by=adherente.compte)
    assert refused.value.code == "efface"


def test_two_clicks_on_a_message_that_begins_a_following_thread_lead_to_the_same_receipt(adherente):
    actions.submit(draft_of(adherente.compte), SENT, by=adherente.compte)
    fil = Fil.objects.select_related("personne").get()
    actions.close(fil, by=adherente.compte)
    more = brouillon.answer(fil, by=adherente.compte)
    brouillon.write(more, "Encore un mot", by=adherente.compte)
    Fil.objects.update(closed_at=timezone.now() - timedelta(days=31))
    shown = [Message.objects.select_related("fil__personne").get(pk=more.pk) for _ in range(2)]
    first, second = [actions.submit(one, SENT, by=adherente.compte) for one in shown]
    assert first.fil.suite_de_id == fil.pk
    assert second.fil == first.fil


def test_a_draft_sent_and_thrown_away_at_once_is_one_or_the_other(adherente):
    for _ in range(6):
        draft = draft_of(adherente.compte)
        tabs = [Message.objects.select_related("fil__personne").get(pk=draft.pk) for _ in range(3)]
        at_once(
            lambda tabs=tabs: actions.submit(tabs[0], SENT, by=adherente.compte),
            lambda tabs=tabs: brouillon.set_thread(tabs[1], lien=None, decision_on=None, by=adherente.compte),
            lambda tabs=tabs: brouillon.discard_draft(tabs[2], by=adherente.compte),
        )
        assert Fil.objects.drafts().count() == Message.objects.drafts().count() == 0
