"""Bank details: one agent settles, another confirms, never the same; the member is told once it is confirmed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.actions import install_shipped_data
from enclos.caisses.models import Caisse, Nature
from enclos.comptes.models import Role
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.suivi import actions as suivi
from enclos.suivi import controle, second_regard
from enclos.suivi.models import Affaire, SecondRegard
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def url(affaire, rest=""):
    return f"/agent/documents/{affaire.pk}/{rest}"


def agent_of(nom: str, role: str, *teams: str) -> Acteur:
    services = default_caisse().services.filter(code__in=teams)
    return Acteur(CompteFactory(agent=True, nom=nom, role=role, services=services))


@pytest.fixture
def gestionnaire(db) -> Acteur:
    return agent_of("Nora Simon", Role.GESTIONNAIRE, "accueil")


@pytest.fixture
def comptable(db) -> Acteur:
    """Of another team: bank details are looked at for the whole fund."""
    return agent_of("Hugo Blanc", Role.COMPTABLE, "cotisations")


@pytest.fixture
def rib(envoyer, adherente, gestionnaire) -> Affaire:
    """Bank details that Nora settled."""
    [affaire] = envoyer(adherente.compte, "BQ_RIB")
    gestionnaire.post("/agent/suivant/", {"vu": timezone.now().isoformat()})
    response = gestionnaire.post(url(affaire, "decision/traiter/"), {"traiter-reponse": "Votre RIB est enregistré."})
    assert response["Location"] == "/agent/?fait=second-regard"
    affaire.refresh_from_db()
    return affaire


def decisions_told() -> int:
    return Courriel.objects.filter(cle__startswith="envois.decision").count()


# --- as it should go


def test_settled_by_one_it_waits_and_the_member_is_told_nothing_yet(rib, gestionnaire, adherente):
    assert (rib.get_etat_display(), rib.awaits_look, rib.is_ended) == ("En cours", True, False)
    assert decisions_told() == 0
    assert "En cours" in text_of(adherente.get(f"/espace/envois/{rib.reference}/"))
    page = text_of(gestionnaire.get("/agent/?fait=second-regard"))
    assert "attend le <strong>second regard</strong>" in page
    page = text_of(gestionnaire.get(url(rib)))
    assert "En attente de second regard" in page
    assert "Confirmer<kbd" not in page
    assert "Votre décision</h2>" not in page


def test_another_confirms_it_and_the_member_reads_the_answer(rib, comptable, adherente, inspection):
    assert "Nora Simon" in text_of(comptable.get("/agent/second-regard/"))
    page = comptable.get(url(rib)).content.decode()
    assert 'banc-retour"><a href="/agent/second-regard/"' in page  # back to where one comes from
    assert "Votre RIB est enregistré." in page
    image = page.split('id="page-1"><img src="')[1].split('"')[0]
    assert comptable.get(image).status_code == 200
    for _ in range(2):  # a double click
        response = comptable.post(url(rib, "second-regard/confirmer/"))
        assert response["Location"] == "/agent/second-regard/?fait=confirme"
    rib.refresh_from_db()
    assert (rib.get_etat_display(), rib.reponse, rib.taken_by.nom) == (
        "Traité",
        "Votre RIB est enregistré.",
        "Nora Simon",
    )
    assert decisions_told() == 1
    assert "C’est <strong>confirmé</strong>" in text_of(comptable.get("/agent/second-regard/?fait=confirme"))
    assert comptable.get(url(rib)).status_code == 404, "nothing more of another team's"
    assert comptable.get(image).status_code == 404


@pytest.mark.parametrize(("geste", "dit"), [("confirmer/", "confirmé"), ("renvoyer/", "renvoyé")])
def test_the_next_one_that_waits_follows_at_once(rib, envoyer, voisin, gestionnaire, comptable, geste, dit):
    [other] = envoyer(voisin.compte, "BQ_RIB")
    gestionnaire.post(url(other, "prendre/"))
    gestionnaire.post(url(other, "decision/traiter/"))
    response = comptable.post(url(rib, f"second-regard/{geste}"), {"mot": "Le titulaire diffère."})
    assert response["Location"].startswith(url(other))
    page = text_of(comptable.get(response["Location"]))
    assert f"C’est <strong>{dit}</strong>" in page
    assert "Voici le suivant" in page


def test_sent_back_with_a_word_it_is_in_the_hands_of_who_decided(rib, comptable, gestionnaire):
    response = comptable.post(url(rib, "second-regard/renvoyer/"), {"mot": "Le titulaire n’est pas l’adhérent."})
    assert response["Location"] == "/agent/second-regard/?fait=renvoye"
    page = text_of(gestionnaire.get(url(rib)))
    assert "Hugo Blanc : « Le titulaire n’est pas l’adhérent. »" in page
    assert "Votre décision</h2>" in page
    assert rib.libelle in text_of(gestionnaire.get("/agent/"))
    gestionnaire.post(url(rib, "decision/traiter/"))
    assert SecondRegard.objects.filter(affaire=rib).count() == 2
    assert decisions_told() == 0


def test_who_decided_takes_it_back_before_the_second_look(rib, gestionnaire, comptable):
    assert gestionnaire.post(url(rib, "rouvrir/")).status_code == 303
    assert "Votre décision</h2>" in text_of(gestionnaire.get(url(rib)))
    assert comptable.get(url(rib)).status_code == 404
    assert not SecondRegard.objects.exists()


def test_other_papers_ask_for_nobody_else(envoyer, adherente, gestionnaire):
    assert [nature.pk for nature in Nature.objects.filter(needs_second_look=True)] == ["BQ_RIB"]
    [piece] = envoyer(adherente.compte, "PI_CNI")
    gestionnaire.post("/agent/suivant/")
    gestionnaire.post(url(piece, "decision/traiter/"))
    piece.refresh_from_db()
    assert piece.get_etat_display() == "Traité"


# --- what is refused


@pytest.mark.parametrize("geste", [("confirmer/", {}), ("renvoyer/", {"mot": "Non."})])
def test_who_comes_after_a_colleague_is_told_so(rib, comptable, geste):
    late = agent_of("Alix Merlin", Role.SUPERVISEUR, "famille")
    assert late.get(url(rib)).status_code == 200
    comptable.post(url(rib, "second-regard/confirmer/"))
    refused = late.post(url(rib, f"second-regard/{geste[0]}"), geste[1])
    assert refused.status_code == 409
    assert "un collègue l’a donné" in text_of(refused)
    assert late.get(url(rib)).status_code == 404  # nothing of it is shown all the same


def test_never_the_same_agent_twice(envoyer, adherente):
    chef = agent_of("Alix Merlin", Role.SUPERVISEUR, "accueil")
    [affaire] = envoyer(adherente.compte, "BQ_RIB")
    chef.post("/agent/suivant/")
    chef.post(url(affaire, "decision/traiter/"))
    assert affaire.libelle not in text_of(chef.get("/agent/second-regard/"))
    assert chef.post(url(affaire, "second-regard/confirmer/")).status_code == 409
    assert chef.post(url(affaire, "second-regard/renvoyer/"), {"mot": "Non."}).status_code == 409
    look = SecondRegard.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondRegard.objects.filter(pk=look.pk).update(
            looked_by=chef.compte, looked_at=timezone.now(), is_confirmed=True
        )


def test_while_it_waits_nothing_else_is_decided_nor_taken(rib, gestionnaire, comptable):
    for slug, data in (("refuser", {"refuser-refus": "autre", "refuser-reponse": "Non."}), ("traiter", {})):
        response = gestionnaire.post(url(rib, f"decision/{slug}/"), data)
        assert response.status_code == (409 if slug == "refuser" else 303)
    assert gestionnaire.post(url(rib, "rendre/")).status_code == 409
    lou = agent_of("Lou Petit", Role.GESTIONNAIRE, "accueil")
    assert lou.post(url(rib, "prendre/")).status_code == 409
    assert SecondRegard.objects.count() == 1
    assert "rien n’attend" not in text_of(comptable.get("/agent/second-regard/")).lower()


def test_sending_back_asks_for_a_word(rib, comptable):
    response = comptable.post(url(rib, "second-regard/renvoyer/"), {"mot": " "})
    assert response.status_code == 422
    assert "Dites à votre collègue ce qui ne va pas." in text_of(response)
    rib.refresh_from_db()
    assert rib.awaits_look


# --- who may not


def test_only_who_counts_or_supervises_in_the_fund_gives_a_second_look(rib, gestionnaire, collegue):
    lou = agent_of("Lou Petit", Role.GESTIONNAIRE, "accueil")
    for actor in (gestionnaire, lou, collegue):
        assert actor.get("/agent/second-regard/").status_code == 404
        assert actor.post(url(rib, "second-regard/confirmer/")).status_code == 404
    other = Caisse.objects.create(
        code="ZZZ", nom="MSA d’ailleurs", telephone="0300000000", courriel="a@enclos.example", adresse=["1 rue"]
    )
    stranger = Acteur(CompteFactory(agent=True, caisse=other, role=Role.COMPTABLE))
    assert rib.libelle not in text_of(stranger.get("/agent/second-regard/"))
    for address in ("", "second-regard/confirmer/"):
        assert stranger.generic("POST" if address else "GET", url(rib, address)).status_code == 404
    rib.refresh_from_db()
    assert rib.awaits_look


def test_who_counts_sees_of_other_teams_nothing_else(envoyer, adherente, comptable):
    [piece] = envoyer(adherente.compte, "PI_CNI")
    assert comptable.get(url(piece)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_tell_the_member_once():
    install_shipped_data()
    service = Caisse.objects.get().services.get(code="accueil")
    first, *others = (
        CompteFactory(agent=True, caisse=service.caisse, services=[service], role=Role.SUPERVISEUR) for _ in range(4)
    )
    affaire = suivi.open_affaire(
        caisse=service.caisse, service=service, personne=PersonneFactory(caisse=service.caisse), reference="KM7-RP4-QB2",
        libelle="RIB", nature="BQ_RIB", received_at=timezone.now(), by=SYSTEM,
    )  # fmt: skip
    suivi.take(affaire, by=first)
    assert suivi.settle(affaire, by=first) is False
    barrier = Barrier(len(others))

    def confirm(agent):
        barrier.wait(10)
        try:
            return second_regard.confirm(Affaire.objects.get(pk=affaire.pk), by=agent)
        except second_regard.NotToLookAt:
            return "dit non"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(others)) as pool:
        results = list(pool.map(confirm, others))
    assert results.count(True) == 1


def test_what_waits_for_a_second_look_is_given_to_nobody_else(rib):
    nadia, lou = agent_of("Nadia Fontaine", Role.SUPERVISEUR, "accueil"), agent_of("Lou", Role.GESTIONNAIRE, "accueil")
    refused = nadia.post(url(rib, "attribuer/"), {"agent": str(lou.compte.pk)})
    assert refused.status_code == 409
    assert "attend un second regard" in text_of(refused)
    rib.refresh_from_db()
    assert rib.awaits_look


def test_a_look_that_nobody_may_give_is_a_fault(rib):
    def faults() -> int:
        return next(one.nombre for one in controle.constats() if one.libelle.startswith("Seconds regards"))

    assert faults() == 1
    agent_of("Hugo Blanc", Role.COMPTABLE, "cotisations")
    assert faults() == 0


def test_a_team_of_people_who_treat_nothing_is_a_team_without_agent(rib, gestionnaire):
    assert not controle.without_agent().exists()
    type(gestionnaire.compte).objects.filter(pk=gestionnaire.compte.pk).update(role=Role.ACCUEIL)
    assert controle.without_agent().get() == rib
