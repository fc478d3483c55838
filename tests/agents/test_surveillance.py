"""« À surveiller »: what failed is listed and can be tried again, in one's own fund."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.coffre.models import Fichier
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois.models import Envoi
from enclos.journal.models import Ligne
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def test_a_calm_day(agente):
    assert "Rien à signaler." in text_of(agente.get("/agent/a-surveiller/"))


def test_what_failed_is_listed_and_tried_again(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL", analyse=Fichier.Analyse.EN_COURS)
    long_ago = timezone.now() - timedelta(hours=5)
    Fichier.objects.update(promised_at=long_ago, last_error="ScannerUnavailable", attempts=7)
    mail = Courriel.objects.latest("pk")
    Courriel.objects.filter(pk=mail.pk).update(
        broken_at=long_ago, next_at=None, last_error="550 no such user", attempts=3
    )
    page = text_of(agente.get("/agent/a-surveiller/"))
    assert "Fichiers que l’antivirus n’a pas analysés" in page
    assert "550 no such user" in page
    assert mail.to not in page

    fichier = Fichier.objects.get()
    for genre, row in (("analyse", fichier), ("courriel", mail)):
        assert agente.post("/agent/a-surveiller/relancer/", {"genre": genre, "cle": str(row.pk)}).status_code == 303
    mail.refresh_from_db()
    assert (mail.broken_at, mail.attempts) == (None, 0)
    assert mail.next_at <= timezone.now()
    assert Ligne.objects.filter(event="agents.promesse.restarted").count() == 2


def test_late_and_forgotten_documents_are_said(envoyer, adherente, agente, collegue):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    Affaire.objects.update(due_on=today_paris() - timedelta(days=1))
    agente.post("/agent/suivant/")
    Affaire.objects.update(taken_at=timezone.now() - timedelta(days=3))
    page = text_of(collegue.get("/agent/a-surveiller/"))
    assert "Pris depuis plus de deux jours" in page
    assert "1 en retard" in page
    assert str(bail.pk) not in page  # another team's: said, not opened
    assert str(bail.pk) in text_of(agente.get("/agent/a-surveiller/"))


def test_a_receipt_that_does_not_come_is_said(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL")
    Envoi.objects.update(kept_at=None, broken_at=timezone.now(), last_error="OSError")
    assert "Envois sans accusé de réception définitif" in text_of(agente.get("/agent/a-surveiller/"))


@pytest.mark.parametrize(
    "data", [{}, {"genre": "personne", "cle": "1"}, {"genre": "courriel", "cle": "x"}, {"genre": "analyse", "cle": "1"}]
)
def test_only_what_is_wrong_is_tried_again(agente, data):
    assert agente.post("/agent/a-surveiller/relancer/", data).status_code == 404


def test_another_fund_sees_and_retries_nothing(envoyer, adherente):
    envoyer(adherente.compte, "LOG_BAIL")
    mail = Courriel.objects.latest("pk")
    Courriel.objects.filter(pk=mail.pk).update(broken_at=timezone.now(), next_at=None)
    other = Caisse.objects.create(
        code="AUT", nom="Autre caisse", telephone="01", courriel="a@enclos.example", adresse=[]
    )
    stranger = Acteur(CompteFactory(agent=True, caisse=other))
    assert mail.subject not in text_of(stranger.get("/agent/a-surveiller/"))
    assert stranger.post("/agent/a-surveiller/relancer/", {"genre": "courriel", "cle": str(mail.pk)}).status_code == 404


def test_mails_to_members_without_address_are_counted_apart(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL")
    Courriel.objects.update(broken_at=timezone.now(), next_at=None, to="")
    page = text_of(agente.get("/agent/a-surveiller/"))
    assert "1 courriel n’a pas pu partir" in page
    assert "Courriels non remis" not in page
