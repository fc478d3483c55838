"""A lost password: a code, a letter, and the same screens for whoever asks."""

import contextlib
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.comptes import codes, compteurs, totp
from enclos.comptes.models import Code, Compte, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import oubli, provisoires
from enclos.courrier import textos
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.comptes.conftest import MOT_DE_PASSE, Titulaire
from tests.comptes.test_connexion import words

pytestmark = pytest.mark.django_db

ASK, CODE, OTHERWISE = "/mot-de-passe-oublie/", "/mot-de-passe-oublie/code/", "/mot-de-passe-oublie/autrement/"
FORCED = "/connexion/nouveau-mot-de-passe/"
CHOSEN = "chevaux bleus sous la pluie"


@pytest.fixture
def jeanne(jeanne: Titulaire) -> Titulaire:
    """Her e-mail is proved."""
    jeanne.compte.courriel_verifie_at = timezone.now()
    jeanne.compte.save()
    return jeanne


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textos, "is_configured", lambda: True)


def asked(client: Client, identifiant: str, **typed: str) -> Any:
    return client.post(ASK, {"identifiant": identifiant, **typed})


def last_code() -> str:
    """The six digits of the last e-mail, as its reader sees them."""
    return re.findall(r"^(\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)[0]


def with_mail(number: int, **values) -> Titulaire:
    """A member whose e-mail is proved."""
    nir = synthetic_nir(number)
    compte = CompteFactory.create(personne=PersonneFactory(nir=nir), courriel_verifie_at=timezone.now(), **values)
    return Titulaire(compte, nir)


def test_a_code_to_the_verified_mail_gives_the_page_of_a_new_password(
    navigateur: Client, jeanne: Titulaire, travailleur
):
    response = asked(navigateur, jeanne.identifiant)
    assert (response.status_code, response["Location"]) == (303, CODE)
    assert "Si cet identifiant a un compte" in words(navigateur.get(CODE))
    travailleur()
    code = last_code()
    response = navigateur.post(CODE, {"code": f"{code[:3]} {code[3:]}"})
    assert (response.status_code, response["Location"]) == (303, f"{FORCED}?suite=%2Fespace%2F")
    assert navigateur.get("/espace/")["Location"].startswith(FORCED)
    assert navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})["Location"] == "/espace/"
    assert navigateur.get("/espace/").status_code == 200
    assert jeanne.signs_in(Client(), MOT_DE_PASSE).status_code == 422
    assert jeanne.signs_in(Client(), CHOSEN).status_code == 303


def test_the_other_sessions_end_and_every_channel_is_told(navigateur: Client, jeanne: Titulaire, travailleur, sms):
    other = Client()
    jeanne.signs_in(other)
    Compte.objects.update(telephone="+33612345678", telephone_verifie_at=timezone.now())
    asked(navigateur, jeanne.identifiant, moyen="courriel")
    travailleur()
    navigateur.post(CODE, {"code": last_code()})
    navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})
    assert other.get("/espace/")["Location"].startswith("/connexion/")
    travailleur()
    assert Courriel.objects.filter(
        subject="Le mot de passe de votre compte a changé", to=jeanne.compte.courriel
    ).exists()
    assert Texto.objects.filter(to="+33612345678", text__contains="mot de passe").exists()


def test_a_code_may_come_by_text_message(navigateur: Client, jeanne: Titulaire, travailleur, sms):
    Compte.objects.update(telephone="+33612345678", telephone_verifie_at=timezone.now())
    assert "Par SMS" in words(navigateur.get(ASK))
    asked(navigateur, jeanne.identifiant, moyen="sms")
    assert "par SMS" in words(navigateur.get(CODE))
    oubli_task(travailleur)
    code = Texto.objects.get().secret
    assert navigateur.post(CODE, {"code": code})["Location"].startswith(FORCED)


def oubli_task(travailleur) -> None:
    """The task of the portal alone: no provider is there to deliver text messages."""
    from django_tasks_db.models import DBTaskResult

    row = DBTaskResult.objects.ready().get(task_path="enclos.comptes.mots_de_passe.oubli.send_code")
    row.task.call(**row.args_kwargs["kwargs"])


def test_without_a_telephone_the_code_comes_by_mail_all_the_same(
    navigateur: Client, jeanne: Titulaire, travailleur, sms
):
    asked(navigateur, jeanne.identifiant, moyen="sms")
    travailleur()
    assert navigateur.post(CODE, {"code": last_code()})["Location"].startswith(FORCED)


def test_whoever_has_a_second_factor_is_asked_for_it_too(navigateur: Client, jeanne: Titulaire, travailleur):
    secret = totp.new_secret()
    jeanne.compte.totp_sealed = totp.seal_secret(jeanne.compte, secret)
    jeanne.compte.save()
    asked(navigateur, jeanne.identifiant)
    travailleur()
    where = navigateur.post(CODE, {"code": last_code()})["Location"]
    assert not where.startswith(FORCED)
    assert navigateur.get(FORCED).status_code == 302
    response = navigateur.post(where, {"code": totp.code_at(secret, totp.current_step())})
    assert response["Location"].startswith(FORCED)
    assert navigateur.post(FORCED, {"nouveau_mot_de_passe": CHOSEN})["Location"] == "/espace/"


@pytest.mark.parametrize("state", ["unverified", "refused", "closed", "deceased", "agent", "unknown"])
def test_nothing_leaves_where_nothing_was_proved(
    navigateur: Client, jeanne: Titulaire, camille, travailleur, state: str
):
    identifiant = {"agent": "camille.roy", "unknown": synthetic_nir(59)}.get(state, jeanne.identifiant)
    personne = jeanne.compte.personne
    assert personne is not None
    match state:
        case "unverified":
            Compte.objects.update(courriel_verifie_at=None)
        case "refused":
            Courriel.objects.create(
                cle="x", caisse=jeanne.compte.caisse, to=jeanne.compte.courriel, subject="x", text="x",
                broken_at=timezone.now(), next_at=None, address_refused_at=timezone.now() + timedelta(seconds=1),
            )  # fmt: skip
        case "closed":
            Compte.objects.update(is_active=False)
        case "deceased":
            personne.decede = True
            personne.save()
    assert asked(navigateur, identifiant)["Location"] == CODE
    travailleur()
    assert mail.outbox == []
    assert [navigateur.post(CODE, {"code": "000000"}).status_code for _ in range(6)] == [422] * 6


def test_the_letter_holds_a_provisional_password(navigateur: Client, jeanne: Titulaire, travailleur):
    Compte.objects.update(courriel_verifie_at=None)
    asked(navigateur, jeanne.identifiant)
    assert "Recevoir un courrier" in words(navigateur.get(OTHERWISE))
    response = navigateur.post(OTHERWISE)
    assert "un courrier part à l’adresse postale" in words(navigateur.get(response["Location"]))
    travailleur()
    lettre = Lettre.objects.get()
    assert provisoires.read(lettre.secret) == lettre.secret
    assert jeanne.signs_in(navigateur, lettre.secret)["Location"].startswith(FORCED)


def test_one_letter_at_a_time_unless_its_password_is_dead_and_two_a_month(jeanne: Titulaire, travailleur):
    def asks() -> int:
        client = Client()
        asked(client, jeanne.identifiant)
        client.post(OTHERWISE)
        travailleur()
        return Lettre.objects.count()

    start = timezone.now()
    with time_machine.travel(start, tick=False):
        assert [asks(), asks()] == [1, 1]
        first = Lettre.objects.get().secret
        MotDePasseProvisoire.objects.update(essais=5)
    with time_machine.travel(start + timedelta(days=2), tick=False):
        assert asks() == 2
        assert jeanne.signs_in(Client(), first).status_code == 422
        MotDePasseProvisoire.objects.update(essais=5)
    with time_machine.travel(start + timedelta(days=4), tick=False):
        assert asks() == 2
    with time_machine.travel(start + timedelta(days=31), tick=False):
        assert asks() == 3


def test_a_code_lasts_ten_minutes_five_tries_and_a_new_one_kills_it(jeanne: Titulaire, travailleur):
    start = timezone.now()

    def code_of(client: Client) -> str:
        asked(client, jeanne.identifiant)
        travailleur()
        return last_code()

    one, two = Client(REMOTE_ADDR="10.1.0.1"), Client(REMOTE_ADDR="10.2.0.1")
    with time_machine.travel(start, tick=False):
        code = code_of(one)
    with time_machine.travel(start + timedelta(minutes=10, seconds=1), tick=False):
        assert "n’est plus valable" in words(one.post(CODE, {"code": code}))
        code = code_of(two)
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        assert [two.post(CODE, {"code": wrong}).status_code for _ in range(5)] == [422] * 5
        assert "n’est plus valable" in words(two.post(CODE, {"code": code}))
    with time_machine.travel(start + timedelta(minutes=20), tick=False):
        former = code_of(two)
    with time_machine.travel(start + timedelta(minutes=22), tick=False):
        two.post(CODE, {"action": "renvoyer"})
        travailleur()
        assert two.post(CODE, {"code": former}).status_code == 422
        assert two.post(CODE, {"code": last_code()}).status_code == 303


def test_a_code_belongs_to_the_browser_that_asked(jeanne: Titulaire, travailleur):
    mine, theirs = Client(), Client(REMOTE_ADDR="10.9.0.1")
    asked(mine, jeanne.identifiant)
    travailleur()
    code = last_code()
    assert theirs.post(CODE, {"code": code})["Location"] == ASK
    asked(theirs, synthetic_nir(59))
    assert theirs.post(CODE, {"code": code}).status_code == 422
    assert mine.post(CODE, {"code": code}).status_code == 303


def test_steps_are_not_skipped_by_address(navigateur: Client, caisse: Caisse):
    for address in (CODE, OTHERWISE, "/mot-de-passe-oublie/courrier/"):
        assert navigateur.get(address)["Location"] == ASK
        assert navigateur.post(address)["Location"] == ASK


# --- nothing to see


def kinds(queries) -> list[str]:
    return [query["sql"].split()[0] for query in queries]


def test_known_closed_and_unknown_get_the_same_answers_and_statements(jeanne: Titulaire, marc: Titulaire, travailleur):
    Compte.objects.filter(pk=marc.compte.pk).update(is_active=False)
    answers: dict[str, Any] = {}
    for name, identifiant in {
        "known": jeanne.identifiant,
        "closed": marc.identifiant,
        "unknown": synthetic_nir(59),
    }.items():
        client, seen = Client(REMOTE_ADDR=f"10.{len(answers)}.0.1"), []
        for path, typed in ((ASK, {"identifiant": identifiant}), (CODE, {"code": "12345"}), (OTHERWISE, {})):
            with CaptureQueriesContext(connection) as queries:
                response = client.post(path, typed)
            seen.append((response.status_code, response.get("Location"), words(response), kinds(queries)))
            travailleur()
        page = client.get("/mot-de-passe-oublie/courrier/")
        answers[name] = (*seen, words(page), len(page.content))
    assert answers["known"] == answers["closed"] == answers["unknown"]


def test_the_page_shows_the_same_ways_to_everybody(navigateur: Client, jeanne: Titulaire, sms):
    jeanne.signs_in(navigateur)
    assert navigateur.get(ASK).status_code == 200
    assert words(Client().get(ASK)).count("Par SMS") == 1


# --- nothing to force


def test_the_identifier_is_throttled_alike_for_everybody(jeanne: Titulaire):
    for identifiant in (jeanne.identifiant, synthetic_nir(59)):
        statuses = [asked(Client(REMOTE_ADDR=f"10.{rank}.0.1"), identifiant).status_code for rank in range(5)]
        assert statuses == [303, 303, 303, 429, 429]


def test_the_browser_of_the_member_is_not_stopped_by_strangers(navigateur: Client, jeanne: Titulaire):
    jeanne.signs_in(navigateur)
    for rank in range(5):
        asked(Client(REMOTE_ADDR=f"10.{rank}.0.1"), jeanne.identifiant)
    assert asked(navigateur, jeanne.identifiant).status_code == 303


def test_a_source_and_the_whole_site_have_their_share(caisse: Caisse, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(oubli, "BY_SITE", oubli.Rule(oubli.HOUR, free=43, waits=(oubli.HOUR,), most=43))
    statuses = [asked(Client(REMOTE_ADDR="10.1.1.7"), synthetic_nir(1000 + rank)).status_code for rank in range(41)]
    assert statuses == [303] * 40 + [429]
    statuses = [
        asked(Client(REMOTE_ADDR=f"10.7.{rank}.7"), synthetic_nir(2000 + rank)).status_code for rank in range(5)
    ]
    assert statuses == [303] * 3 + [429] * 2
    compteurs.forget("perdu-site")
    assert asked(Client(REMOTE_ADDR="10.8.0.1"), synthetic_nir(3000)).status_code == 303


def test_codes_are_not_guessed_over_many_requests(jeanne: Titulaire, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(oubli, "TRIES_BY_SITE", oubli.Rule(oubli.HOUR, free=7, waits=(oubli.HOUR,), most=7))
    statuses = []
    for rank in range(3):
        client = Client(REMOTE_ADDR=f"10.{rank}.0.1")
        asked(client, synthetic_nir(4000 + rank))
        statuses += [client.post(CODE, {"code": "000000"}).status_code for _ in range(4)]
    assert statuses == [422] * 7 + [429] * 5


def test_the_number_and_the_code_are_nowhere(navigateur: Client, jeanne: Titulaire, travailleur, caplog):
    caplog.set_level("DEBUG")
    asked(navigateur, jeanne.identifiant)
    travailleur()
    code = last_code()
    navigateur.post(CODE, {"code": "000001"})
    written = [str(line.__dict__) for line in Ligne.objects.all()] + caplog.messages
    written += [str(row.__dict__) for row in Code.objects.all()] + [row.session_data for row in Session.objects.all()]
    assert not [text for text in written if jeanne.identifiant in text or code in text.replace("000001", "")]


def test_the_pages_cost_few_queries(navigateur: Client, jeanne: Titulaire):
    for address, most in ((ASK, 1), (CODE, 2), (OTHERWISE, 2)):
        with CaptureQueriesContext(connection) as queries:
            navigateur.get(address)
        assert len(queries) <= most, address
    asked(navigateur, jeanne.identifiant)
    with CaptureQueriesContext(connection) as queries:
        navigateur.get(CODE)
    assert len(queries) <= 2


def test_tries_made_before_the_code_leaves_tell_nothing(jeanne: Titulaire, travailleur):
    """The worker comes after the first try: what remains of the tries, and when they end, must not say that it found somebody."""

    def said(identifiant: str) -> list[str]:
        client = Client()
        start = timezone.now()
        with time_machine.travel(start, tick=False) as clock:
            asked(client, identifiant)
            pages = [words(client.post(CODE, {"code": "000000"})) for _ in range(2)]
            clock.shift(5)
            travailleur()
            pages += [words(client.post(CODE, {"code": "000000"}))]
            clock.move_to(start + timedelta(minutes=10, seconds=2))
            return [*pages, words(client.post(CODE, {"code": "000000"}))]

    known, unknown = said(jeanne.identifiant), said(synthetic_nir(59))
    assert known == unknown
    assert "Il vous reste 2 essais" in known[2]


def test_registering_with_somebody_s_address_leaves_them_their_own_codes(
    navigateur: Client, jeanne: Titulaire, travailleur
):
    for number in range(20):
        with contextlib.suppress(compteurs.TooManyTries):
            codes.send_by_mail(
                "inscription", str(number), to=jeanne.compte.courriel, caisse=jeanne.compte.caisse, by=SYSTEM
            )
    mail.outbox.clear()
    asked(navigateur, jeanne.identifiant)
    travailleur()
    assert navigateur.post(CODE, {"code": last_code()})["Location"].startswith(FORCED)
