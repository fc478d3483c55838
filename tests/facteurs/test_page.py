"""« Double vérification »: its states in words, the telephone's codes, recovery codes, and what is told of each change."""

import base64
import html
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from enclos.comptes import totp
from enclos.comptes.facteurs import access, secours
from enclos.comptes.models import ClePasse, CodeSecours, Compte, Session
from enclos.comptes.sessions import SessionStore
from enclos.courrier.models import Courriel
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire
from tests.facteurs.conftest import adds_key, gives_codes, gives_totp, proves

pytestmark = pytest.mark.django_db

PAGE = "/espace/compte/double-verification/"
CODE = re.compile(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>")


@pytest.fixture
def chez_jeanne(ordinateur: Client, jeanne: Titulaire) -> Client:
    """Jeanne's computer: signed in, a proof just given."""
    jeanne.signs_in(ordinateur)
    proves(jeanne)
    return ordinateur


def secret_of(page: str) -> bytes:
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert found
    text = found[1].replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def adds_telephone(client: Client, titulaire: Titulaire) -> list[str]:
    """By the page, and the recovery codes it leads to."""
    titulaire.secret = secret_of(client.get(f"{PAGE}telephone/").content.decode())
    done = client.post(f"{PAGE}telephone/", {"code": titulaire.code()})
    assert (done.status_code, done["Location"]) == (303, f"{PAGE}codes-de-secours/")
    return CODE.findall(client.get(done["Location"]).content.decode())


def told() -> int:
    return Courriel.objects.filter(subject="La double vérification de votre compte a changé").count()


def test_the_page_says_in_words_what_there_is(chez_jeanne: Client, jeanne: Titulaire):
    assert "Elle n’est <strong>pas activée</strong>" in chez_jeanne.get(PAGE).content.decode()
    adds_telephone(chez_jeanne, jeanne)
    page = chez_jeanne.get(PAGE).content.decode()
    assert "Elle est <strong>activée</strong>" in page
    assert "10 codes restants" in page
    assert "Les codes de votre téléphone sont activés." in page
    assert "Les codes de votre téléphone sont activés." not in chez_jeanne.get(PAGE).content.decode()


def test_a_telephone_counts_once_its_code_is_typed(chez_jeanne: Client, jeanne: Titulaire):
    page = chez_jeanne.get(f"{PAGE}telephone/").content.decode()
    secret = secret_of(page)
    assert "<svg" in page
    address = html.unescape(re.search(r'href="(otpauth://[^"]+)"', page)[1])
    assert totp.base32(secret) in address
    assert jeanne.identifiant not in page
    assert secret_of(chez_jeanne.get(f"{PAGE}telephone/").content.decode()) == secret
    assert not access.has_second_factor(Compte.objects.get(pk=jeanne.compte.pk))
    jeanne.secret = secret
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if code not in map(jeanne.code, (-1, 0, 1)))
    refused = chez_jeanne.post(f"{PAGE}telephone/", {"code": wrong})
    assert refused.status_code == 422
    assert secret_of(refused.content.decode()) == secret
    assert told() == 0
    code = jeanne.code()
    assert chez_jeanne.post(f"{PAGE}telephone/", {"code": code}).status_code == 303
    assert told() == 1
    other = Client()
    jeanne.signs_in(other)
    assert other.post("/connexion/double-verification/", {"code": code}).status_code == 422  # it served to prove it


def test_the_secret_is_nowhere_in_clear(chez_jeanne: Client, jeanne: Titulaire):
    secret = secret_of(chez_jeanne.get(f"{PAGE}telephone/").content.decode())
    for session in Session.objects.all():
        assert totp.base32(secret) not in str(SessionStore().decode(session.session_data))
    adds_telephone(chez_jeanne, jeanne)
    kept = bytes(Compte.objects.get(pk=jeanne.compte.pk).totp_sealed)
    assert jeanne.secret not in kept
    assert totp.base32(jeanne.secret).encode() not in kept


def test_proving_a_new_telephone_cannot_be_guessed(chez_jeanne: Client, jeanne: Titulaire):
    with time_machine.travel(timezone.now(), tick=False):
        jeanne.secret = secret_of(chez_jeanne.get(f"{PAGE}telephone/").content.decode())
        wrong = next(code for code in ("000000", "111111", "222222") if code not in map(jeanne.code, (-1, 0, 1)))
        statuses = [chez_jeanne.post(f"{PAGE}telephone/", {"code": wrong}).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]


def test_recovery_codes_are_shown_once_and_kept_by_printing_or_downloading(chez_jeanne: Client, jeanne: Titulaire):
    codes = adds_telephone(chez_jeanne, jeanne)
    assert len(codes) == 10
    again = chez_jeanne.get(f"{PAGE}codes-de-secours/").content.decode()
    assert CODE.findall(again) == codes  # a reload loses nothing
    file = chez_jeanne.get(f"{PAGE}codes-de-secours/telecharger/")
    assert file["Content-Disposition"] == 'attachment; filename="codes-de-secours.txt"'
    assert all(code in file.content.decode("utf-8-sig") for code in codes)
    assert "no-store" in file["Cache-Control"]
    for row in Session.objects.all():
        told_by_session = str(SessionStore().decode(row.session_data))
        assert not any(code.replace("-", "") in told_by_session for code in codes)
    assert chez_jeanne.post(f"{PAGE}codes-de-secours/notes/")["Location"] == PAGE
    assert CODE.findall(chez_jeanne.get(f"{PAGE}codes-de-secours/").content.decode()) == []
    assert chez_jeanne.get(f"{PAGE}codes-de-secours/telecharger/").status_code == 404


def test_recovery_codes_leave_the_page_after_a_quarter_of_an_hour(chez_jeanne: Client, jeanne: Titulaire):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        proves(jeanne)
        assert len(adds_telephone(chez_jeanne, jeanne)) == 10
        clock.shift(14 * 60 + 59)
        proves(jeanne)
        assert len(CODE.findall(chez_jeanne.get(f"{PAGE}codes-de-secours/").content.decode())) == 10
        clock.shift(1)
        proves(jeanne)
        assert CODE.findall(chez_jeanne.get(f"{PAGE}codes-de-secours/").content.decode()) == []


def test_new_codes_replace_the_former_and_are_told(chez_jeanne: Client, jeanne: Titulaire):
    old = adds_telephone(chez_jeanne, jeanne)
    chez_jeanne.post(f"{PAGE}codes-de-secours/notes/")
    before = told()
    assert chez_jeanne.post(f"{PAGE}codes-de-secours/")["Location"] == f"{PAGE}codes-de-secours/"
    new = CODE.findall(chez_jeanne.get(f"{PAGE}codes-de-secours/").content.decode())
    assert not set(old) & set(new)
    assert told() == before + 1
    other = Client()
    jeanne.signs_in(other)
    assert other.post("/connexion/double-verification/secours/", {"code_de_secours": old[0]}).status_code == 422
    assert other.post("/connexion/double-verification/secours/", {"code_de_secours": new[0]}).status_code == 303


@pytest.mark.parametrize(("left", "warned"), [(4, False), (3, True), (1, True), (0, True)])
def test_the_member_is_warned_when_three_codes_are_left(
    chez_jeanne: Client, jeanne: Titulaire, left: int, warned: bool
):
    gives_codes(gives_totp(jeanne))
    for row in CodeSecours.objects.order_by("pk")[: 10 - left]:
        CodeSecours.objects.filter(pk=row.pk).update(used_at=timezone.now())
    assert ("peu de codes de secours" in chez_jeanne.get(PAGE).content.decode()) is warned


def test_a_recovery_code_that_serves_is_told_with_what_is_left(chez_jeanne: Client, jeanne: Titulaire):
    (code, *_) = gives_codes(gives_totp(jeanne))
    other = Client()
    jeanne.signs_in(other)
    typed = secours.shown(code).lower()
    assert other.post("/connexion/double-verification/secours/", {"code_de_secours": typed}).status_code == 303
    mail = Courriel.objects.get(subject="Un de vos codes de secours a servi")
    assert "Il vous en reste 9." in mail.text
    assert code not in mail.text


def test_codes_exist_only_beside_a_factor(chez_jeanne: Client, jeanne: Titulaire):
    assert chez_jeanne.get(f"{PAGE}codes-de-secours/")["Location"] == PAGE
    assert chez_jeanne.post(f"{PAGE}codes-de-secours/")["Location"] == PAGE
    assert not CodeSecours.objects.exists()


def test_removing_the_last_factor_removes_the_recovery_codes(chez_jeanne: Client, jeanne: Titulaire):
    adds_telephone(chez_jeanne, jeanne)
    adds_key(chez_jeanne, jeanne)
    assert "dernier second moyen" not in chez_jeanne.get(f"{PAGE}telephone/retirer/").content.decode()
    assert chez_jeanne.post(f"{PAGE}telephone/retirer/")["Location"] == PAGE
    assert CodeSecours.objects.count() == 10
    key = ClePasse.objects.get()
    assert chez_jeanne.post(f"{PAGE}cle/{key.pk}/retirer/")["Location"] == PAGE
    assert CodeSecours.objects.count() == 0
    assert "pas activée" in chez_jeanne.get(PAGE).content.decode()
    assert told() == 4
    events = set(Ligne.objects.filter(event__startswith="comptes.").values_list("event", flat=True))
    assert {"comptes.totp.added", "comptes.totp.removed", "comptes.cle.added", "comptes.cle.removed"} <= events


def test_a_second_click_on_remove_changes_nothing(chez_jeanne: Client, jeanne: Titulaire):
    adds_telephone(chez_jeanne, jeanne)
    for _ in range(2):
        assert chez_jeanne.post(f"{PAGE}telephone/retirer/").status_code == 303
    assert told() == 2


def test_after_a_change_the_other_sessions_may_be_closed(chez_jeanne: Client, jeanne: Titulaire):
    phone, tablet = Client(), Client()
    jeanne.signs_in(phone)
    jeanne.signs_in(tablet)
    adds_telephone(chez_jeanne, jeanne)
    page = chez_jeanne.get(PAGE).content.decode()
    assert "2 autres appareils" in page
    assert chez_jeanne.post(f"{PAGE}fermer-les-autres-connexions/")["Location"] == PAGE
    assert phone.get("/espace/").status_code == 302
    assert tablet.get("/espace/").status_code == 302
    assert "Vos autres connexions sont fermées." in chez_jeanne.get(PAGE).content.decode()


def test_every_change_asks_for_a_fresh_proof(chez_jeanne: Client, jeanne: Titulaire):
    gives_codes(gives_totp(jeanne))
    adds_key(chez_jeanne, jeanne)
    Session.objects.update(prouve_at=None)
    key = ClePasse.objects.get()
    addresses = [
        "telephone/",
        "telephone/retirer/",
        "cle/",
        f"cle/{key.pk}/",
        f"cle/{key.pk}/retirer/",
        "codes-de-secours/",
    ]
    for address in addresses:
        for method in (chez_jeanne.get, chez_jeanne.post):
            assert method(PAGE + address)["Location"].startswith("/connexion/preuve/?suite="), address
    assert ClePasse.objects.count() == 1
    assert CodeSecours.objects.count() == 10


def test_an_agent_changes_telephone_and_keeps_one(navigateur: Client, camille: Titulaire):
    camille.signs_in(navigateur)
    navigateur.post("/connexion/code/", {"code": camille.code()})
    page = navigateur.get("/agent/securite/telephone/").content.decode()
    assert "remplacé quand vous tapez" in page
    old, camille.secret = camille.secret, secret_of(page)
    assert navigateur.post("/agent/securite/telephone/", {"code": camille.code()})["Location"] == "/agent/securite/"
    assert "Les codes de votre téléphone sont activés." in navigateur.get("/agent/securite/").content.decode()
    other = Client()
    camille.signs_in(other)
    assert other.post("/connexion/code/", {"code": totp.code_at(old, totp.current_step() + 1)}).status_code == 422
    assert other.post("/connexion/code/", {"code": camille.code(1)}).status_code == 303
    assert not CodeSecours.objects.exists()


def test_members_and_agents_each_have_their_own_side(chez_jeanne: Client, ordinateur: Client, camille: Titulaire):
    assert chez_jeanne.get("/agent/securite/").status_code == 404
    agent = Client()
    camille.signs_in(agent)
    assert agent.get("/agent/securite/")["Location"].startswith("/connexion/code/")
    agent.post("/connexion/code/", {"code": camille.code()})
    assert agent.get("/agent/securite/").status_code == 200
    assert agent.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    ("address", "count"),
    [("", 3), ("telephone/", 2), ("telephone/retirer/", 2), ("cle/", 1), ("codes-de-secours/", 3)],
)
def test_pages_ask_little_of_the_database(
    chez_jeanne: Client, jeanne: Titulaire, django_assert_max_num_queries: Any, address: str, count: int
):
    gives_codes(gives_totp(jeanne))
    adds_key(chez_jeanne, jeanne)
    chez_jeanne.get(PAGE)
    with django_assert_max_num_queries(count):
        assert chez_jeanne.get(PAGE + address).status_code == 200
