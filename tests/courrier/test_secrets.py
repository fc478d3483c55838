"""A secret on its way: sealed in the row, whole at delivery, gone once it has left."""

from unittest import mock

import pytest
from django.core import mail
from django.db import connection

from enclos.caisses.access import default_caisse
from enclos.courrier import actions
from enclos.courrier.models import Courriel, SecretGone
from enclos.courrier.tasks import forget_secrets
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.promesses import restart

pytestmark = pytest.mark.django_db

SECRET = "K7MP-Q2RT-W9XB-H4CD"


def write(key: str = "provisoire:1", **changes) -> Courriel:
    fields = {
        "to": "jeanne@enclos.example",
        "subject": "Votre mot de passe provisoire",
        "text": "Votre mot de passe provisoire :\n{secret}\n\nÀ bientôt.",
        "secret": SECRET,
        **changes,
    }
    return actions.write(key=key, caisse=default_caisse(), by=SYSTEM, **fields)


def database() -> str:
    """Every value of the outbox and of the journal, as stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM courrier_courriel")
        rows = cursor.fetchall()
    told = list(Ligne.objects.order_by("pk").values_list("details", "object_id", "actor_label"))
    return str([bytes(v) if isinstance(v, memoryview) else v for row in rows for v in row]) + str(told)


def test_the_secret_is_in_both_bodies_and_nowhere_else(travailleur, caplog):
    write()
    assert SECRET not in database()
    travailleur()
    (sent,) = mail.outbox
    assert f"provisoire :\n{SECRET}\n" in sent.body
    assert SECRET in str(sent.alternatives[0][0])
    assert "{secret}" not in sent.body + str(sent.alternatives[0][0])
    assert SECRET not in sent.subject + str(sent.extra_headers) + caplog.text + database()


def test_the_secret_is_erased_once_sent(travailleur):
    courriel = write()
    assert courriel.secret == SECRET
    travailleur()
    courriel.refresh_from_db()
    assert courriel.is_kept
    assert courriel.secret_sealed is None
    with pytest.raises(SecretGone):
        courriel.with_secret(courriel.text)


def test_the_secret_stays_while_the_mail_may_still_leave_and_goes_when_it_cannot(travailleur):
    courriel = write()
    with mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=OSError):
        travailleur()
    courriel.refresh_from_db()
    assert (courriel.is_kept, courriel.secret) == (False, SECRET)
    Courriel.objects.filter(pk=courriel.pk).update(attempts=Courriel.GIVE_UP_AFTER)
    restart_last_try(courriel)
    with mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=OSError):
        actions.deliver.func(courriel.pk)
    courriel.refresh_from_db()
    assert courriel.is_broken
    assert courriel.secret_sealed is None


def restart_last_try(courriel: Courriel) -> None:
    Courriel.objects.filter(pk=courriel.pk).update(next_at=courriel.created_at)


def test_tried_again_by_an_agent_after_its_secret_is_gone_it_never_leaves_without_it(travailleur):
    courriel = write()
    Courriel.objects.filter(pk=courriel.pk).update(broken_at=courriel.created_at, next_at=None)
    assert forget_secrets(Courriel) == 1
    assert restart(Courriel, courriel.pk)
    actions.deliver.func(courriel.pk)
    courriel.refresh_from_db()
    assert mail.outbox == []
    assert (courriel.is_broken, courriel.last_error) == (True, "PermanentFailure: secret effacé")


def test_an_impossible_address_keeps_no_secret():
    courriel = write(to="pas une adresse")
    assert courriel.is_broken
    assert courriel.secret_sealed is None


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Bonjour"},
        {"subject": "Votre mot de passe {secret}"},
        {"subject": f"Votre mot de passe {SECRET}"},
        {"text": f"{SECRET} {{secret}}"},
    ],
)
def test_a_secret_that_would_not_be_delivered_or_would_show_is_a_fault(changes):
    with pytest.raises(ValueError, match="secret"):
        write(**changes)


def test_braces_that_a_member_typed_stay_as_they_are(travailleur):
    write(text="Vous avez écrit : {secret} {0} {", secret="")
    travailleur()
    assert "{secret} {0} {" in mail.outbox[0].body


def test_a_sealed_secret_does_not_open_in_another_row():
    one, other = write("un"), write("deux")
    other.secret_sealed = one.secret_sealed
    with pytest.raises(Exception, match="does not open"):
        _ = other.secret
