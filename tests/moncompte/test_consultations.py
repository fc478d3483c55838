"""« Qui a consulté mon dossier »: what agents opened, when, for what; never what was only fetched ahead."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.accueil.consultations import access
from enclos.accueil.consultations.access import place_of
from enclos.accueil.donnees.mots import nom_abrege
from enclos.agents.models import Appel
from enclos.journal.actions import record
from enclos.journal.models import Ligne
from enclos.suivi.models import Affaire
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.guichet.conftest import assistante  # noqa: F401 (a fixture)
from tests.moncompte.conftest import lu, texte

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/consultations/"


@pytest.fixture
def affaire(adherente: Acteur, envoyer):  # noqa: F811
    return envoyer(adherente.compte)[0]


def opens(affaire, agent: Acteur, *, ago: timedelta = timedelta(), event: str = "agents.document.opened", **details):
    with time_machine.travel(timezone.now() - ago, tick=False):
        return record(event, affaire, by=agent.compte, concerne=affaire.personne, **details)


def test_nobody_looked(adherente: Acteur):
    assert "Personne n’a ouvert votre dossier" in texte(adherente, ICI)


def test_it_is_in_my_account(adherente: Acteur):
    assert f'href="{ICI}"' in adherente.get("/espace/compte/").content.decode()


def test_an_agent_opens_a_document_and_the_member_reads_it(adherente: Acteur, agente: Acteur, affaire):
    assert agente.get(f"/agent/documents/{affaire.pk}/").status_code == 200
    page = texte(adherente, ICI)
    assert f"Camille R. a ouvert votre document « {affaire.libelle} »." in page
    assert "Gestionnaire, équipe Famille et logement." in page
    assert "Roy" not in page
    html = adherente.get(ICI).content.decode()
    assert f'href="/espace/envois/{affaire.reference}/"' in html


def test_the_role_and_the_team_are_those_of_that_day(adherente: Acteur, agente: Acteur, affaire):
    assert agente.get(f"/agent/documents/{affaire.pk}/").status_code == 200
    line = Ligne.objects.get(event="agents.document.opened")
    assert (line.details["role"], line.details["equipe"]) == ("gestionnaire", "Famille et logement")
    agente.compte.role = "superviseur"
    agente.compte.save()
    agente.compte.services.clear()
    assert "Gestionnaire, équipe Famille et logement." in texte(adherente, ICI)


def test_a_line_that_says_no_team_tells_that_of_the_item(adherente: Acteur, agente: Acteur, affaire):
    agente.compte.services.set(affaire.caisse.services.all())
    opens(affaire, agente)  # as lines were written before
    assert "Gestionnaire, équipe Famille et logement." in texte(adherente, ICI)


def test_of_many_teams_two_are_named(adherente: Acteur, agente: Acteur):
    agente.compte.services.set(adherente.personne.caisse.services.all())
    record("agents.personne.opened", adherente.personne, by=agente.compte, concerne=adherente.personne)
    assert "équipe Cotisations des exploitants, Famille et logement et d’autres." in texte(adherente, ICI)


def test_a_message_is_a_message_and_the_page_says_how_long(adherente: Acteur, agente: Acteur, affaire):
    Affaire.objects.filter(pk=affaire.pk).update(genre="message")
    opens(affaire, agente, event="agents.message.opened")
    page = texte(adherente, ICI)
    assert "Voir ce message" in page
    assert "Voir cet envoi" not in page
    assert "gardé 12 mois. Pendant ce temps, personne ne peut l’effacer" in page


def test_a_download_is_told_too(adherente: Acteur, agente: Acteur, affaire, inspection):
    assert agente.get(f"/agent/documents/{affaire.pk}/document.pdf").status_code == 200
    assert f"Camille R. a téléchargé votre document « {affaire.libelle} »." in texte(adherente, ICI)


def test_an_original_is_told_with_its_reason(adherente: Acteur, agente: Acteur, affaire):
    opens(affaire, agente, event="agents.original.opened", raison="La copie n’est pas lisible")
    page = texte(adherente, ICI)
    assert "a téléchargé le fichier d’origine" in page
    assert "Raison : La copie n’est pas lisible" in page


def test_the_help_desk_is_told_in_the_member_s_words(adherente: Acteur, assistante: Acteur):  # noqa: F811
    answer = assistante.post("/agent/assistance/", {"numero": adherente.personne.ref, "raison": "telephone"})
    assert answer.status_code == 303
    page = texte(adherente, ICI)
    assert "Sophie L. a ouvert votre compte pour vous aider." in page
    assert "Raison : Vous avez appelé." in page


def test_every_reason_of_the_help_desk_has_its_words():
    assert set(access.RAISONS) == set(Appel.Raison.values)


def test_another_reason_is_told_as_the_agent_wrote_it(adherente: Acteur, assistante: Acteur):  # noqa: F811
    asked = {"numero": adherente.personne.ref, "raison": "autre", "precision": "Doublon à vérifier"}
    assert assistante.post("/agent/assistance/", asked).status_code == 303
    assert "Raison : Doublon à vérifier" in texte(adherente, ICI)


def test_what_was_fetched_ahead_is_not_told(adherente: Acteur, agente: Acteur, affaire):
    opens(affaire, agente, event="agents.document.preloaded")
    assert "Personne n’a ouvert votre dossier" in texte(adherente, ICI)


def test_a_neighbour_reads_nothing_of_it(adherente: Acteur, voisin: Acteur, agente: Acteur, affaire):
    opens(affaire, agente)
    assert "Personne n’a ouvert votre dossier" in texte(voisin, ICI)
    assert agente.get(ICI).status_code in {302, 403, 404}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("agents.message.opened", "a ouvert votre message."),
        ("agents.original.opened", "a téléchargé le fichier d’origine."),
    ],
)
def test_what_has_no_item_has_no_name(adherente: Acteur, agente: Acteur, event: str, said: str):
    record(event, adherente.compte, by=agente.compte, concerne=adherente.personne)
    assert f"Camille R. {said}" in texte(adherente, ICI)


# --- the same again, and pages


def times_told(page: str) -> list[str]:
    return re.findall(r"\d+ fois depuis \d+ h(?: \d\d)?", page)


def test_the_same_opening_within_the_hour_is_one_line(adherente: Acteur, agente: Acteur, collegue: Acteur, affaire):
    for minutes in (5, 50, 95):
        opens(affaire, agente, ago=timedelta(minutes=minutes))
    opens(affaire, collegue, ago=timedelta(minutes=60))  # in between, and somebody else
    opens(affaire, agente, ago=timedelta(minutes=200))
    page = texte(adherente, ICI)
    assert page.count("Camille R.") == 2
    assert page.count("Yanis H.") == 1
    assert [told[:6] for told in times_told(page)] == ["3 fois"]


def test_pages_follow_one_another_and_tell_each_line_once(adherente: Acteur, agente: Acteur, affaire):
    for number in range(45):
        opens(affaire, agente, ago=timedelta(hours=2 * number))
    seen, address = 0, ICI
    for _ in range(3):
        html = adherente.get(address).content.decode()
        seen += lu(html).count("Camille R.")
        more = re.search(rf'href="({ICI}\?avant=[^"]+)"', html)
        address = more[1] if more else ""
    assert (seen, address) == (45, "")


def test_lines_of_the_same_instant_are_not_lost_between_two_pages(
    adherente: Acteur,
    agente: Acteur,
    envoyer,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setattr(access, "FACTS_SHOWN", 2)
    affaires = envoyer(adherente.compte, *["LOG_BAIL"] * 5)
    with time_machine.travel(timezone.now(), tick=False):
        for affaire in affaires:
            record("agents.document.opened", affaire, by=agente.compte, concerne=affaire.personne)
    told, before = [], ""
    for _ in range(3):
        page = access.consultations_of(adherente.personne, before=before)
        told.append(len(page.faits))
        before = page.suite
    assert (told, before) == ([2, 2, 1], "")


@pytest.mark.parametrize(
    "before", ["x", "1-2", "99999999999999999999-1", "2026-11-03", "²" * 20 + "-1", "0-" + "9" * 30]
)
def test_an_address_that_names_no_place_gives_the_first_page(adherente: Acteur, agente: Acteur, affaire, before: str):
    opens(affaire, agente)
    assert "Camille R." in lu(adherente.get(ICI, {"avant": before}).content.decode())
    assert place_of(before) is None


def test_as_many_queries_with_one_line_as_with_a_thousand(adherente: Acteur, agente: Acteur, envoyer, affaire):  # noqa: F811
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            adherente.get(ICI)
        return len(seen)

    opens(affaire, agente)
    one = queries()
    others = envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE", "LOG_BAIL")
    Ligne.objects.bulk_create(
        Ligne(event="agents.document.opened", actor_kind="agent", actor_id=str(agente.compte.pk), actor_label="Camille Roy",
              object_kind="suivi.affaire", object_id=str(others[number % 3].pk), concerne=str(adherente.personne.pk), famille="traces")
        for number in range(1000)
    )  # fmt: skip
    assert queries() == one <= 12


@pytest.mark.parametrize(
    ("nom", "abrege"), [("Camille Roy", "Camille R."), ("Sophie de La Tour", "Sophie d."), ("Yanis", "Yanis"), ("", "")]
)
def test_an_agent_has_a_first_name_and_an_initial(nom: str, abrege: str):
    assert nom_abrege(nom) == abrege
