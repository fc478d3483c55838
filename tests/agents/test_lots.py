"""Decisions for several items: previewed, held for ten minutes, then done once; or dropped, and nothing happened."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from enclos.agents import lots
from enclos.agents.lots import Geste
from enclos.agents.tasks import perform_lots
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.demo.factories import PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.refusals import Refusal
from enclos.suivi import actions, controle
from enclos.suivi.absences import note_absence
from enclos.suivi.models import FENETRE, Affaire, Genre, Lot
from tests.agents.conftest import text_of
from tests.agents.monde import agent, autre_caisse, events, papier, service, superviseur
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db

LATER = FENETRE + timedelta(seconds=1)


def prepare(affaires, by, genre=Lot.Genre.TRAITER, **given) -> Lot:
    return lots.prepare(Geste(genre=genre, **given), [one.pk for one in affaires], cle=uuid4(), by=by)


def after_the_window() -> int:
    with time_machine.travel(timezone.now() + LATER, tick=True):
        return perform_lots()


def some(count: int, **given) -> list[Affaire]:
    personne = PersonneFactory()
    return [papier(personne=personne, libelle=f"Bail {n}", **given) for n in range(count)]


def states(affaires) -> set[tuple[str, object]]:
    return {
        (one.get_etat_display(), one.taken_by_id) for one in Affaire.objects.filter(pk__in=[a.pk for a in affaires])
    }


# --- as it should go


def test_members_are_told_in_one_order_whatever_the_order_of_the_items(db):
    """Two lots about the same people hold their digests one after the other: neither waits for ever."""
    first, second = (PersonneFactory() for _ in range(2))
    assert first.pk < second.pk
    items = [
        papier(personne=second, libelle="Bail"),
        papier(personne=first, libelle="Bail"),
        papier(personne=second, libelle="RIB"),
    ]
    prepare(items, superviseur(), reponse="C’est complet.")
    assert after_the_window() == 1
    told = Courriel.objects.filter(cle__startswith="envois.decision").order_by("pk").values_list("personne", flat=True)
    assert list(told) == [first.pk, second.pk, second.pk]


def test_through_the_screens_from_the_boxes_to_the_answer(envoyer, adherente):
    nadia = Acteur(superviseur())
    affaires = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    page = text_of(nadia.get("/agent/"))
    assert page.count('type="checkbox" name="affaire"') == 2
    chosen = {"affaire": [str(one.pk) for one in affaires]}
    assert "Décider pour 2 documents" in text_of(nadia.get("/agent/lots/nouveau/", chosen))
    act = chosen | {"genre": "traiter", "reponse": "C’est complet."}
    apercu = nadia.post("/agent/lots/apercu/", act)
    assert "Traité : 2 documents" in text_of(apercu)
    assert "Dans 10 minutes" in text_of(apercu)
    assert not Lot.objects.exists()
    key = re.search(r'name="cle" value="([^"]+)"', text_of(apercu))[1]
    first = nadia.post("/agent/lots/confirmer/", act | {"cle": key})
    second = nadia.post("/agent/lots/confirmer/", act | {"cle": key})
    assert first.status_code == 303
    assert first["Location"] == second["Location"] == f"/agent/lots/{key}/"
    assert Lot.objects.count() == 1
    assert "Décision en lot prévue" in text_of(nadia.get(first["Location"]))
    assert "Décision en lot prévue" in text_of(nadia.get("/agent/"))
    assert "Annuler ce lot" in text_of(nadia.get("/agent/"))

    # During ten minutes nothing is seen by the member.
    assert perform_lots() == 0
    assert {one.get_etat_display() for one in Affaire.objects.all()} == {"Reçu"}
    assert not Courriel.objects.filter(cle__startswith="envois.decision").exists()

    assert after_the_window() == 1
    assert after_the_window() == 0
    assert {(one.get_etat_display(), one.reponse, one.lot_id) for one in Affaire.objects.all()} == {
        ("Traité", "C’est complet.", None)
    }
    assert Courriel.objects.filter(cle__startswith="envois.decision").count() == 2
    assert events(affaires[0]) == ["suivi.affaire.opened", "suivi.affaire.taken", "suivi.affaire.settled"]
    assert "C’est fait." in text_of(nadia.get(first["Location"]))
    assert "C’est complet." in text_of(adherente.get(f"/espace/envois/{affaires[0].reference}/"))


def test_cancelled_in_time_nothing_happened():
    nadia, camille = superviseur(), agent()
    mine, free = actions.take(papier(), by=nadia), papier()
    lot = prepare([mine, free], nadia)
    before = states([mine, free])
    Acteur(nadia).post(f"/agent/lots/{lot.pk}/annuler/")
    assert after_the_window() == 0
    assert states([mine, free]) == before == {("En cours", nadia.pk), ("Reçu", None)}
    assert actions.take_next(camille) == free
    assert actions.settle(mine, by=nadia) is True
    assert events(free) == ["suivi.affaire.opened", "suivi.affaire.taken"]
    assert "rien n’a changé" in text_of(Acteur(nadia).get(f"/agent/lots/{lot.pk}/"))


def test_an_item_of_a_lot_waits_for_it():
    nadia, camille = superviseur(), agent()
    mine, free = actions.take(papier(), by=nadia), papier()
    prepare([mine, free], nadia)
    assert actions.take_next(camille) is None
    for act in (
        lambda: actions.take(free, by=camille),
        lambda: actions.settle(mine, by=nadia),
        lambda: actions.release(mine, by=nadia),
        lambda: actions.redirect(mine, service=service("cotisations"), by=nadia),
    ):
        with pytest.raises(actions.InLot, match="lot est prévue"):
            act()
    with pytest.raises(Refusal, match="Plus aucun"):
        prepare([free], nadia)


def test_the_whole_filter_goes_up_to_a_hundred():
    nadia = Acteur(superviseur())
    some(103)
    papier("cotisations", groupe="Exploitation")
    page = text_of(nadia.get("/agent/lots/nouveau/?tout=1&groupe=Logement"))
    assert "Décider pour 100 documents" in page
    assert "les 100 premiers de la file" in page


def test_redirecting_in_a_lot():
    nadia = superviseur()
    affaires = some(3)
    prepare(affaires, nadia, Lot.Genre.REORIENTER, service=service("cotisations"))
    assert after_the_window() == 1
    assert {one.service.code for one in Affaire.objects.all()} == {"cotisations"}
    assert states(affaires) == {("Reçu", None)}


def test_giving_and_putting_back_are_done_at_once():
    nadia, lou = superviseur(), agent("Lou Petit")
    affaires = some(3)
    lot = prepare(affaires, nadia, Lot.Genre.ATTRIBUER, agent=lou)
    assert lot.execute_at is not None
    assert states(affaires) == {("En cours", lou.pk)}
    prepare(affaires, nadia, Lot.Genre.REMETTRE)
    assert states(affaires) == {("Reçu", None)}
    assert perform_lots() == 0


def test_an_agent_decides_in_one_go_what_she_holds():
    camille = agent()
    affaires = [actions.take(one, by=camille) for one in some(2)]
    page = text_of(Acteur(camille).get("/agent/"))
    assert 'type="checkbox" name="affaire"' not in page
    assert "Décider de plusieurs à la fois" in page
    assert 'type="checkbox" name="affaire"' in text_of(Acteur(camille).get("/agent/?qui=miens"))
    prepare(affaires, camille)
    assert after_the_window() == 1
    assert states(affaires) == {("Traité", camille.pk)}


# --- what is left aside, and said


def test_the_preview_says_which_cannot_and_why(envoyer, adherente):
    nadia = Acteur(superviseur())
    held, ended, message = actions.take(papier(), by=agent("Lou Petit")), papier(), papier(genre=Genre.MESSAGE)
    liste = papier(genre=Genre.PAPIERS)
    actions.take(ended, by=nadia.compte)
    actions.settle(ended, by=nadia.compte)
    [scanning] = envoyer(adherente.compte, "LOG_BAIL", analyse=Fichier.Analyse.EN_COURS)
    fine, elsewhere = papier(), papier("retraite")
    affaires = [held, ended, message, liste, scanning, fine, elsewhere]
    page = text_of(
        nadia.post("/agent/lots/apercu/", {"affaire": [str(one.pk) for one in affaires], "genre": "traiter"})
    )
    assert "Traité : 1 document" in page
    assert "5 documents laissés de côté" in page  # the sixth is of no team of hers: as if it did not exist
    for words in ("Lou Petit s’en occupe", "Déjà « Traité »", "Un message se répond un par un",
                  "Une liste de papiers se traite une par une", "Analyse en cours"):  # fmt: skip
        assert page.count(words) == 1


def test_nothing_ticked_is_said_and_the_filter_is_kept():
    papier()
    nadia = Acteur(superviseur())
    response = nadia.get("/agent/lots/nouveau/?service=famille")
    assert response["Location"] == "/agent/?service=famille&lot=vide"
    assert "Aucun document n’est coché" in text_of(nadia.get(response["Location"]))
    assert "Aucun document n’est coché" not in text_of(nadia.get("/agent/?service=famille"))
    assert nadia.post("/agent/lots/apercu/", {"genre": "traiter"})["Location"] == "/agent/?lot=vide"


def test_a_preview_of_nothing_says_so_and_promises_nothing():
    nadia = Acteur(superviseur())
    papiers = papier(genre=Genre.PAPIERS)
    page = text_of(nadia.post("/agent/lots/apercu/", {"affaire": [str(papiers.pk)], "genre": "traiter"}))
    assert "Rien à faire en lot" in page
    assert "Une liste de papiers se traite une par une" in page
    assert "Dans 10 minutes" not in page
    assert "Confirmer le lot" not in page


def test_what_changed_meanwhile_is_left_aside_and_the_others_are_done():
    nadia = superviseur()
    dangerous, fine = papier(), papier()
    lot = prepare([dangerous, fine], nadia)
    assert actions.refuse_unread(dangerous, reponse="Dangereux.", by=SYSTEM) is True
    assert after_the_window() == 1
    fine.refresh_from_db()
    assert fine.get_etat_display() == "Traité"
    assert {(ligne.affaire_id, ligne.get_resultat_display(), ligne.motif) for ligne in lot.lignes.all()} == {
        (dangerous.pk, "Laissé de côté", "Déjà « Refusé »"),
        (fine.pk, "Fait", ""),
    }


def test_an_author_who_left_decides_nothing():
    nadia = superviseur()
    affaires = some(2)
    lot = prepare(affaires, nadia)
    Compte.objects.filter(pk=nadia.pk).update(is_active=False)
    after_the_window()
    lot.refresh_from_db()
    assert (lot.execute_at, lot.annule_par) == (None, "Enclos")
    assert states(affaires) == {("Reçu", None)}
    assert all(one.lot_id is None for one in Affaire.objects.all())


def test_an_item_that_left_the_teams_of_its_author_is_left_aside():
    nadia = superviseur()
    affaire = papier()
    lot = prepare([affaire], nadia)
    nadia.services.clear()
    after_the_window()
    assert lot.lignes.get().motif == "N’est plus dans vos services"
    assert states([affaire]) == {("Reçu", None)}


def test_nothing_is_given_to_who_went_away_meanwhile():
    nadia, lou = superviseur(), agent("Lou Petit")
    today = timezone.localdate()
    note_absence(lou, du=today, au=today, by=nadia)
    with pytest.raises(Refusal, match="Plus aucun"):
        prepare(some(2), nadia, Lot.Genre.ATTRIBUER, agent=lou)
    page = text_of(Acteur(nadia).get("/agent/lots/nouveau/", {"affaire": [str(papier().pk)]}))
    assert "en absence jusqu’au" in page


# --- two persons above fifty


def test_above_fifty_another_superviseur_says_yes():
    nadia, odile = Acteur(superviseur()), Acteur(superviseur("Odile Blanc"))
    affaires = some(51)
    lot = prepare(affaires, nadia.compte)
    assert lot.needs_approval
    assert after_the_window() == 0
    address = f"/agent/lots/{lot.pk}/"
    assert "attend l’accord" in text_of(nadia.get(address))
    assert "Approuver ce lot" not in text_of(nadia.get(address))
    assert nadia.post(f"{address}approuver/").status_code == 409
    assert "Attendent votre accord" in text_of(odile.get("/agent/lots/"))
    assert odile.post(f"{address}approuver/").status_code == 303
    assert odile.post(f"{address}approuver/").status_code == 303
    assert perform_lots() == 0
    assert after_the_window() == 1
    assert states(affaires) == {("Traité", nadia.compte.pk)}


def test_without_a_second_yes_a_large_lot_is_dropped_after_a_day():
    nadia = superviseur()
    affaires = some(51)
    lot = prepare(affaires, nadia)
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=True):
        perform_lots()
    lot.refresh_from_db()
    assert lot.pourquoi == "Personne ne l’a approuvé dans les 24 heures."
    assert states(affaires) == {("Reçu", None)}
    with pytest.raises(Refusal, match="ne peut plus être approuvé"):
        lots.approve(lot, by=superviseur("Odile Blanc"))


def test_who_does_not_see_every_item_does_not_approve():
    nadia = superviseur()
    lot = prepare([*some(50), papier("cotisations")], nadia)
    with pytest.raises(Refusal, match="services qui ne sont pas les vôtres"):
        lots.approve(lot, by=superviseur("Odile Blanc", "famille"))


@pytest.mark.parametrize(
    "wrong", [{"execute_at": timezone.now(), "nombre": 51}, {"nombre": 101}, {"execute_at": timezone.now(), "annule_at": timezone.now()}]
)  # fmt: skip
def test_the_database_itself_refuses_a_large_lot_of_one_person(wrong):
    lot = prepare(some(1), superviseur())
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(approuve_par=lot.auteur_id)


# --- what is refused, and who may not


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choisissez ce qu’il faut faire."),
        ({"genre": "reorienter"}, "Choisissez le service."),
        ({"genre": "attribuer"}, "Choisissez l’agent."),
        ({"genre": "traiter", "reponse": "Pour 1720362999024."}, "un numéro de sécurité sociale"),
        ({"genre": "effacer"}, "Sélectionnez un choix valide"),
    ],
)
def test_an_incomplete_lot_comes_back_with_what_to_do(data, words):
    nadia = Acteur(superviseur())
    response = nadia.post("/agent/lots/apercu/", {"affaire": [str(papier().pk)], **data})
    assert response.status_code == 422
    assert words in text_of(response)


def test_too_late_is_said():
    nadia = superviseur()
    lot = prepare(some(1), nadia)
    after_the_window()
    response = Acteur(nadia).post(f"/agent/lots/{lot.pk}/annuler/")
    assert response.status_code == 409
    assert "Trop tard" in text_of(response)


def test_an_agent_decides_in_a_lot_only_what_she_holds():
    camille = Acteur(agent())
    affaire = papier()
    page = text_of(camille.post("/agent/lots/apercu/", {"affaire": [str(affaire.pk)], "genre": "traiter"}))
    assert "Vous ne l’avez pas pris" in page
    assert "Confirmer le lot" not in page
    with pytest.raises(Refusal, match="Plus aucun"):
        prepare([affaire], camille.compte)
    with pytest.raises(Refusal, match="réservé à un superviseur"):
        prepare([affaire], camille.compte, Lot.Genre.ATTRIBUER, agent=camille.compte)


def test_a_lot_is_not_seen_by_who_is_not_concerned():
    lot = prepare(some(1), superviseur())
    address = f"/agent/lots/{lot.pk}/"
    stranger = agent("Paul")
    Compte.objects.filter(pk=stranger.pk).update(caisse=autre_caisse().caisse, role="superviseur")
    for other in (agent(), agent("Yanis", "cotisations"), superviseur("Odile", "retraite"), stranger):
        acteur = Acteur(Compte.objects.get(pk=other.pk))
        assert acteur.get(address).status_code == 404
        assert acteur.post(f"{address}annuler/").status_code == 404
        assert acteur.post(f"{address}approuver/").status_code == 404


def test_a_key_of_somebody_else_gives_nothing():
    lot = prepare(some(1), superviseur())
    odile = Acteur(superviseur("Odile Blanc"))
    data = {"affaire": [str(papier().pk)], "genre": "traiter", "cle": str(lot.pk)}
    assert odile.post("/agent/lots/confirmer/", data).status_code == 404


def test_reconciliation_finds_a_lot_that_nobody_does():
    prepare(some(2), superviseur())
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        alarming = [one.libelle for one in controle.constats() if one.is_alarming]
    assert "Décisions en lot non exécutées à leur heure" in alarming
    Lot.objects.update(annule_at=timezone.now())
    assert {one.libelle: one.nombre for one in controle.constats()}["Documents tenus par un lot terminé"] == 2


def test_the_journal_says_who_prepared_and_what_was_done():
    nadia = superviseur()
    prepare(some(3), nadia)
    after_the_window()
    lines = Ligne.objects.filter(event__startswith="suivi.lot.").order_by("pk")
    assert [(one.event, one.actor_label) for one in lines] == [
        ("suivi.lot.prepared", "Nadia Fontaine"),
        ("suivi.lot.executed", "Nadia Fontaine"),
    ]
    assert lines[1].details == {"faits": 3, "ecartes": 0}
