"""Model answers: what they may say, who writes them, how one fills a reply."""

import pytest

from enclos.agents.access import modeles_for
from enclos.caisses import modeles
from enclos.caisses.access import default_caisse
from enclos.caisses.models import ModeleReponse
from enclos.socle.iban import holds_iban

pytestmark = pytest.mark.django_db


def test_the_first_fund_comes_with_answers_for_every_team_and_for_one(agente, collegue):
    famille, cotisations = (default_caisse().services.get(code=code) for code in ("famille", "cotisations"))
    ours = [modele.titre for modele in modeles_for(agente.compte, famille)]
    theirs = [modele.titre for modele in modeles_for(collegue.compte, cotisations)]
    assert len(ours) >= 10
    assert ours == sorted(ours)
    assert set(ours) - set(theirs) == {"Quittance : période demandée"}


@pytest.mark.parametrize(
    "texte",
    [
        "Merci de confirmer par courrier.",
        "Bonjour {prenom}. Renvoyez-nous l’original par la poste",
        "Veuillez nous faire parvenir ce document par voie postale.",
        "Envoyez-le aussi sur papier.",
        "Complétez le formulaire et retournez-le par lettre recommandée.",
    ],
)
def test_no_model_asks_again_by_post_for_what_arrived_here(texte):
    with pytest.raises(modeles.ModeleRefuse, match="L112-8"):
        modeles.check_texte(texte)


@pytest.mark.parametrize(
    "texte",
    [
        "Nous vous envoyons une lettre par la poste.",
        "Votre carte arrive par courrier. Renvoyez la photo depuis votre espace privé.",
        "Envoyez-le par la poste, sous enveloppe fermée, au service médical.",
        "Confirmez-le par courrier électronique ou depuis votre espace.",
        "Votre courriel est confirmé.",
    ],
)
def test_the_post_may_be_named_when_nothing_is_asked_again(texte):
    modeles.check_texte(texte)


@pytest.mark.parametrize(
    ("texte", "words"),
    [
        ("Bonjour {nom_de_jeune_fille}.", "n’est pas un champ connu"),
        ("Bonjour {prenom.", "accolade"),
        ("Bonjour {}.", "n’est pas un champ connu"),
        ("Pour 2 85 05 59 999 011.", "numéro de sécurité sociale"),
        ("Le compte FR76 3000 6000 0112 3456 7890 189 est enregistré.", "IBAN"),
    ],
)
def test_a_model_holds_known_names_and_no_number(texte, words):
    with pytest.raises(modeles.ModeleRefuse, match=words):
        modeles.check_texte(texte)


def test_every_shipped_model_may_be_written_and_is_filled_whole():
    values = dict.fromkeys(modeles.CHAMPS, "x")
    for modele in ModeleReponse.objects.order_by("titre"):
        modeles.check_texte(modele.texte)
        assert "{" not in modeles.filled(modele, values)
        assert len(modele.texte) <= modeles.LONGEST - 200, "room for the names"


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("FR7630006000011234567890189", True),
        ("fr76 3000 6000 0112 3456 7890 189 pour le loyer", True),
        ("BE68 5390 0754 7034 pour elle", True),
        ("FR76 3000 6000 0112 3456 7890 188", False),
        ("Référence KM7-RP4-QB2, dossier FR12 de 2026", False),
        ("", False),
    ],
)
def test_an_iban_is_found_in_a_sentence(text, is_there):
    assert holds_iban(text) is is_there
