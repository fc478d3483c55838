"""Guessing: three wrong answers in thirty days for one person, few by network, few over the whole site; counted exactly."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from config.env import ENV
from enclos.caisses.access import forget
from enclos.caisses.actions import install_shipped_data
from enclos.caisses.models import Caisse
from enclos.comptes.models import Compte, Compteur, MotDePasseProvisoire
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.inscription import controle, essais, frein
from enclos.inscription.brouillon import begin
from enclos.inscription.examen import conclude
from enclos.inscription.models import Conclusion, Essais
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle import sealed
from tests.inscription.conftest import SERIE, Candidat, Parcours, card_of

Resultat = Conclusion.Resultat


def finished(candidat: Candidat, reponse: str, *, source: str = "s") -> Conclusion:
    """A registration that waits for the worker, as the seven pages leave it."""
    inscription, _ = begin("particulier", source, by=SYSTEM)
    details = candidat.coordonnees | {"date_naissance": "1988-07-21"}
    inscription.seal_reponses(
        {
            "nir": candidat.nir,
            "situation": "vitale",
            "coordonnees": details,
            "courriel": candidat.courriel,
            "reponse": reponse,
        }
    )
    now = timezone.now()
    inscription.courriel_prouve_at = inscription.accepted_at = inscription.finished_at = now
    inscription.conditions_version, inscription.conditions_sha256 = "2026-11-22", "0" * 64
    inscription.save()
    return Conclusion.objects.create(inscription=inscription)


def outcome(conclusion: Conclusion) -> tuple[str, str]:
    conclude(conclusion)
    conclusion.refresh_from_db()
    return conclusion.resultat, conclusion.examen


def outcome_in_the_end(conclusion: Conclusion) -> tuple[str, str]:
    """As the sweep does: what a crowded database refused is done again."""
    while True:
        try:
            return outcome(conclusion)
        except OperationalError:
            connection.close()


@pytest.mark.django_db
def test_after_three_wrong_answers_the_right_one_comes_by_post_for_thirty_days(claire: Candidat):
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    for day in (0, 3, 6):
        with time_machine.travel(start + timedelta(days=day), tick=False):
            assert outcome(finished(claire, "1111"))[1] == "fausse"
            Lettre.objects.update(closed_at=timezone.now(), secret_sealed=None, erased_at=timezone.now())
            Compte.objects.all().delete()
    with time_machine.travel(start + timedelta(days=29, hours=23), tick=False):
        assert outcome(finished(claire, SERIE)) == (Resultat.COURRIER, "non comparée")
        assert essais.blocked_until(claire.personne) == start + timedelta(days=30)
    with time_machine.travel(start + timedelta(days=30, seconds=1), tick=False):
        assert essais.blocked_until(claire.personne) is None
        assert outcome(finished(claire, SERIE)) == (Resultat.COURRIEL, "juste")


@pytest.mark.django_db
def test_never_more_than_three_wrong_answers_within_any_thirty_days(claire: Candidat):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    compared = []
    for step in range(80):
        moment = start + timedelta(days=step)
        with time_machine.travel(moment, tick=False):
            if outcome(finished(claire, "1111"))[1] == "fausse":
                compared.append(moment)
    for moment in compared:
        assert sum(moment <= other < moment + timedelta(days=30) for other in compared) <= 3
    assert len(compared) == 9


@pytest.mark.django_db
def test_the_waiting_number_gives_no_three_more_tries(claire: Candidat):
    nia = "7" + claire.nir[1:]
    Personne.objects.filter(pk=claire.personne.pk).update(nia_index=sealed.blind_index(nia))
    for _ in range(3):
        outcome(finished(claire, "1111"))
    claire.nir = nia
    assert outcome(finished(claire, SERIE))[1] == "non comparée"


@pytest.mark.django_db
def test_a_network_has_twenty_wrong_answers_a_day(db, monkeypatch):
    people = [candidate(number) for number in range(23)]
    seen = Counter(outcome(finished(one, "1111", source="voleur"))[1] for one in people)
    assert seen == {"fausse": 20, "non comparée": 3}
    assert outcome(finished(candidate(50), SERIE, source="ailleurs"))[1] == "juste"


def candidate(number: int) -> Candidat:
    nir = synthetic_nir(61_000 + number)
    personne = PersonneFactory(
        nir=nir,
        nom_naissance="Roussel",
        prenoms="Claire",
        date_naissance=datetime(1988, 7, 21).date(),
        email="c@enclos.example",
    )
    return Candidat(nir, courriel="c@enclos.example", personne=card_of(personne))


@pytest.mark.django_db
def test_over_the_whole_site_the_brake_is_tightened_and_somebody_is_told(monkeypatch):
    limit = 5
    monkeypatch.setattr(frein, "wrong_by_site", lambda: frein.at_most(limit, frein.HOUR))
    monkeypatch.setattr(frein, "most_wrong", lambda: limit)
    seen = Counter(outcome(finished(candidate(n), "1111", source=f"s{n}"))[1] for n in range(8))
    assert seen == {"fausse": limit, "non comparée": 3}
    assert outcome(finished(candidate(20), SERIE, source="x")) == (Resultat.COURRIER, "non comparée")
    assert Ligne.objects.filter(event="inscription.frein.tightened").count() == 1
    Compteur.objects.filter(pk=frein.SITE).update(nombre=ENV.registration_wrong_per_hour)
    assert any(one.is_alarming for one in controle.constats())


@pytest.mark.django_db
def test_right_answers_never_tighten_the_brake(db):
    for number in range(6):
        assert outcome(finished(candidate(number), SERIE))[1] == "juste"
    assert Compteur.objects.get(pk=frein.SITE).nombre == 0
    assert Essais.objects.exclude(faux=[]).count() == 0


@pytest.mark.django_db
def test_the_counters_are_in_the_database(claire: Candidat):
    outcome(finished(claire, "1111"))
    assert len(Essais.objects.get().faux) == 1
    assert Compteur.objects.filter(pk__startswith="inscription:faux:").count() == 2


@pytest.mark.django_db
def test_one_network_begins_few_registrations_an_hour(parcours: Parcours, claire: Candidat, monkeypatch):
    monkeypatch.setattr(frein, "BEGUN", frein.at_most(3, frein.HOUR))
    answers = [Client().post("/inscription/", {"profil": "particulier"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    elsewhere = Client(REMOTE_ADDR="203.0.113.7").post("/inscription/", {"profil": "particulier"})
    assert elsewhere.status_code == 303


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "place"), [("NUMBERS", "identifiant"), ("CODES", "mot_de_passe"), ("FINISHED", "conditions")]
)
def test_each_gate_of_the_journey_is_counted(nouveau, claire: Candidat, monkeypatch, rule: str, place: str):
    monkeypatch.setattr(frein, rule, frein.at_most(1, frein.HOUR))
    typed = {"identifiant": claire.nir, "conditions": "on"}
    browsers = [nouveau(), nouveau()]
    if rule == "NUMBERS":
        for browser in browsers:
            browser.until(place, claire)
        url = "/inscription/identifiant/"
    else:
        browsers[0].until(place, claire)
        browsers[1].cookies = browsers[0].cookies
        url = "/inscription/mot-de-passe/" if rule == "CODES" else "/inscription/mot-de-passe/conditions/"
    statuses = [browser.post(url, typed).status_code for browser in browsers]
    if rule == "FINISHED":
        assert statuses == [303, 303]  # the second finds it finished: nothing is counted twice
    else:
        assert statuses == [303, 429]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_registrations_at_once_three_answers_are_compared():
    if not Caisse.objects.exists():  # a transactional test leaves the tables empty
        install_shipped_data()
    forget()
    one = candidate(99)
    conclusions = [finished(one, f"{number:06d}", source=f"s{number}") for number in range(50)]
    barrier = Barrier(10)  # as many connections as a web process holds

    def run(conclusion: Conclusion) -> tuple[str, str]:
        try:
            barrier.wait(20)
            return outcome_in_the_end(conclusion)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        seen = Counter(list(pool.map(run, conclusions)))
    assert sum(count for (_, examen), count in seen.items() if examen == "fausse") == 3
    assert len(Essais.objects.get().faux) == 3
    assert seen[(Resultat.COURRIER, "fausse")] == 1
    assert Lettre.objects.filter(genre="mot-de-passe").count() == 1
    assert Compte.objects.count() == 1
    assert MotDePasseProvisoire.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_right_answers_at_once_one_account_is_opened():
    if not Caisse.objects.exists():
        install_shipped_data()
    forget()
    one = candidate(98)
    conclusions = [finished(one, SERIE, source=f"s{number}") for number in range(20)]
    barrier = Barrier(20)

    def run(conclusion: Conclusion) -> str:
        try:
            barrier.wait(20)
            return outcome_in_the_end(conclusion)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        seen = Counter(pool.map(run, conclusions))
    assert seen == {Resultat.COURRIEL: 1, Resultat.PROVISOIRE: 19}
    assert Compte.objects.count() == 1
    assert Courriel.objects.filter(subject="Votre mot de passe provisoire").count() == 1
