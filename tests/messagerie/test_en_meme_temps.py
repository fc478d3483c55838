"""Two gestures at once on one thread, really at once: threads of their own, connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.comptes.models import Compte
from enclos.messagerie import actions, brouillon
from enclos.messagerie.actions import Attestation
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import take, take_next
from enclos.suivi.models import Affaire

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
