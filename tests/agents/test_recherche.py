"""« Rechercher »: one box, by words or by number, in one's own fund; and what the journal keeps of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.agents.models import Lecture, Quota
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.models import Ligne
from enclos.messagerie import actions as messagerie
from enclos.messagerie import brouillon
from enclos.messagerie.models import Sujet
from enclos.registre.recherche import learn_missing
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db
URL = "/agent/recherche/"


@pytest.fixture
def jeanne(adherente):
    learn_missing()
    return adherente.personne


def found(acteur, typed, **more):
    response = acteur.post(URL, {"quoi": typed, **more})
    return response, response.context["trouves"]


@pytest.mark.parametrize("typed", ["delatre", "DELATTRE jeanne", "jeanne marie delattre", "Delattre 14/05/1985"])
def test_a_member_is_found_and_her_page_is_one_click_away(agente, jeanne, typed):
    response, trouves = found(agente, typed)
    assert list(trouves.personnes) == [jeanne]
    assert reverse("agents:personne", args=[jeanne.pk]) in text_of(response)
    assert "1 personne" in text_of(response)


def test_by_the_number_of_the_registry(agente, jeanne):
    assert list(found(agente, jeanne.ref)[1].personnes) == [jeanne]


@pytest.mark.parametrize("write", [str, str.lower, lambda text: text.replace("-", " ")])
def test_by_the_reference_of_a_sending(envoyer, adherente, agente, write):
    bail, quittance = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    response, trouves = found(agente, write(bail.reference))
    assert list(trouves.affaires) == [bail, quittance]
    assert list(trouves.personnes) == [adherente.personne]
    assert str(bail.pk) in text_of(response)


def test_a_document_of_another_team_is_named_and_not_opened(envoyer, adherente, collegue):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    response, trouves = found(collegue, bail.reference)
    assert list(trouves.affaires) == [bail]
    assert str(bail.pk) not in text_of(response)


@pytest.mark.parametrize("typed", ["bail", "bails", "contrat location"])
def test_documents_are_found_by_what_they_are(envoyer, adherente, agente, typed):
    bail, *_ = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    assert bail in found(agente, typed)[1].affaires


def test_what_is_ended_or_in_another_team_is_found_with_its_state(envoyer, adherente, agente, collegue):
    bail, kbis = envoyer(adherente.compte, "LOG_BAIL", "EXP_KBIS")
    suivi.settle(suivi.take(bail, by=agente.compte), by=agente.compte)
    response, trouves = found(agente, "bail")
    assert list(trouves.affaires) == [bail]
    assert "Traité" in text_of(response)
    assert f"/agent/documents/{bail.pk}/" in text_of(response)
    assert "1 document" in text_of(response)
    assert "0 personne" not in text_of(response)
    response, trouves = found(collegue, "bail")
    assert list(trouves.affaires) == [bail]
    assert str(bail.pk) not in text_of(response), "named, and not opened"
    response, trouves = found(agente, "kbis")
    assert list(trouves.affaires) == [kbis]


def test_what_waits_in_her_teams_comes_before_what_is_more_recent_elsewhere(envoyer, adherente, agente, collegue):
    [old] = envoyer(adherente.compte, "LOG_BAIL")
    [elsewhere] = envoyer(adherente.compte, "LOG_BAIL")
    Affaire.objects.filter(pk=elsewhere.pk).update(service=default_caisse().services.get(code="cotisations"))
    [ended] = envoyer(adherente.compte, "LOG_BAIL")
    suivi.settle(suivi.take(ended, by=agente.compte), by=agente.compte)
    assert list(found(agente, "bail")[1].affaires) == [old, ended, elsewhere]


def test_what_ended_long_ago_is_left_to_the_person_s_page(envoyer, adherente, agente):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    suivi.settle(suivi.take(bail, by=agente.compte), by=agente.compte)
    Affaire.objects.filter(pk=bail.pk).update(received_at=timezone.now() - timedelta(days=366))
    assert list(found(agente, "bail")[1].affaires) == []


def test_messages_are_found_by_their_subject(adherente, agente):
    draft = brouillon.start(adherente.personne, Sujet.objects.get(pk="FAM_LOGEMENT"), by=adherente.compte)
    brouillon.write(draft, "Bonjour, je déménage.", by=adherente.compte)
    message = messagerie.submit(draft, messagerie.Attestation(attests=False, session="essai"), by=adherente.compte)
    response, trouves = found(agente, "logement")
    assert message.affaire in trouves.affaires
    assert "1 message" in text_of(response)


def test_a_number_needs_a_reason_and_is_counted(agente, jeanne):
    refused, _ = agente.post(URL, {"quoi": jeanne.nir}), None
    assert refused.status_code == 422
    assert "Choisissez pourquoi vous cherchez par ce numéro" in text_of(refused)
    assert not Quota.objects.exists()
    _, trouves = found(agente, jeanne.nir, raison="appel")
    assert list(trouves.personnes) == [jeanne]
    assert Quota.objects.get(agent=agente.compte, genre=Lecture.NUMERO).nombre == 1


def test_a_number_that_is_wrong_says_so(agente):
    response = agente.post(URL, {"quoi": "2 85 05 59 999 011 99", "raison": "appel"})
    assert response.status_code == 422
    assert "les deux derniers ne correspondent pas" in text_of(response)


def test_the_journal_keeps_the_means_and_never_what_was_typed(agente, jeanne):
    found(agente, jeanne.nir, raison="papier")
    found(agente, "delatre")
    by_number, by_name = Ligne.objects.filter(event="agents.recherche.made").order_by("pk")
    assert by_number.details == {"par": "numero", "personnes": 1, "affaires": 0, "raison": "papier"}
    assert by_name.details == {"par": "nom", "personnes": 1, "affaires": 0, "raison": ""}
    kept = "".join(str(line.details) for line in Ligne.objects.all())
    assert jeanne.nir not in kept
    assert "delatre" not in kept.lower()


def test_nothing_typed_stays_in_an_address(agente, jeanne):
    form = text_of(agente.get(URL)).partition('<form method="post" novalidate')[2]
    assert 'name="quoi"' in form
    assert agente.get(f"{URL}?quoi={jeanne.ref}").context["trouves"] is None


def test_nobody_of_another_fund_is_found(envoyer, adherente, jeanne):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    other = Caisse.objects.create(code="AUT", nom="Autre", telephone="01", courriel="a@enclos.example", adresse=[])
    stranger = Acteur(CompteFactory(agent=True, caisse=other))
    for typed in ("delattre", jeanne.ref, bail.reference, "14/05/1985"):
        assert found(stranger, typed)[1].is_empty, typed
    assert found(stranger, jeanne.nir, raison="appel")[1].is_empty


def test_nothing_found_says_what_to_do(agente):
    response, _ = found(agente, "zzyzx")
    page = text_of(response)
    assert "Rien n’est trouvé" in page
    assert "reçus depuis un an, terminés ou non, de toutes les équipes" in page, (
        "nothing is not nothing at all: the page says where one looked"
    )


def test_an_empty_box_is_said(agente):
    response = agente.post(URL, {"quoi": " "})
    assert response.status_code == 422
    assert "Tapez ce que vous cherchez." in text_of(response)


def test_the_welcome_desk_finds_people_and_opens_no_document(envoyer, adherente):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    learn_missing()
    desk = Acteur(CompteFactory(agent=True, role="accueil", services=default_caisse().services.filter(code="famille")))
    response, trouves = found(desk, bail.reference)
    assert list(trouves.personnes) == [adherente.personne]
    assert f"/agent/documents/{bail.pk}" not in text_of(response)
    assert found(desk, "bail")[1].affaires == []


def test_a_program_that_searches_without_end_is_stopped(agente, monkeypatch):
    from enclos.agents import recherche
    from enclos.comptes.compteurs import Rule

    monkeypatch.setattr(recherche, "SEARCHES", Rule(timedelta(hours=1), free=2, waits=(timedelta(hours=1),), most=2))
    assert [agente.post(URL, {"quoi": "caron"}).status_code for _ in range(3)] == [200, 200, 429]


def test_a_search_costs_the_same_whatever_is_there(agente, jeanne, django_assert_max_num_queries):
    PersonneFactory.create_batch(30, nom_naissance="Delattre", prenoms="Jeanne")
    caisse = default_caisse()
    Affaire.objects.bulk_create(
        Affaire(
            caisse=caisse, service=caisse.services.get(code="famille"), personne=jeanne, reference=f"AB2-CD3-EF{n}", libelle="Bail",
            nature="LOG_BAIL", received_at="2026-01-05T10:00Z", service_since="2026-01-05T10:00Z", due_on="2026-01-20", rang_on="2026-01-20",
        )
        for n in range(2, 40)
    )  # fmt: skip
    agente.post(URL, {"quoi": "bail"})
    for typed in ("delatre", "bail"):
        with django_assert_max_num_queries(16):  # four of them write: the journal, the counter
            agente.post(URL, {"quoi": typed})
