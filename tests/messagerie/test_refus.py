"""Everything that can be wrong with a message or its files: refused by name, nothing lost, nothing sent."""

import pytest
from django.urls import reverse

from enclos.coffre.models import Fichier
from enclos.coffre.storage import StorageFull, StorageUnavailable
from enclos.messagerie import brouillon
from enclos.messagerie.models import LONGEST, Message, Piece
from enclos.suivi.models import Affaire
from tests.coffre.inspection import fabrique
from tests.messagerie.conftest import PHOTO, TEXTE, Plume, fichier, texte

pytestmark = pytest.mark.usefixtures("inspection")


@pytest.fixture
def plume(adherente):
    return Plume(adherente).commence().ecrit()


def test_an_empty_message_is_refused_and_says_what_to_do(adherente):
    plume = Plume(adherente).commence()
    for words in ("", "   \n\t ", "\x01\x02"):
        response = plume.post("texte", texte=words)
        assert response.status_code == 422
        assert "Écrivez votre message." in texte(response)
    assert plume.get("verification")["Location"] == plume.url("texte")
    assert plume.post("verification", attestation="on")["Location"] == plume.url("texte")
    assert not Affaire.objects.exists()


def test_a_message_too_long_is_refused_with_the_number_of_signs_and_given_back(adherente):
    plume = Plume(adherente).commence()
    response = plume.post("texte", texte="é" * (LONGEST + 7))
    assert response.status_code == 422
    page = texte(response)
    assert f"Votre texte a {LONGEST + 7} signes, c’est 7 de trop" in page
    assert "é" * (LONGEST + 7) in page


def test_two_thousand_signs_pass_and_a_line_break_is_one(adherente):
    words = "x" * (LONGEST - 4) + "\r\n\r\nfi"
    plume = Plume(adherente).commence().ecrit(words)
    assert len(plume.message.texte) == LONGEST
    assert plume.envoie().status_code == 302


@pytest.mark.parametrize(
    "words", ["Bonjour \u202e elbisivni", "🐄🐄🐄", "<script>alert(1)</script>", "l'\"&<>", "ﬁn\u0000"]
)
def test_odd_signs_are_only_signs(adherente, words):
    plume = Plume(adherente).commence()
    response = plume.post("texte", texte=words)
    if "\0" in words:
        assert response.status_code == 422
        return
    plume.envoie()
    page = plume.get("fil").content.decode()
    assert "<script>alert" not in page
    assert plume.message.texte == words


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "vide.jpg"),
        (PHOTO[:300], "coupee.jpg"),
        (b"MZ" + b"\0" * 400, "photo.jpg"),
        (b"%PDF-1.7\n%rien", "facture.pdf"),
        (b"PK\x03\x04" + b"\0" * 200, "archive.pdf"),
        (b"<html><script>1</script></html>", "page.pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "image.png"),
    ],
    ids=["empty", "truncated", "program", "pdf without anything", "archive", "page", "png without anything"],
)
def test_a_file_that_is_not_one_is_refused_by_its_name_and_harms_no_other(plume, content, name):
    response = plume.joint(fichier(content, name), fichier())
    assert response.status_code == 422
    page = texte(response)
    assert name in page
    assert "n’a pas été ajouté" in page
    assert "Les autres fichiers sont bien ajoutés" in page
    assert [piece.fichier.nom for piece in Piece.objects.select_related("fichier")] == ["IMG_2041.jpg"]
    assert plume.message.texte == TEXTE


MADE = {
    "a pdf locked by a password": (fabrique.pdf_locked, "facture.pdf"),
    "a pdf that inflates": (fabrique.pdf_bomb, "bombe.pdf"),
    "a png of 900 million points": (fabrique.png_blank, "plan.png"),
    "a gif": (fabrique.gif, "dessin.gif"),
    "a pdf cut in the middle": (lambda: fabrique.truncated(fabrique.pdf_scan(2)), "scan.pdf"),
}


@pytest.mark.parametrize("what", MADE)
def test_a_file_that_would_hurt_is_refused_by_its_name(plume, what):
    make, name = MADE[what]
    response = plume.joint(fichier(make(), name))
    if what == "a pdf cut in the middle" and response.status_code == 302:
        assert "repare" in Fichier.objects.get().conseils  # what could be read of it is kept, and said
        return
    assert response.status_code == 422
    assert name in texte(response)
    assert not Piece.objects.exists()


def test_heavy_and_odd_photos_are_taken_as_for_a_sending(plume):
    for number, make in enumerate((fabrique.heic_photo, fabrique.jpeg_heavy, fabrique.png_16bit)):
        assert plume.joint(fichier(make(), f"photo{number}.jpg"), action="ajouter").status_code == 302
    assert Piece.objects.count() == 3


def test_a_wrong_extension_is_corrected_not_refused(plume):
    assert plume.joint(fichier(PHOTO, "scan.pdf")).status_code == 302
    assert Fichier.objects.get().media_type == "image/jpeg"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.jpg", "a" * 300 + ".jpg", "photo\u202egpj.jpg", "CON.jpg", ".jpg", "fiche 2\n.jpg"]
)
def test_odd_names_are_only_names(plume, name):
    assert plume.joint(fichier(PHOTO, name)).status_code == 302
    nom = Fichier.objects.get().nom
    assert "/" not in nom
    assert "\u202e" not in nom
    assert len(nom) <= 120


def test_the_same_file_twice_is_kept_once_and_said(plume):
    plume.joint(fichier(), action="ajouter")
    response = plume.joint(fichier(), action="ajouter")
    assert "nous ne l’avons pas ajouté deux fois" in texte(response)
    assert Piece.objects.count() == 1


def test_a_message_has_so_many_files_and_no_more(plume, monkeypatch):
    monkeypatch.setattr(brouillon, "MAX_FILES", 1)
    plume.joint(action="ajouter")
    response = plume.joint(fichier(PHOTO + b"\0", "autre.jpg"), action="ajouter")
    assert response.status_code == 422
    assert "autre.jpg" not in [piece.fichier.nom for piece in Piece.objects.select_related("fichier")]
    assert "1 fichiers au plus" in texte(response)


def test_a_message_weighs_no_more_than_the_contract(plume):
    plume.joint(action="ajouter")
    Fichier.objects.update(taille=200_000_000 - 1000)
    response = plume.joint(fichier(PHOTO + b"\0", "trop.jpg"), action="ajouter")
    assert response.status_code == 422
    assert "200 Mo" in texte(response)


@pytest.mark.parametrize(
    ("failure", "words"),
    [(StorageFull("plein"), "plus de place"), (StorageUnavailable("absent"), "pour le moment")],
    ids=["full", "away"],
)
def test_a_storage_that_cannot_keep_a_file_says_so_and_the_words_stay(plume, monkeypatch, failure, words):
    def put(*args, **kwargs):
        raise failure

    monkeypatch.setattr("enclos.coffre.objets.put_upload", put)
    response = plume.joint()
    assert response.status_code == 422
    assert words in texte(response)
    assert not Piece.objects.exists()
    assert plume.message.texte == TEXTE
    monkeypatch.undo()
    assert plume.joint().status_code == 302


def test_an_upload_tried_again_after_a_cut_line_is_one_file(plume):
    for _ in range(2):
        assert plume.joint(action="ajouter", jeton="abc-123").status_code in {200, 302}
    assert Piece.objects.count() == 1


def test_the_script_gets_the_list_alone(plume):
    url = plume.url("fichiers")
    response = plume.acteur.post(
        url, {"fichiers": fichier(), "jeton": "a"}, headers={"X-Requested-With": "envoi-fichiers"}
    )
    assert response["X-Enclos-Partie"] == "liste"
    assert "<h1" not in texte(response)
    whole = texte(plume.get("fichiers"))
    assert texte(plume.acteur.get(url, headers={"X-Requested-With": "envoi-fichiers"})).strip()[:40] in whole


def test_a_dangerous_file_prevents_the_sending_and_is_named(plume):
    plume.joint()
    Fichier.objects.update(analyse=Fichier.Analyse.INFECTE)
    response = plume.envoie()
    assert response.status_code == 409
    assert "IMG_2041.jpg" in texte(response)
    assert not Affaire.objects.exists()


def test_without_anybody_to_look_at_it_a_file_waits(plume, monkeypatch):
    from enclos.coffre import actions as coffre
    from enclos.coffre.refus import FileRefused

    def away(*args, **kwargs):
        raise FileRefused("analyse_indisponible", "IMG_2041.jpg")

    monkeypatch.setattr(coffre, "inspect", away)
    response = plume.joint()
    assert response.status_code == 422
    assert "quelques minutes" in texte(response)


def test_nothing_of_a_message_sent_can_be_changed(plume):
    plume.joint()
    piece = Piece.objects.get()
    plume.envoie()
    for name, args, data in (
        ("texte", [], {"texte": "Autre"}), ("retirer", [piece.pk], {}), ("tourner", [piece.pk], {}), ("abandonner", [], {}),
        ("sujet", [], {"sujet": "AUTRE"}),
    ):  # fmt: skip
        plume.post(name, *args, **data)
    plume.joint(fichier(PHOTO + b"\0", "tard.jpg"))
    message = Message.objects.get()
    assert message.texte == TEXTE
    assert message.fil.sujet_id == "FAM_LOGEMENT"
    assert Piece.objects.get() == piece


@pytest.mark.parametrize("code", ["", "INCONNU", "\0", "x" * 500])
def test_a_subject_that_is_none_is_not_found(adherente, code):
    assert adherente.post(reverse("messagerie:nouveau"), {"sujet": code}).status_code == 404


def test_nobody_opens_drafts_without_end(adherente, monkeypatch):
    monkeypatch.setattr(brouillon, "MAX_DRAFTS", 2)
    for number in range(2):
        Plume(adherente).commence().ecrit(f"Message {number}")
    response = adherente.post(reverse("messagerie:nouveau"), {"sujet": "AUTRE"})
    assert response.status_code == 409
    assert Message.objects.count() == 2
