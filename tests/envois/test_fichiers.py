"""Files: each kept or refused by its name, in plain French, and none harms the others."""

import pytest
from django.urls import reverse

from enclos.coffre.models import Fichier, Objet
from enclos.demo.nir import synthetic_nir
from enclos.envois.models import PageEnvoyee
from tests.coffre.inspection import fabrique
from tests.conftest import Acteur
from tests.envois.conftest import INFORMATIONS, PHOTO, Parcours, fichier, jusqu_a_verification, texte

pytestmark = pytest.mark.usefixtures("inspection")

ENVOI_FICHIERS = {"X-Requested-With": "envoi-fichiers"}


@pytest.fixture
def aux_fichiers(adherente: Acteur) -> Parcours:
    return Parcours(adherente).commence().annonce(1).decrit(1)


def noms(parcours: Parcours) -> list[str]:
    pages = PageEnvoyee.objects.filter(document__envoi__reference=parcours.reference)
    return [page.fichier.nom for page in pages.order_by("rang").select_related("fichier")]


def test_a_bad_file_is_refused_by_its_name_and_the_others_are_kept(aux_fichiers):
    response = aux_fichiers.ajoute(
        1, fichier(b"", "vide.pdf"), fichier(name="bonne.jpg"), fichier(b"PK\x03\x04" + b"\0" * 40, "notes.docx")
    )
    assert response.status_code == 422
    page = texte(response)
    assert "« vide.pdf »" in page
    assert "est vide" in page
    assert "« notes.docx »" in page
    assert "Les autres fichiers sont bien ajoutés" in page
    assert "<title>Erreur" in page
    assert noms(aux_fichiers) == ["bonne.jpg"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (fabrique.pdf_locked(), "impots.pdf", "mot de passe"),
        (fabrique.truncated(PHOTO), "coupee.jpg", "incomplet"),
        (fabrique.pdf_bomb(), "petit.pdf", "déplié"),
        (fabrique.png_blank(), "immense.png", "trop grande"),
        (fabrique.gif(), "image.jpg", "GIF"),
        (fabrique.pdf_xfa(), "formulaire.pdf", "Adobe"),
    ],
    ids=["password", "truncated", "bomb", "huge", "renamed", "xfa"],
)
def test_what_cannot_be_read_is_refused_with_its_cure(aux_fichiers, content, name, words):
    response = aux_fichiers.ajoute(1, fichier(content, name))
    assert response.status_code == 422
    page = texte(response)
    assert f"« {name} »" in page
    assert words in page
    assert not Fichier.objects.exists()
    assert not Objet.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "kept_as"),
    [
        (PHOTO, "scan.pdf", "scan.jpg"),
        (fabrique.pdf_text(), "photo.jpg", "photo.pdf"),
        (fabrique.pdf_with_javascript(), "actif.pdf", "actif.pdf"),
        (fabrique.pdf_with_attachment(), "joint.pdf", "joint.pdf"),
        (fabrique.png_16bit(), "seize.png", "seize.png"),
        (fabrique.png_animated(), "anime.png", "anime.png"),
        (fabrique.jpeg_cmyk(), "imprimeur.jpg", "imprimeur.jpg"),
        (fabrique.heic_photo(), "IMG_1.HEIC", "IMG_1.heic"),
        (PHOTO, "\u202egpj.evil.jpg", "gpj.evil.jpg"),
        (PHOTO, "../../etc/passwd.jpg", "passwd.jpg"),
    ],
)
def test_what_can_be_read_is_kept_whatever_its_name_says(aux_fichiers, content, name, kept_as):
    assert aux_fichiers.ajoute(1, fichier(content, name)).status_code == 302
    assert noms(aux_fichiers)[0].lower() == kept_as.lower()


def test_a_name_of_three_hundred_signs_is_cut_and_keeps_its_ending(aux_fichiers):
    aux_fichiers.ajoute(1, fichier(name="é" * 300 + ".jpg"))
    (nom,) = noms(aux_fichiers)
    assert len(nom) <= 120
    assert nom.endswith(".jpg")


def test_a_file_named_after_its_owner_s_number_does_not_keep_it(aux_fichiers):
    number = synthetic_nir(4242)
    aux_fichiers.ajoute(1, fichier(name=f"Vitale {number}.jpg"))
    assert noms(aux_fichiers) == [f"Vitale •••{number[-3:]}.jpg"]
    refused = aux_fichiers.ajoute(1, fichier(b"rien", f"{number}.docx"))
    assert number not in texte(refused)
    assert f"« •••{number[-3:]}.docx »" in texte(refused)


@pytest.mark.parametrize(
    ("field", "others"),
    [
        ("libelle_libre", {"nature": "AUTRE"}),
        ("motif_texte", {"motif": "autre"}),
        ("autre_nom", {"concerne": "autre", "autre_naissance": "07/03/1958"}),
    ],
)
def test_a_social_security_number_is_not_taken_in_free_text(adherente, field, others):
    parcours = Parcours(adherente).commence().annonce(1)
    response = parcours.post("informations", 1, **(INFORMATIONS | others | {field: f"Dupont {synthetic_nir(4243)}"}))
    assert response.status_code == 422
    assert "ressemble à un numéro de sécurité sociale" in texte(response)
    assert not parcours.envoi.documents.get().is_described


def test_no_file_at_all_asks_for_one(aux_fichiers):
    response = aux_fichiers.post("fichiers", 1, action="suivant")
    assert response.status_code == 422
    assert "Ajoutez au moins un fichier" in texte(response)


def test_next_without_a_new_file_goes_on_when_there_is_one(aux_fichiers):
    aux_fichiers.ajoute(1)
    assert aux_fichiers.post("fichiers", 1, action="suivant")["Location"] == aux_fichiers.url("verification")


def test_the_same_file_twice_in_a_document_is_said_and_not_added(aux_fichiers):
    aux_fichiers.ajoute(1)
    response = aux_fichiers.ajoute(1)
    assert response.status_code == 200
    assert "est déjà dans ce document" in texte(response)
    assert len(noms(aux_fichiers)) == 1


def test_a_file_sent_before_is_said_with_its_date(adherente):
    first = jusqu_a_verification(adherente)
    first.envoie()
    again = Parcours(adherente).commence().annonce(1).decrit(1)
    response = again.ajoute(1, action="suivant")
    assert response["Location"] == again.url("verification")
    for address in (again.url("fichiers", 1), again.url("verification")):
        page = texte(adherente.get(address))
        assert "Vous avez déjà envoyé ce fichier le" in page
        assert first.reference in page


def test_an_upload_tried_again_after_a_cut_line_is_the_same_page(aux_fichiers):
    for _ in range(2):
        response = aux_fichiers.acteur.post(
            aux_fichiers.url("fichiers", 1), {"fichiers": [fichier()], "jeton": "abc-123"}, headers=ENVOI_FICHIERS
        )
        assert response.status_code == 200
        assert response["X-Enclos-Partie"] == "liste"
    assert len(noms(aux_fichiers)) == 1


def test_the_list_sent_to_the_script_is_the_one_of_the_page(aux_fichiers):
    response = aux_fichiers.acteur.post(
        aux_fichiers.url("fichiers", 1), {"fichiers": [fichier()]}, headers=ENVOI_FICHIERS
    )
    page = texte(aux_fichiers.acteur.get(aux_fichiers.url("fichiers", 1)))

    def bare(html):
        return [line for line in html.splitlines() if line.strip() and "csrfmiddlewaretoken" not in line]

    assert "\n".join(bare(texte(response))) in "\n".join(bare(page))


def test_a_document_has_twenty_files_at_most(aux_fichiers):
    photos = [fichier(fabrique.jpeg_photo(600, 800, quality=40 + n), f"{n:02d}.jpg") for n in range(20)]
    assert aux_fichiers.ajoute(1, *photos).status_code == 302
    response = aux_fichiers.ajoute(1)
    assert response.status_code == 422
    assert "20 fichiers au plus" in texte(response)
    assert len(noms(aux_fichiers)) == 20


def test_files_are_ordered_turned_and_removed(aux_fichiers):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        aux_fichiers.ajoute(1, fichier(fabrique.jpeg_photo(quality=60 + ord(name[0]) % 20), name))
    pages = {page.fichier.nom: page for page in PageEnvoyee.objects.select_related("fichier")}
    aux_fichiers.post("deplacer", pages["c.jpg"].pk, sens="haut")
    assert noms(aux_fichiers) == ["a.jpg", "c.jpg", "b.jpg"]
    aux_fichiers.post("deplacer", pages["a.jpg"].pk, sens="haut")
    assert noms(aux_fichiers) == ["a.jpg", "c.jpg", "b.jpg"]
    before = pages["a.jpg"].fichier.sha256
    aux_fichiers.post("tourner", pages["a.jpg"].pk)
    turned = Fichier.objects.get(pk=pages["a.jpg"].fichier.pk)
    assert (turned.quarts, turned.sha256) == (1, before)
    for _ in range(3):
        aux_fichiers.post("tourner", pages["a.jpg"].pk)
    turned.refresh_from_db()
    assert turned.quarts == 0
    aux_fichiers.post("retirer", pages["c.jpg"].pk)
    assert noms(aux_fichiers) == ["a.jpg", "b.jpg"]
    assert Fichier.objects.count() == 2


def test_the_member_downloads_the_very_bytes_given_and_the_copy(adherente):
    parcours = jusqu_a_verification(adherente)
    parcours.envoie()
    page = PageEnvoyee.objects.get()
    original = adherente.get(reverse("envois:original", args=[parcours.reference, page.pk]))
    assert b"".join(original) == PHOTO
    assert original["Content-Disposition"].startswith("attachment")
    assert "sandbox" in original["Content-Security-Policy"]
    copy = adherente.get(reverse("envois:copie", args=[parcours.reference, page.pk, 1]))
    assert copy.status_code == 200
    assert b"Exif" not in b"".join(copy)


def test_before_and_after_are_shown_with_their_measures(aux_fichiers):
    aux_fichiers.ajoute(1, fichier(fabrique.jpeg_heavy(), "lourde.jpg"))
    page = PageEnvoyee.objects.get()
    listing = texte(aux_fichiers.acteur.get(aux_fichiers.url("fichiers", 1)))
    assert "réduits à" in listing
    assert "texte lisible" in listing
    compare = texte(aux_fichiers.acteur.get(aux_fichiers.url("apercu", page.pk)))
    assert "points par pouce" in compare
    for name, args in [("vignette", []), ("apercu_image", [1]), ("original_apercu", [])]:
        image = aux_fichiers.acteur.get(aux_fichiers.url(name, page.pk, *args))
        assert (image.status_code, image["Content-Type"]) == (200, "image/jpeg"), name
    assert aux_fichiers.acteur.get(aux_fichiers.url("apercu_image", page.pk, 2)).status_code == 404
