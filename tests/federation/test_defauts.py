"""Every answer of a provider that must not be believed, from a real provider told to give it (standards §4.4 and §4.5)."""

import re
import time

import pytest
from django.test import Client
from django.urls import reverse

from enclos.comptes.federation import client as oidc
from enclos.comptes.models import Association, Compte, Session
from enclos.journal.models import Ligne
from tests.federation.conftest import Fournisseur, Navigateur, query_of

pytestmark = pytest.mark.django_db

INVALIDES = {
    "signature": "jeton : signature",
    "cle-inconnue": "jeton : clé inconnue",
    "alg-none": "jeton : algorithme none",
    "alg-hs256": "jeton : algorithme HS256",
    "emetteur": "jeton : émetteur",
    "destinataire": "jeton : destinataire",
    "expire": "jeton : expiré",
    "futur": "jeton : daté de l’avenir",
    "nonce": "jeton : nonce",
    "acr": "jeton : niveau",
    "identite-signature": "jeton : signature",
    "identite-sujet": "identité : sujet",
    "identite-emetteur": "jeton : émetteur",
    "identite-destinataire": "jeton : destinataire",
    "identite-type": "identité : type",
    "retour-emetteur": "retour : émetteur",
    "retour-sans-emetteur": "retour : émetteur",
    "code-perime": "échange : invalid_grant",
}
PANNES = {
    "panne": "réseau : HTTPError",
    "lenteur": "réseau : ReadTimeout",
    "identite-panne": "identité : 500",
    "identite-enorme": "réseau : TooLong",
    "retour-erreur": "retour : server_error",
}


def incident_of(html: str) -> str:
    found = re.search(r"numéro d’incident <strong[^>]*>([0-9A-F]{8})</strong>", html)
    assert found, html
    return found[1]


def check_refused(navigateur: Navigateur, response, motif: str, status: int) -> str:
    """Nobody is in; the page offers the other way and tells a number that the journal has too."""
    html = response.content.decode()
    assert response.status_code == status, html
    assert "Me connecter avec mon identifiant" in html
    assert "Réessayer" in html
    line = Ligne.objects.get(event="comptes.federation.failed")
    assert line.details["motif"] == motif
    assert line.details["incident"] == incident_of(html)
    assert not Session.objects.exclude(compte=None).exists()
    assert not Association.objects.exists()
    assert navigateur.client.get("/espace/").status_code == 302
    return html


@pytest.mark.parametrize("defaut", list(INVALIDES))
def test_an_answer_that_fails_a_check_lets_nobody_in(navigateur: Navigateur, jeanne: Compte, defaut: str):
    response = navigateur.goes_through("jeanne", defaut=defaut)
    html = check_refused(navigateur, response, INVALIDES[defaut], 403)
    assert "n’a pas pu être vérifiée" in html


@pytest.mark.parametrize("defaut", list(PANNES))
def test_a_provider_that_is_away_or_broken_is_said_in_plain_words(navigateur: Navigateur, jeanne: Compte, defaut: str):
    started = time.monotonic()
    response = navigateur.goes_through("jeanne", defaut=defaut)
    html = check_refused(navigateur, response, PANNES[defaut], 503)
    assert "ne répond pas bien en ce moment" in html
    assert time.monotonic() - started < oidc.WHOLE_SECONDS + 3


@pytest.mark.parametrize("defaut", ["rs256", "rotation"])
def test_the_other_algorithm_and_a_new_key_are_accepted(navigateur: Navigateur, jeanne: Compte, defaut: str):
    assert navigateur.goes_through("jeanne", defaut=defaut).status_code == 303
    assert Session.objects.get(compte=jeanne)


def test_keys_are_read_again_once_for_a_key_that_is_not_known(
    navigateur: Navigateur, jeanne: Compte, monkeypatch: pytest.MonkeyPatch
):
    read: list[bool] = []
    plain = oidc.read_json

    def noted(fournisseur, url, *, fresh=False):
        if url.endswith("/jwks"):
            read.append(fresh)
        return plain(fournisseur, url, fresh=fresh)

    monkeypatch.setattr(oidc, "read_json", noted)
    navigateur.goes_through("jeanne", defaut="cle-inconnue")
    assert read == [False, True]


def test_the_number_of_the_provider_is_kept_with_ours(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne", defaut="code-perime")
    told = Ligne.objects.get(event="comptes.federation.failed").details["chez_eux"]
    assert told.startswith("Y049E20B ")
    assert len(told.split()) == 2


def test_a_code_is_exchanged_once(navigateur: Navigateur, jeanne: Compte):
    way_out = navigateur.leaves()
    way_back = navigateur.fournisseur.says(way_out, "jeanne")
    assert navigateur.comes_back(way_back).status_code == 303
    other = Navigateur(Client(), navigateur.fournisseur)
    mine = query_of(other.leaves())["state"]
    stolen = re.sub(r"state=[^&]+", f"state={mine}", way_back)
    response = other.comes_back(stolen)  # the code of somebody else, served already, and bound to another verifier
    check = Ligne.objects.get(event="comptes.federation.failed")
    assert (response.status_code, check.details["motif"]) == (403, "échange : invalid_grant")


def test_a_code_that_another_browser_got_is_refused_even_fresh(navigateur: Navigateur, jeanne: Compte):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    thief = Navigateur(Client(), navigateur.fournisseur)
    mine = query_of(thief.leaves())["state"]
    response = thief.comes_back(re.sub(r"state=[^&]+", f"state={mine}", way_back))
    assert response.status_code == 403
    assert "échange : invalid_grant" in Ligne.objects.get(event="comptes.federation.failed").details["motif"]


def test_renouncing_is_no_incident(navigateur: Navigateur, jeanne: Compte):
    response = navigateur.goes_through("", suite="/espace/envois/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "Vous n’êtes pas connecté" in html
    assert 'name="suite" value="/espace/envois/"' in html
    assert "Me connecter avec mon identifiant" in html
    assert not Ligne.objects.filter(event__startswith="comptes.federation").exists()


@pytest.mark.parametrize("defaut", ["decouverte-emetteur", "decouverte-panne"])
def test_a_configuration_of_another_issuer_or_none_sends_nobody_away(
    navigateur: Navigateur, jeanne: Compte, defaut: str
):
    navigateur.fournisseur.breaks(defaut)
    response = navigateur.client.post("/connexion/franceconnect/")
    motif = "configuration : émetteur" if defaut == "decouverte-emetteur" else "configuration : 500"
    check_refused(navigateur, response, motif, 403 if defaut == "decouverte-emetteur" else 503)


def test_keys_that_cannot_be_read_let_nobody_in(navigateur: Navigateur, jeanne: Compte):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    navigateur.fournisseur.breaks("cles-panne")
    check_refused(navigateur, navigateur.comes_back(way_back), "configuration : 500", 503)


def test_a_provider_that_does_not_exist_is_said_at_once(
    navigateur: Navigateur, jeanne: Compte, monkeypatch: pytest.MonkeyPatch
):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    told = dict(oidc.metadata(oidc_of(navigateur)))
    monkeypatch.setattr(oidc, "metadata", lambda fournisseur: told | {"token_endpoint": "http://127.0.0.1:9/token"})
    check_refused(navigateur, navigateur.comes_back(way_back), "réseau : ConnectionError", 503)


def oidc_of(navigateur: Navigateur):
    from enclos.comptes.federation.fournisseurs import franceconnect

    found = franceconnect()
    assert found is not None
    return found


def test_the_configuration_is_read_once_an_hour(
    navigateur: Navigateur, jeanne: Compte, monkeypatch: pytest.MonkeyPatch
):
    navigateur.leaves()
    navigateur.fournisseur.breaks("decouverte-panne")
    navigateur.leaves()  # known
    now = time.monotonic()
    monkeypatch.setattr(oidc.time, "monotonic", lambda: now + 3601)
    assert navigateur.client.post("/connexion/franceconnect/").status_code == 503


def test_addresses_in_clear_are_refused(navigateur: Navigateur, db: None):
    """But on this machine, http would show the code and the secret to the network."""
    from dataclasses import replace

    from enclos.comptes.federation.erreurs import Invalide

    far = replace(oidc_of(navigateur), emetteur="https://ailleurs.example/api/v2")
    told = dict(oidc.metadata(oidc_of(navigateur))) | {"issuer": far.emetteur}
    with pytest.raises(Invalide, match="authorization_endpoint"):
        oidc.check_metadata(far, told)


def test_a_member_already_in_is_not_sent_there(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    assert navigateur.client.post("/connexion/franceconnect/")["Location"] == "/espace/"
    assert reverse("comptes:franceconnect_depart") == "/connexion/franceconnect/"


def test_too_many_exchanges_at_once_are_refused_at_once(navigateur: Navigateur, jeanne: Compte, monkeypatch):
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    monkeypatch.setattr(oidc._turns, "acquire", lambda blocking=True: False)
    check_refused(navigateur, navigateur.comes_back(way_back), "trop d’échanges en même temps", 503)


def test_no_secret_is_told_in_the_journal_or_the_log(navigateur: Navigateur, jeanne: Compte, caplog):
    caplog.set_level("DEBUG")
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne", defaut="nonce")
    navigateur.comes_back(way_back)
    written = " ".join([*caplog.messages, *(str(line.details) for line in Ligne.objects.all())])
    assert "secret-des-adherents" not in written
    assert query_of(way_back)["code"] not in written
    assert "DELATTRE" not in written


def test_the_stand_in_is_reached_without_a_proxy(fournisseur: Fournisseur):
    assert fournisseur.emetteur.startswith("http://127.0.0.1:")
