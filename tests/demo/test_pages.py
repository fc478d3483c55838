"""The demo's own pages."""

import json

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from enclos.comptes.models import Compte
from enclos.demo import actions
from enclos.demo.boite import MailboxBackend
from enclos.demo.personnes import candidats, figurants, rows_of_people
from enclos.demo.views import shown
from enclos.envois.models import DemandePapiers
from enclos.registre.models import Personne

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> None:
    actions.install()


def test_everybody_comes_through_the_importer_and_twice_changes_nothing(people: None) -> None:
    members = sum(not one.is_agent for one in figurants().values())
    assert Personne.objects.count() == len(rows_of_people()) >= members + len(candidats())
    assert Compte.objects.filter(genre="adherent").count() == members
    assert DemandePapiers.objects.count() == 3
    actions.install()
    assert DemandePapiers.objects.count() == 3


def test_a_click_enters_a_member_s_space(client: Client, people: None) -> None:
    assert client.get("/demo/").status_code == 200
    response = client.post("/demo/connexion/", {"cle": "D0001"})
    assert response.headers["Location"] == "/espace/"
    assert "Connecté" in client.get("/espace/").content.decode()


def test_a_click_gives_an_agent_her_second_factor_too(client: Client, people: None) -> None:
    response = client.post("/demo/connexion/", {"cle": "camille.roy"})
    assert response.headers["Location"] == "/agent/"
    assert client.get("/agent/").status_code == 200


def test_nobody_is_entered_by_another_key(client: Client, people: None) -> None:
    assert client.post("/demo/connexion/", {"cle": "personne"}).status_code == 404
    assert client.get("/demo/connexion/").status_code == 405


def test_people_are_told_as_the_contract_says(client: Client, people: None) -> None:
    told = json.loads(client.get("/demo/personnes.json").content)
    assert told[0] == {
        "role": "adherent",
        "profils": ["particulier"],
        "identifiant": "2850559999011",
        "mot_de_passe": "Betterave-1985",
        "libelle": "Jeanne Delattre, locataire, une fille : des papiers lui sont demandés",
    }


def test_the_mailbox_shows_each_e_mail_newest_first(client: Client) -> None:
    for number in (1, 2):
        email = EmailMultiAlternatives(
            f"Sujet {number}", "Bonjour", "de@enclos.example", ["a@enclos.example", "b@enclos.example"]
        )
        email.attach_alternative("<p>Bonjour</p>", "text/html")
        MailboxBackend(alias="default").send_messages([email])
    told = json.loads(client.get("/demo/boite-mail.json?a=a@enclos.example").content)
    assert [one["objet"] for one in told] == ["Sujet 2", "Sujet 1"]
    assert set(told[0]) == {"de", "a", "objet", "texte", "html", "date"}
    page = client.get("/demo/boite-mail/").content.decode()
    assert page.count("Sujet 2") == 2
    link = page.split('href="/demo/boite-mail/')[1].split('"')[0]
    assert "Bonjour" in client.get(f"/demo/boite-mail/{link}").content.decode()


def test_components_and_settings_are_shown_without_secrets(client: Client) -> None:
    assert client.get("/demo/composants/").status_code == 200
    page = client.get("/demo/reglages/").content.decode()
    assert "ENCLOS_UPLOAD_MAX_BYTES" in page
    assert "ne sert nulle part ailleurs" not in page


def test_the_settings_show_no_password_of_an_address():
    assert shown("postgresql://enclos:secret@base/enclos") == "postgresql://•••@base/enclos"
    assert shown("smtp+tls://a%40b:p@ss@courrier:587") == "smtp+tls://•••@courrier:587"
    assert shown("unix:/run/clamav/clamd.ctl") == "unix:/run/clamav/clamd.ctl"
