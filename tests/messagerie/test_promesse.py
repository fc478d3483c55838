"""The day promised: always one to come, and never a first date forgotten."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.coffre.models import Fichier
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.messagerie.tasks import acknowledge_due
from enclos.socle.dates import jour, today_paris
from enclos.socle.jours_ouvres import add_working_days
from enclos.suivi.models import Affaire
from tests.conftest import Acteur
from tests.messagerie.conftest import Plume, ecrit, texte
from tests.messagerie.test_repondre import Guichet

pytestmark = pytest.mark.usefixtures("inspection")

LATE = timedelta(days=12)


def make_late(days: timedelta = LATE) -> date:
    """The day promised is past, for all that waits."""
    day = today_paris() - days
    Affaire.objects.update(due_on=day, rang_on=day)
    Fil.objects.update(due_on=day)
    Message.objects.update(due_on=day)
    return day


def next_promise() -> date:
    return add_working_days(today_paris(), 10)


def latest() -> Message:
    return Message.objects.sent().order_by("-sent_at", "-pk")[:1].get()


def test_written_again_on_a_late_thread_the_receipt_tells_a_day_to_come_and_that_one_is_late(envoye):
    late = make_late()
    page = texte(envoye.acteur.get(envoye.repond("Toujours rien reçu.")["Location"]))
    day = jour(next_promise())
    assert f"est en retard : elle était promise pour le {jour(late)}" in page
    assert f"au plus tard le {day}" in page
    message = latest()
    assert message.due_on == next_promise()
    suite = " ".join(str(message.accuse_reception.contenu["mentions"]).split())
    assert jour(late) in suite
    assert f"au plus tard le {day}" in suite
    # The item keeps its place in the queue, and is late still.
    affaire = Affaire.objects.get()
    assert (affaire.due_on, affaire.rang_on, affaire.is_late) == (late, late, True)


def test_the_thread_the_list_and_the_last_look_say_the_same(envoye):
    late = make_late()
    response = envoye.repond("Toujours rien reçu.", action="joindre")
    draft = Plume(envoye.acteur, response["Location"].split("/")[4])
    look = texte(draft.get("verification"))
    assert f"au plus tard le {jour(next_promise())}" in look
    assert "en retard" in look
    draft.envoie()
    pages = [texte(envoye.get("fil")), texte(envoye.acteur.get(reverse("messagerie:messages")))]
    for page in pages:
        assert f"au plus tard le {jour(next_promise())}" in page.replace("<strong>", "").replace("</strong>", "")
        assert "En retard" in page
        assert f"au plus tard le {jour(late)}" not in page.replace("<strong>", "")


def test_what_was_told_once_is_kept_by_the_next_message(envoye):
    make_late()
    envoye.repond("Toujours rien reçu.")
    told = today_paris() + timedelta(days=2)
    Fil.objects.update(due_on=told)
    Message.objects.filter(due_on=next_promise()).update(due_on=told)
    assert f"au plus tard le {jour(told)}, comme pour votre message précédent" in last_look(envoye).lower()
    envoye.repond("Je relance.")
    assert latest().due_on == told


def last_look(envoye: Plume) -> str:
    response = envoye.repond("Je relance.", action="joindre")
    return texte(Plume(envoye.acteur, response["Location"].split("/")[4]).get("verification"))


def test_once_the_second_day_is_past_too_a_third_is_told(envoye):
    make_late()
    envoye.repond("Toujours rien reçu.")
    Fil.objects.update(due_on=today_paris() - timedelta(days=1))
    envoye.repond("Et maintenant ?")
    assert latest().due_on == next_promise()
    assert Affaire.objects.get().due_on == today_paris() - LATE


def test_late_and_silent_no_day_is_promised_and_the_way_to_the_service_is_told(envoye):
    late = make_late()
    page = texte(envoye.get("fil"))
    assert f"La réponse était promise pour le {jour(late)} : elle est en retard." in page
    assert "appeler le service" in page
    listed = texte(envoye.acteur.get(reverse("messagerie:messages")))
    for shown in (page, listed):
        assert f"au plus tard le {jour(late)}" not in shown.replace("<strong>", "")
        assert "réponse promise avant" not in shown


def test_the_receipt_read_again_once_its_day_is_past_promises_nothing(envoye):
    late = make_late()
    page = texte(envoye.get("accuse", envoye.reference))
    assert f"au plus tard le {jour(late)}" not in page


def test_a_receipt_that_waited_for_a_scan_until_its_day_was_past_says_it_is_late(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    Fichier.objects.update(analyse=Fichier.Analyse.EN_COURS, kept_at=None, next_at=timezone.now())
    plume.envoie()
    late = make_late()
    Fichier.objects.update(analyse=Fichier.Analyse.SAIN, kept_at=timezone.now(), next_at=None)
    Message.objects.update(next_at=timezone.now())
    acknowledge_due()
    suite = " ".join(str(plume.message.accuse_reception.contenu["mentions"]).split())
    assert "est en retard" in suite
    assert f"au plus tard le {jour(late)}" not in suite


def test_an_agent_who_promises_another_day_has_the_last_word(envoye, agente):
    make_late()
    envoye.repond("Toujours rien reçu.")
    guichet = Guichet(agente, envoye).prend()
    shown = texte(guichet.ouvre())
    assert f"redit à l’adhérent : le {jour(next_promise())}" in shown
    day = today_paris() + timedelta(days=3)
    guichet.decide("en-cours", due_on=day.isoformat(), mot="J’attends la mairie.")
    assert Affaire.objects.get().due_on == envoye.fil.due_on == day
    assert f"au plus tard le {jour(day)}" in texte(envoye.get("fil")).replace("<strong>", "")
    envoye.repond("Merci.")
    assert latest().due_on == day


def test_a_new_item_after_an_answer_has_a_day_of_its_own(envoye, agente):
    make_late()
    Guichet(agente, envoye).prend().repond()
    envoye.repond("Merci. Et pour mars ?")
    assert latest().due_on == Affaire.objects.get(ended_at=None).due_on == envoye.fil.due_on == next_promise()


def test_a_reclamation_is_never_promised_for_after_the_day_of_silence(adherente: Acteur):
    plume = ecrit(adherente, "J’attends depuis mars.", sujet="RECLAMATION")
    make_late()
    near = today_paris() + timedelta(days=5)
    Affaire.objects.update(legal_on=near)
    plume.repond("Toujours rien.")
    assert latest().due_on == near
    page = texte(plume.get("recours"))
    assert f"au plus tard le <strong>{jour(near)}" in page
    # Silence has refused: what is still to come is an answer, within the usual time.
    Affaire.objects.update(legal_on=today_paris() - timedelta(days=1))
    Fil.objects.update(due_on=today_paris() - timedelta(days=1))
    plume.repond("Toujours rien.")
    assert latest().due_on == Sujet.objects.get(pk="RECLAMATION").due_on(today_paris())
