"""Writing to the fund: the tree of subjects, the draft, the files, the receipt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.bibliotheque.models import Document
from enclos.coffre.models import Fichier
from enclos.courrier.models import Courriel
from enclos.demo.nir import synthetic_nir
from enclos.journal.models import Ligne
from enclos.messagerie.models import Fil, Message, Piece
from enclos.messagerie.tasks import acknowledge_due, tidy_drafts
from enclos.socle.dates import today_paris
from enclos.socle.jours_ouvres import add_working_days
from enclos.suivi.models import Affaire, Genre
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.messagerie.conftest import PHOTO, TEXTE, Plume, ecrit, fichier, texte

pytestmark = pytest.mark.usefixtures("inspection")


def test_the_tree_shows_each_subject_with_the_day_promised(adherente):
    page = texte(adherente.get(reverse("messagerie:nouveau")))
    assert page.index("C’est urgent") < page.index("Famille, logement")
    assert "Mon RSA ou ma prime d’activité n’est pas versé" in page
    day = add_working_days(today_paris(), 2)
    assert f"{day.day} " in page


def test_a_message_is_sent_with_two_photos_and_everything_follows(adherente):
    plume = Plume(adherente).commence().ecrit()
    assert plume.joint(fichier(), fichier(PHOTO + b"\0", "IMG_2042.jpg")).status_code == 302
    page = texte(plume.get("verification"))
    assert "Famille et logement" in page
    assert "mon aide au logement a baissé" in page
    response = plume.envoie()
    assert response.status_code == 302
    receipt = texte(adherente.get(response["Location"]))
    assert "C’est envoyé" in receipt
    assert "Accusé de réception" in receipt
    assert plume.reference in receipt
    assert "aide au logement a baissé" not in receipt

    message, affaire = plume.message, Affaire.objects.get()
    assert (affaire.genre, affaire.service.code, affaire.reference) == (Genre.MESSAGE, "famille", plume.reference)
    assert affaire.due_on == message.due_on == add_working_days(today_paris(), 10)
    assert affaire.legal_on is None
    assert message.accuse_reception.contenu["reference"] == plume.reference
    assert Document.objects.filter(cle__startswith="messagerie.piece.").count() == 2
    assert Document.objects.get(cle=f"messagerie.accuse.{message.pk}").accuse == message.accuse_reception
    [letter] = Courriel.objects.filter(cle=f"messagerie.recu.{plume.reference}")
    assert "logement" not in letter.subject
    assert "baissé" not in str(vars(letter))


def test_the_thread_says_where_it_stands_who_has_it_and_by_when(envoye):
    page = texte(envoye.get("fil"))
    assert "Mon aide au logement" in page
    assert "Reçu" in page
    assert "« Famille et logement » vous répond ici" in page
    assert "Pas encore lu par un agent" in page
    assert "Accusé de réception" in page


def test_printed_the_thread_is_a_proof_who_when_what_and_the_number_of_each_receipt(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    plume.envoie()
    page, message = texte(plume.get("fil")), plume.message
    assert f"Échange de {adherente.personne.nom_complet} avec MSA Nord-Pas de Calais, imprimé le" in page
    assert "/verifier/" in page
    assert f'<span class="papier-seulement">{message.signature}</span>' in page
    assert f'accusé de réception, code de vérification <span class="reference">{message.accuse.code}</span>' in page


def test_several_photos_may_be_one_document(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint(fichier(), fichier(PHOTO + b"\0", "IMG_2042.jpg"), un_seul="on")
    plume.envoie()
    document = Document.objects.get(cle=f"messagerie.message.{plume.message.pk}")
    assert document.feuillets.count() == 2
    assert len(plume.message.accuse_reception.contenu["documents"]) == 1


def test_files_want_their_attestation_and_a_message_without_file_wants_none(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    response = plume.envoie(attestation="")
    assert response.status_code == 422
    assert "Cochez cette case" in texte(response)
    assert not Affaire.objects.exists()
    assert ecrit(adherente, "Autre question").message.attestation == ""


def test_what_is_typed_is_kept_and_found_again_on_the_list(adherente):
    plume = Plume(adherente).commence().ecrit()
    page = texte(adherente.get(reverse("messagerie:messages")))
    assert "Pas encore envoyé" in page
    assert adherente.get(plume.url("reprendre"))["Location"] == plume.url("verification")
    assert "aide au logement a baissé" in texte(plume.get("texte"))
    assert not Affaire.objects.exists()


def test_another_subject_may_be_chosen_and_the_words_stay(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.post("sujet", sujet="COT_FACTURE")
    assert plume.fil.sujet_id == "COT_FACTURE"
    assert plume.fil.service.code == "cotisations"
    assert plume.message.texte == TEXTE


def test_an_urgent_subject_is_taken_first(adherente, agente):
    ecrit(adherente)
    urgent = ecrit(adherente, "Rien reçu depuis le 5.", sujet="URG_RSA")
    assert urgent.message.due_on == add_working_days(today_paris(), 2)
    first = Affaire.objects.for_agent(agente.compte).free().oldest_due_first().first()
    assert first.reference == urgent.reference
    assert first.is_precaire


def test_a_message_may_be_about_a_sending(adherente, envoyer):  # noqa: F811
    (affaire,) = envoyer(adherente.compte)
    plume = Plume(adherente).commence()
    assert affaire.libelle in texte(plume.get("texte"))
    plume.ecrit(lien=f"envoi:{affaire.reference}").envoie()
    assert plume.fil.lien_reference == affaire.reference
    assert reverse("envois:envoi", args=[affaire.reference]) in texte(plume.get("fil"))


def test_nothing_but_what_is_hers_may_be_chosen(adherente, voisin, envoyer):  # noqa: F811
    envoyer(adherente.compte)
    (affaire,) = envoyer(voisin.compte)
    plume = Plume(adherente).commence()
    assert plume.post("texte", texte="Bonjour", lien=f"envoi:{affaire.reference}").status_code == 422


@pytest.mark.parametrize("replay", ["verification", "two tabs", "a draft of before"])
def test_sent_twice_it_is_one_message(adherente, replay):
    plume = Plume(adherente).commence().ecrit()
    first = plume.envoie()
    if replay == "two tabs":
        assert plume.post("texte", texte="Autre chose").status_code == 302
        assert plume.message.texte == TEXTE
    elif replay == "a draft of before":
        assert plume.get("reprendre")["Location"] == first["Location"]
    second = plume.envoie()
    assert second["Location"] == first["Location"]
    assert Message.objects.count() == Affaire.objects.count() == Accuse.objects.count() == 1


def test_a_double_click_on_a_subject_opens_one_draft(adherente):
    Plume(adherente).commence()
    Plume(adherente).commence()
    assert Fil.objects.count() == Message.objects.count() == 1


def test_the_words_are_sealed_in_the_database(adherente):
    number = synthetic_nir(700_000)
    plume = ecrit(adherente, f"Mon numéro est {number}, merci.")
    assert number in texte(plume.get("fil"))
    raw = bytes(Message.objects.values_list("texte_sealed", flat=True).get())
    assert number.encode() not in raw
    assert not any(number in message.body for message in mail.outbox)


def test_a_scan_that_lasts_gives_a_registration_receipt_now_and_the_other_later(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    Fichier.objects.update(analyse=Fichier.Analyse.EN_COURS, kept_at=None, next_at=timezone.now())
    assert "C’est enregistré" in texte(adherente.get(plume.envoie()["Location"]))
    assert acknowledge_due() == 0
    assert plume.message.accuse_reception is None

    Fichier.objects.update(analyse=Fichier.Analyse.SAIN, kept_at=timezone.now(), next_at=None)
    Message.objects.update(next_at=timezone.now())
    assert acknowledge_due() == 1
    assert acknowledge_due() == 0
    first, second = Accuse.objects.order_by("issued_at")
    assert (first.genre, second.genre) == ("enregistrement", "reception")
    assert first.received_at == second.received_at == plume.message.sent_at


def test_a_file_found_dangerous_after_the_sending_is_named_and_the_words_are_received(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    Fichier.objects.update(analyse=Fichier.Analyse.EN_COURS)
    plume.envoie()
    Fichier.objects.update(analyse=Fichier.Analyse.INFECTE, retrait=Fichier.Retrait.DANGEREUX)
    Message.objects.update(next_at=timezone.now())
    acknowledge_due()
    assert plume.message.accuse_reception.contenu["documents"] == []
    assert Courriel.objects.filter(cle__startswith="messagerie.dangereux").count() == 1
    assert "Dangereux, non gardé" in texte(plume.get("fil"))
    assert adherente.get(reverse("messagerie:original", args=[Piece.objects.get().pk])).status_code == 404


def test_a_request_says_what_silence_means_on_its_receipt(adherente):
    plume = ecrit(adherente, "Je demande trois mois.", sujet="COT_DELAI")
    affaire = Affaire.objects.get()
    assert affaire.legal_on is not None
    mentions = str(plume.message.accuse_reception.contenu["mentions"])
    assert "refusée" in mentions
    assert "commission de recours amiable" in mentions


def test_a_draft_is_thrown_away_after_a_word(adherente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    Message.objects.update(expires_at=timezone.now() + timedelta(days=2))
    tidy_drafts()
    tidy_drafts()
    assert Courriel.objects.filter(cle__startswith="messagerie.brouillon.").count() == 1
    Message.objects.update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    tidy_drafts()
    assert not Fil.objects.exists()
    assert not Fichier.objects.exists()


def test_abandoned_it_is_gone(adherente):
    plume = Plume(adherente).commence().ecrit()
    assert "Abandonner ce brouillon" in texte(plume.get("abandonner"))
    plume.post("abandonner")
    assert not Fil.objects.exists()


def test_nothing_of_the_words_is_in_the_journal(envoye):
    assert not any("baissé" in str(ligne.details) for ligne in Ligne.objects.all())


def test_a_neighbour_sees_nothing_of_it(envoye, voisin):
    for name, args in (
        ("fil", []), ("repondre", []), ("clore", []), ("accuse", [envoye.reference]), ("accuse_pdf", [envoye.reference]),
        ("texte", []), ("verification", []), ("fichiers", []), ("abandonner", []), ("reprendre", []),
    ):  # fmt: skip
        url = envoye.url(name, *args)
        assert voisin.get(url).status_code in {404, 405}, name
        assert voisin.post(url, {"texte": "x"}).status_code in {404, 405}, name


def test_a_file_is_shown_to_its_member_alone(adherente, voisin):
    plume = Plume(adherente).commence().ecrit()
    plume.joint()
    plume.envoie()
    piece = Piece.objects.get()
    for name in ("vignette", "apercu", "original"):
        url = reverse(f"messagerie:{name}", args=[piece.pk])
        assert adherente.get(url).status_code == 200, name
        assert voisin.get(url).status_code == 404, name
    image = adherente.get(reverse("messagerie:apercu_image", args=[piece.pk, 1]))
    assert image["Content-Type"] == "image/jpeg"
    assert adherente.get(reverse("messagerie:apercu_image", args=[piece.pk, 9])).status_code == 404


def test_the_list_reads_as_many_rows_as_it_shows_and_goes_on(adherente, django_assert_max_num_queries):
    sent = ecrit(adherente).fil
    now = timezone.now()
    for number in range(45):
        fil = Fil.objects.create(
            caisse=sent.caisse, personne=sent.personne, sujet=sent.sujet, service=sent.service, affaire=sent.affaire,
            opened_at=now, last_at=now - timedelta(minutes=number + 1),
        )  # fmt: skip
        Message.objects.create(fil=fil, auteur="adherent", compte=adherente.compte, sent_at=now)
    with django_assert_max_num_queries(6):
        page = adherente.get(reverse("messagerie:messages"))
    lot = page.context["lot"]
    seen = [ligne.fil.reference for ligne in lot.lignes]
    while lot.suite:
        lot = adherente.get(reverse("messagerie:messages"), {"avant": lot.suite}).context["lot"]
        seen += [ligne.fil.reference for ligne in lot.lignes]
    assert len(seen) == len(set(seen)) == 46


@pytest.mark.parametrize("messages", [1, 30])
def test_a_thread_costs_the_same_whatever_its_length(adherente, envoye, messages, django_assert_max_num_queries):
    for _ in range(messages):
        row = Message(fil=envoye.fil, auteur="adherent", compte=adherente.compte, sent_at=timezone.now())
        row.texte = "Encore un mot."
        row.save()
    with django_assert_max_num_queries(11):
        assert envoye.get("fil").status_code == 200


def test_each_branch_says_its_day_once_and_only_the_first_is_open(adherente):
    page = texte(adherente.get(reverse("messagerie:nouveau")))
    branches = page.count('<details class="arbre-branche"')
    assert branches > 5
    assert page.count('class="arbre-branche" open') == 1
    assert page.count("Réponse au plus tard le") == branches
    plume = Plume(adherente).commence("FAM_LOGEMENT")
    again = texte(plume.get("sujet"))
    assert again.count('class="arbre-branche" open') == 2
