"""The demo's letter-box, printer and telephone."""

import json

import pytest
from django.test import Client

from enclos.courrier import lettres
from enclos.courrier.models import Lettre
from enclos.demo.factories import PersonneFactory
from enclos.journal.actions import SYSTEM
from tests.courrier.feuilles import words_of

pytestmark = pytest.mark.django_db

SECRET = "K7MP-Q2RT-W9XB-H4CD"


def letter(**changes) -> Lettre:
    personne = PersonneFactory(prenoms="Jeanne", nom_naissance="Delattre", civilite="MME", **changes)
    return lettres.request(
        personne, "mot-de-passe", secret=SECRET, cle=f"essai:{personne.pk}", caisse=personne.caisse, by=SYSTEM
    )


def test_letters_that_wait_are_told_with_the_address_of_their_pdf(client: Client, tmp_path):
    lettre = letter()
    (told,) = json.loads(client.get("/demo/courriers.json").content)
    assert (told["reference"], told["genre"], told["etat"]) == (lettre.reference, "mot-de-passe", "en-attente")
    assert told["destinataire"][0] == "Mme Jeanne Delattre"
    assert told["pdf"] == f"/demo/courriers/{lettre.reference}.pdf"
    pdf = client.get(told["pdf"])
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert SECRET in words_of(pdf.content, tmp_path)
    page = client.get("/demo/courriers/").content.decode()
    assert told["pdf"] in page
    assert "12 RUE DU MOULIN" in page


def test_one_click_prints_and_posts_and_the_paper_alone_keeps_the_secret(client: Client, tmp_path):
    lettre = letter()
    response = client.post("/demo/courriers/imprimer/")
    assert response.status_code == 303
    page = client.get(response.headers["Location"]).content.decode()
    assert "C’est posté." in page
    assert "Aucune lettre n’attend" in page
    assert json.loads(client.get("/demo/courriers.json").content) == []
    lettre.refresh_from_db()
    assert (lettre.etat, lettre.secret_sealed) == ("postee", None)
    assert SECRET in words_of(client.get(f"/demo/courriers/{lettre.reference}.pdf").content, tmp_path)
    assert client.get("/demo/courriers/imprimer/").status_code == 405


def test_what_waits_for_somebody_says_why(client: Client):
    lettre = letter(code_postal="5919")
    page = client.get("/demo/courriers/").content.decode()
    assert "À vérifier avant de partir" in page
    assert "le code postal n’a pas la forme" in page
    assert client.get(f"/demo/courriers/{lettre.reference}.pdf").status_code == 404
    assert client.get("/demo/courriers/AAA-AAA-AAA.pdf").status_code == 404


def post_texto(client: Client, body: object, token: str = "Bearer ") -> int:
    response = client.post(
        "/demo/textos/recevoir/", json.dumps(body), content_type="application/json", headers={"Authorization": token}
    )
    return response.status_code


def test_text_messages_are_kept_by_number(client: Client):
    for number in ("+33612345678", "+33787654321"):
        assert post_texto(client, {"from": "MSA", "to": number, "text": f"482913 pour {number}"}) == 202
    for typed in ("+33612345678", "%2B33612345678", "06 12 34 56 78"):
        (told,) = json.loads(client.get(f"/demo/textos.json?a={typed}").content)
        assert (told["de"], told["a"]) == ("MSA", "+33612345678")
        assert "482913" in told["texte"]
    assert len(json.loads(client.get("/demo/textos.json").content)) == 2
    assert "482913 pour +33787654321" in client.get("/demo/textos/").content.decode()


def test_only_who_holds_the_token_posts_and_only_messages(client: Client):
    assert post_texto(client, {"from": "MSA", "to": "+336", "text": "x"}, token="Bearer faux") == 403
    assert post_texto(client, {"to": "+336"}) == 422
    assert post_texto(client, []) == 422
    assert json.loads(client.get("/demo/textos.json").content) == []


def test_the_demo_leads_to_both(client: Client):
    page = client.get("/demo/").content.decode()
    assert 'href="/demo/courriers/"' in page
    assert 'href="/demo/textos/"' in page
