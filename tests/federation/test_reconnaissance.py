"""Who a proved identity opens the portal to, and what the others read."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes import totp
from enclos.comptes.models import Association, Avertissement, Compte, Session
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from tests.federation.conftest import Navigateur

pytestmark = pytest.mark.django_db


def nobody_is_in() -> bool:
    return not Session.objects.exclude(compte=None).exists()


def words(response) -> str:
    assert response.status_code == 403
    html = response.content.decode()
    return html[html.index("<main") :]


def test_a_member_comes_in_and_her_account_is_tied(navigateur: Navigateur, jeanne: Compte):
    response = navigateur.goes_through("jeanne")
    assert (response.status_code, response["Location"]) == (303, "/espace/")
    session = Session.objects.get(compte=jeanne)
    assert session.methode == Session.Methode.FRANCECONNECT
    assert not session.is_strong
    assert session.prouve_at is None  # no proof for a sensitive act: eIDAS low opens no more than a password
    tie = Association.objects.get(compte=jeanne)
    assert (tie.emetteur, tie.acr) == (navigateur.fournisseur.emetteur, "eidas1")
    assert len(tie.sujet) == 66
    assert Ligne.objects.get(event="comptes.association.created").details["par"] == "pivot"
    assert navigateur.client.get("/espace/").status_code == 200


def test_she_is_told_by_e_mail_once(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    (message,) = Courriel.objects.filter(subject__contains="FranceConnect")
    assert message.to == jeanne.courriel
    assert "Delattre" not in message.text
    assert Avertissement.objects.get().objet == Avertissement.Objet.FRANCECONNECT
    Navigateur(Client(), navigateur.fournisseur).goes_through("jeanne")
    assert Courriel.objects.filter(subject__contains="FranceConnect").count() == 1


def test_once_tied_the_registry_may_change_her_name(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    before = Association.objects.get().last_used_at
    Personne.objects.filter(pk=jeanne.personne_id).update(nom_naissance="De La Tour")
    again = Navigateur(Client(), navigateur.fournisseur)
    assert again.goes_through("jeanne").status_code == 303
    assert Association.objects.get().last_used_at > before


def test_coming_back_costs_few_queries(navigateur: Navigateur, jeanne: Compte):
    navigateur.goes_through("jeanne")
    again = Navigateur(Client(), navigateur.fournisseur)
    way_back = again.fournisseur.says(again.leaves(), "jeanne")
    with CaptureQueriesContext(connection) as queries:
        again.comes_back(way_back)
    real = [one["sql"] for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(real) <= 14, "\n".join(real)


def test_somebody_the_fund_does_not_know_is_told_what_to_do(navigateur: Navigateur, jeanne: Compte):
    said = words(navigateur.goes_through("inconnue"))
    assert "Nous ne vous avons pas trouvé" in said
    assert 'href="/inscription/"' in said
    assert "Connectez-vous avec votre identifiant" in said
    assert nobody_is_in()
    assert Ligne.objects.get(event="comptes.federation.unknown").details["motif"] == "aucune personne"


@pytest.mark.parametrize(
    "why", ["deceased", "closed person", "blocked account", "tied and blocked", "tied and deceased"]
)
def test_who_may_not_come_in_reads_the_same_as_who_is_not_known(navigateur: Navigateur, jeanne: Compte, why: str):
    expected = words(navigateur.goes_through("inconnue"))
    other = Navigateur(Client(), navigateur.fournisseur)
    if why.startswith("tied"):
        assert other.goes_through("jeanne").status_code == 303
        Session.objects.all().delete()
        other = Navigateur(Client(), navigateur.fournisseur)
    if why.endswith("deceased"):
        Personne.objects.filter(pk=jeanne.personne_id).update(decede=True)
    elif why == "closed person":
        Personne.objects.filter(pk=jeanne.personne_id).update(closed_at=timezone.now())
    else:
        Compte.objects.filter(pk=jeanne.pk).update(is_active=False)
    assert words(other.goes_through("jeanne")) == expected
    assert nobody_is_in()


def test_a_person_without_account_is_led_to_open_one(navigateur: Navigateur, personne_jeanne: Personne):
    response = navigateur.goes_through("jeanne")
    assert (response.status_code, response["Location"]) == (303, "/inscription/franceconnect/")
    assert nobody_is_in()
    assert not Association.objects.exists()


@pytest.mark.parametrize("twin_is_deceased", [False, True])
def test_between_homonyms_nobody_guesses(navigateur: Navigateur, jeanne: Compte, twin_is_deceased: bool):
    """Two people of one name, day, sex and town: one of them has an account, which proves nothing."""
    PersonneFactory(
        prenoms="Jeanne Marie", nom_naissance="DELATTRE", civilite="MME", date_naissance=date(1985, 5, 14),
        nir="2850559999012", decede=twin_is_deceased,
    )  # fmt: skip
    said = words(navigateur.goes_through("jeanne"))
    assert "plusieurs dossiers qui se ressemblent" in said
    assert nobody_is_in()
    assert not Association.objects.exists()


def test_a_duplicate_that_the_fund_closed_is_no_homonym(navigateur: Navigateur, jeanne: Compte):
    PersonneFactory(
        prenoms="Jeanne Marie", nom_naissance="DELATTRE", civilite="MME", date_naissance=date(1985, 5, 14),
        nir="2850559999012", closed_at=timezone.now(),
    )  # fmt: skip
    assert navigateur.goes_through("jeanne").status_code == 303


def test_an_account_tied_to_another_identity_is_not_tied_again(navigateur: Navigateur, jeanne: Compte):
    Association.objects.create(compte=jeanne, emetteur=navigateur.fournisseur.emetteur, sujet="quelqu-un-d-autre")
    assert "plusieurs dossiers" in words(navigateur.goes_through("jeanne"))
    assert nobody_is_in()


def test_an_identity_of_another_issuer_is_another_identity(navigateur: Navigateur, jeanne: Compte):
    """The sandbox and the real one give the same person two numbers; the tie of one is nothing to the other."""
    Association.objects.create(compte=jeanne, emetteur="https://bac-a-sable.example/api/v2", sujet="x")
    assert navigateur.goes_through("jeanne").status_code == 303
    assert Association.objects.count() == 2


def test_who_has_a_second_factor_is_asked_for_it(navigateur: Navigateur, jeanne: Compte):
    secret = totp.new_secret()
    jeanne.totp_sealed = totp.seal_secret(jeanne, secret)
    jeanne.save()
    response = navigateur.goes_through("jeanne", suite="/espace/envois/")
    assert response["Location"].startswith("/connexion/double-verification/?suite=")
    assert Session.objects.get(compte=jeanne).attend == Session.Attente.SECOND_FACTEUR
    assert navigateur.client.get("/espace/").status_code == 302
    code = totp.code_at(secret, totp.current_step())
    done = navigateur.client.post(response["Location"], {"code": code, "suite": "/espace/envois/"})
    assert done["Location"] == "/espace/envois/"
    assert navigateur.client.get("/espace/").status_code == 200


def test_an_agent_never_comes_in_by_franceconnect(navigateur: Navigateur, jeanne: Compte):
    agent = CompteFactory(agent=True, identifiant="camille.roy")
    assert navigateur.goes_through("jeanne", suite="/agent/")["Location"] == "/espace/"
    assert not Session.objects.filter(compte=agent).exists()


def test_a_crowd_born_on_one_day_is_told_apart(navigateur: Navigateur, jeanne: Compte):
    """Presumed dates put thousands of people on one first of January."""
    for number in range(60):
        PersonneFactory(date_naissance=date(1985, 5, 14), nir=synthetic_nir(900_000 + number))
    assert navigateur.goes_through("jeanne").status_code == 303
