"""Passkeys: made under a fresh proof, shown to sign in, each challenge once, each key for its account and its site alone."""

import json
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from enclos.comptes.models import ClePasse, Compte, Session
from enclos.courrier.models import Courriel
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire
from tests.facteurs.authentificateur import PRESENT, Authentificateur, b64, unb64
from tests.facteurs.conftest import adds_key, asks, gives_totp, here, proves, shows_key

pytestmark = pytest.mark.django_db

PAGE = "/espace/compte/double-verification/"


@pytest.fixture
def chez_jeanne(ordinateur: Client, jeanne: Titulaire) -> Client:
    """Jeanne's computer, signed in by her password."""
    jeanne.signs_in(ordinateur)
    return ordinateur


def test_a_member_adds_a_key_then_signs_in_with_it_alone(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    row = ClePasse.objects.get()
    assert (row.compte, row.nom, row.transports) == (jeanne.compte, "Mon téléphone", ["internal", "hybrid"])
    other = here(Client())
    done = shows_key(other, key, suite="/espace/envois/")
    assert (done.status_code, done["Location"]) == (303, "/espace/envois/")
    session = Session.objects.get(methode=Session.Methode.CLE)
    assert session.is_strong
    assert session.attend == ""
    assert other.get("/espace/").status_code == 200
    row.refresh_from_db()
    assert (row.compteur, row.last_used_at is not None) == (1, True)
    opened = Ligne.objects.filter(event="comptes.session.opened").latest("pk")
    assert opened.details["methode"] == "cle"


def test_an_agent_signs_in_with_a_key_alone(ordinateur: Client, camille: Titulaire):
    camille.signs_in(ordinateur)
    ordinateur.post("/connexion/code/", {"code": camille.code()})
    key = adds_key(ordinateur, camille, nom="Clé USB")
    other = here(Client())
    assert shows_key(other, key)["Location"] == "/agent/"
    assert other.get("/agent/").status_code == 200


def test_an_agent_gives_a_key_in_place_of_the_code(ordinateur: Client, camille: Titulaire):
    camille.signs_in(ordinateur)
    ordinateur.post("/connexion/code/", {"code": camille.code()})
    key = adds_key(ordinateur, camille)
    other = here(Client())
    camille.signs_in(other, suite="/agent/")
    page = other.get("/connexion/code/").content.decode()
    assert page.index("Code à 6 chiffres") < page.index("Utiliser ma clé d’accès")
    answer = key.signs(asks(other, "/connexion/double-verification/cle/"))
    done = other.post("/connexion/double-verification/", {"reponse": answer, "suite": "/agent/"})
    assert (done.status_code, done["Location"]) == (303, "/agent/")
    assert other.get("/agent/").status_code == 200


def test_the_key_is_the_second_factor_after_the_password(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    other = here(Client())
    asked = jeanne.signs_in(other, suite="/espace/envois/")
    assert asked["Location"].startswith("/connexion/double-verification/")
    assert "Utiliser ma clé d’accès" in other.get(asked["Location"]).content.decode()
    options = asks(other, "/connexion/double-verification/cle/")
    assert [entry["id"] for entry in options["allowCredentials"]] == [b64(key.identifiant)]
    before = other.cookies["session"].value
    done = other.post("/connexion/double-verification/", {"reponse": key.signs(options), "suite": "/espace/envois/"})
    assert (done.status_code, done["Location"]) == (303, "/espace/envois/")
    assert other.cookies["session"].value != before


def test_what_the_browser_is_asked_names_nobody_and_wants_the_person(chez_jeanne: Client, jeanne: Titulaire):
    proves(jeanne)
    made = asks(chez_jeanne, f"{PAGE}cle/options/")
    assert made["rp"]["id"] == "localhost"
    assert made["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (made["user"]["name"], unb64(made["user"]["id"])) == ("Jeanne D.", jeanne.compte.pk.bytes)
    asked = asks(here(Client()), "/connexion/cle/options/")
    assert asked["userVerification"] == "required"
    assert asked.get("allowCredentials", []) == []
    assert jeanne.identifiant not in json.dumps([made, asked])


def test_a_key_is_not_made_twice_on_one_device(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    again = asks(chez_jeanne, f"{PAGE}cle/options/")
    assert [entry["id"] for entry in again["excludeCredentials"]] == [b64(key.identifiant)]
    refused = chez_jeanne.post(f"{PAGE}cle/", {"nom": "Encore", "reponse": key.makes(again)})
    assert refused.status_code == 422
    assert "déjà enregistrée" in refused.content.decode()


def test_nothing_changes_without_a_fresh_proof(chez_jeanne: Client, jeanne: Titulaire):
    key = Authentificateur()
    answer = key.makes(asks(chez_jeanne, f"{PAGE}cle/options/"))
    for method in (chez_jeanne.get, chez_jeanne.post):
        response = method(f"{PAGE}cle/", {"nom": "Volée", "reponse": answer})
        assert response["Location"].startswith(
            "/connexion/preuve/?suite=%2Fespace%2Fcompte%2Fdouble-verification%2Fcle%2F"
        )
    assert not ClePasse.objects.exists()


def test_a_key_is_a_fresh_proof(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    Session.objects.update(prouve_at=None)
    where = chez_jeanne.get(f"{PAGE}cle/")["Location"]
    assert "Utiliser ma clé d’accès" in chez_jeanne.get(where).content.decode()
    answer = key.signs(asks(chez_jeanne, "/connexion/preuve/cle/options/"))
    done = chez_jeanne.post("/connexion/preuve/cle/", {"reponse": answer, "suite": f"{PAGE}cle/"})
    assert (done.status_code, done["Location"]) == (303, f"{PAGE}cle/")
    assert chez_jeanne.get(f"{PAGE}cle/").status_code == 200


def test_the_member_is_told_and_the_journal_knows(chez_jeanne: Client, jeanne: Titulaire):
    adds_key(chez_jeanne, jeanne)
    told = Courriel.objects.get(subject="La double vérification de votre compte a changé")
    assert told.to == jeanne.compte.courriel
    assert "ce-n-est-pas-moi" in told.text
    assert Ligne.objects.filter(event="comptes.cle.added").count() == 1


# --- what is refused


def try_sign_in(client: Client, answer: str) -> str:
    response = client.post("/connexion/cle/", {"reponse": answer})
    assert response.status_code == 422, response
    assert Session.objects.filter(methode=Session.Methode.CLE).count() == 0
    return response.content.decode()


def refusals() -> list[str]:
    return [line.details["motif"] for line in Ligne.objects.filter(event="comptes.cle.refused").order_by("pk")]


def test_what_a_key_signed_serves_once(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne, counts=False)  # so that the count alone does not refuse it
    browser = here(Client())
    answer = key.signs(asks(browser, "/connexion/cle/options/"))
    cookie = browser.cookies["defi"].value
    assert browser.post("/connexion/cle/", {"reponse": answer}).status_code == 303
    thief = here(Client())
    thief.cookies["defi"] = cookie
    Session.objects.filter(methode=Session.Methode.CLE).delete()
    assert "recommencez" in try_sign_in(thief, answer)


def test_what_a_key_signed_serves_in_its_browser_alone(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    answer = key.signs(asks(here(Client()), "/connexion/cle/options/"))
    thief = here(Client())
    try_sign_in(thief, answer)
    asks(thief, "/connexion/cle/options/")
    try_sign_in(thief, answer)
    assert refusals() == ["InvalidAuthenticationResponse"]


@pytest.mark.parametrize(("seconds", "status"), [(299, 303), (301, 422)])
def test_a_challenge_lasts_five_minutes(chez_jeanne: Client, jeanne: Titulaire, seconds: int, status: int):
    key = adds_key(chez_jeanne, jeanne)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = here(Client())
        answer = key.signs(asks(browser, "/connexion/cle/options/"))
        clock.shift(seconds)
        assert browser.post("/connexion/cle/", {"reponse": answer}).status_code == status


def test_a_challenge_of_one_use_or_session_does_not_serve_another(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    waiting = here(Client())
    anonymous = asks(waiting, "/connexion/cle/options/")
    jeanne.signs_in(waiting)
    refused = waiting.post("/connexion/double-verification/", {"reponse": key.signs(anonymous)})
    assert refused.status_code == 422
    assert Session.objects.filter(attend="second-facteur").count() == 1
    proof = asks(chez_jeanne, "/connexion/preuve/cle/options/")
    Session.objects.update(prouve_at=None)
    stolen = chez_jeanne.cookies["defi"].value
    waiting.cookies["defi"] = stolen
    assert waiting.post("/connexion/double-verification/", {"reponse": key.signs(proof)}).status_code == 422


def test_a_removed_key_opens_nothing(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    row = ClePasse.objects.get()
    assert "dernier second moyen" in chez_jeanne.get(f"{PAGE}cle/{row.pk}/retirer/").content.decode()
    assert chez_jeanne.post(f"{PAGE}cle/{row.pk}/retirer/").status_code == 303
    assert "n’ouvre plus votre compte" in chez_jeanne.get(PAGE).content.decode()
    browser = here(Client())
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/")))
    assert refusals() == ["clé inconnue"]


def test_a_count_that_goes_backwards_is_a_copy(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    for _ in range(3):
        assert shows_key(here(Client()), key).status_code == 303
    Session.objects.filter(methode=Session.Methode.CLE).delete()
    key.count = 1
    browser = here(Client())
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/")))
    assert Ligne.objects.filter(event="comptes.cle.copied").count() == 1
    assert Courriel.objects.filter(subject="Une de vos clés d’accès a été refusée").count() == 1
    key.counts, key.count = False, 0
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/")))
    assert ClePasse.objects.get().compteur == 3


def test_keys_shared_between_ones_devices_do_not_count(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne, counts=False)
    for _ in range(2):
        assert shows_key(here(Client()), key).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://ailleurs.example"},
        {"origin": "https://localhost"},
        {"type": "webauthn.create"},
        {"challenge": b64(b"x" * 32)},
    ],
    ids=str,
)
def test_what_was_signed_for_something_else_is_refused(chez_jeanne: Client, jeanne: Titulaire, wrong: dict[str, str]):
    key = adds_key(chez_jeanne, jeanne)
    browser = here(Client())
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/"), **wrong))


@pytest.mark.parametrize("how", [{"rp_id": "ailleurs.example"}, {"flags": PRESENT}, {"flags": 0}], ids=str)
def test_another_site_or_nobody_before_the_key_is_refused(chez_jeanne: Client, jeanne: Titulaire, how: dict[str, Any]):
    key = adds_key(chez_jeanne, jeanne)
    for name, value in how.items():
        setattr(key, name, value)
    browser = here(Client())
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/")))
    proves(jeanne)
    other = Authentificateur(**how)
    made = other.makes(asks(chez_jeanne, f"{PAGE}cle/options/"))
    assert chez_jeanne.post(f"{PAGE}cle/", {"nom": "Une autre", "reponse": made}).status_code == 422


def test_a_wrong_signature_is_refused(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    impostor = Authentificateur(identifiant=key.identifiant, user_handle=key.user_handle, count=50)
    browser = here(Client())
    try_sign_in(browser, impostor.signs(asks(browser, "/connexion/cle/options/")))
    assert ClePasse.objects.get().compteur == 0


def test_a_key_opens_its_own_account_alone(chez_jeanne: Client, jeanne: Titulaire, marc: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    browser = here(Client())
    handle = marc.compte.pk.bytes
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/"), user_handle=handle))
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/"), user_handle=b""))
    gives_totp(marc)
    marc.signs_in(browser)
    answer = key.signs(asks(browser, "/connexion/double-verification/cle/"))
    assert browser.post("/connexion/double-verification/", {"reponse": answer}).status_code == 422
    assert refusals() == ["clé d’un autre compte", "clé d’un autre compte", "clé inconnue"]


def test_a_closed_account_is_not_opened_by_its_key(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    Compte.objects.update(is_active=False)
    browser = here(Client())
    try_sign_in(browser, key.signs(asks(browser, "/connexion/cle/options/")))
    assert refusals() == ["compte fermé"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        "[]",
        "null",
        "x" * 50_000,
        "[" * 10_000,
        '{"id": 1}',
        '{"id":"a","rawId":"b","type":"public-key","response":{}}',
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_answer_of_a_key_breaks_nothing(chez_jeanne: Client, jeanne: Titulaire, answer: str):
    browser = here(Client())
    asks(browser, "/connexion/cle/options/")
    try_sign_in(browser, answer)
    proves(jeanne)
    asks(chez_jeanne, f"{PAGE}cle/options/")
    assert chez_jeanne.post(f"{PAGE}cle/", {"nom": "Rien", "reponse": answer}).status_code == 422


def test_an_answer_broken_anywhere_breaks_nothing(chez_jeanne: Client, jeanne: Titulaire):
    """Each part of what a key made, cut, emptied or changed: 422, never a failure."""
    proves(jeanne)
    for part in ("clientDataJSON", "attestationObject"):
        for change in (
            lambda raw: raw[:7],
            lambda raw: b"",
            lambda raw: bytes(255 - byte for byte in raw),
            lambda raw: raw[:-20],
        ):
            told = json.loads(Authentificateur().makes(asks(chez_jeanne, f"{PAGE}cle/options/")))
            told["response"][part] = b64(change(unb64(told["response"][part])))
            response = chez_jeanne.post(f"{PAGE}cle/", {"nom": "Cassée", "reponse": json.dumps(told)})
            assert response.status_code == 422, part
    assert not ClePasse.objects.exists()


def test_without_a_cookie_there_is_no_challenge(chez_jeanne: Client, jeanne: Titulaire):
    key = adds_key(chez_jeanne, jeanne)
    browser = here(Client())
    answer = key.signs(asks(browser, "/connexion/cle/options/"))
    for forged in ("", "AAAA:1:x", browser.cookies["defi"].value[:-2] + "zz"):
        browser.cookies["defi"] = forged
        try_sign_in(browser, answer)


def test_the_neighbour_has_none_of_her_keys(chez_jeanne: Client, jeanne: Titulaire, marc: Titulaire):
    adds_key(chez_jeanne, jeanne)
    row = ClePasse.objects.get()
    neighbour = here(Client())
    marc.signs_in(neighbour)
    proves(marc)
    for address in (f"{PAGE}cle/{row.pk}/", f"{PAGE}cle/{row.pk}/retirer/"):
        assert neighbour.get(address).status_code == 404
        assert neighbour.post(address, {"nom": "À moi"}).status_code == 404
    assert ClePasse.objects.get().nom == "Mon téléphone"


def test_keys_have_names_that_one_changes(chez_jeanne: Client, jeanne: Titulaire):
    adds_key(chez_jeanne, jeanne)
    address = f"{PAGE}cle/{ClePasse.objects.get().pk}/"
    assert 'value="Mon téléphone"' in chez_jeanne.get(address).content.decode()
    assert chez_jeanne.post(address, {"nom": " "}).status_code == 422
    assert chez_jeanne.post(address, {"nom": f"Clé de {jeanne.identifiant}"}).status_code == 422
    assert chez_jeanne.post(address, {"nom": "Tablette <b>"})["Location"] == PAGE
    assert "Tablette &lt;b&gt;" in chez_jeanne.get(PAGE).content.decode()


def test_ten_keys_are_enough(chez_jeanne: Client, jeanne: Titulaire):
    for number in range(10):
        ClePasse.objects.create(
            compte=jeanne.compte, identifiant=bytes([number]), cle_publique=b"", nom=f"Clé {number}"
        )
    proves(jeanne)
    answer = Authentificateur().makes(asks(chez_jeanne, f"{PAGE}cle/options/"))
    refused = chez_jeanne.post(f"{PAGE}cle/", {"nom": "La onzième", "reponse": answer})
    assert "10 clés d’accès au plus" in refused.content.decode()
    assert "c’est le maximum" in chez_jeanne.get(PAGE).content.decode()


# --- where it works


def test_an_address_in_figures_has_no_key_and_says_where_to_go(navigateur: Client, jeanne: Titulaire):
    navigateur.defaults["HTTP_HOST"] = "127.0.0.1:8000"
    assert "clé d’accès" not in navigateur.get("/connexion/").content.decode()
    assert navigateur.post("/connexion/cle/options/").status_code == 422
    jeanne.signs_in(navigateur)
    proves(jeanne)
    for address in (PAGE, f"{PAGE}cle/"):
        page = navigateur.get(address).content.decode()
        assert f"http://localhost:8000{address}" in page
        assert "Faire la clé d’accès" not in page
    assert "Ajouter une clé d’accès" not in navigateur.get(PAGE).content.decode()


def test_in_production_the_site_is_that_of_the_settings_alone(monkeypatch: pytest.MonkeyPatch, rf: Any):
    from enclos.comptes.facteurs import site

    env = type(site.ENV)(mode="production", base_url="https://espace.enclos.example:8443")
    monkeypatch.setattr(site, "ENV", env)
    for host in ("localhost", "127.0.0.1", "testserver"):
        found = site.site_of(rf.get("/", headers={"Host": host}))
        assert found == site.Site("espace.enclos.example", "https://espace.enclos.example:8443")
        assert site.named_address(rf.get("/", headers={"Host": host})) == ""


def test_the_sign_in_page_shows_the_button_to_scripts_alone_and_asks_nothing(
    ordinateur: Client, jeanne: Titulaire, django_assert_num_queries: Any
):
    ordinateur.get("/connexion/")  # the fund, once a minute
    with django_assert_num_queries(0):
        page = ordinateur.get("/connexion/").content.decode()
    assert '<cle-acces data-site="localhost" data-options="/connexion/cle/options/" hidden>' in page
    with django_assert_num_queries(0):
        ordinateur.post("/connexion/cle/options/")
    assert settings.SESSION_COOKIE_NAME not in ordinateur.cookies


def test_guessing_with_keys_is_stopped_by_source(ordinateur: Client, jeanne: Titulaire):
    with time_machine.travel(timezone.now(), tick=False):
        statuses = {ordinateur.post("/connexion/cle/", {"reponse": "{}"}).status_code for _ in range(100)}
        assert statuses == {422}
        assert ordinateur.post("/connexion/cle/", {"reponse": "{}"}).status_code == 429
