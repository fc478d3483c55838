"""Somebody whom FranceConnect proves, and who has no account: two pages, and they are in."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from enclos.comptes.federation import attente
from enclos.comptes.models import Acceptation, Association, Compte, Session
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import CompteFactory
from enclos.inscription.actions import resend_letter
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle import sealed
from tests.federation.conftest import Navigateur

pytestmark = [pytest.mark.django_db(transaction=True)]

PAGE, CODE = "/inscription/franceconnect/", "/inscription/franceconnect/code/"
CONNU, AUTRE = "jeanne@courriel.example", "nouvelle@courriel.example"


@pytest.fixture
def personne(personne_jeanne: Personne) -> Personne:
    personne_jeanne.email = CONNU
    personne_jeanne.save()
    return personne_jeanne


def code_sent_to(address: str) -> str:
    """What the last e-mail holds: sealed in its row until it leaves."""
    return Courriel.objects.filter(to=address, cle__startswith="comptes.code.").latest("pk").secret


def opens(navigateur: Navigateur, address: str):
    assert navigateur.goes_through("jeanne")["Location"] == PAGE
    response = navigateur.client.post(PAGE, {"courriel": address, "conditions": "on"})
    assert (response.status_code, response["Location"]) == (303, CODE), response.content.decode()
    return navigateur.client.post(CODE, {"code": code_sent_to(address)})


def test_two_pages_and_one_is_in(navigateur: Navigateur, personne: Personne):
    response = opens(navigateur, CONNU)
    assert (response.status_code, response["Location"]) == (303, "/espace/")
    compte = Compte.objects.get(personne=personne)
    assert compte.niveau == Compte.Niveau.CONFIRME  # the address is the one the fund knew
    assert compte.courriel == CONNU
    assert compte.courriel_verifie_at is not None
    assert not compte.has_usable_password()
    assert Association.objects.get().compte == compte
    assert Session.objects.get(compte=compte).methode == Session.Methode.FRANCECONNECT
    assert Acceptation.objects.get(compte=compte).texte == Acceptation.Texte.CONDITIONS
    assert [one.genre for one in Lettre.objects.all()] == [Lettre.Genre.ACCES_OUVERT]
    assert Ligne.objects.get(event="inscription.compte.opened").details["canal"] == "franceconnect"
    assert navigateur.client.get("/espace/").status_code == 200
    assert navigateur.client.post("/deconnexion/")["Location"].startswith(navigateur.fournisseur.emetteur)
    assert Navigateur(Client(), navigateur.fournisseur).goes_through("jeanne")["Location"] == "/espace/"


def test_with_another_address_the_account_waits_for_the_letter(navigateur: Navigateur, personne: Personne):
    """Standards, D3: an identity provider's account may be stolen as a card may."""
    opens(navigateur, AUTRE)
    compte = Compte.objects.get(personne=personne)
    assert compte.niveau == Compte.Niveau.A_CONFIRMER
    assert sorted(one.genre for one in Lettre.objects.all()) == sorted([Lettre.Genre.ACCES_OUVERT, Lettre.Genre.CODE])
    assert Courriel.objects.filter(to=CONNU, subject__contains="accès en ligne").count() == 1


def test_the_page_says_who_and_asks_little(navigateur: Navigateur, personne: Personne):
    navigateur.goes_through("jeanne")
    html = navigateur.client.get(PAGE).content.decode()
    assert "Jeanne D." in html
    assert CONNU not in html  # whoever stole the identity over there learns no contact
    assert re.findall(r'<input[^>]* name="(\w+)"', html.split("<main")[1]) == [
        "csrfmiddlewaretoken",
        "courriel",
        "conditions",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"courriel": CONNU}, "Cochez cette case"),
        ({"conditions": "on"}, "Tapez votre adresse"),
        ({"courriel": "jeanne", "conditions": "on"}, "complète"),
    ],
)
def test_what_is_missing_is_said(navigateur: Navigateur, personne: Personne, typed: dict[str, str], said: str):
    navigateur.goes_through("jeanne")
    response = navigateur.client.post(PAGE, typed)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Courriel.objects.exists()


def test_a_wrong_code_opens_nothing(navigateur: Navigateur, personne: Personne):
    navigateur.goes_through("jeanne")
    navigateur.client.post(PAGE, {"courriel": CONNU, "conditions": "on"})
    wrong = f"{(int(code_sent_to(CONNU)) + 1) % 1_000_000:06d}"
    for _ in range(6):
        assert navigateur.client.post(CODE, {"code": wrong}).status_code == 422
    assert navigateur.client.post(CODE, {"code": code_sent_to(CONNU)}).status_code == 422  # five tries killed it
    assert not Compte.objects.exists()


def test_nobody_gets_there_without_franceconnect(navigateur: Navigateur, personne: Personne):
    for path in (PAGE, CODE):
        for method in ("get", "post"):
            response = getattr(Client(), method)(path, {"courriel": AUTRE, "conditions": "on", "code": "123456"})
            assert response.status_code == 302
    assert not Courriel.objects.exists()


def test_the_proof_lasts_half_an_hour(navigateur: Navigateur, personne: Personne, rf):
    navigateur.goes_through("jeanne")
    navigateur.client.get(PAGE)
    with time_machine.travel(timezone.now() + timedelta(seconds=attente.LIFE_SECONDS + 60), tick=False):
        assert navigateur.client.get(PAGE).status_code == 302


def test_what_is_kept_meanwhile_is_sealed(navigateur: Navigateur, personne: Personne):
    from enclos.comptes.sessions import SessionStore

    navigateur.goes_through("jeanne")
    kept = SessionStore(navigateur.client.cookies["session"].value)[attente.CLE]
    assert "sujet" not in kept
    assert str(personne.pk) not in kept
    with pytest.raises(sealed.SealError):
        sealed.unseal(kept.encode(), purpose="autre")


def test_of_two_tabs_one_opens(navigateur: Navigateur, personne: Personne):
    other = Navigateur(Client(), navigateur.fournisseur)
    other.goes_through("jeanne")
    other.client.post(PAGE, {"courriel": AUTRE, "conditions": "on"})
    code = code_sent_to(AUTRE)
    opens(navigateur, CONNU)
    response = other.client.post(CODE, {"code": code})
    assert response.status_code == 409
    assert "vient d’être ouvert" in response.content.decode()
    assert Compte.objects.get().courriel == CONNU


def test_a_closed_account_is_taken_up_again(navigateur: Navigateur, personne: Personne):
    from enclos.comptes.fermeture import close

    old = CompteFactory(personne=personne)
    close(old, by=old)
    assert opens(navigateur, CONNU)["Location"] == "/espace/"
    assert Compte.objects.get().pk == old.pk
    assert Compte.objects.get().closed_at is None


def test_a_child_is_told_whose_account_it_is(navigateur: Navigateur, personne: Personne, monkeypatch):
    from enclos.inscription import ouverture_franceconnect

    navigateur.goes_through("jeanne")
    monkeypatch.setattr(
        ouverture_franceconnect, "is_too_young", lambda personne: personne.date_naissance == date(1985, 5, 14)
    )
    response = navigateur.client.get(PAGE)
    assert response.status_code == 409
    assert "d’un de vos parents" in response.content.decode()


def test_the_address_may_be_corrected(navigateur: Navigateur, personne: Personne):
    navigateur.goes_through("jeanne")
    navigateur.client.post(PAGE, {"courriel": "faute@courriel.example", "conditions": "on"})
    assert 'value="faute@courriel.example"' in navigateur.client.get(PAGE).content.decode()
    navigateur.client.post(PAGE, {"courriel": CONNU, "conditions": "on"})
    assert navigateur.client.post(CODE, {"code": code_sent_to(CONNU)})["Location"] == "/espace/"
    assert Compte.objects.get().courriel == CONNU


def test_no_answer_is_awaited_with_the_database_in_hand(navigateur: Navigateur, personne: Personne, monkeypatch):
    """A provider that hangs must hold neither a transaction nor a connection of those who do without it."""
    from enclos.comptes.federation.bornes import BoundedAdapter

    seen: list[tuple[bool, bool]] = []
    plain = BoundedAdapter.send

    def send(self, request, *args, **kwargs):
        seen.append(
            (connection.in_atomic_block, connection.vendor == "postgresql" and connection.connection is not None)
        )
        return plain(self, request, *args, **kwargs)

    monkeypatch.setattr(BoundedAdapter, "send", send)
    CompteFactory(personne=personne)
    assert navigateur.goes_through("jeanne")["Location"] == "/espace/"
    assert len(seen) == 4  # configuration, exchange, keys, identity
    assert set(seen) == {(False, False)}


def test_looking_at_the_way_back_does_not_use_it_up(navigateur: Navigateur, personne: Personne):
    CompteFactory(personne=personne)
    way_back = navigateur.fournisseur.says(navigateur.leaves(), "jeanne")
    assert navigateur.client.head(way_back.removeprefix("http://127.0.0.1:8000")).status_code == 405
    assert navigateur.comes_back(way_back).status_code == 303


def test_a_code_read_in_one_mailbox_proves_no_other(navigateur: Navigateur, personne: Personne):
    """Who stole the identity knows the address that the fund has, reads another, and asks until no more code leaves."""
    navigateur.goes_through("jeanne")
    for _ in range(3):
        assert navigateur.client.post(PAGE, {"courriel": AUTRE, "conditions": "on"}).status_code == 303
    code = code_sent_to(AUTRE)
    navigateur.client.post(PAGE, {"courriel": CONNU, "conditions": "on"})
    assert navigateur.client.post(CODE, {"code": code}).status_code == 422
    assert not Compte.objects.exists()


def test_a_letter_on_its_way_confirms_nobody_who_comes_by_franceconnect(navigateur: Navigateur, personne: Personne):
    """A wrong answer to the question sends a letter: with a stolen identity, one must not come in at level 2 before it."""
    resend_letter(personne, by=SYSTEM)
    assert navigateur.goes_through("jeanne")["Location"] == "/espace/"
    assert Compte.objects.get(personne=personne).niveau == Compte.Niveau.A_CONFIRMER
