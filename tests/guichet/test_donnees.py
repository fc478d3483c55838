"""« Mes données »: everything held about a member, in one ZIP made in the background, for them alone."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from enclos.accueil import controle
from enclos.accueil.donnees import fabrication
from enclos.accueil.donnees.schema import FICHIERS, LIBELLES, LIBRES, schema
from enclos.accueil.models import CopieDonnees
from enclos.accueil.tasks import copies_due, copies_over
from enclos.caisses.models import Nature
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.objets import read, store
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.coffre.tasks import sweep_unclaimed
from enclos.comptes.models import Acceptation, Changement, Compte, MotDePasseProvisoire, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.actions import write
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory, FactureFactory, PaiementFactory, PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers, insist
from enclos.envois.models import DocumentEnvoye
from enclos.envois.reponses import say_missing
from enclos.journal.actions import SYSTEM, record
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle import sealed
from enclos.socle.archive import Membre, safe_name, zipped
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire
from enclos.suivi.notes import write_note
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.guichet.conftest import prove

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/mes-donnees/"
NIR = "2850559999011"


@pytest.fixture
def jeanne(db: None, equiper, envoyer, agente: Acteur) -> Acteur:  # noqa: F811
    """A member about whom everything is held that can be."""
    personne = PersonneFactory(nir=NIR, prenoms="Jeanne Marie", nom_naissance="Delattre", profils=["exploitant"])
    personne.vitale_serie_sealed = sealed.seal(b"9876543210", purpose="vitale", aad=personne.ref.encode())
    personne.save()
    PaiementFactory(personne=personne)
    FactureFactory(personne=personne, payee=True)
    compte = CompteFactory(personne=personne)
    equiper(compte)
    (affaire,) = envoyer(compte)
    bail = PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour votre aide.")
    demande = ask_papers(personne=personne, service=affaire.service, libelle="Votre aide au logement", papiers=[bail],
                         due_on=today_paris() + timedelta(days=9), by=SYSTEM)  # fmt: skip
    say_missing(demande.papiers.get(), "Je ne l’ai plus.", by=compte)
    insist(demande.papiers.get(), "Votre mairie le donne.", by=agente.compte)
    Fichier.objects.update(nom="Facture d’eau: mai/juin.jpg")
    record("agents.document.opened", affaire, by=agente.compte, concerne=personne)
    record("agents.document.preloaded", affaire, by=agente.compte, concerne=personne)
    write_note(personne, texte="Rappeler le matin.", affaire=affaire, by=agente.compte)
    Acceptation.objects.create(compte=compte, texte="conditions", version="2026-11", sha256="0" * 64)
    Changement.objects.create(compte=compte, champ="courriel", valeurs={"email": "a@b.example"}, effet_le=today_paris())
    provisoires.mail(compte, by=SYSTEM)
    return prove(Acteur(compte))


def demander(acteur: Acteur):
    return acteur.post(ICI)


def copie_of(acteur: Acteur) -> CopieDonnees:
    return CopieDonnees.objects.select_related("objet").filter(compte=acteur.compte).latest("asked_at")


@pytest.fixture
def archive(jeanne: Acteur, travailleur) -> zipfile.ZipFile:
    assert demander(jeanne).status_code == 303
    travailleur()
    answer = jeanne.get(f"{ICI}{copie_of(jeanne).pk}/")
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return zipfile.ZipFile(io.BytesIO(body))


def part(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(f"donnees/{name}.json"))


# --- what is in it


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


def test_nothing_of_anybody_else_is_in_it(jeanne: Acteur, travailleur, envoyer):  # noqa: F811
    other = CompteFactory(
        personne=PersonneFactory(prenoms="Zoé", nom_naissance="Inconnue"), courriel=jeanne.compte.courriel
    )
    envoyer(other)
    demander(jeanne)
    travailleur()
    copie = zipfile.ZipFile(io.BytesIO(read(copie_of(jeanne).objet)))
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
    copie = zipfile.ZipFile(io.BytesIO(read(copie_of(jeanne).objet)))
    (told,) = part(copie, "envois")[0]["documents"][0]["fichiers"]
    assert (told["retrait"], told["chemin"]) == ("Document médical", "")
    assert not [name for name in copie.namelist() if name.startswith("fichiers/")]


def test_a_file_that_the_vault_has_lost_keeps_back_no_other(jeanne: Acteur, travailleur):
    storage().delete(Fichier.objects.get().original.cle)
    demander(jeanne)
    travailleur()
    copie = zipfile.ZipFile(io.BytesIO(read(copie_of(jeanne).objet)))
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
    for words in ("Numéro de sécurité sociale", NIR, "Delattre", "231,77", "journal.html"):
        assert words in index, words


def test_what_people_write_is_not_html(jeanne: Acteur, travailleur):
    DocumentEnvoye.objects.update(motif_texte="<script>alert(1)</script>")
    demander(jeanne)
    travailleur()
    copie = zipfile.ZipFile(io.BytesIO(read(copie_of(jeanne).objet)))
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


# --- who, when, how often


def test_a_fresh_proof_is_asked_to_ask_and_to_take(adherente: Acteur):
    for answer in (
        adherente.get(ICI),
        adherente.post(ICI),
        adherente.get(f"{ICI}0190f3a4-0000-7000-8000-000000000000/"),
    ):
        assert answer.status_code in {302, 303}
        assert answer["Location"].startswith("/connexion/preuve/")
    assert not CopieDonnees.objects.exists()


def test_the_page_says_where_the_copy_stands(jeanne: Acteur, travailleur):
    assert "Demander une copie" in jeanne.get(ICI).content.decode()
    page = jeanne.post(ICI, follow=True).content.decode()
    assert "Nous préparons votre copie" in page
    assert "Demander une copie" not in page
    travailleur()
    page = jeanne.get(ICI).content.decode()
    assert "Votre copie est prête" in page
    assert "Télécharger la copie" in page


def test_the_answer_that_carries_it_is_hardened_and_names_nobody(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    answer = jeanne.get(f"{ICI}{copie_of(jeanne).pk}/")
    assert answer["Content-Type"] == "application/zip"
    assert f"mes-donnees-{today_paris()}.zip" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store, private"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Ligne.objects.filter(event="accueil.donnees.downloaded", object_id=str(jeanne.compte.pk)).count() == 1


def test_nobody_else_takes_it(jeanne: Acteur, voisin: Acteur, agente: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    url = f"{ICI}{copie_of(jeanne).pk}/"
    assert prove(voisin).get(url).status_code == 404
    assert prove(agente).get(url).status_code == 404
    assert Client().get(url)["Location"].startswith("/connexion/")


def test_one_at_a_time_and_one_a_day(jeanne: Acteur, travailleur):
    assert demander(jeanne).status_code == 303
    assert demander(jeanne).status_code == 303  # a double click
    assert CopieDonnees.objects.count() == 1
    travailleur()
    page = jeanne.get(ICI).content.decode()
    assert "Demander une autre copie" not in page
    assert "Vous pourrez en demander une autre" in page
    answer = demander(jeanne)
    assert answer.status_code == 409
    assert "24 heures" in answer.content.decode()
    CopieDonnees.objects.update(asked_at=timezone.now() - timedelta(days=1, seconds=1))
    assert demander(jeanne).status_code == 303
    assert CopieDonnees.objects.count() == 2


def test_the_mail_says_it_is_ready_and_nothing_more(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    (mail,) = Courriel.objects.filter(subject="La copie de vos données est prête")
    assert mail.to == jeanne.compte.courriel
    for word in ("Delattre", "Jeanne", NIR):
        assert word not in mail.text
    assert ICI in mail.text


def test_it_is_erased_after_a_week(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    copie = copie_of(jeanne)
    cle = copie.objet.cle
    assert copies_over() == 0
    CopieDonnees.objects.update(
        expire_at=timezone.now() - timedelta(seconds=1), asked_at=timezone.now() - timedelta(days=7, seconds=9)
    )
    assert jeanne.get(f"{ICI}{copie.pk}/").status_code == 404
    assert copies_over() == 1
    assert copies_over() == 0
    copie.refresh_from_db()
    assert copie.objet is None
    assert copie.erased_at is not None
    assert not storage().has(cle)
    assert "Demander une copie" in jeanne.get(ICI).content.decode()


def test_closing_the_account_erases_it(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    cle = copie_of(jeanne).objet.cle
    jeanne.post("/espace/compte/fermer/", {"confirme": "on"})
    assert not storage().has(cle)
    assert copie_of(jeanne).erased_at is not None


def test_an_account_closed_while_its_copy_waits_gets_none(jeanne: Acteur, travailleur):
    demander(jeanne)
    jeanne.post("/espace/compte/fermer/", {"confirme": "on"})
    travailleur()
    copies_due()
    copie = copie_of(jeanne)
    assert copie.objet is None
    assert copie.is_broken
    assert not [constat for constat in controle.constats() if constat.is_alarming]


# --- what may go wrong


def test_a_worker_killed_in_the_middle_is_followed_by_another(jeanne: Acteur, monkeypatch):
    demander(jeanne)
    copie = copie_of(jeanne)
    before = Objet.objects.count()

    def power_cut(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fabrication.emails, "copie_prete", power_cut)
        with pytest.raises(KeyboardInterrupt):
            copies_due()
    assert Objet.objects.count() == before
    assert copies_due() == 0  # its lease runs
    CopieDonnees.objects.update(next_at=timezone.now())
    assert copies_due() == 1
    copie.refresh_from_db()
    assert copie.is_ready
    assert sweep_unclaimed() == 0


def test_a_storage_away_is_tried_again(jeanne: Acteur, monkeypatch):
    demander(jeanne)

    def away(*args, **kwargs):
        raise StorageUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(fabrication, "put_pieces", away)
        assert copies_due() == 0
    copie = copie_of(jeanne)
    assert copie.last_error.startswith("StorageUnavailable")
    assert copie.is_being_made
    CopieDonnees.objects.update(next_at=timezone.now())
    assert copies_due() == 1


def test_made_twice_at_once_one_is_kept_and_the_other_leaves_nothing(jeanne: Acteur):
    demander(jeanne)
    copie = copie_of(jeanne)
    stored = sum(1 for _ in storage().listing())
    stale = CopieDonnees.objects.get(pk=copie.pk)
    fabrication.make(copie)
    fabrication.make(stale)
    assert Courriel.objects.filter(subject="La copie de vos données est prête").count() == 1
    assert sum(1 for _ in storage().listing()) == stored + 1


def test_a_long_work_says_that_it_is_in_hand(jeanne: Acteur, monkeypatch):
    demander(jeanne)
    copie = copie_of(jeanne)
    monkeypatch.setattr(fabrication, "BEAT_S", -1.0)
    CopieDonnees.objects.update(next_at=timezone.now() - timedelta(hours=1))
    assert list(fabrication.beating(copie, [b"a", b"b"])) == [b"a", b"b"]
    assert CopieDonnees.objects.get().next_at > timezone.now()


def test_a_broken_copy_is_an_alarm_and_may_be_asked_again(jeanne: Acteur):
    demander(jeanne)
    CopieDonnees.objects.update(broken_at=timezone.now(), next_at=None)
    assert [constat.nombre for constat in controle.constats() if constat.is_alarming] == [1]
    assert "Nous n’avons pas pu faire votre copie" in jeanne.get(ICI).content.decode()
    assert demander(jeanne).status_code == 303
    assert CopieDonnees.objects.count() == 2


# --- however large


def test_memory_stays_flat_whatever_the_files_weigh(jeanne: Acteur, monkeypatch):
    piece = bytes(range(256)) * 1024
    pieces = 400  # 100 MB
    heavy = store(piece, "image/jpeg")

    def long_stream(objet):
        return (piece for _ in range(pieces))

    Fichier.objects.update(original=heavy)
    monkeypatch.setattr("enclos.accueil.donnees.contenu.stream", long_stream)
    demander(jeanne)
    tracemalloc.start()
    try:
        fabrication.make(copie_of(jeanne))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    with zipfile.ZipFile(io.BytesIO(read(copie_of(jeanne).objet))) as copie:
        (name,) = [name for name in copie.namelist() if name.startswith("fichiers/")]
        assert copie.getinfo(name).file_size == pieces * len(piece)


def test_a_zip_written_piece_by_piece_opens_anywhere(tmp_path: Path):
    members = [Membre("é/à.txt", [b"a" * 70_000, b"b"]), Membre("vide.txt", []), Membre("x.json", [b"{}"], 2**31)]
    path = tmp_path / "x.zip"
    path.write_bytes(b"".join(zipped(members, timezone.now())))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["é/à.txt", "vide.txt", "x.json"]
        assert archive.read("é/à.txt") == b"a" * 70_000 + b"b"


def test_the_number_of_queries_does_not_grow_with_the_page(jeanne: Acteur, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        jeanne.get(ICI)


def test_a_text_addressed_to_nobody_is_nobodys(jeanne: Acteur, travailleur):
    Compte.objects.filter(pk=jeanne.compte.pk).update(courriel="", telephone="")
    write(key="x", to="", subject="À personne", text="Rien", caisse=jeanne.personne.caisse, by=SYSTEM)
    Session.objects.update(prouve_at=timezone.now())
    demander(jeanne)
    travailleur()
    copie = zipfile.ZipFile(io.BytesIO(read(copie_of(jeanne).objet)))
    assert part(copie, "courriels") == []
    assert Personne.objects.count() >= 1
