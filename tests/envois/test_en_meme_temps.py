"""Two gestures at once on one draft: what was sent never changes, and nobody meets a failure."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections
from django.urls import reverse

from enclos.coffre import actions as coffre
from enclos.coffre.models import Fichier, Partie
from enclos.coffre.tours import Tours
from enclos.envois import brouillon, tasks
from enclos.envois.actions import Attestation, submit
from enclos.envois.models import Envoi, PageEnvoyee
from enclos.envois.reprise import take_again
from enclos.socle.refusals import Refusal
from tests.envois.conftest import PHOTO, Parcours, fichier, jusqu_a_verification, texte

pytestmark = pytest.mark.usefixtures("inspection")


def meanwhile(monkeypatch: pytest.MonkeyPatch, gesture):
    """Make `gesture` while a file is being looked at, which takes seconds."""
    inspect = coffre.inspect

    def inspect_slowly(*args, **kwargs):
        inspected = inspect(*args, **kwargs)
        gesture()
        return inspected

    monkeypatch.setattr(coffre, "inspect", inspect_slowly)


def test_a_file_turned_while_the_draft_is_sent_stays_what_the_receipt_says(pret, monkeypatch):
    page = PageEnvoyee.objects.get()
    before = Partie.objects.get().sha256
    meanwhile(monkeypatch, pret.envoie)
    response = pret.acteur.post(pret.url("tourner", page.pk))
    assert response.status_code == 409
    assert "déjà parti" in texte(response)
    assert Partie.objects.get().sha256 == before
    assert before in str(pret.envoi.accuse_reception.contenu)


def test_a_file_that_arrives_while_the_draft_is_sent_is_not_in_it(pret, monkeypatch):
    meanwhile(monkeypatch, pret.envoie)
    response = pret.ajoute(1, fichier(PHOTO + b"\0", "tard.jpg"))
    assert "déjà parti" in texte(response) or response.status_code == 302
    assert [page.fichier.nom for page in PageEnvoyee.objects.all()] == ["IMG_2041.jpg"]


def test_a_file_whose_document_was_taken_out_meanwhile_is_refused_by_name(adherente, monkeypatch):
    parcours = Parcours(adherente).commence().annonce(2).decrit(1).decrit(2)
    document = parcours.envoi.documents.get(rang=2)
    meanwhile(monkeypatch, lambda: brouillon.remove_document(document, by=adherente.compte))
    outcome = brouillon.add_files(
        parcours.envoi.documents.get(rang=2), [sealed(parcours)], jeton="a-b", by=adherente.compte
    )
    assert [refused.nom for refused in outcome.refused] == ["IMG_2041.jpg"]
    assert not Fichier.objects.exists()


def sealed(parcours):
    """A file as the upload handler gives it."""
    from django.test import RequestFactory

    from enclos.coffre.uploads import EXPECTS_FILES

    request = RequestFactory().post("/", {"fichiers": fichier()})
    setattr(request, EXPECTS_FILES, True)
    return request.FILES["fichiers"]


def test_a_file_removed_twice_is_removed_once(pret):
    first, second = PageEnvoyee.objects.get(), PageEnvoyee.objects.get()
    brouillon.remove_page(first, by=pret.acteur.compte)
    brouillon.remove_page(second, by=pret.acteur.compte)
    assert not Fichier.objects.exists()


def test_a_draft_thrown_away_in_another_tab_is_not_sent_and_said(pret):
    envoi = pret.envoi
    brouillon.discard_draft(pret.envoi, by=pret.acteur.compte)
    with pytest.raises(Refusal, match="effacé"):
        submit(envoi, Attestation(is_medical=False, session=""), by=pret.acteur.compte)


def test_a_name_of_upload_that_no_browser_of_ours_draws_is_ignored(pret):
    for jeton in ("\0", "x" * 5000):
        assert pret.ajoute(1, fichier(PHOTO + jeton.encode(), "autre.jpg"), jeton=jeton).status_code == 302
    assert set(PageEnvoyee.objects.values_list("jeton", flat=True)) == {None}


def test_a_sending_weighs_no_more_than_the_contract_whatever_the_number_of_requests(pret):
    page = PageEnvoyee.objects.select_related("fichier").get()
    Fichier.objects.filter(pk=page.fichier_id).update(taille=200_000_000 - 1000)
    response = pret.ajoute(1, fichier(PHOTO + b"\0", "trop.jpg"))
    assert response.status_code == 422
    assert "200 Mo" in texte(response)
    assert PageEnvoyee.objects.count() == 1


def test_nobody_opens_drafts_without_end(adherente):
    for _ in range(brouillon.MAX_DRAFTS):
        Parcours(adherente).commence().annonce(1)
    response = adherente.post(reverse("envois:objet"), {"objet": "autres"})
    assert response.status_code == 409
    assert Envoi.objects.count() == brouillon.MAX_DRAFTS


def test_a_draft_sent_while_old_ones_are_thrown_away_stops_nobody(adherente, voisin, monkeypatch):
    drafts = [jusqu_a_verification(acteur) for acteur in (adherente, voisin)]
    Envoi.objects.update(expires_at="2020-01-01T00:00:00Z")
    discard = tasks.discard_draft

    def discard_slowly(envoi, *, by):
        if envoi.personne_id == adherente.personne.pk:
            drafts[0].envoie()
        discard(envoi, by=by)

    monkeypatch.setattr(tasks, "discard_draft", discard_slowly)
    tasks.tidy_drafts()
    assert [envoi.personne_id for envoi in Envoi.objects.all()] == [adherente.personne.pk]


def test_who_asks_for_too_much_at_once_is_asked_to_wait_and_nobody_else(pret, voisin, monkeypatch):
    full = Tours(1, waiting=0)
    monkeypatch.setattr("enclos.coffre.tours.TOURS", full)
    page = PageEnvoyee.objects.get()
    with full.one(str(pret.acteur.compte.pk)):
        asked = pret.acteur.get(pret.url("vignette", page.pk))
        assert asked.status_code == 429
        assert "quelques secondes" in texte(asked)
        assert pret.ajoute(1, fichier(PHOTO + b"\0", "autre.jpg")).status_code == 429
        assert jusqu_a_verification(voisin).envoi.documents.get().pages.count() == 1
    assert pret.acteur.get(pret.url("vignette", page.pk)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_drafts_of_the_same_files_hold_them_in_the_same_order(pret, monkeypatch):
    pret.ajoute(1, fichier(PHOTO + b"\0", "IMG_2042.jpg"))
    pret.envoie()
    first, second = Fichier.objects.order_by("pk")
    drafts = [Parcours(pret.acteur).commence().annonce(1).decrit(1) for _ in range(2)]
    documents = [draft.envoi.documents.select_related("envoi").get() for draft in drafts]
    take_again(documents[0], [second, first], by=pret.acteur.compte)
    gone, is_kept = Event(), brouillon.is_kept

    def kept_slowly(fichier: Fichier) -> bool:
        gone.set()
        time.sleep(0.5)  # the other draft takes them again by now
        return is_kept(fichier)

    monkeypatch.setattr(brouillon, "is_kept", kept_slowly)

    def alone(gesture):
        try:
            return gesture()
        finally:
            connections.close_all()

    def takes() -> int:
        gone.wait(5)
        return take_again(documents[1], [first, second], by=pret.acteur.compte)

    with ThreadPoolExecutor(2) as pool:
        thrown = pool.submit(alone, lambda: brouillon.discard_draft(documents[0].envoi, by=pret.acteur.compte))
        taken = pool.submit(alone, takes)
        assert (thrown.result(), taken.result()) == (None, 2)
    assert PageEnvoyee.objects.filter(document=documents[1]).count() == 2
