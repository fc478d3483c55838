"""« Mon compte »: every section, and where it stands."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.avis import texte as avis_texte
from enclos.avis.models import Preference
from enclos.comptes.models import Acceptation, ClePasse, Compte
from enclos.journal.actions import record
from enclos.socle.dates import jour, today_paris
from tests.conftest import Acteur
from tests.moncompte.conftest import texte
from tests.moncompte.test_coordonnees import asks_address

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/"


def test_every_page_of_a_member_leads_to_it(adherente: Acteur, agente: Acteur):
    for page in ("/espace/", "/espace/contact/", "/espace/envois/", "/aide/"):
        assert f'href="{ICI}"' in adherente.get(page).content.decode(), page
    assert 'aria-current="page">Mon compte' in adherente.get(f"{ICI}preferences/").content.decode()
    assert ICI not in agente.get("/agent/").content.decode()


def test_each_section_says_where_it_stands(prouvee: Acteur):
    today = jour(today_paris())
    page = texte(prouvee, ICI)
    assert f"Adresse e-mail vérifiée le {today}" in page
    assert "1 appareil connecté" in page
    assert "Prévenu par e-mail de tout" in page
    assert "Vos documents arrivent par la poste" in page
    assert "Pas encore active" in page
    assert "Confirmer mon compte" not in page
    asks_address(prouvee)
    Preference.objects.create(compte=prouvee.compte, evenement="decision", canal="courriel", is_wanted=False)
    Acceptation.objects.create(
        compte=prouvee.compte, texte="e-documents", version=avis_texte.VERSION, sha256=avis_texte.SHA256
    )
    ClePasse.objects.create(compte=prouvee.compte, identifiant=b"1", cle_publique=b"x", nom="Téléphone")
    Compte.objects.filter(pk=prouvee.compte.pk).update(
        telephone="+33612345678", courriel_verifie_at=None, niveau=Compte.Niveau.A_CONFIRMER
    )
    record("comptes.mot_de_passe.changed", prouvee.compte, by=prouvee.compte)
    Acteur(prouvee.compte)
    page = texte(prouvee, ICI)
    assert "Adresse e-mail à vérifier" in page
    assert "Téléphone non vérifié : 06 12 34 56 78" in page
    assert "changement en attente" in page
    assert "1 message par e-mail en moins" in page
    assert f"Vos documents arrivent ici depuis le {today}" in page
    assert "Active : 1 clé d’accès" in page
    assert "2 appareils connectés" in page
    assert f"Changé le {today}" in page
    assert "Confirmer mon compte" in page


def test_the_way_back_to_paper_is_said(prouvee: Acteur):
    Acceptation.objects.create(
        compte=prouvee.compte, texte="e-documents", version=avis_texte.VERSION, sha256="x", withdrawn_at=timezone.now()
    )
    assert "Retour au papier au plus tard le" in texte(prouvee, ICI)


def test_an_account_without_email_says_so(adherente: Acteur):
    Compte.objects.filter(pk=adherente.compte.pk).update(courriel="")
    assert "Aucune adresse e-mail" in texte(adherente, ICI)


def test_the_page_asks_the_same_few_questions_whatever_there_is(prouvee: Acteur):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            prouvee.get(ICI)
        return len(queries)

    prouvee.get(ICI)
    few = asked()
    for number in range(4):
        Acteur(prouvee.compte)
        ClePasse.objects.create(compte=prouvee.compte, identifiant=bytes([number]), cle_publique=b"x", nom="Clé")
        asks_address(prouvee, adresse4=f"{number} rue Verte")
    assert asked() == few <= 6
