"""Who treats what: given, put back, sent to another team or fund; days off; who cannot wait."""

from datetime import date, timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from enclos.avis.models import Avis
from enclos.comptes.models import Compte
from enclos.demo.factories import CompteFactory, PaiementFactory, PersonneFactory
from enclos.journal.models import Ligne
from enclos.registre.models import Paiement
from enclos.socle.dates import add_months, today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi import access, actions, precarite, repartition
from enclos.suivi.absences import absence_of, absences_to_come, end_absence, note_absence
from enclos.suivi.actions import rang_of
from enclos.suivi.models import Absence, Affaire
from tests.agents.monde import agent, autre_caisse, events, papier, service, superviseur

pytestmark = pytest.mark.django_db


# --- given and put back


def test_an_item_is_given_to_an_agent_of_its_team():
    nadia, lou = superviseur(), agent("Lou Petit")
    affaire = papier()
    assert repartition.assign(affaire, agent=lou, by=nadia) is True
    assert repartition.assign(affaire, agent=lou, by=nadia) is False
    affaire.refresh_from_db()
    assert (affaire.taken_by, affaire.get_etat_display()) == (lou, "En cours")
    assert events(affaire) == ["suivi.affaire.opened", "suivi.affaire.assigned"]
    [line] = Ligne.objects.filter(event="suivi.affaire.assigned")
    assert (line.actor_label, line.details["a"]) == ("Nadia Fontaine", "Lou Petit")


def test_an_item_held_by_one_is_given_to_another():
    nadia, camille, lou = superviseur(), agent(), agent("Lou Petit")
    affaire = actions.take(papier(), by=camille)
    repartition.assign(affaire, agent=lou, by=nadia)
    with pytest.raises(actions.NotHeld, match="Lou Petit"):
        actions.settle(affaire, by=camille)
    assert events(affaire)[-2:] == ["suivi.affaire.released", "suivi.affaire.assigned"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: agent("Yanis Haddad", "cotisations"), "n’est pas dans le service"),
        (lambda: agent("Léa", role="accueil"), "ne traite plus"),
        (lambda: CompteFactory(agent=True, nom="Parti", services=[service()], is_active=False), "ne traite plus"),
        (lambda: CompteFactory(agent=True, nom="Paul", caisse=autre_caisse().caisse, services=[service()]), "n’est pas dans"),
    ],
    ids=["another team", "another role", "left", "another fund"],
)  # fmt: skip
def test_an_item_is_not_given_to_who_could_not_treat_it(make, words):
    with pytest.raises(Refusal, match=words):
        repartition.assign(papier(), agent=make(), by=superviseur())


def test_only_who_supervises_gives():
    with pytest.raises(Refusal, match="superviseur"):
        repartition.assign(papier(), agent=agent(), by=agent("Lou Petit"))
    with pytest.raises(Refusal, match="superviseur"):
        repartition.release_all(agent(), by=agent("Lou Petit"))


def test_an_ended_item_is_given_to_nobody():
    camille = agent()
    affaire = actions.take(papier(), by=camille)
    actions.settle(affaire, by=camille)
    with pytest.raises(actions.AlreadyDecided):
        repartition.assign(affaire, agent=camille, by=superviseur())


def test_who_supervises_puts_back_what_a_colleague_holds():
    camille, lou = agent(), agent("Lou Petit")
    affaire = actions.take(papier(), by=camille)
    with pytest.raises(actions.NotHeld):
        actions.release(affaire, by=lou)
    assert actions.release(affaire, by=superviseur()).is_free
    [line] = Ligne.objects.filter(event="suivi.affaire.released")
    assert line.details["pris_par"] == "Camille Roy"


def test_everything_an_agent_holds_goes_back_in_the_queue_but_what_another_team_gave():
    nadia = superviseur("Nadia Fontaine", "famille")
    camille = agent("Camille Roy", "famille", "cotisations")
    mine, theirs = actions.take(papier(), by=camille), actions.take(papier("cotisations"), by=camille)
    assert repartition.release_all(camille, by=nadia) == 1
    assert repartition.release_all(camille, by=nadia) == 0
    mine.refresh_from_db(), theirs.refresh_from_db()
    assert (mine.taken_by, theirs.taken_by) == (None, camille)


# --- sent elsewhere


def test_an_item_sent_to_another_fund_leaves_this_one_and_the_member_is_told():
    nadia, paul = superviseur(), CompteFactory(agent=True, caisse=autre_caisse().caisse, services=[autre_caisse()])
    affaire = actions.take(papier(), by=agent())
    received, due = affaire.received_at, affaire.due_on
    assert repartition.transfer(affaire, service=autre_caisse(), by=nadia) is True
    assert repartition.transfer(Affaire.objects.get(pk=affaire.pk), service=autre_caisse(), by=nadia) is False
    with pytest.raises(Http404):
        access.affaire_for(nadia, affaire.pk)
    moved = access.affaire_for(paul, affaire.pk)
    assert (moved.received_at, moved.due_on, moved.taken_by) == (received, due, None)
    assert moved.service_since > received
    assert actions.take_next(paul) == moved
    avis = Avis.objects.get(evenement="transmission")
    assert avis.personne == affaire.personne
    assert affaire.reference in avis.url
    [line] = Ligne.objects.filter(event="suivi.affaire.transferred")
    assert (line.details["de"], line.details["vers"]) == (
        "Famille et logement, MSA Nord-Pas de Calais",
        "Famille d’ailleurs, MSA d’ailleurs",
    )


def test_the_mail_names_the_team_and_nothing_of_the_document():
    from enclos.courrier.models import Courriel

    affaire = papier(personne=CompteFactory().personne)
    repartition.transfer(affaire, service=autre_caisse(), by=superviseur())
    mail = Courriel.objects.get(cle__startswith="suivi.transmission")
    assert "Nous l’avons transmis à « Famille d’ailleurs », MSA d’ailleurs (téléphone : 0300000000)." in mail.text
    assert "Bail" not in mail.text
    assert "La date de votre envoi ne change pas" in mail.text


def test_redirecting_inside_the_fund_tells_the_member_once():
    camille = agent()
    affaire = actions.take(papier(), by=camille)
    assert actions.redirect(affaire, service=service("cotisations"), by=camille) is True
    assert actions.redirect(affaire, service=service("cotisations"), by=camille) is False
    assert Avis.objects.filter(evenement="transmission").count() == 1


def test_only_who_supervises_sends_to_another_fund():
    camille = agent()
    affaire = actions.take(papier(), by=camille)
    with pytest.raises(Refusal, match="superviseur"):
        repartition.transfer(affaire, service=autre_caisse(), by=camille)
    assert access.affaire_for(camille, affaire.pk).taken_by == camille


@pytest.mark.parametrize(("sens", "moves"), [("acceptation", True), ("rejet", False)])
def test_silence_that_accepts_counts_from_the_second_fund_and_silence_that_refuses_from_the_first(sens, moves):
    from enclos.caisses.access import nomenclatures

    nature = next((n for n in nomenclatures().natures.values() if n.silence == sens), None)
    if nature is None:  # the shipped nomenclature may have no acceptance
        from enclos.caisses.models import Nature

        Nature.objects.filter(pk="LOG_BAIL").update(
            is_request=True, silence=sens, silence_months=2, silence_basis="CRPA", recours="Un recours."
        )
        from enclos.caisses.access import forget

        forget()
        nature = nomenclatures().natures["LOG_BAIL"]
    first = today_paris() + timedelta(days=9)
    affaire = papier(nature=nature.code, legal_on=first, received_days_ago=50)
    repartition.transfer(affaire, service=autre_caisse(), by=superviseur())
    affaire.refresh_from_db()
    assert affaire.legal_on == (add_months(today_paris(), nature.silence_months) if moves else first)
    assert affaire.rang_on == rang_of(affaire.due_on, affaire.legal_on, is_precaire=False)


# --- days off


def away(compte: Compte, *, du: int = 0, au: int = 3, by: Compte | None = None) -> Absence:
    today = today_paris()
    return note_absence(compte, du=today + timedelta(days=du), au=today + timedelta(days=au), by=by or compte)


def test_what_an_absent_agent_holds_is_taken_by_colleagues_at_once():
    camille, lou = agent(), agent("Lou Petit")
    affaire = actions.take(papier(), by=lou)
    assert list(Affaire.objects.forgotten()) == []
    absence = away(lou)
    assert list(Affaire.objects.forgotten()) == [affaire]
    assert actions.take(affaire, by=camille).is_held_by(camille)
    assert absence_of(lou) == absence


def test_nothing_is_given_to_who_is_away_and_everything_when_back():
    nadia, lou = superviseur(), agent("Lou Petit")
    affaire, kept = papier(), actions.take(papier(), by=lou)
    absence = away(lou, by=nadia)
    with pytest.raises(Refusal, match="en absence"):
        repartition.assign(affaire, agent=lou, by=nadia)
    end_absence(absence, by=lou)
    end_absence(absence, by=lou)
    assert repartition.assign(affaire, agent=lou, by=nadia) is True
    assert Affaire.objects.get(pk=kept.pk).taken_by == lou
    assert list(Affaire.objects.forgotten()) == []


def test_an_absence_that_began_keeps_its_days_when_the_agent_comes_back():
    lou = agent("Lou Petit")
    absence = Absence.objects.create(
        agent=lou, du=today_paris() - timedelta(days=4), au=today_paris() + timedelta(days=4), by=lou
    )
    end_absence(absence, by=lou)
    absence.refresh_from_db()
    assert absence.au == today_paris() - timedelta(days=1)
    assert list(absences_to_come(lou)) == []


def test_the_same_days_are_noted_once():
    lou = agent("Lou Petit")
    assert away(lou) == away(lou)
    with pytest.raises(Refusal, match="déjà notée"):
        away(lou, du=2, au=9)
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(("du", "au"), [(3, 1), (-9, -2), (0, 500)])
def test_days_that_make_no_sense_are_refused(du, au):
    with pytest.raises(Refusal, match="ne vont pas ensemble"):
        away(agent(), du=du, au=au)


def test_one_notes_ones_own_days_and_a_superviseur_those_of_the_fund():
    lou = agent("Lou Petit")
    with pytest.raises(Refusal, match="pas celles d’un collègue"):
        away(lou, by=agent())
    stranger = CompteFactory(agent=True, caisse=autre_caisse().caisse, services=[autre_caisse()], role="superviseur")
    with pytest.raises(Refusal, match="pas celles d’un collègue"):
        away(lou, by=stranger)
    assert away(lou, by=superviseur()).by.nom == "Nadia Fontaine"


# --- who cannot wait


def test_an_agent_says_who_cannot_wait_and_the_queue_follows():
    camille = agent()
    first, second = papier(days=4), papier(days=6)
    assert precarite.set_precaire(second, is_precaire=True, raison="Expulsion annoncée", by=camille) is True
    assert precarite.set_precaire(second, is_precaire=True, raison="Expulsion annoncée", by=camille) is False
    assert [actions.take_next(camille), actions.take_next(camille)] == [second, first]
    [line] = Ligne.objects.filter(event="suivi.affaire.precarite_set")
    assert line.details["raison"] == "Expulsion annoncée"
    second.refresh_from_db()
    assert second.due_on == today_paris() + timedelta(days=6)


def test_saying_so_without_a_reason_is_refused():
    with pytest.raises(Refusal, match="Dites pourquoi"):
        precarite.set_precaire(papier(), is_precaire=True, raison=" ", by=agent())


def test_the_registry_is_followed_both_ways_and_never_twice():
    personne = PersonneFactory()
    affaire, other = papier(personne=personne, days=4), papier(days=4)
    PaiementFactory(personne=personne, branche=Paiement.Branche.RSA_PRIME)
    assert precarite.follow_registry() == 1
    assert precarite.follow_registry() == 0
    affaire.refresh_from_db(), other.refresh_from_db()
    assert (affaire.is_precaire, other.is_precaire) == (True, False)
    assert affaire.rang_on == affaire.due_on - timedelta(days=7)
    Paiement.objects.update(date=date(2020, 1, 1))
    assert precarite.follow_registry() == 1
    affaire.refresh_from_db()
    assert (affaire.is_precaire, affaire.rang_on) == (False, affaire.due_on)
    assert events(affaire).count("suivi.affaire.precarite_followed") == 2


def test_what_an_agent_said_is_not_undone_by_the_registry():
    personne = PersonneFactory()
    PaiementFactory(personne=personne, branche=Paiement.Branche.RSA_PRIME)
    affaire = papier(personne=personne)
    assert affaire.is_precaire
    precarite.set_precaire(affaire, is_precaire=False, raison="Situation réglée", by=agent())
    said = papier()
    precarite.set_precaire(said, is_precaire=True, raison="Plus de revenu", by=agent())
    assert precarite.follow_registry() == 0


def test_the_sweep_is_bounded_and_goes_on_next_time(monkeypatch):
    monkeypatch.setattr(precarite, "BATCH", 2)
    monkeypatch.setattr(precarite, "MOST", 4)
    personne = PersonneFactory()
    for _ in range(7):
        papier(personne=personne)
    PaiementFactory(personne=personne, branche=Paiement.Branche.RSA_PRIME)
    assert [precarite.follow_registry() for _ in range(3)] == [4, 3, 0]


def test_ended_items_are_left_as_they_were():
    camille, personne = agent(), PersonneFactory()
    affaire = actions.take(papier(personne=personne), by=camille)
    actions.settle(affaire, by=camille)
    PaiementFactory(personne=personne, branche=Paiement.Branche.RSA_PRIME)
    assert precarite.follow_registry() == 0
    with pytest.raises(actions.AlreadyDecided):
        precarite.set_precaire(affaire, is_precaire=True, raison="Trop tard", by=camille)
    assert timezone.now() > Affaire.objects.get(pk=affaire.pk).ended_at
