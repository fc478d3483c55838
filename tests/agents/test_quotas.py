"""How much an agent reads in a day: counted exactly, told at 80 %, refused at 100 %; and what those in charge learn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from config.env import ENV
from enclos.agents import quotas
from enclos.agents.assistance.actions import open_call
from enclos.agents.models import Alerte, Appel, Consultation, Lecture, Quota
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Nature
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from tests.agents.conftest import text_of
from tests.conftest import Acteur
from tests.scene import Echange

pytestmark = pytest.mark.django_db


@pytest.fixture
def superviseuse(db):
    services = default_caisse().services.filter(code__in=["famille", "cotisations"])
    return Acteur(
        CompteFactory(
            agent=True, role="superviseur", nom="Nadia Fontaine", courriel="nadia@npc.example", services=services
        )
    )


def limit(agent, genre, limite, nombre=0):
    Quota.objects.update_or_create(
        agent=agent.compte, jour=today_paris(), genre=genre, defaults={"limite": limite, "nombre": nombre}
    )


def test_the_table_gives_each_role_its_limits():
    table = quotas.table()
    assert table["gestionnaire"] == {Lecture.DOCUMENT: 350, Lecture.PERSONNE: 100, Lecture.NUMERO: 60}
    assert set(table["administrateur"].values()) == {0}


def test_a_role_without_limits_is_refused(monkeypatch):
    monkeypatch.setattr(quotas, "ENV", type(ENV)(agent_quotas=("accueil:1:2:3",)))
    quotas.table.cache_clear()
    try:
        with pytest.raises(ValueError, match="comptable"):
            quotas.table()
    finally:
        quotas.table.cache_clear()


def test_each_document_counts_once_a_day(envoyer, adherente, agente):
    bail, quittance = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    for affaire in (bail, quittance, bail):
        assert agente.get(f"/agent/documents/{affaire.pk}/").status_code == 200
    assert Quota.objects.get(genre=Lecture.DOCUMENT).nombre == 2


def test_a_word_is_said_at_eighty_per_cent(envoyer, adherente, agente):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    limit(agente, Lecture.DOCUMENT, 10, nombre=6)
    assert "la limite du jour" not in text_of(agente.get(f"/agent/documents/{bail.pk}/"))
    Consultation.objects.all().delete()
    assert "Encore 2 documents aujourd’hui : la limite du jour est de 10." in text_of(
        agente.get(f"/agent/documents/{bail.pk}/")
    ).replace("\xa0", " ")


def test_past_the_limit_nothing_opens_and_the_page_says_whom_to_call(envoyer, adherente, agente, superviseuse):
    bail, quittance = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    limit(agente, Lecture.DOCUMENT, 1)
    assert agente.get(f"/agent/documents/{bail.pk}/").status_code == 200
    refused = agente.get(f"/agent/documents/{quittance.pk}/")
    assert refused.status_code == 429
    assert "appelez Nadia Fontaine" in text_of(refused)
    assert Ligne.objects.filter(event="agents.document.opened").count() == 1
    assert agente.get(f"/agent/documents/{bail.pk}/").status_code == 200  # what was read may be read again
    # Those in charge are told once, without a name of anybody in the e-mail.
    agente.get(f"/agent/documents/{quittance.pk}/")
    [alerte] = Alerte.objects.all()
    assert "Camille Roy a atteint sa limite" in alerte.texte
    [mail] = Courriel.objects.filter(to="nadia@npc.example")
    assert "Camille" not in mail.text + mail.subject
    assert alerte.texte in text_of(superviseuse.get("/agent/a-surveiller/"))
    assert alerte.texte not in text_of(agente.get("/agent/a-surveiller/"))


def test_past_the_limit_nothing_is_fetched_ahead_either(envoyer, adherente, agente):
    held, _ = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    agente.post(f"/agent/documents/{held.pk}/prendre/")
    limit(agente, Lecture.DOCUMENT, 2, nombre=1)
    assert agente.post(f"/agent/documents/{held.pk}/preparer/").status_code == 200
    limit(agente, Lecture.DOCUMENT, 2, nombre=2)
    assert agente.post(f"/agent/documents/{held.pk}/preparer/").status_code == 204


def test_searches_by_number_and_persons_have_their_own_limits(adherente, agente):
    limit(agente, Lecture.NUMERO, 0)
    typed = {"quoi": adherente.personne.nir, "raison": "appel"}
    assert agente.post("/agent/recherche/", typed).status_code == 429
    limit(agente, Lecture.PERSONNE, 0)
    url = reverse("agents:personne", args=[adherente.personne.pk])
    agente.post(url, {"raison": "telephone"})
    assert agente.get(url).status_code == 429
    assert not Ligne.objects.filter(event="agents.personne.opened").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time there: nothing to prove")
def test_of_twenty_openings_at_once_exactly_those_allowed_go_through():
    agent = CompteFactory(agent=True, services=default_caisse().services.filter(code="famille"))
    Quota.objects.create(agent=agent, jour=today_paris(), genre=Lecture.DOCUMENT, limite=7)

    def one(number: int) -> bool:
        try:
            quotas.count(Compte.objects.get(pk=agent.pk), Lecture.DOCUMENT, objet=f"document {number}")
        except quotas.QuotaReached:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(one, range(20)))
    assert allowed == 7
    assert Quota.objects.get(agent=agent).nombre == Consultation.objects.filter(agent=agent).count() == 7
    assert Alerte.objects.count() == 1


def test_a_superviseur_raises_the_limit_of_the_day(envoyer, adherente, agente, superviseuse):
    [bail] = envoyer(adherente.compte, "LOG_BAIL")
    limit(agente, Lecture.DOCUMENT, 350, nombre=350)
    url = reverse("agents:quota", args=[agente.compte.pk, "document"])
    assert "350 sur 350 documents" in text_of(superviseuse.get(url))
    assert superviseuse.post(url, {"limite": 400}).status_code == 422
    assert superviseuse.post(url, {"limite": 400, "raison": "Rattrapage du retard"}).status_code == 303
    assert agente.get(f"/agent/documents/{bail.pk}/").status_code == 200
    line = Ligne.objects.get(event="agents.quota.raised")
    assert (line.details["avant"], line.details["apres"], line.details["raison"]) == (350, 400, "Rattrapage du retard")


@pytest.mark.parametrize("limite", [350, 10, 1051])
def test_a_limit_goes_up_and_not_without_end(agente, superviseuse, limite):
    url = reverse("agents:quota", args=[agente.compte.pk, "document"])
    refused = superviseuse.post(url, {"limite": limite, "raison": "x"})
    assert refused.status_code == 409
    assert "entre 351 et 1050" in text_of(refused)
    assert "De 351 à 1050." in text_of(refused)


def test_nobody_raises_their_own_limit_nor_that_of_another_team(agente, superviseuse, adherente):
    own = reverse("agents:quota", args=[superviseuse.compte.pk, "document"])
    assert superviseuse.post(own, {"limite": 400, "raison": "x"}).status_code == 409
    elsewhere = CompteFactory(agent=True, services=default_caisse().services.filter(code="retraite"))
    for pk, genre in ((elsewhere.pk, "document"), (adherente.compte.pk, "document"), (agente.compte.pk, "tout")):
        url = reverse("agents:quota", args=[pk, genre])
        assert superviseuse.post(url, {"limite": 400, "raison": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("nom", "prenoms", "genre"),
    [("Roy", "Camille", "soi-meme"), ("Haddad", "Yanis", "collegue"), ("Haddad", "Marie", None), ("ROY", "Marie Camille", None)],
)  # fmt: skip
def test_ones_own_file_and_that_of_a_colleague_are_told(agente, collegue, superviseuse, nom, prenoms, genre):
    personne = PersonneFactory(nom_naissance=nom, prenoms=prenoms)
    url = reverse("agents:personne", args=[personne.pk])
    agente.post(url, {"raison": "telephone"})
    assert agente.get(url).status_code == 200  # a name proves nothing: nobody is stopped
    assert [alerte.genre for alerte in Alerte.objects.all()] == ([genre] if genre else [])


def test_many_persons_out_of_the_portfolio_within_an_hour_are_told(agente, superviseuse):
    for number in range(ENV.outside_per_hour + 1):
        quotas.count(agente.compte, Lecture.PERSONNE, objet=f"personne {number}", is_hors=True)
    [alerte] = Alerte.objects.filter(genre="hors")
    assert "16 fiches hors de son portefeuille" in alerte.texte


def test_those_read_for_work_are_not_out_of_it(agente, superviseuse):
    for number in range(ENV.outside_per_hour + 1):
        quotas.count(agente.compte, Lecture.PERSONNE, objet=f"personne {number}")
    assert not Alerte.objects.exists()


def test_an_alarm_stays_until_somebody_says_what_they_made_of_it(agente, superviseuse):
    quotas.raise_alarm(agente.compte, Alerte.Genre.HORS, "essai", "Camille Roy a ouvert 20 fiches.")
    [alerte] = Alerte.objects.all()
    url = reverse("agents:alerte", args=[alerte.pk])
    assert "Camille Roy a ouvert 20 fiches." in text_of(superviseuse.get(url))
    assert superviseuse.post(url, {}).status_code == 422
    assert superviseuse.post(url, {"mot": "Vu avec elle : accueil du lundi."}).status_code == 303
    assert "Camille Roy a ouvert" not in text_of(superviseuse.get("/agent/a-surveiller/"))
    assert "accueil du lundi" in text_of(superviseuse.get(url))
    superviseuse.post(url, {"mot": "Encore."})
    alerte.refresh_from_db()
    assert (alerte.mot, alerte.seen_by) == ("Vu avec elle : accueil du lundi.", superviseuse.compte)


def test_nobody_closes_an_alarm_about_themselves(superviseuse):
    quotas.raise_alarm(superviseuse.compte, Alerte.Genre.HORS, "essai", "Nadia Fontaine a ouvert 20 fiches.")
    [alerte] = Alerte.objects.all()
    assert "Nadia Fontaine a ouvert" not in text_of(superviseuse.get("/agent/a-surveiller/"))
    assert superviseuse.post(reverse("agents:alerte", args=[alerte.pk]), {"mot": "x"}).status_code == 409


def test_what_was_read_is_forgotten_after_thirty_days(agente):
    quotas.count(agente.compte, Lecture.DOCUMENT, objet="un")
    assert quotas.forget_old_readings(by=SYSTEM) == 0
    long_ago = today_paris() - timedelta(days=31)
    Consultation.objects.update(jour=long_ago, at=timezone.now() - timedelta(days=31))
    Quota.objects.update(jour=long_ago)
    assert quotas.forget_old_readings(by=SYSTEM) == 2


def test_a_form_that_comes_back_with_a_fault_is_an_opening_like_another(envoyer, adherente, agente):
    bail, quittance = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    limit(agente, Lecture.DOCUMENT, 1)
    shown = agente.post(f"/agent/documents/{bail.pk}/notes/", {"note-texte": ""})
    assert (shown.status_code, bail.libelle in text_of(shown)) == (422, True)
    assert Ligne.objects.get(event="agents.document.opened").concerne == str(adherente.personne.pk)
    assert agente.post(f"/agent/documents/{quittance.pk}/notes/", {"note-texte": ""}).status_code == 429
    assert Ligne.objects.filter(event="agents.document.opened").count() == 1


def test_what_is_downloaded_without_being_opened_counts_too(envoyer, adherente, agente, inspection):
    bail, quittance = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    limit(agente, Lecture.DOCUMENT, 1)
    assert agente.get(f"/agent/documents/{bail.pk}/document.pdf").status_code == 200
    assert agente.get(f"/agent/documents/{quittance.pk}/document.pdf").status_code == 429
    assert Ligne.objects.filter(event="agents.document.downloaded").count() == 1
    agente.post(f"/agent/documents/{quittance.pk}/prendre/")
    fichier = quittance.document.pages.get().fichier
    wanted = f"/agent/documents/{quittance.pk}/originaux/{fichier.pk}/"
    assert agente.post(wanted, {"raison": "La copie se lit mal"}).status_code == 429
    assert not Ligne.objects.filter(event="agents.original.opened").exists()


# --- lists of papers, threads, the help desk


def asked_of(adherente):
    quittance = PapierVoulu(nature=Nature.objects.get(pk="LOG_QUITTANCE"), raison="Pour votre aide.")
    return ask_papers(
        personne=adherente.personne,
        service=default_caisse().services.get(code="famille"),
        libelle="Votre aide au logement",
        papiers=[quittance],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )


def test_a_list_of_papers_counts_once_as_a_document(adherente, agente, superviseuse):
    first, second = asked_of(adherente), asked_of(adherente)
    limit(agente, Lecture.DOCUMENT, 1)
    for _ in range(2):
        assert agente.get(f"/agent/papiers/{first.reference}/").status_code == 200
    assert Quota.objects.get(genre=Lecture.DOCUMENT).nombre == 1
    assert agente.get(f"/agent/papiers/{second.reference}/").status_code == 429
    assert agente.get("/agent/papiers/", {"reference": second.reference}).status_code == 429
    assert agente.get("/agent/papiers/", {"reference": first.reference}).status_code == 200
    assert Ligne.objects.filter(event="agents.demande.opened").count() == 3
    assert "Camille Roy a atteint sa limite" in Alerte.objects.get().texte


def test_a_thread_counts_once_as_a_document(adherente, agente, superviseuse):
    service = default_caisse().services.get(code="famille")
    first, second = (Echange.between(adherente.compte, service).message.affaire_id for _ in range(2))
    limit(agente, Lecture.DOCUMENT, 1)
    for _ in range(2):
        assert agente.get(f"/agent/messages/{first}/").status_code == 200
    assert agente.get(f"/agent/messages/{second}/").status_code == 429
    assert Quota.objects.get(genre=Lecture.DOCUMENT).nombre == 1
    assert Alerte.objects.count() == 1


@pytest.fixture
def assistante(db):
    services = default_caisse().services.filter(code="accueil")
    return Acteur(CompteFactory(agent=True, role="accueil", nom="Sophie Lemaire", services=services))


def test_the_help_desk_counts_numbers_looked_for_and_accounts_opened(adherente, voisin, assistante, superviseuse):
    for _ in range(2):
        typed = {"numero": adherente.personne.nir, "raison": "telephone"}
        assert assistante.post("/agent/assistance/", typed).status_code == 303
    counts = dict(Quota.objects.values_list("genre", "nombre"))
    assert counts == {Lecture.NUMERO: 2, Lecture.PERSONNE: 1}  # the same person again counts once
    limit(assistante, Lecture.NUMERO, 2, nombre=2)
    refused = assistante.post("/agent/assistance/", {"numero": voisin.personne.nir, "raison": "telephone"})
    assert refused.status_code == 429
    assert "limite du jour" in text_of(refused)
    assert not Ligne.objects.filter(event="agents.assistance.opened", concerne=str(voisin.personne.pk)).exists()
    assert "recherches par numéro" in Alerte.objects.get().texte


def test_past_the_limit_the_help_desk_opens_nobody_by_name_nor_from_a_list(adherente, voisin, assistante, superviseuse):
    limit(assistante, Lecture.PERSONNE, 0)
    born = voisin.personne.date_naissance
    typed = {"nom": "Vandamme", "naissance": f"{born:%d/%m/%Y}", "raison": "telephone"}
    assert assistante.post("/agent/assistance/", typed).status_code == 429
    chosen = {"personne": adherente.personne.pk, "raison": "telephone"}
    assert assistante.post("/agent/assistance/ouvrir/", chosen).status_code == 429
    assert not Appel.objects.exists()
    assert "fiches de personnes" in Alerte.objects.get().texte


def test_many_accounts_opened_within_an_hour_are_told(assistante, superviseuse):
    for _ in range(ENV.outside_per_hour + 1):
        chosen = {"personne": PersonneFactory().pk, "raison": "telephone"}
        assert assistante.post("/agent/assistance/ouvrir/", chosen).status_code == 303
    assert [alerte.genre for alerte in Alerte.objects.all()] == ["hors"]


def test_the_right_to_help_gives_the_limits_of_the_accueil(agente):
    assert quotas.limit_of(agente.compte, Lecture.NUMERO) == 60
    agente.compte.droits = ["assistance"]
    assert quotas.limit_of(agente.compte, Lecture.NUMERO) == 100
    assert quotas.limit_of(agente.compte, Lecture.DOCUMENT) == 350


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time there: nothing to prove")
def test_of_twenty_accounts_opened_at_once_exactly_those_allowed_are():
    agent = CompteFactory(agent=True, role="accueil", services=default_caisse().services.filter(code="accueil"))
    Quota.objects.create(agent=agent, jour=today_paris(), genre=Lecture.PERSONNE, limite=7)

    def one(personne: Personne) -> bool:
        try:
            open_call(personne, raison="telephone", precision="", by=Compte.objects.get(pk=agent.pk))
        except quotas.QuotaReached:
            return False
        finally:
            connections.close_all()
        return True

    people = [PersonneFactory() for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(one, people))
    assert allowed == Appel.objects.count() == Quota.objects.get(agent=agent).nombre == 7
    assert Alerte.objects.filter(genre="quota").count() == 1
