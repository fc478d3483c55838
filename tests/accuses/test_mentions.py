"""A receipt says everything the law wants, or does not exist (standards §1.5 and §1.6)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclos.accuses.contenu import MentionManquante, ReponseAttendue, ServiceCharge, require_mentions
from enclos.accuses.texte import frozen
from enclos.caisses.models import Caisse, Nature
from tests.accuses.modeles import ACCEPTATION, COTISATIONS, FAMILLE, RECEIVED, REJET, contenu, document, fichier

CAISSE = Caisse(
    code="NPC",
    nom="MSA Nord-Pas de Calais",
    telephone="03 20 900 500",
    adresse=["MSA Nord-Pas de Calais", "33 rue du Grand But"],
)


def words(content=None, *, is_reception=True, received_at=RECEIVED):
    return frozen(
        is_reception=is_reception,
        reference="KM7-RP4-QB2",
        code="ABCDE23456",
        received_at=received_at,
        caisse=CAISSE,
        contenu=content,
    )


def said(shown) -> dict[str, str]:
    return {mention["titre"]: "\n".join(mention["lignes"]) for mention in shown["mentions"]}


def test_a_complete_receipt_lacks_nothing():
    require_mentions(contenu(), RECEIVED)


@pytest.mark.parametrize(
    ("content", "mention"),
    [
        (contenu(service=replace(FAMILLE, nom=" ")), "service chargé"),
        (contenu(service=replace(FAMILLE, telephone="")), "téléphone du service"),
        (contenu(service=replace(FAMILLE, adresse=(), courriel="")), "adresse du service"),
        (contenu(expediteur=""), "expéditeur"),
        (contenu(objet=""), "objet de l’envoi"),
        (contenu(attestation=""), "texte et version de l’attestation"),
        (contenu(attestation_version=""), "texte et version de l’attestation"),
        (contenu(is_request=True), "réponse attendue"),
        (contenu(documents=(document(is_request=True),)), "réponse attendue (document 1)"),
        (contenu(documents=(document(nature=""),)), "nature (document 1)"),
        (contenu(documents=(document(), document(personne=""))), "personne concernée (document 2)"),
        (contenu(documents=(document(fichiers=()),)), "fichiers (document 1)"),
        (contenu(documents=(document(fichiers=(fichier(sha256=""),)),)), "empreinte du fichier reçu (document 1)"),
        (contenu(documents=(document(fichiers=(fichier(copies=()),)),)), "empreinte de la copie lisible (document 1)"),
        (
            contenu(documents=(document(service=replace(COTISATIONS, telephone="")),)),
            "téléphone du service (document 1)",
        ),
        (contenu(reponse=replace(REJET, sens="")), "sens du silence"),
        (contenu(reponse=replace(REJET, le=None)), "date de la décision implicite"),
        (contenu(reponse=replace(REJET, recours="  ")), "voies et délais de recours"),
    ],
)
def test_a_missing_mention_is_refused_by_its_name(content, mention: str):
    with pytest.raises(MentionManquante) as error:
        require_mentions(content, RECEIVED)
    assert mention in error.value.mentions
    assert mention in str(error.value)


@given(
    nom=st.sampled_from(["", "Famille"]),
    telephone=st.sampled_from(["", "03 20"]),
    adresse=st.sampled_from([(), ("rue",)]),
    courriel=st.sampled_from(["", "a@b.example"]),
)
def test_a_service_is_complete_only_with_a_name_a_telephone_and_a_way_to_write_to_it(nom, telephone, adresse, courriel):
    service = ServiceCharge(nom=nom, telephone=telephone, adresse=adresse, courriel=courriel)
    assert (not list(service.missing(""))) == bool(nom and telephone and (adresse or courriel))


def test_a_date_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        require_mentions(contenu(), datetime(2026, 11, 21, 9, 47))


def test_the_receipt_says_when_who_what_and_which_service():
    shown = said(words(contenu()))
    assert shown["Reçu le"] == "samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris)"
    assert shown["Envoyé par"] == "Mme Jeanne Delattre"
    assert shown["Service chargé"] == "Famille et logement\n33 rue du Grand But\n59716 Lille Cedex 9\n03 20 900 500"
    assert "2026-11" in shown["Vous avez attesté"]


def test_a_request_says_what_silence_means_and_what_to_do_then():
    shown = said(words(contenu()))
    assert "21 janvier 2027" in shown["Réponse (document 2)"]
    assert "si votre dossier est complet" in shown["Réponse (document 2)"]
    assert "considérée comme refusée" in shown["Réponse (document 2)"]
    assert shown["Vos recours"] == REJET.recours


def test_a_request_that_silence_accepts_gives_right_to_a_certificate():
    shown = said(words(contenu(documents=(document(is_request=True, reponse=ACCEPTATION),))))
    assert "considérée comme acceptée" in shown["Réponse"]
    assert "L232-3" in shown["Vos droits"]
    assert "Vos recours" not in shown


def test_two_services_are_both_named_with_their_documents():
    shown = said(words(contenu(documents=(document(), document(service=COTISATIONS), document()))))
    assert shown["Service chargé (documents 1 et 3)"].startswith("Famille et logement")
    assert shown["Service chargé (document 2)"].endswith("03 20 900 501 · cotisations@msa-npc.example")


def test_what_is_missing_is_said_with_its_date():
    shown = said(words(contenu(manquants=(("Bail signé", date(2026, 12, 1)),))))
    assert shown["Il manque"] == "Bail signé, à envoyer avant le 1er décembre 2026."


def test_each_file_gives_the_fingerprint_of_what_came_and_of_what_is_read():
    document_shown = words(contenu())["documents"][1]
    assert document_shown["pages"] == "3 pages"
    titles = [print_["titre"] for print_ in document_shown["fichiers"][0]["empreintes"]]
    assert titles == ["Fichier reçu", "Copie lisible, partie 1 sur 2", "Copie lisible, partie 2 sur 2"]


def test_an_accuse_d_enregistrement_says_the_date_and_that_the_other_will_come():
    shown = words(is_reception=False)
    assert shown["titre"] == "Accusé d’enregistrement"
    assert said(shown) == {
        "Reçu le": "samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris)",
        "Ensuite": "Un accusé de réception vous sera adressé.",
    }


@pytest.mark.parametrize(
    ("at", "words_"),
    [
        (
            datetime(2026, 10, 25, 0, 30, 5, tzinfo=UTC),
            "dimanche 25 octobre 2026 à 2 h 30 min 05 s (heure de Paris, heure d’été)",
        ),
        (
            datetime(2026, 10, 25, 1, 30, 5, tzinfo=UTC),
            "dimanche 25 octobre 2026 à 2 h 30 min 05 s (heure de Paris, heure d’hiver)",
        ),
        (datetime(2026, 12, 31, 22, 59, 58, tzinfo=UTC), "jeudi 31 décembre 2026 à 23 h 59 min 58 s (heure de Paris)"),
        (datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), "vendredi 1er janvier 2027 à 0 h 00 min 00 s (heure de Paris)"),
    ],
)
def test_the_date_is_the_one_of_paris_across_midnight_and_clock_changes(at: datetime, words_: str):
    assert said(words(contenu(), received_at=at))["Reçu le"] == words_


@pytest.mark.django_db
def test_every_nature_that_is_a_request_makes_a_complete_receipt():
    for nature in Nature.objects.filter(is_request=True):
        reponse = ReponseAttendue.of(nature, RECEIVED)
        require_mentions(
            contenu(documents=(document(nature=nature.libelle, is_request=True, reponse=reponse),)), RECEIVED
        )


@pytest.mark.django_db
def test_a_nature_that_asks_for_nothing_promises_no_decision():
    nature = Nature.objects.filter(is_request=False).earliest("rang")
    assert ReponseAttendue.of(nature, RECEIVED) is None


def test_the_deemed_decision_falls_on_the_last_day_of_a_shorter_month():
    nature = Nature(is_request=True, silence="rejet", silence_months=2, recours="x")
    reponse = ReponseAttendue.of(nature, datetime(2026, 12, 31, 22, 0, tzinfo=UTC))
    assert reponse is not None
    assert reponse.le == date(2027, 2, 28)
