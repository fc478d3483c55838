"""Agents, by their organisation's provider."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from enclos.comptes import totp
from enclos.comptes.federation import views
from enclos.comptes.models import Association, Compte, Session
from enclos.demo.factories import CompteFactory
from enclos.journal.models import Ligne
from tests.conftest import Acteur
from tests.federation.conftest import Fournisseur, Navigateur, query_of

pytestmark = pytest.mark.django_db

DEPART = "/connexion/organisme/"


@pytest.fixture
def camille(db: None) -> Compte:
    from enclos.caisses.access import default_caisse

    compte = CompteFactory(
        agent=True, identifiant="camille.roy", services=default_caisse().services.filter(code="famille")
    )
    compte.totp_sealed = totp.seal_secret(compte, b"x" * 20)
    compte.save()
    return compte


@pytest.fixture
def by_claim(fournisseur: Fournisseur, monkeypatch: pytest.MonkeyPatch):
    """The installation trusts one of the provider's claims to name the agent."""

    def trust(claim: str = "uid", mfa: tuple[str, ...] = ()) -> None:
        configured = replace(views.ENV, agents_oidc_claim=claim, agents_oidc_mfa=mfa)
        for module in ("fournisseurs", "views", "actions"):
            monkeypatch.setattr(f"enclos.comptes.federation.{module}.ENV", configured)

    return trust


def leaves(navigateur: Navigateur) -> str:
    """A page leads there: the provider may hop over hosts that the policy of our forms does not know."""
    response = navigateur.client.post(DEPART, {"suite": "/agent/"})
    html = response.content.decode()
    assert response.status_code == 200
    url = html.split('class="bouton" href="')[1].split('"')[0].replace("&amp;", "&")
    assert f'content="0;url={url.replace("&", "&amp;")}"' in html
    return url


def goes_through(navigateur: Navigateur, personne: str):
    return navigateur.comes_back(navigateur.fournisseur.says(leaves(navigateur), personne))


def test_an_agent_not_tied_yet_reads_the_number_to_give(navigateur: Navigateur, camille: Compte):
    response = goes_through(navigateur, "camille")
    html = response.content.decode()
    assert response.status_code == 403
    assert "Votre compte n’est pas encore relié" in html
    assert not Association.objects.exists()
    sujet = html.split('fc-sujet">')[1].split("<")[0]
    out = StringIO()
    call_command("associer_agent", "camille.roy", sujet=sujet, stdout=out)
    assert "camille.roy" in out.getvalue()
    again = Navigateur(Client(), navigateur.fournisseur)
    assert goes_through(again, "camille")["Location"].startswith("/connexion/code/?suite=%2Fagent%2F")
    session = Session.objects.get(compte=camille)
    assert (session.methode, session.is_strong) == (Session.Methode.FOURNISSEUR, False)
    assert again.client.get("/agent/")["Location"].startswith("/connexion/code/")
    code = totp.code_at(b"x" * 20, totp.current_step())
    assert again.client.post("/connexion/code/", {"code": code})["Location"] == "/agent/"
    assert again.client.get("/agent/").status_code == 200


def test_a_claim_that_the_installation_trusts_ties_the_account(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim()
    assert goes_through(navigateur, "camille").status_code == 303
    assert Association.objects.get().compte == camille
    assert Ligne.objects.get(event="comptes.association.created").details["par"] == "donnee"
    stranger = Navigateur(Client(), navigateur.fournisseur)
    assert goes_through(stranger, "yanis").status_code == 403  # nobody has this identifier here


def test_a_claim_does_not_take_an_account_tied_to_somebody_else(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim()
    Association.objects.create(compte=camille, emetteur=navigateur.fournisseur.emetteur, sujet="une autre")
    assert goes_through(navigateur, "camille").status_code == 403


@pytest.mark.parametrize("value", ["pwd", "eidas1"])
def test_a_second_factor_given_there_spares_ours_when_the_installation_says_so(
    navigateur: Navigateur, camille: Compte, by_claim, value: str
):
    by_claim(mfa=(value,))
    assert goes_through(navigateur, "camille")["Location"] == "/agent/"
    assert Session.objects.get(compte=camille).is_strong
    assert navigateur.client.get("/agent/").status_code == 200


def test_another_value_spares_nothing(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim(mfa=("hwk",))
    assert goes_through(navigateur, "camille")["Location"].startswith("/connexion/code/")


def test_a_blocked_agent_stays_out(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim()
    Compte.objects.filter(pk=camille.pk).update(is_active=False)
    assert goes_through(navigateur, "camille").status_code == 403
    assert not Session.objects.exclude(compte=None).exists()


def test_a_member_does_not_come_in_by_the_agents_door(navigateur: Navigateur, jeanne: Compte, by_claim):
    by_claim()
    Compte.objects.filter(pk=jeanne.pk)
    Association.objects.create(
        compte=jeanne, emetteur=navigateur.fournisseur.emetteur, sujet=sub_of(navigateur, "camille")
    )
    assert goes_through(navigateur, "camille").status_code == 403
    assert not Session.objects.exclude(compte=None).exists()


def sub_of(navigateur: Navigateur, personne: str) -> str:
    html = goes_through(Navigateur(Client(), navigateur.fournisseur), personne).content.decode()
    return html.split('fc-sujet">')[1].split("<")[0]


def test_the_request_asks_what_was_configured(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim(mfa=("mfa",))
    told = query_of(leaves(navigateur))
    assert told["scope"] == "openid uid"
    assert "amr" in told["claims"]
    assert "acr_values" not in told


def test_signing_out_ends_the_session_over_there(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim(mfa=("pwd",))
    goes_through(navigateur, "camille")
    assert navigateur.client.post("/deconnexion/")["Location"].startswith(
        f"{navigateur.fournisseur.emetteur}/session/end?"
    )


def test_the_agents_page_has_the_button_and_the_members_page_its_own(
    fournisseur: Fournisseur, camille: Compte, monkeypatch
):
    browser = Client()
    agents = browser.get("/connexion/?suite=/agent/").content.decode()
    assert "Connexion de votre organisme" in agents
    assert "S’identifier avec" not in agents
    members = browser.get("/connexion/").content.decode()
    assert "Connexion de votre organisme" not in members


def test_the_console_unties_and_ends_what_it_opened(navigateur: Navigateur, camille: Compte, by_claim):
    by_claim(mfa=("pwd",))
    goes_through(navigateur, "camille")
    out = StringIO()
    call_command("associer_agent", "camille.roy", retirer=True, stdout=out)
    assert "n’est plus relié" in out.getvalue()
    assert navigateur.client.get("/agent/").status_code == 302
    with pytest.raises(CommandError, match="n’était pas relié"):
        call_command("associer_agent", "camille.roy", retirer=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"identifiant": "personne.inconnue", "sujet": "x"}, "Aucun agent"),
        ({"identifiant": "camille.roy"}, "Donnez --sujet"),
        ({"identifiant": "camille.roy", "sujet": "x", "retirer": True}, "pas les deux"),
    ],
)
def test_the_console_says_what_is_wrong(fournisseur: Fournisseur, camille: Compte, arguments, said: str):
    with pytest.raises(CommandError, match=said):
        call_command("associer_agent", arguments.pop("identifiant"), **arguments)


def test_the_console_does_not_give_one_identity_to_two_agents(
    fournisseur: Fournisseur, camille: Compte, collegue: Acteur
):
    call_command("associer_agent", "camille.roy", sujet="abc", stdout=StringIO())
    with pytest.raises(CommandError, match="déjà"):
        call_command("associer_agent", collegue.compte.identifiant, sujet="abc")


def test_without_a_provider_the_console_says_so(camille: Compte):
    with pytest.raises(CommandError, match="ENCLOS_AGENTS_OIDC_ISSUER"):
        call_command("associer_agent", "camille.roy", sujet="abc")
