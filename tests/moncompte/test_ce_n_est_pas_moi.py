"""The link of a notice: it puts back, shuts, sends the letter; once, for thirty days, by who was told alone."""

import base64
import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from enclos.comptes.actions import VISITOR
from enclos.comptes.coordonnees import contestation
from enclos.comptes.coordonnees.contestation import contest, token_of
from enclos.comptes.models import (
    Association,
    Avertissement,
    Changement,
    ClePasse,
    Compte,
    MotDePasseProvisoire,
    Session,
)
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.models import Courriel, Lettre
from enclos.journal.models import Ligne
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from tests.conftest import Acteur
from tests.moncompte.conftest import link_in, lu, mails_to, prove
from tests.moncompte.test_coordonnees import asks_address

pytestmark = pytest.mark.django_db

ANCIEN, NOUVEAU = "jeanne@ancien.example", "jeanne@nouveau.example"
SUJET = "L’adresse e-mail de votre compte a changé"


@pytest.fixture
def lien(prouvee: Acteur, change_de_courriel: Callable[..., None]) -> str:
    """Her e-mail was changed; the link that her former address got."""
    change_de_courriel(NOUVEAU)
    return link_in(ANCIEN, SUJET)


def test_read_it_changes_nothing_posted_it_puts_everything_back(prouvee: Acteur, lien: str, client: Client):
    page = lu(client.get(lien).content.decode())
    assert "votre adresse e-mail a changé" in page
    assert "jeanne" not in page.lower()  # nothing of whose account it is
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.courriel == NOUVEAU

    done = client.post(lien)
    assert done.status_code == 200
    assert "Le compte est bloqué" in lu(done.content.decode())
    compte = Compte.objects.get(pk=prouvee.compte.pk)
    assert (compte.courriel, compte.courriel_verifie_at) == (ANCIEN, None)
    assert not compte.is_confirmed
    assert not compte.has_usable_password()
    assert not Session.objects.filter(compte=compte).exists()
    assert prouvee.get("/espace/")["Location"].startswith("/connexion/")
    assert Lettre.objects.get().genre == Lettre.Genre.MOT_DE_PASSE
    assert MotDePasseProvisoire.objects.get().canal == "courrier"
    assert Ligne.objects.get(event="comptes.changement.contested").details == {"objet": "courriel"}
    assert mails_to(ANCIEN)[-1] == "Votre compte est bloqué, comme vous l’avez demandé"


def test_it_acts_once(lien: str, client: Client):
    assert client.post(lien).status_code == 200
    for again in (client.get(lien), client.post(lien)):
        assert again.status_code == 410
        assert "a déjà servi" in lu(again.content.decode())
    assert Lettre.objects.count() == 1


def test_it_lasts_thirty_days(lien: str, client: Client):
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=-5), tick=False):
        assert client.get(lien).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=5), tick=False):
        assert client.post(lien).status_code == 410


def test_a_forged_link_is_none(lien: str, client: Client, voisin: Acteur):
    whole = lien.split("/")[2]
    body, _, mark = whole.partition(".")
    other = Avertissement.objects.create(
        compte=voisin.compte, objet="courriel", courriel="x@exemple.fr", expire_at=timezone.now() + timedelta(days=1)
    )
    stranger = base64.urlsafe_b64encode(other.pk.bytes).decode().rstrip("=")
    for token in (body, f"{body}.", f"{stranger}.{mark}", whole[:-1], whole + "A", f"{mark}.{body}", "é.é", "." * 50):
        assert client.post(f"/ce-n-est-pas-moi/{token}/").status_code == 404, token
    assert not Ligne.objects.filter(event="comptes.changement.contested").exists()


def test_a_link_of_the_house_for_a_row_that_is_gone_is_none(lien: str, client: Client):
    Avertissement.objects.all().delete()
    assert client.get(lien).status_code == 404


def test_the_fund_s_system_learns_the_former_one_again(prouvee: Acteur, lien: str, client: Client):
    """Once the registry says the new one; until then, the export takes the change back."""
    Changement.objects.update(exported_at=timezone.now(), confirmed_at=timezone.now())
    client.post(lien)
    wrong, right = Changement.objects.order_by("pk")
    assert wrong.cancelled_at
    assert right.valeurs == {"email": ANCIEN}
    assert (right.exported_at, right.cancelled_at, right.effet_le) == (None, None, today_paris())


def test_a_change_given_but_not_yet_taken_is_taken_back(lien: str, client: Client, tmp_path: Path):
    from enclos.api.exportation import export

    export(tmp_path)
    client.post(lien)
    export(tmp_path)
    rows = list(csv.DictReader((tmp_path / "changements.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["op"] for row in rows][-1] == "-"
    assert Changement.objects.get().cancelled_at


def test_what_never_left_is_simply_given_up(lien: str, client: Client):
    client.post(lien)
    assert Changement.objects.get().cancelled_at


def test_who_took_the_account_over_is_told_of_nothing_the_member_is_not(prouvee: Acteur, lien: str, client: Client):
    """The thief changes the e-mail, then the telephone and the address: the former mailbox hears of each, and undoes all."""
    prove(prouvee)
    prouvee.post("/espace/compte/coordonnees/telephone/", {"telephone": "0611223344"})
    asks_address(prouvee)
    told = mails_to(ANCIEN)
    assert "Le téléphone de votre compte a changé" in told
    assert "Un changement d’adresse postale est demandé" in told
    client.post(lien)
    compte = Compte.objects.get(pk=prouvee.compte.pk)
    assert (compte.courriel, compte.telephone) == (ANCIEN, "")
    assert not Changement.objects.filter(cancelled_at=None).exists()
    # The later links have nothing left to do.
    assert client.post(link_in(ANCIEN, "Le téléphone de votre compte a changé")).status_code == 410


def test_an_address_the_registry_took_over_is_no_way_back(prouvee: Acteur, lien: str, client: Client):
    known = {column: getattr(prouvee.personne, column) for column in ("adresse4", "code_postal", "localite")}
    asks_address(prouvee)
    Changement.objects.filter(champ="adresse").update(exported_at=timezone.now(), confirmed_at=timezone.now())
    done = client.post(lien)
    assert "Appelez-nous" in lu(done.content.decode())
    assert not Lettre.objects.exists()
    asked = Changement.objects.get(champ="adresse", cancelled_at=None)
    assert {column: asked.valeurs[column] for column in known} == known


def test_what_was_added_lately_goes_what_was_there_stays(prouvee: Acteur, lien: str, client: Client):
    old = ClePasse.objects.create(compte=prouvee.compte, identifiant=b"1", cle_publique=b"x", nom="Ancienne")
    ClePasse.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=30))
    ClePasse.objects.create(compte=prouvee.compte, identifiant=b"2", cle_publique=b"x", nom="Du voleur")
    Association.objects.create(compte=prouvee.compte, emetteur="https://fc.example", sujet="voleur")
    Compte.objects.filter(pk=prouvee.compte.pk).update(totp_sealed=b"du voleur")
    client.post(lien)
    assert [cle.nom for cle in ClePasse.objects.all()] == ["Ancienne"]
    assert not Association.objects.exists()
    assert Compte.objects.get(pk=prouvee.compte.pk).totp_sealed == b""


def test_a_letter_on_its_way_is_replaced(prouvee: Acteur, lien: str, client: Client):
    from enclos.comptes.mots_de_passe import provisoires
    from enclos.courrier import lettres

    secret = provisoires.issue(prouvee.compte, "courrier", by=VISITOR)
    lettres.request(
        prouvee.personne,
        Lettre.Genre.MOT_DE_PASSE,
        secret=secret,
        cle="avant",
        caisse=prouvee.compte.caisse,
        by=VISITOR,
    )
    client.post(lien)
    first, second = Lettre.objects.order_by("created_at", "pk")
    assert first.closed_at
    assert second.is_open


def test_a_new_password_and_a_new_device_can_be_denied_too(prouvee: Acteur, client: Client):
    contestation.warn(prouvee.compte, Avertissement.Objet.MOT_DE_PASSE, by=prouvee.compte)
    lien = link_in(ANCIEN, "Le mot de passe de votre compte a changé")
    assert "votre mot de passe a changé" in lu(client.get(lien).content.decode())
    assert client.post(lien).status_code == 200
    compte = Compte.objects.get(pk=prouvee.compte.pk)
    assert (compte.courriel, compte.has_usable_password()) == (ANCIEN, False)


def test_an_account_without_any_address_is_told_nothing(prouvee: Acteur):
    Compte.objects.filter(pk=prouvee.compte.pk).update(courriel="")
    prouvee.compte.refresh_from_db()
    contestation.warn(prouvee.compte, Avertissement.Objet.MOT_DE_PASSE, by=prouvee.compte)
    assert not Courriel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_act_once(prouvee: Acteur, lien: str):
    notice = Avertissement.objects.get(courriel=ANCIEN)
    assert token_of(notice) in lien
    outcomes: list[str] = []

    def click() -> None:
        try:
            contest(Avertissement.objects.get(pk=notice.pk), by=VISITOR)
            outcomes.append("fait")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["fait", "lien", "lien", "lien"]
    assert Lettre.objects.count() == 1


def test_once_the_letter_served_the_links_of_before_shut_nothing(prouvee: Acteur, lien: str, client: Client):
    """Whoever holds the former mailbox has a link for each notice: one is enough to be heard."""
    earlier = Avertissement.objects.create(
        compte=prouvee.compte,
        objet="connexion",
        courriel=ANCIEN,
        created_at=timezone.now() - timedelta(days=2),
        expire_at=timezone.now() + timedelta(days=28),
    )
    client.post(lien)
    provisoires.use(MotDePasseProvisoire.objects.get(killed_at=None).pk, by=prouvee.compte)
    assert Compte.objects.get(pk=prouvee.compte.pk).is_confirmed
    assert client.post(f"/ce-n-est-pas-moi/{token_of(earlier)}/").status_code == 410
    assert Compte.objects.get(pk=prouvee.compte.pk).is_confirmed
