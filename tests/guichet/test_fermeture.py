"""Closing one's account: what stays is said, what is lost is named, every way in ends, and one may register again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from enclos.avis.access import receives_electronically
from enclos.avis.models import Preference
from enclos.caisses.models import Nature
from enclos.coffre.models import Fichier, Objet
from enclos.comptes import fermeture
from enclos.comptes.models import (
    Acceptation,
    Association,
    Changement,
    ClePasse,
    CodeSecours,
    Compte,
    MotDePasseProvisoire,
    Session,
)
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.messagerie.brouillon import start, write
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Affaire
from tests.agents.conftest import envoyer, file_of  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.guichet.conftest import prove

pytestmark = pytest.mark.django_db

FERMER = "/espace/compte/fermer/"


def brouillon(acteur: Acteur) -> Envoi:
    """A draft that holds a file."""
    personne = acteur.personne
    envoi = Envoi.objects.create(caisse=personne.caisse, personne=personne, compte=acteur.compte)
    nature = Nature.objects.get(pk="LOG_BAIL")
    document = DocumentEnvoye.objects.create(envoi=envoi, rang=1, nature=nature, concerne="moi")
    PageEnvoyee.objects.create(document=document, rang=1, fichier=file_of())
    return envoi


def fermer(acteur: Acteur, **told: str):
    return acteur.post(FERMER, {"confirme": "on", **told})


def test_the_page_names_one_by_one_what_is_lost_and_what_goes_on(prouvee: Acteur, envoyer):  # noqa: F811
    (affaire,) = envoyer(prouvee.compte)
    draft = brouillon(prouvee)
    ask_papers(
        personne=prouvee.personne,
        service=affaire.service,
        libelle="Votre aide au logement",
        papiers=[PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour votre aide.")],
        due_on=today_paris() + timedelta(days=9),
        message="",
        by=SYSTEM,
    )
    page = prouvee.get(FERMER).content.decode()
    assert "votre affiliation et vos droits ne changent pas" in page
    for words in (draft.reference, "Votre aide au logement", affaire.reference, "documents par courriel"):
        assert words in page, words


def test_a_quiet_account_is_warned_of_nothing(prouvee: Acteur, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        page = prouvee.get(FERMER).content.decode()
    for words in ("seront effacés", "encore des papiers", "attendent une réponse"):
        assert words not in page


def test_a_fresh_proof_is_asked_first(adherente: Acteur):
    for answer in (adherente.get(FERMER), fermer(adherente)):
        assert answer.status_code in {302, 303}
        assert answer["Location"].startswith("/connexion/preuve/")
    assert Compte.objects.get(pk=adherente.compte.pk).is_active


def test_the_box_must_be_ticked(prouvee: Acteur):
    answer = prouvee.post(FERMER, {})
    assert answer.status_code == 422
    assert "Cochez la case" in answer.content.decode()
    assert "checked" not in prouvee.get(FERMER).content.decode()
    assert Compte.objects.get(pk=prouvee.compte.pk).is_active


def test_closing_ends_every_way_in_and_keeps_what_was_sent(prouvee: Acteur, envoyer, equiper):  # noqa: F811
    compte = prouvee.compte
    envoyer(compte)
    equiper(compte)
    prouvee = prove(Acteur(compte))  # the password changed: the former session ended
    provisoires.issue(compte, MotDePasseProvisoire.Canal.COURRIEL, by=compte)
    Acceptation.objects.create(compte=compte, texte="e-documents", version="1", sha256="x")
    Changement.objects.create(compte=compte, champ="courriel", valeurs={"email": "a@b.example"}, effet_le=today_paris())
    draft = brouillon(prouvee)
    kept = set(Objet.objects.values_list("pk", flat=True)) - set(objets_of(draft))
    before = Ligne.objects.count()

    answer = fermer(prouvee)
    assert answer.status_code == 303
    assert answer["Location"] == "/compte-ferme/"
    assert "storage" in answer["Clear-Site-Data"]

    compte = Compte.objects.get(pk=compte.pk)
    assert not compte.is_active
    assert compte.closed_at is not None
    assert not compte.has_usable_password()
    assert (compte.courriel, compte.telephone, bytes(compte.totp_sealed)) == ("", "", b"")
    for model in (ClePasse, CodeSecours, Association, MotDePasseProvisoire):
        assert not model.objects.exists(), model
    assert not Session.objects.filter(compte=compte).exists()
    assert Acceptation.objects.get().withdrawn_at is not None
    assert Changement.objects.get().cancelled_at is None  # letters go to the new address
    assert not Envoi.objects.filter(pk=draft.pk).exists()
    assert set(Objet.objects.values_list("pk", flat=True)) == kept
    assert Affaire.objects.get().personne_id == compte.personne_id
    line = Ligne.objects.get(event="comptes.compte.closed")
    assert (line.object_id, line.details["sessions"]) == (str(compte.pk), 3)
    assert Ligne.objects.count() > before
    assert Personne.objects.get(pk=compte.personne_id).closed_at is None


def objets_of(envoi: Envoi) -> list[object]:
    fichiers = Fichier.objects.filter(page__document__envoi=envoi)
    return [*fichiers.values_list("original", flat=True), *fichiers.values_list("parties__objet", flat=True)]


def test_nobody_signs_in_any_more_and_the_page_that_follows_is_for_a_visitor(prouvee: Acteur):
    fermer(prouvee)
    assert prouvee.get("/espace/")["Location"].startswith("/connexion/")
    page = prouvee.get("/compte-ferme/").content.decode()
    assert "Votre compte est fermé" in page
    assert "Déconnecté" in page
    assert Client().get("/compte-ferme/").status_code == 200


def test_the_notice_goes_to_each_address_and_says_nothing_of_anybody(prouvee: Acteur):
    Compte.objects.filter(pk=prouvee.compte.pk).update(courriel="nouvelle@enclos.example")
    known = prouvee.personne.email
    fermer(prouvee)
    told = Courriel.objects.filter(subject="Votre compte en ligne est fermé").order_by("to")
    assert {mail.to for mail in told} == {"nouvelle@enclos.example", known}
    assert all("Ce n’est pas vous ?" in mail.text and "Delattre" not in mail.text for mail in told)


def test_a_letter_on_its_way_opens_nothing(prouvee: Acteur):
    from enclos.courrier import lettres

    lettres.request(
        prouvee.personne, "code", secret="123456", cle="essai", caisse=prouvee.personne.caisse, by=SYSTEM
    )  # fmt: skip
    fermer(prouvee)
    letter = Lettre.objects.get()
    assert (letter.etat, bool(letter.secret_sealed)) == ("annulee", False)


def test_closed_in_two_tabs_it_is_closed_once(prouvee: Acteur):
    second = Acteur(prouvee.compte)
    Session.objects.update(prouve_at=timezone.now())
    assert fermer(prouvee).status_code == 303
    answer = fermer(second)
    assert answer.status_code in {302, 303, 403}
    assert Ligne.objects.filter(event="comptes.compte.closed").count() == 1
    assert not fermeture.close(Compte.objects.get(pk=prouvee.compte.pk), by=SYSTEM)


def test_one_may_register_again_on_the_same_row(prouvee: Acteur, equiper):
    equiper(prouvee.compte)
    assert fermer(prove(Acteur(prouvee.compte))).status_code == 303
    personne = Personne.objects.get(pk=prouvee.personne.pk)
    assert fermeture.closed_account_of(personne) == prouvee.compte
    compte = fermeture.reopen_for_registration(personne, by=SYSTEM)
    assert compte.pk == prouvee.compte.pk
    assert compte.may_sign_in
    assert not compte.has_usable_password()
    assert compte.niveau == Compte.Niveau.A_CONFIRMER
    assert (compte.courriel, compte.telephone, compte.closed_at) == ("", "", None)
    assert fermeture.closed_account_of(personne) is None
    with pytest.raises(Refusal):
        fermeture.reopen_for_registration(personne, by=SYSTEM)


def test_an_account_that_somebody_else_shut_is_not_taken_up_again(prouvee: Acteur):
    Compte.objects.filter(pk=prouvee.compte.pk).update(is_active=False)
    with pytest.raises(Refusal):
        fermeture.reopen_for_registration(prouvee.personne, by=SYSTEM)
    with pytest.raises(Refusal):
        fermeture.reopen_for_registration(PersonneFactory(), by=SYSTEM)


def test_the_answer_to_what_was_sent_comes_by_post(prouvee: Acteur, agente: Acteur, envoyer):  # noqa: F811
    (affaire,) = envoyer(prouvee.compte)
    url = f"/agent/documents/{affaire.pk}/"
    assert "fermé son compte" not in agente.get(url).content.decode()
    fermer(prouvee)
    assert "fermé son compte" in agente.get(url).content.decode()
    agente.post(f"{url}prendre/")
    assert agente.post(f"{url}decision/traiter/").status_code == 303
    told = Courriel.objects.get(cle__startswith=f"envois.decision.{affaire.pk}")
    assert "par la poste" in told.text
    assert "espace privé" not in told.text


def test_choices_and_electronic_documents_stop_at_once(prouvee: Acteur):
    compte = prouvee.compte
    Acceptation.objects.create(compte=compte, texte="e-documents", version="1", sha256="x")
    Preference.objects.create(compte=compte, evenement="envoi", canal="courriel", is_wanted=False)
    assert receives_electronically(compte)
    fermer(prouvee)
    assert not receives_electronically(Compte.objects.get(pk=compte.pk))
    assert not Preference.objects.exists()


def test_a_message_begun_is_named_before_and_gone_after(prouvee: Acteur):
    draft = start(prouvee.personne, Sujet.objects.get(pk="FAM_LOGEMENT"), by=prouvee.compte)
    write(draft, "Bonjour", by=prouvee.compte)
    page = prouvee.get(FERMER).content.decode()
    assert "Ces messages ne sont pas partis" in page
    assert draft.reference in page
    fermer(prouvee)
    assert not Message.objects.exists()
    assert not Fil.objects.exists()
