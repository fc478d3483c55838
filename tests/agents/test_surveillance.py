"""« À surveiller »: what failed is listed and can be tried again, in one's own fund."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.accueil.models import CopieDonnees
from enclos.agents import point, silence
from enclos.agents.controle import constats
from enclos.agents.models import Battement
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Nature
from enclos.coffre.models import Fichier
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois import controle as envois_controle
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers, Envoi, PapierDemande
from enclos.envois.tasks import expire_papers
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Depot
from enclos.socle.dates import today_paris
from enclos.suivi.actions import take
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


def signs(acteur):
    return {signe.quoi: signe for signe in acteur.get("/agent/a-surveiller/").context["veille"].signes}


def superviseur(courriel="nadia@npc.example"):
    services = default_caisse().services.filter(code="famille")
    return Acteur(
        CompteFactory(agent=True, role="superviseur", nom="Nadia Fontaine", courriel=courriel, services=services)
    )


def test_a_worker_that_beats_no_more_is_said(agente):
    silence.beat()
    assert "travail" not in signs(agente)
    Battement.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert "travail" in signs(agente)
    assert "Le travail de fond ne tourne plus" in text_of(agente.get("/agent/a-surveiller/"))
    assert any(constat.is_alarming for constat in constats())
    silence.beat()
    assert "travail" not in signs(agente)
    assert not any(constat.is_alarming for constat in constats())


def test_when_nothing_comes_any_more_those_in_charge_are_told_once(envoyer, adherente, agente):
    chief = superviseur()
    envoyer(adherente.compte, "LOG_BAIL")
    assert signs(agente) == {}
    assert point.tell_silences(by=SYSTEM) == 0
    Affaire.objects.update(received_at=timezone.now() - timedelta(days=8), due_on=today_paris() + timedelta(days=9))
    assert set(signs(agente)) == {"envois", "decisions"}
    assert point.tell_silences(by=SYSTEM) == 2
    assert point.tell_silences(by=SYSTEM) == 0
    assert Courriel.objects.filter(to="nadia@npc.example").count() == 2
    assert "Aucun envoi n’arrive plus" in text_of(chief.get("/agent/a-surveiller/"))


def test_nothing_to_decide_is_not_a_silence(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL")
    long_ago = timezone.now() - timedelta(days=8)
    Affaire.objects.update(ended_at=long_ago, taken_by=agente.compte, etat="traite")
    assert signs(agente) == {}


@pytest.mark.parametrize(
    ("drop", "quoi"),
    [
        ({"started_at": timedelta(days=20), "ended_at": timedelta(days=20), "lignes": 10}, "depot"),
        ({"started_at": timedelta(hours=3)}, "depot"),
        ({"started_at": timedelta(minutes=3)}, None),
        ({"started_at": timedelta(minutes=3), "ended_at": timedelta(minutes=1), "lignes": 10, "rejets": 2}, "rejets"),
        ({"started_at": timedelta(minutes=3), "ended_at": timedelta(minutes=1), "lignes": 10}, None),
    ],
    ids=["late", "cut", "under way", "with rejects", "well"],
)
def test_a_drop_that_failed_or_did_not_come_is_said(agente, drop, quoi):
    now = timezone.now()
    Depot.objects.create(
        **{name: now - value if isinstance(value, timedelta) else value for name, value in drop.items()}
    )
    assert set(signs(agente)) == ({quoi} if quoi else set())


def test_every_kind_of_promise_is_watched_without_a_word_of_its_app(agente, adherente):
    copie = CopieDonnees.objects.create(
        compte=adherente.compte, broken_at=timezone.now(), next_at=None, last_error="OSError"
    )
    page = text_of(agente.get("/agent/a-surveiller/"))
    assert "Copies de données qui ne se font pas" in page
    assert "Delattre" not in page
    typed = {"genre": "accueil.copiedonnees", "cle": str(copie.pk)}
    assert agente.post("/agent/a-surveiller/relancer/", typed).status_code == 303
    copie.refresh_from_db()
    assert copie.broken_at is None


def test_a_reclamation_past_its_date_is_said(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL")
    Affaire.objects.update(genre="reclamation", due_on=today_paris() - timedelta(days=1))
    assert "Réclamations après la date promise" in text_of(agente.get("/agent/a-surveiller/"))


def test_an_administrateur_sees_what_is_broken_and_no_item(envoyer, adherente, agente):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    Affaire.objects.update(taken_by=agente.compte, taken_at=timezone.now() - timedelta(days=3), etat="en_cours")
    Courriel.objects.update(broken_at=timezone.now(), next_at=None)
    page = text_of(Acteur(CompteFactory(agent=True, role="administrateur")).get("/agent/a-surveiller/"))
    assert "Courriels non remis" in page
    assert bail.libelle not in page


# --- « À compléter » past its date


NOBODY = "Papiers indispensables dont le délai est dépassé, et dont aucun agent ne s’occupe"


def asked(adherente, *, is_indispensable=True, libelle="Votre aide au logement"):
    quittance = PapierVoulu(
        nature=Nature.objects.get(pk="LOG_QUITTANCE"), raison="Pour votre aide.", is_indispensable=is_indispensable
    )
    return ask_papers(
        personne=adherente.personne,
        service=default_caisse().services.get(code="famille"),
        libelle=libelle,
        papiers=[quittance],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )


def its_date_goes_by(demande):
    """The worker has seen it."""
    yesterday = today_paris() - timedelta(days=1)
    PapierDemande.objects.filter(demande=demande).update(due_on=yesterday)
    DemandePapiers.objects.filter(pk=demande.pk).update(due_on=yesterday)
    expire_papers()
    demande.refresh_from_db()


def nobodys():
    return {constat.libelle: constat.nombre for constat in envois_controle.constats()}[NOBODY]


def test_a_list_past_its_date_is_on_the_page_and_says_who_has_it(adherente, agente, collegue):
    demande = asked(adherente)
    assert "et la date est passée" not in text_of(agente.get("/agent/a-surveiller/"))
    its_date_goes_by(demande)
    page = text_of(agente.get("/agent/a-surveiller/"))
    assert "« À compléter », et la date est passée" in page
    assert "À prendre" in page
    assert f"/agent/papiers/{demande.reference}/" in page
    assert "Delattre" not in page
    assert "papiers" not in signs(agente)
    assert nobodys() == 0
    elsewhere = text_of(collegue.get("/agent/a-surveiller/"))
    assert demande.reference in elsewhere
    assert f"/agent/papiers/{demande.reference}/" not in elsewhere
    take(demande.relance, by=agente.compte)
    assert "Camille Roy" in text_of(collegue.get("/agent/a-surveiller/"))


def test_a_late_indispensable_paper_put_away_without_a_decision_is_an_alarm(adherente, agente):
    chief = superviseur()
    demande = asked(adherente)
    its_date_goes_by(demande)
    assert agente.post(f"/agent/papiers/{demande.reference}/traiter/").status_code == 303
    assert "Personne ne s’en occupe" in text_of(agente.get("/agent/a-surveiller/"))
    assert "papiers" in signs(agente)
    assert nobodys() == 1
    point.tell_silences(by=SYSTEM)
    assert "personne ne s’en occupe" in text_of(chief.get("/agent/a-surveiller/"))
    assert Courriel.objects.filter(to="nadia@npc.example").count() == 1
    # Another date is a decision.
    agente.post(f"/agent/papiers/{demande.reference}/prolonger/", {"due_on": today_paris() + timedelta(days=9)})
    assert nobodys() == 0
    assert "papiers" not in signs(agente)
    assert demande.reference not in text_of(agente.get("/agent/a-surveiller/"))


def test_no_longer_asking_for_it_is_a_decision_too(adherente, agente):
    demande = asked(adherente)
    its_date_goes_by(demande)
    agente.post(f"/agent/papiers/{demande.reference}/traiter/")
    agente.post(f"/agent/papiers/{demande.reference}/1/retirer/")
    assert nobodys() == 0
    assert demande.reference not in text_of(agente.get("/agent/a-surveiller/"))


def test_a_late_paper_that_the_decision_does_not_wait_for_is_shown_and_alarms_nobody(adherente, agente):
    its_date_goes_by(demande := asked(adherente, is_indispensable=False))
    page = text_of(agente.get("/agent/a-surveiller/"))
    assert demande.reference in page
    assert "Personne ne s’en occupe" not in page
    assert nobodys() == 0


def test_what_nobody_has_comes_first(adherente, agente):
    first, second = asked(adherente, libelle="Revenus"), asked(adherente, libelle="Bail")
    for demande in (first, second):
        its_date_goes_by(demande)
    PapierDemande.objects.filter(demande=first).update(due_on=today_paris() - timedelta(days=40))
    agente.post(f"/agent/papiers/{second.reference}/traiter/")
    lists = agente.get("/agent/a-surveiller/").context["veille"].papiers
    assert [one.demande for one in lists] == [second, first]
    assert len({one.demande.pk for one in lists}) == 2


def test_another_fund_and_who_opens_no_file_see_none_of_them(adherente, agente):
    its_date_goes_by(demande := asked(adherente))
    other = Caisse.objects.create(code="AUT", nom="Autre", telephone="01", courriel="a@enclos.example", adresse=[])
    for stranger in (CompteFactory(agent=True, caisse=other), CompteFactory(agent=True, role="administrateur")):
        assert demande.reference not in text_of(Acteur(stranger).get("/agent/a-surveiller/"))


def test_many_late_lists_cost_what_one_does(adherente, agente):
    its_date_goes_by(asked(adherente))
    agente.get("/agent/a-surveiller/")
    with CaptureQueriesContext(connection) as one:
        agente.get("/agent/a-surveiller/")
    for number in range(12):
        its_date_goes_by(demande := asked(adherente, libelle=f"Liste {number}"))
        if number % 2:
            agente.post(f"/agent/papiers/{demande.reference}/traiter/")
    with CaptureQueriesContext(connection) as many:
        agente.get("/agent/a-surveiller/")
    assert len(many) <= len(one) + 1
