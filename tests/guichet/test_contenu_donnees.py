"""« Mes données », what the copy holds: everything held about a member, and nothing of anybody else."""

import hashlib
import json
import zipfile
from typing import Any

import pytest
from django.utils import timezone

from enclos.accueil.donnees.schema import FICHIERS, LIBELLES, LIBRES, schema
from enclos.coffre.models import Fichier
from enclos.coffre.storage import storage
from enclos.comptes.models import Compte, MotDePasseProvisoire, Session
from enclos.courrier.actions import write
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.envois.models import DocumentEnvoye
from enclos.journal.actions import SYSTEM
from enclos.socle.archive import safe_name
from enclos.suivi.models import Affaire
from tests.conftest import Acteur
from tests.guichet.copies import NIR, demander, opened, part

pytestmark = pytest.mark.django_db


def test_the_copy_holds_everything(archive: zipfile.ZipFile, jeanne: Acteur):
    assert archive.testzip() is None
    registre = part(archive, "registre")
    assert registre["identite"]["nir"] == NIR
    assert registre["identite"]["nom_naissance"] == "Delattre"
    assert registre["droits"]["vitale_serie"] == "9876543210"
    assert registre["paiements"][0]["montant"] == "231.77"
    assert registre["factures"][0]["paye"] == "1284.30"
    compte = part(archive, "compte")
    assert compte["compte"]["telephone"] == "+33612345678"
    assert compte["compte"]["application_de_codes"] is True
    assert compte["franceconnect"][0]["sujet"] == "abc"
    assert compte["changements"][0]["valeurs"] == {"email": "a@b.example"}
    assert compte["acceptations"][0]["version"] == "2026-11"
    (envoi,) = part(archive, "envois")
    assert envoi["documents"][0]["libelle"]
    assert envoi["documents"][0]["reponse"]["etat"] == "Reçu"
    assert part(archive, "fichiers")["manquants"] == []


def test_every_file_is_there_byte_for_byte_under_a_name_any_disk_takes(archive: zipfile.ZipFile, jeanne: Acteur):
    (envoi,) = part(archive, "envois")
    (told,) = envoi["documents"][0]["fichiers"]
    assert told["chemin"] == f"fichiers/{envoi['reference']}/document-1/01-Facture d’eau_ mai_juin.jpg"
    assert hashlib.sha256(archive.read(told["chemin"])).hexdigest() == told["sha256"]
    receipt = next(accuse for accuse in envoi["accuses"] if accuse["chemin"])
    assert hashlib.sha256(archive.read(receipt["chemin"])).hexdigest() == receipt["pdf_sha256"]
    for info in archive.infolist():
        assert NIR not in info.filename
        assert not info.filename.startswith(("/", "."))
        assert ".." not in info.filename


def test_the_journal_says_who_looked(archive: zipfile.ZipFile):
    lines = part(archive, "journal")
    looked = [line for line in lines if line["event"] == "agents.document.opened"]
    assert looked[0]["action"] == "Document ouvert par un agent"
    assert looked[0]["qui"] == "Camille R."
    assert looked[0]["role"] == "Agent de la caisse"
    actions = {line["event"] for line in lines}
    assert {
        "comptes.provisoire.issued",
        "suivi.affaire.opened",
        "accuses.accuse.issued",
        "accueil.donnees.asked",
    } <= actions
    assert "Camille R." in archive.read("journal.html").decode()


def test_the_journal_says_in_words_what_was_asked_and_answered_about_papers(archive: zipfile.ZipFile):
    told = {line["event"]: line["action"] for line in part(archive, "journal")}
    assert told["envois.demande.opened"] == "Papiers demandés"
    assert told["envois.papier.insisted"] == "Réponse à « Je n’ai pas ce papier »"
    assert [event for event, action in told.items() if event == action] == []


def test_no_secret_is_in_it(archive: zipfile.ZipFile, jeanne: Acteur):
    everything = b"".join(archive.read(name) for name in archive.namelist() if not name.startswith(("fichiers", "acc")))
    compte = Compte.objects.get(pk=jeanne.compte.pk)
    provisional = MotDePasseProvisoire.objects.get()
    for secret in (compte.password, provisional.empreinte, "argon2", "totp", "session_data", "wrapped_key"):
        assert secret.encode() not in everything, secret
    (mail,) = [row for row in part(archive, "courriels") if row["subject"] == "Votre mot de passe provisoire"]
    assert "(secret effacé)" in mail["text"]


def test_nothing_of_anybody_else_is_in_it(jeanne: Acteur, travailleur, envoyer):
    other = CompteFactory(
        personne=PersonneFactory(prenoms="Zoé", nom_naissance="Inconnue"), courriel=jeanne.compte.courriel
    )
    envoyer(other)
    demander(jeanne)
    travailleur()
    copie = opened(jeanne)
    theirs = Affaire.objects.get(personne=other.personne).reference
    for name in copie.namelist():
        content = copie.read(name)
        assert b"Inconnue" not in content, name
        assert theirs.encode() not in content, name
    # The mailbox is shared: what was written about the other stays out, what was written about her is there.
    assert Courriel.objects.filter(cle=f"envois.recu.{theirs}").exists()
    assert [row["subject"] for row in part(copie, "courriels") if "envoi" in row["subject"]]


def test_files_withdrawn_are_told_and_not_given(jeanne: Acteur, travailleur):
    Fichier.objects.update(retrait="medical")
    demander(jeanne)
    travailleur()
    copie = opened(jeanne)
    (told,) = part(copie, "envois")[0]["documents"][0]["fichiers"]
    assert (told["retrait"], told["chemin"]) == ("Document médical", "")
    assert not [name for name in copie.namelist() if name.startswith("fichiers/")]


def test_a_file_that_the_vault_has_lost_keeps_back_no_other(jeanne: Acteur, travailleur):
    storage().delete(Fichier.objects.get().original.cle)
    demander(jeanne)
    travailleur()
    copie = opened(jeanne)
    assert len(part(copie, "fichiers")["manquants"]) == 1
    assert [name for name in copie.namelist() if name.startswith("accuses/")]


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        nested = (keys_in(item) for key, item in value.items() if key not in LIBRES)
        return set(value).union(*nested)
    if isinstance(value, list):
        return set().union(*(keys_in(item) for item in value))
    return set()


def test_each_field_is_explained(archive: zipfile.ZipFile):
    names = {name.removeprefix("donnees/").removesuffix(".json") for name in archive.namelist() if "donnees/" in name}
    assert names == set(FICHIERS)
    unknown = set().union(*(keys_in(part(archive, name)) for name in names)) - set(LIBELLES)
    assert not unknown
    told = json.loads(archive.read("schema.json"))
    assert told == json.loads(json.dumps(schema()))
    assert told["$defs"]["nir"]["description"] == "Numéro de sécurité sociale"


def test_it_reads_without_a_network_nor_a_script(archive: zipfile.ZipFile):
    for name in ("index.html", "envois.html", "courriels.html", "journal.html", "textos.html"):
        page = archive.read(name).decode()
        assert page.startswith("<!doctype html>")
        assert page.rstrip().endswith("</html>")
        for forbidden in ("<script", "<img", "<link", "src=", 'href="http'):
            assert forbidden not in page, (name, forbidden)
    index = archive.read("index.html").decode()
    for name in archive.namelist():
        assert name == "index.html" or not name.endswith(".html") or f'href="{name}"' in index, name
    for words in ("Numéro de sécurité sociale", NIR, "Delattre", "231,77", "journal.html"):
        assert words in index, words


def test_what_people_write_is_not_html(jeanne: Acteur, travailleur):
    DocumentEnvoye.objects.update(motif_texte="<script>alert(1)</script>")
    demander(jeanne)
    travailleur()
    copie = opened(jeanne)
    assert "&lt;script&gt;" in copie.read("envois.html").decode()
    assert "<script>" in copie.read("donnees/envois.json").decode()


@pytest.mark.parametrize(
    ("nom", "sur"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\\b:c*d?.pdf", "a_b_c_d_.pdf"),
        ("", "fichier"),
        ("…", "_"),
        ("x" * 300 + ".jpeg", "x" * 80 + ".jpeg"),
    ],
)
def test_names_are_made_safe(nom, sur):
    assert safe_name(nom) == sur


def test_a_text_addressed_to_nobody_is_nobodys(jeanne: Acteur, travailleur):
    Compte.objects.filter(pk=jeanne.compte.pk).update(courriel="", telephone="")
    write(key="x", to="", subject="À personne", text="Rien", caisse=jeanne.personne.caisse, by=SYSTEM)
    Session.objects.update(prouve_at=timezone.now())
    demander(jeanne)
    travailleur()
    assert "À personne" not in [row["subject"] for row in part(opened(jeanne), "courriels")]
