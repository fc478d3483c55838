"""« Mon compte »: tie one's account to FranceConnect, untie it, and leave at both ends."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.federation import sortie
from enclos.comptes.models import Association, Compte, Session
from enclos.courrier.models import Courriel
from enclos.journal.models import Ligne
from tests.conftest import Acteur
from tests.federation.conftest import Fournisseur, Navigateur, new_visitor, query_of

pytestmark = pytest.mark.django_db

PAGE, ASSOCIER, DISSOCIER = (f"/espace/compte/franceconnect/{end}" for end in ("", "associer/", "dissocier/"))


@pytest.fixture
def chez_elle(fournisseur: Fournisseur, jeanne: Compte) -> Navigateur:
    """Jeanne, in by her password, who has just proved it was her."""
    actor = Acteur(jeanne)
    Session.objects.filter(compte=jeanne).update(prouve_at=timezone.now())
    return Navigateur(actor, fournisseur)


def text(response) -> str:
    return response.content.decode()


def test_she_ties_her_account_then_comes_in_by_it(chez_elle: Navigateur, jeanne: Compte):
    assert "Reliez votre compte à FranceConnect" in text(chez_elle.client.get(PAGE))
    response = chez_elle.goes_through("jeanne", depart=ASSOCIER)
    assert (response.status_code, response["Location"]) == (303, PAGE)
    html = text(chez_elle.client.get(PAGE))
    assert "Votre compte est relié à FranceConnect." in html
    assert "C’est fait." in html
    assert "C’est fait." not in text(chez_elle.client.get(PAGE))
    assert Ligne.objects.get(event="comptes.association.created").details["par"] == "compte"
    assert Courriel.objects.get(subject__contains="FranceConnect").to == jeanne.courriel
    other = Navigateur(Client(), chez_elle.fournisseur)
    assert other.goes_through("jeanne")["Location"] == "/espace/"
    assert Association.objects.get().compte == jeanne


def test_a_fresh_proof_is_asked_before(chez_elle: Navigateur, jeanne: Compte):
    Session.objects.update(prouve_at=timezone.now() - timedelta(minutes=11))
    for path in (ASSOCIER, DISSOCIER):
        response = chez_elle.client.post(path)
        assert (response.status_code, response["Location"].split("?")[0]) == (303, "/connexion/preuve/")


def test_the_identity_of_somebody_else_is_refused_and_written_down(chez_elle: Navigateur, jeanne: Compte):
    response = chez_elle.goes_through("claire", depart=ASSOCIER)
    assert response.status_code == 403
    assert "n’est pas celle de ce compte" in text(response)
    line = Ligne.objects.get(event="comptes.association.refused")
    assert (line.object_id, line.details["ecarts"][0]) == (str(jeanne.pk), "nom de naissance")
    assert "ROUSSEL" not in str(line.details)
    assert not Association.objects.exists()
    assert not Courriel.objects.filter(subject__contains="FranceConnect").exists()


def test_an_identity_that_opens_another_account_is_refused(chez_elle: Navigateur, jeanne: Compte, voisin: Acteur):
    Navigateur(Client(), chez_elle.fournisseur).goes_through("jeanne")
    Association.objects.update(compte=voisin.compte)
    response = chez_elle.goes_through("jeanne", depart=ASSOCIER)
    assert response.status_code == 409
    assert "déjà relié" in text(response)


def test_tying_twice_tells_once(chez_elle: Navigateur, jeanne: Compte):
    for _ in range(2):
        assert chez_elle.goes_through("jeanne", depart=ASSOCIER).status_code == 303
    assert Association.objects.count() == 1
    assert Courriel.objects.filter(subject__contains="FranceConnect").count() == 1


def test_renouncing_over_there_changes_nothing(chez_elle: Navigateur, jeanne: Compte):
    assert chez_elle.goes_through("", depart=ASSOCIER)["Location"] == PAGE
    assert "Rien n’a changé" in text(chez_elle.client.get(PAGE))


def test_a_fault_leads_back_to_the_account(chez_elle: Navigateur, jeanne: Compte):
    html = text(chez_elle.goes_through("jeanne", depart=ASSOCIER, defaut="nonce"))
    assert "Le lien avec FranceConnect n’a pas abouti" in html
    assert f'href="{PAGE}"' in html
    assert f'action="{ASSOCIER}"' in html
    assert Ligne.objects.get(event="comptes.federation.failed").actor_id == str(jeanne.pk)


def test_a_tie_made_after_signing_out_is_refused(chez_elle: Navigateur, jeanne: Compte):
    way_back = chez_elle.fournisseur.says(chez_elle.leaves(ASSOCIER), "jeanne")
    chez_elle.client.post("/deconnexion/")
    assert chez_elle.comes_back(way_back).status_code == 403
    assert not Association.objects.exists()


def test_she_unties_it_and_the_other_sessions_it_opened_end(chez_elle: Navigateur, jeanne: Compte):
    chez_elle.goes_through("jeanne", depart=ASSOCIER)
    other = Navigateur(Client(), chez_elle.fournisseur)
    other.goes_through("jeanne")
    assert "Ne plus relier mon compte" in text(chez_elle.client.get(PAGE))
    response = chez_elle.client.post(DISSOCIER)
    assert response["Location"].startswith(f"{chez_elle.fournisseur.emetteur}/session/end?")
    assert not Association.objects.exists()
    assert other.client.get("/espace/").status_code == 302
    assert chez_elle.client.get("/espace/").status_code == 200
    assert Ligne.objects.get(event="comptes.association.removed").details["sessions"] == 1
    assert Courriel.objects.filter(subject__contains="FranceConnect").count() == 2
    back = chez_elle.comes_back(ends_over_there(chez_elle.fournisseur, response["Location"]))
    assert back["Location"] == PAGE
    assert "n’est plus relié" in text(chez_elle.client.get(PAGE))


def test_without_a_password_it_is_not_untied(chez_elle: Navigateur, jeanne: Compte):
    chez_elle.goes_through("jeanne", depart=ASSOCIER)
    actor = chez_elle.client
    jeanne.set_unusable_password()
    jeanne.save()
    actor.force_login(jeanne)
    Session.objects.update(prouve_at=timezone.now())
    html = text(actor.get(PAGE))
    assert "votre seule porte d’entrée" in html
    assert "Ne plus relier" not in html
    assert actor.post(DISSOCIER).status_code == 409
    assert Association.objects.exists()


def test_the_page_costs_few_queries(chez_elle: Navigateur, jeanne: Compte):
    chez_elle.client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        chez_elle.client.get(PAGE)
    assert len(queries) <= 3


def test_reading_the_address_of_a_button_leads_to_the_page(chez_elle: Navigateur, jeanne: Compte):
    assert chez_elle.client.get(ASSOCIER)["Location"] == PAGE
    assert chez_elle.client.get(DISSOCIER)["Location"] == PAGE


def test_an_agent_has_no_such_page(fournisseur: Fournisseur, agente: Acteur):
    for path in (PAGE, ASSOCIER, DISSOCIER):
        assert agente.get(path).status_code == 404


# --- leaving at both ends


def ends_over_there(fournisseur: Fournisseur, url: str, visitor: requests.Session | None = None) -> str:
    """What the browser does at the provider's: its page sends itself, and it sends back here."""
    visitor = visitor or new_visitor()
    page = visitor.get(url)
    assert page.status_code == 200, page.text
    xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
    done = visitor.post(
        f"{fournisseur.emetteur}/session/end/confirm", {"xsrf": xsrf, "logout": "yes"}, allow_redirects=False
    )
    return str(done.headers["Location"])


def test_signing_out_ends_our_session_first_then_the_other(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    response = navigateur.client.post("/deconnexion/")
    assert not Session.objects.exclude(compte=None).exists()
    told = query_of(response["Location"])
    assert response["Location"].startswith(f"{navigateur.fournisseur.emetteur}/session/end?")
    assert told["post_logout_redirect_uri"] == "http://127.0.0.1:8000/connexion/franceconnect/deconnecte/"
    assert told["id_token_hint"].count(".") == 2
    assert len(told["state"]) >= 32
    back = ends_over_there(navigateur.fournisseur, response["Location"])
    assert query_of(back)["state"] == told["state"]
    home = navigateur.comes_back(back)
    assert (home.status_code, home["Location"]) == (303, "/")
    assert navigateur.client.cookies[sortie.COOKIE].value == ""


def test_the_way_back_of_a_sign_out_is_bound_to_the_browser(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    state = query_of(navigateur.client.post("/deconnexion/")["Location"])["state"]
    path = "/connexion/franceconnect/deconnecte/?state="
    for client, given in ((Client(), state), (navigateur.client, "x"), (navigateur.client, "")):
        response = client.get(path + given)
        assert response.status_code == 403
        assert "Cette page n’est plus valable" in text(response)
    assert navigateur.client.get(path + state).status_code == 303
    assert navigateur.client.get(path + state).status_code == 403


def test_a_made_up_way_back_signs_nobody_out(chez_elle: Navigateur, jeanne: Compte):
    assert chez_elle.client.get("/connexion/franceconnect/deconnecte/?state=x").status_code == 403
    assert chez_elle.client.get("/espace/").status_code == 200


def test_signing_out_does_not_need_the_provider(navigateur: Navigateur, jeanne: Compte, monkeypatch):
    navigateur.goes_through("jeanne")
    navigateur.fournisseur.breaks("decouverte-panne")
    monkeypatch.setattr("enclos.comptes.federation.client.speaking", None)  # whoever speaks fails
    assert navigateur.client.post("/deconnexion/").status_code == 303
    assert not Session.objects.exclude(compte=None).exists()


def test_who_came_by_a_password_leaves_here_alone(chez_elle: Navigateur, jeanne: Compte):
    assert chez_elle.client.post("/deconnexion/")["Location"] == "/"


def test_the_id_token_is_sealed_in_the_session_of_the_server(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    row = Session.objects.get(compte=jeanne)
    from enclos.comptes.sessions import SessionStore

    kept = SessionStore(navigateur.client.cookies["session"].value)[sortie.CLE]
    assert kept["jeton"].count(".") == 0
    token = query_of(navigateur.client.post("/deconnexion/")["Location"])["id_token_hint"]
    assert token.split(".")[1][:40] not in str(kept) + row.session_data
    assert urlsplit(kept["adresse"]).path.endswith("/session/end")


def test_a_token_that_does_not_open_any_more_keeps_nobody_in(navigateur: Navigateur, jeanne: Compte, monkeypatch):
    from enclos.socle import sealed

    navigateur.goes_through("jeanne")
    monkeypatch.setattr(sealed, "unseal", lambda *args, **kwargs: (_ for _ in ()).throw(sealed.SealError("lost key")))
    assert navigateur.client.post("/deconnexion/")["Location"] == "/"
    assert not Session.objects.exclude(compte=None).exists()
