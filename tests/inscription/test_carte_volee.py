"""A thief opens the account with the card and a mailbox of their own; the letter then brings the owner in, and them alone."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from enclos.accueil.models import CopieDonnees
from enclos.coffre.objets import store
from enclos.comptes import totp
from enclos.comptes.models import Acceptation, Changement, ClePasse, CodeSecours, Compte, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.models import Courriel, Lettre
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from tests.conftest import Acteur
from tests.inscription.conftest import COURRIEL, Candidat, Parcours
from tests.moncompte.conftest import prove

pytestmark = pytest.mark.django_db

VOLEUR = "voleur@enclos.example"
FORCED, OUBLI = "/connexion/nouveau-mot-de-passe/", "/mot-de-passe-oublie/"


def enters(client: Client, claire: Candidat, password: str, chosen: str) -> None:
    response = client.post("/connexion/", {"identifiant": claire.nir, "mot_de_passe": password})
    assert response["Location"].startswith(FORCED), response["Location"]
    assert client.post(FORCED, {"nouveau_mot_de_passe": chosen})["Location"] == "/espace/"


@pytest.fixture
def compte(parcours: Parcours, claire: Candidat) -> Compte:
    """Level 1, held by the thief, who settles in."""
    claire.courriel = VOLEUR
    parcours.registers(claire)
    compte = Compte.objects.get(personne=claire.personne)
    assert not compte.is_confirmed
    thief = Client()
    enters(thief, claire, provisoires.issue(compte, "courriel", by=SYSTEM), "la carte est dans ma poche")
    compte.refresh_from_db()
    now = timezone.now()
    compte.totp_sealed = totp.seal_secret(compte, totp.new_secret())
    compte.telephone, compte.telephone_verifie_at = "+33612345699", now
    compte.save()
    ClePasse.objects.create(compte=compte, identifiant=b"1", cle_publique=b"1", nom="Voleur")
    CodeSecours.objects.create(compte=compte, prefixe="AA", empreinte="x")
    Changement.objects.create(
        compte=compte, champ="adresse", valeurs={"adresse4": "1 RUE DU VOLEUR"}, effet_le=today_paris()
    )
    Acceptation.objects.create(compte=compte, texte="e-documents", version="1", sha256="0" * 64)
    return compte


def test_the_letter_of_a_lost_password_leaves_the_thief_nothing(compte: Compte, claire: Candidat, parcours: Parcours):
    owner = Client()
    owner.post(OUBLI, {"identifiant": claire.nir})
    owner.post(f"{OUBLI}autrement/")
    parcours.work()
    enters(owner, claire, Lettre.objects.get(genre="mot-de-passe").secret, "je relis mes lettres le soir")
    compte.refresh_from_db()
    assert compte.is_confirmed
    assert (compte.courriel, compte.courriel_verifie_at) == (COURRIEL, None)
    assert (compte.telephone, compte.telephone_verifie_at) == ("", None)
    assert not bytes(compte.totp_sealed)
    assert not ClePasse.objects.exists()
    assert not CodeSecours.objects.exists()
    assert not Changement.objects.filter(cancelled_at=None).exists()
    assert not Acceptation.objects.filter(texte="e-documents", withdrawn_at=None).exists()
    assert Session.objects.filter(compte=compte).count() == 1  # hers

    thief, before = Client(), Courriel.objects.filter(to=VOLEUR, cle__startswith="comptes.code.").count()
    thief.post(OUBLI, {"identifiant": claire.nir})
    parcours.work()
    assert Courriel.objects.filter(to=VOLEUR, cle__startswith="comptes.code.").count() == before


def test_the_session_of_the_thief_ends_as_soon_as_the_letter_serves(compte: Compte, claire: Candidat):
    assert Session.objects.filter(compte=compte).count() == 1
    secret = provisoires.issue(compte, MotDePasseProvisoire.Canal.COURRIER, by=SYSTEM)
    owner = Client()
    owner.post("/connexion/", {"identifiant": claire.nir, "mot_de_passe": secret})
    assert Session.objects.get(compte=compte).created_at > timezone.now() - timedelta(seconds=30)
    assert re.match(FORCED, owner.get("/espace/")["Location"])


def test_a_confirmed_account_keeps_what_its_member_added(compte: Compte, claire: Candidat):
    Compte.objects.update(niveau=Compte.Niveau.CONFIRME, totp_sealed=b"")
    ClePasse.objects.all().delete()
    secret = provisoires.issue(compte, MotDePasseProvisoire.Canal.COURRIER, by=SYSTEM)
    enters(Client(), claire, secret, "je relis mes lettres le soir")
    compte.refresh_from_db()
    assert (compte.courriel, compte.telephone) == (VOLEUR, "+33612345699")
    assert compte.courriel_verifie_at is not None
    assert Changement.objects.filter(cancelled_at=None).exists()


def test_level_one_shows_neither_the_home_nor_the_copy_of_everything(adherente: Acteur):
    """Whom the member moved away from may hold a card and a payment of hers."""
    adherente.personne.adresse4, adherente.personne.localite = "3 impasse du Refuge", "Lens"
    adherente.personne.save()
    prove(adherente)
    copie = CopieDonnees.objects.create(
        compte=adherente.compte, objet=store(b"zip", "application/zip"), expire_at=timezone.now() + timedelta(days=7)
    )
    CopieDonnees.objects.update(kept_at=timezone.now(), asked_at=timezone.now() - timedelta(days=2))
    where = f"/espace/compte/mes-donnees/{copie.pk}/"
    pages = ("/espace/compte/coordonnees/", "/espace/compte/coordonnees/adresse/")

    Compte.objects.update(niveau=Compte.Niveau.A_CONFIRMER)
    for page in pages:
        assert "impasse du Refuge" not in adherente.get(page).content.decode()
    assert "Elle s’affiche quand votre compte est confirmé" in adherente.get(pages[0]).content.decode()
    refused = adherente.post("/espace/compte/mes-donnees/")
    assert refused.status_code == 403
    assert "Confirmez d’abord votre compte" in refused.content.decode()
    assert adherente.get(where).status_code == 404
    assert CopieDonnees.objects.count() == 1

    Compte.objects.update(niveau=Compte.Niveau.CONFIRME)
    for page in pages:
        assert "impasse du Refuge" in adherente.get(page).content.decode()
    assert adherente.get(where).status_code == 200
    assert adherente.post("/espace/compte/mes-donnees/").status_code == 303
