"""A réclamation: its own clock, its remedies with their dates, and who is told when silence lasts."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.courrier.models import Courriel
from enclos.messagerie.models import Fil, Message, Sujet, Voie
from enclos.messagerie.presentation import marches_of
from enclos.messagerie.sujets import voies_on
from enclos.messagerie.tasks import watch_clocks
from enclos.socle.dates import add_months, jour, today_paris
from enclos.suivi.actions import settle, take
from enclos.suivi.models import Affaire, Genre
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.messagerie.conftest import Plume, ecrit, texte

pytestmark = pytest.mark.django_db


@pytest.fixture
def reclamation(adherente: Acteur) -> Plume:
    return ecrit(adherente, "J’attends depuis mars. Personne ne me répond.", sujet="RECLAMATION")


def test_it_is_a_kind_of_its_own_with_its_clock_and_remedies(reclamation):
    affaire, message = Affaire.objects.get(), reclamation.message
    assert affaire.genre == Genre.RECLAMATION
    assert affaire.legal_on == add_months(today_paris(), 2)
    assert affaire.rang_on <= affaire.due_on
    mentions = str(message.accuse_reception.contenu["mentions"])
    assert jour(affaire.legal_on) in mentions
    assert "considérée comme refusée" in mentions
    assert "commission de recours amiable" in mentions


def test_the_way_says_where_one_stands_and_what_comes_next(reclamation):
    page = texte(reclamation.get("recours"))
    steps = [
        "Votre réclamation à votre MSA", "La commission de recours amiable", "Le médiateur de la MSA", "Le pôle social du tribunal judiciaire"
    ]  # fmt: skip
    assert [page.index(step) for step in steps] == sorted(page.index(step) for step in steps)
    assert f"Sans réponse au <strong>{jour(Affaire.objects.get().legal_on)}" in page
    assert "Possible après une décision" in page
    assert "R142-1" in page


def test_the_way_is_shown_before_there_is_any(adherente):
    page = texte(adherente.get(reverse("messagerie:recours_en_general")))
    assert "Faire une réclamation" in page
    assert "Le médiateur de la MSA" in page


def test_the_date_of_the_decision_starts_the_time_of_the_commission(adherente):
    decided = today_paris() - timedelta(days=20)
    plume = Plume(adherente).commence("RECLAMATION")
    plume.ecrit("Je conteste.", decision_on=decided.strftime("%d/%m/%Y")).envoie()
    page = texte(plume.get("recours"))
    assert f"Possible jusqu’au {jour(add_months(decided, 2))}" in page
    assert "Votre réclamation n’arrête pas le délai" in page


@pytest.mark.parametrize("typed", ["31/02/2026", "hier", "01/01/1950", "31/12/2999"])
def test_a_date_that_cannot_be_is_said(adherente, typed):
    plume = Plume(adherente).commence("RECLAMATION")
    response = plume.post("texte", texte="Je conteste.", decision_on=typed)
    assert response.status_code == 422
    assert "Exemple" in texte(response)


@pytest.mark.parametrize(
    ("decided", "day", "said"),
    [
        (date(2026, 12, 31), date(2027, 2, 28), "Possible jusqu’au 28 février 2027"),
        (date(2026, 12, 31), date(2027, 3, 1), "Le délai s’est terminé le 28 février 2027"),
        (date(2026, 8, 31), date(2026, 10, 31), "Possible jusqu’au 31 octobre 2026"),
        (date(2026, 8, 31), date(2026, 11, 1), "Le délai s’est terminé le 31 octobre 2026"),
    ],
)
def test_two_months_go_from_date_to_date(reclamation, decided, day, said):
    fil = reclamation.fil
    fil.decision_on = decided
    assert marches_of(fil, day)[1].etat == said


def test_silence_refuses_and_opens_the_commission_from_that_day(reclamation):
    legal_on = Affaire.objects.get().legal_on
    day = legal_on + timedelta(days=1)
    first, commission, *_ = marches_of(reclamation.fil, day)
    assert "c’est un refus" in first.etat
    assert commission.etat == f"Possible jusqu’au {jour(add_months(legal_on, 2))}"
    assert marches_of(reclamation.fil, legal_on)[1].etat == "Possible après une décision"


def test_an_answer_opens_the_commission_from_its_day(reclamation):
    agent = agent_of("accueil")
    affaire = Affaire.objects.get()
    settle(take(affaire, by=agent.compte), by=agent.compte)
    first, commission, *_ = marches_of(reclamation.fil)
    assert first.etat == f"Répondu le {jour(today_paris())}"
    assert commission.limite == add_months(today_paris(), 2)


def agent_of(code: str) -> Acteur:
    from enclos.demo.factories import CompteFactory

    return Acteur(CompteFactory(agent=True, services=default_caisse().services.filter(code=code)))


def test_the_texts_are_those_in_force_on_the_day():
    Voie.objects.filter(code="cra").update(valide_au=date(2027, 12, 31))
    Voie.objects.create(code="cra", rang=1, titre="La commission, nouvelle", texte="…", source="à venir", mois_pour_agir=1, valide_du=date(2028, 1, 1))  # fmt: skip
    assert [voie.titre for voie in voies_on(date(2027, 12, 31)) if voie.code == "cra"] == [
        "La commission de recours amiable"
    ]
    assert [voie.titre for voie in voies_on(date(2028, 1, 1)) if voie.code == "cra"] == ["La commission, nouvelle"]
    assert voies_on(date(2018, 12, 31)) == []


def test_the_member_is_told_when_the_clock_nears_its_end_and_when_it_is_past(reclamation):
    def mails() -> list[str]:
        watch_clocks()
        watch_clocks()
        return sorted(
            courriel.cle.split(".")[1] for courriel in Courriel.objects.filter(cle__startswith="messagerie.reclamation")
        )

    assert mails() == []
    Affaire.objects.update(legal_on=today_paris() + timedelta(days=9))
    assert mails() == ["reclamation-proche"]
    Affaire.objects.update(legal_on=today_paris() - timedelta(days=1))
    assert mails() == ["reclamation-echue", "reclamation-proche"]
    letter = Courriel.objects.get(cle__startswith="messagerie.reclamation-echue")
    assert "mars" not in str(vars(letter))
    assert "/recours/" in str(vars(letter))


def test_once_answered_no_clock_runs(reclamation):
    agent = agent_of("accueil")
    settle(take(Affaire.objects.get(), by=agent.compte), by=agent.compte)
    Affaire.objects.update(legal_on=today_paris() - timedelta(days=1))
    watch_clocks()
    assert not Courriel.objects.filter(cle__startswith="messagerie.reclamation").exists()


def test_silence_past_its_date_is_shown_to_who_watches(reclamation):
    Affaire.objects.update(legal_on=today_paris() - timedelta(days=1))
    Affaire.objects.update(due_on=today_paris() - timedelta(days=30))
    page = texte(agent_of("accueil").get(reverse("agents:surveiller")))
    assert "Réclamations après la date promise" in page
    assert f"Réclamation du {jour(today_paris())}" in page


def test_a_message_that_is_no_reclamation_has_no_such_page(adherente):
    assert ecrit(adherente).get("recours").status_code == 404
    assert Message.objects.count() == Fil.objects.count() == 1


def test_a_neighbour_has_not_the_page(reclamation, voisin):
    assert voisin.get(reclamation.url("recours")).status_code == 404


def test_sent_on_the_thirty_first_the_clock_ends_on_the_last_day_of_the_month():
    assert Sujet.objects.get(pk="RECLAMATION").legal_on(date(2026, 12, 31)) == date(2027, 2, 28)


@pytest.mark.parametrize("begun", ["after the thirty days", "before, and sent after"])
def test_what_follows_a_closed_reclamation_keeps_what_it_is_about(adherente, envoyer, begun):  # noqa: F811
    (affaire,) = envoyer(adherente.compte)
    decided = today_paris() - timedelta(days=20)
    plume = Plume(adherente).commence("RECLAMATION")
    lien = f"envoi:{affaire.reference}"
    plume.ecrit("Je conteste.", decision_on=decided.strftime("%d/%m/%Y"), lien=lien).envoie()
    plume.post("clore")
    if begun == "after the thirty days":
        Fil.objects.update(closed_at=timezone.now() - timedelta(days=31))
    response = plume.repond("Je reviens vers vous.", action="joindre")
    Fil.objects.exclude(closed_at=None).update(closed_at=timezone.now() - timedelta(days=31))
    following = Plume(adherente, response["Location"].split("/")[4])
    assert following.envoie().status_code == 302
    fil = following.fil
    assert fil.suite_de == plume.fil
    assert (fil.lien_genre, fil.lien_reference, fil.decision_on) == ("envoi", affaire.reference, decided)
    page = texte(adherente.get(reverse("messagerie:fil", args=[fil.reference])))
    assert affaire.libelle in page
    assert f"Possible jusqu’au {jour(add_months(decided, 2))}" in texte(
        adherente.get(reverse("messagerie:recours", args=[fil.reference]))
    )


def test_two_reclamations_never_read_the_same(adherente):
    plume = Plume(adherente).commence("RECLAMATION")
    plume.ecrit("Je conteste.", decision_on="03/11/2026").envoie()
    Plume(adherente).commence("RECLAMATION").ecrit("Autre chose ne va pas.").envoie()
    page = texte(adherente.get(reverse("messagerie:messages")))
    assert "Réclamation contre la décision du 3 novembre 2026" in page
    assert f"Réclamation du {jour(today_paris())}" in page
    assert "Faire une réclamation" not in page
    receipt = texte(adherente.get(plume.url("accuse", plume.reference)))
    assert "Réclamation : Faire" not in receipt
    assert "Réclamation contre la décision du 3 novembre 2026" in receipt
    assert set(Affaire.objects.values_list("libelle", flat=True)) == {
        "Réclamation contre la décision du 3 novembre 2026", f"Réclamation du {jour(today_paris())}"
    }  # fmt: skip
