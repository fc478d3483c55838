"""Medical words and bank numbers: found where they are, and nowhere else."""

import pytest
from django.urls import reverse

from enclos.demo.nir import synthetic_nir
from enclos.journal.models import Ligne
from enclos.messagerie.conseils import advice_on, has_bank_number, medical_words
from tests.messagerie.conftest import Plume, texte


@pytest.mark.parametrize(
    "words",
    [
        "On m’a trouvé un cancer du sein en mars.",
        "Je suis suivi pour une dépression depuis l’hiver.",
        "Mon mari est diabétique, sous insuline.",
        "Je joins l’ordonnance du docteur Petit.",
        "J’ai été hospitalisée trois semaines.",
        "Voici mon CERTIFICAT MÉDICAL.",
        "Il a fait un AVC.",
        "mon fils est autiste",
        "l’arthrose m’empêche de traire",
        "Je sors d’une chimiothérapie",
        "opération : prothèse de hanche",
        "Elle est schizophrène.",
        "en burn-out depuis juin",
        "Je suis enceinte de trois mois.",
        "Ma grossesse se passe mal.",
        "J’ai accouché le 3 mars.",
        "C’est à cause de ma maladie.",
        "Mon épouse a la maladie de Parkinson.",
        "Je suis en ALD depuis 2020.",
        "une affection de longue durée",
        "Mon fils est handicapé.",
        "Mon handicap m’empêche de conduire.",
        "son hospitalisation a duré un mois",
        "Je fais une dépression.",
        "Je dois me faire opérer en janvier.",
        "J’ai été opérée du genou.",
        "Après mon opération de la hanche, je ne peux plus traire.",
        "une opération à cœur ouvert",
        "Je suis en arrêt de travail depuis le 2 novembre.",
        "Voici mon arrêt maladie.",
        "Je suis en arrêt depuis trois semaines.",
        "Mon mari est gravement malade.",
        "Je suis tombée malade en mai.",
        "J’ai des problèmes de santé.",
        "une greffe du rein",
        "reprise à mi-temps thérapeutique",
        "Il prend des médicaments.",
    ],
)
def test_medical_words_are_found_however_they_are_written(words):
    assert medical_words(words), words


@pytest.mark.parametrize(
    "words",
    [
        "Bonjour, mon aide au logement a baissé. Pouvez-vous me dire pourquoi ?",
        "Je suis malade de voir ces factures.",
        "Le paiement s’est arrêté en juin, est-ce un arrêt définitif ?",
        "J’ai changé d’assurance maladie de rattachement.",
        "L’assurance maladie ne m’a pas remboursé.",
        "Ma cotisation maladie a augmenté.",
        "ma cotisation d’assurance maladie-maternité",
        "Mes droits maladie sont-ils ouverts ?",
        "La branche maladie et la branche famille",
        "Mon décompte maladie n’est pas arrivé.",
        "La maladie de mon troupeau m’a coûté cher.",
        "une maladie des plantes",
        "J’habite dans l’enceinte du lycée agricole.",
        "Je demande l’allocation aux adultes handicapés.",
        "La MDPH, maison départementale des personnes handicapées, me renvoie vers vous.",
        "L’opération bancaire a été opérée le 4 mai.",
        "Le virement a été opéré sur un autre compte.",
        "Une opération d’achat de matériel",
        "Je transplante des poireaux et des salades.",
        "J’ai déposé le dossier au greffe du tribunal.",
        "La tuberculose bovine a fait abattre mes bêtes.",
        "Mes vaches sont malades, j’ai perdu du lait.",
        "Je cherche l’adresse du service médical.",
        "La machine est en arrêt, je n’ai rien récolté.",
        "Le juge a rendu une ordonnance du juge aux affaires familiales.",
        "Je conteste le diagnostic de performance énergétique de mon logement.",
        "Les maladies de la vigne ont réduit ma récolte.",
        "Mes vaches ont la fièvre, le vétérinaire est passé.",
        "Mon mari a eu un accident du travail avec le tracteur.",
        "Ma mère est décédée le 3 novembre.",
        "J’attends une pension d’invalidité, mes indemnités journalières n’arrivent plus.",
        "Je demande la complémentaire santé solidaire et une carte Vitale.",
        "Les soins du 12 mars n’ont pas été remboursés.",
        "J’ai arrêté de travailler en mai pour la naissance de ma fille.",
        "La fracture numérique nous empêche de tout faire en ligne.",
        "J’ai ouvert un avoir chez le vendeur, virement reçu.",
        "Ma fille est à l’hôpital : puis-je envoyer le formulaire plus tard ?",
        "Je travaille à la clinique vétérinaire.",
        "Opération immobilière : j’ai vendu une parcelle.",
        "Je traite mes champs contre le mildiou, traitement le 4 mai.",
    ],
)
def test_ordinary_words_raise_no_alarm(words):
    assert medical_words(words) == (), words


@pytest.mark.parametrize(
    "words",
    [
        "FR76 3000 6000 0112 3456 7890 189",
        "Mon compte : fr7630006000011234567890189.",
        "IBAN FR14.2004.1010.0505.0001.3M02.606",
        "Mon RIB 30006 00001 12345678901 89",
        "carte 4111 1111 1111 1111",
        "5555-5555-5555-4444 expire en mai",
        "compte belge BE68 5390 0754 7034",
    ],
)
def test_bank_numbers_are_told_by_their_own_check(words):
    assert has_bank_number(words), words


@pytest.mark.parametrize(
    "words",
    [
        "FR76 3000 6000 0112 3456 7890 188",  # one digit is wrong: no account
        f"Mon numéro {synthetic_nir(700_000)}",
        "SIRET 552 100 554 00021, téléphone 06 12 34 56 78",
        "Facture 2026-0000123456789012",
        "Référence KM7-RP4-QB2 du 12/11/2026",
        "4111 1111 1111 1112",
        "FR76 n’est pas un numéro",
        "Contrat n° 1234 5678 9012 3456",
    ],
)
def test_other_numbers_are_not_taken_for_bank_numbers(words):
    assert not has_bank_number(words), words


def test_the_advice_comes_before_sending_with_the_postal_way_and_prevents_nothing(adherente):
    plume = Plume(adherente).commence("SAN_REMBOURSEMENT").ecrit("Mes soins pour mon cancer n’ont pas été remboursés.")
    page = texte(plume.get("verification"))
    assert "Votre message parle-t-il de santé ?" in page
    assert "« cancer »" in page
    assert "SERVICE MEDICAL" in page
    assert "Revoir mon message" in page
    assert "Envoyer quand même" in page
    sheet = plume.get("bordereau")
    assert sheet.content.startswith(b"%PDF-")
    assert plume.envoie().status_code == 302
    assert "cancer" not in str([ligne.details for ligne in Ligne.objects.all()])


def test_a_bank_number_is_better_sent_as_a_rib(adherente):
    plume = Plume(adherente).commence().ecrit("Mon nouveau compte : FR76 3000 6000 0112 3456 7890 189")
    page = texte(plume.get("verification"))
    assert "numéro de compte ou de carte bancaire" in page
    assert reverse("envois:objet") in page
    assert "Envoyer quand même" in page


def test_without_anything_to_say_nothing_is_said(adherente):
    plume = Plume(adherente).commence().ecrit("Quand serai-je payée ?")
    page = texte(plume.get("verification"))
    assert "quand même" not in page
    assert advice_on("Quand serai-je payée ?") == []


def test_an_answer_with_a_medical_word_is_read_again_before_it_leaves(envoye):
    before = envoye.fil.messages.count()
    response = envoye.repond("Mon diabète va mieux.")
    assert response["Location"].endswith("/verification/")
    assert envoye.fil.messages.sent().count() == before
