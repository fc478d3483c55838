"""Model answers: what they may say, who writes them, how one fills a reply."""

import pytest

from enclos.agents.access import modeles_for
from enclos.caisses import modeles
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, ModeleReponse
from enclos.comptes.models import Role
from enclos.demo.factories import CompteFactory
from enclos.socle.iban import holds_iban
from tests.agents.conftest import text_of
from tests.conftest import Acteur

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


# --- on the screen


def url(affaire, rest=""):
    return f"/agent/documents/{affaire.pk}/{rest}"


@pytest.fixture
def bail(envoyer, adherente, agente):
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    agente.post("/agent/suivant/")
    return affaire


@pytest.fixture
def cheffe(db) -> Acteur:
    return Acteur(
        CompteFactory(agent=True, nom="Alix Merlin", role=Role.SUPERVISEUR, services=default_caisse().services.all())
    )


def use(agente, affaire, slug, modele, **typed):
    """« Utiliser », as the page without a script posts it."""
    posted = {f"{slug}-{name}": value for name, value in typed.items()}
    data = {"utiliser": "utiliser", "modele": str(modele.pk) if modele else "", **posted}
    return agente.post(url(affaire, f"decision/{slug}/"), data)


@pytest.mark.parametrize(("slug", "field", "titre", "words"), [
    ("traiter", "reponse", "Document enregistré", "est enregistré"),
    ("refuser", "reponse", "Photo floue ou sombre", "Nous n’arrivons pas à lire"),
    ("completer", "message", "Photo floue ou sombre", "Nous n’arrivons pas à lire"),
])  # fmt: skip
def test_a_chosen_model_is_written_under_what_was_typed_without_javascript(bail, agente, slug, field, titre, words):
    modele = ModeleReponse.objects.get(titre=titre)
    page = use(agente, bail, slug, modele, **{field: "Merci."}).content.decode()
    area = page.split(f'name="{slug}-{field}"')[1].split("</textarea>")[0]
    assert "Merci.\n\nBonjour Jeanne," in area
    assert f"« {bail.libelle} »" in area
    assert page.split('<script id="textes-modeles"')[0].count(words) == 1, "one word filled, and no other"
    bail.refresh_from_db()
    assert bail.ended_at is None, "nothing is decided"


def test_nothing_chosen_beside_a_ready_answer_is_lost(bail, agente):
    modele = ModeleReponse.objects.get(titre="Photo floue ou sombre")
    page = use(agente, bail, "refuser", modele, refus="illisible", reponse="").content.decode()
    assert 'value="illisible"' in page
    assert " checked" in page.split('value="illisible"')[1].split(">")[0]
    page = use(
        agente, bail, "completer", modele, nature_1="LOG_QUITTANCE", raison="Pour votre aide.", nature_3="BQ_RIB"
    )
    text = page.content.decode()
    assert text.count(" selected>") >= 2
    assert 'value="Pour votre aide."' in text
    assert "Demander d’autres papiers" in text
    again = use(
        agente, bail, "refuser", modele, reponse=text_in(use(agente, bail, "refuser", modele), "refuser-reponse")
    )
    assert again.content.decode().split("textes-modeles")[0].count("Nous n’arrivons pas à lire") == 1, "chosen twice"


def text_in(response, field):
    return response.content.decode().split(f'name="{field}"')[1].split(">", 1)[1].split("</textarea>")[0].strip()


def offered(page, pour):
    """The titles in one list of ready answers; none when there is no list."""
    part = page.split(f'id="modele-choisi-{pour}"')
    return [] if len(part) == 1 else [
        one.split(">")[1].split("<")[0] for one in part[1].split("</select>")[0].split("<option")[2:]
    ]  # fmt: skip


def test_a_ready_answer_is_offered_where_it_makes_sense(bail, agente, envoyer, adherente):
    page = agente.get(url(bail)).content.decode()
    assert "Document enregistré" in offered(page, "traiter")
    assert "Page coupée" not in offered(page, "traiter")
    assert "Page coupée" in offered(page, "refuser")
    assert "Document enregistré" not in offered(page, "refuser") + offered(page, "completer")
    assert "Quittance : période demandée" not in offered(page, "refuser"), "on a lease"
    [quittance] = envoyer(adherente.compte, "LOG_QUITTANCE")
    agente.post(url(quittance, "prendre/"))
    assert "Quittance : période demandée" in offered(agente.get(url(quittance)).content.decode(), "refuser")


def test_what_is_not_offered_there_cannot_be_chosen_there(bail, agente):
    modele = ModeleReponse.objects.get(titre="Document enregistré")
    page = use(agente, bail, "refuser", modele, reponse="Je regarde.")
    assert text_in(page, "refuser-reponse") == "Je regarde."


def test_every_model_travels_with_the_page_filled_for_this_member(bail, agente):
    page = text_of(agente.get(url(bail)))
    assert '<script id="textes-modeles" type="application/json">' in page
    assert "{prenom}" not in page
    assert bail.service.telephone in page


def test_using_no_model_changes_nothing(bail, agente, collegue):
    page = use(agente, bail, "traiter", None, reponse="Merci.")
    assert text_in(page, "traiter-reponse") == "Merci."
    assert use(collegue, bail, "traiter", None).status_code == 404
    agente.post(url(bail, "rendre/"))
    assert use(agente, bail, "traiter", None).status_code == 409, "nobody fills in what they do not hold"


def test_who_supervises_writes_models_for_the_fund(cheffe, agente, bail):
    assert "Photo floue ou sombre" in text_of(cheffe.get("/agent/modeles/"))
    data = {
        "titre": "Bail signé",
        "service": "famille",
        "texte": "Bonjour {prenom}, le bail est signé.",
        "usages": ["traiter", "refuser"],
        "nature": "LOG_BAIL",
        "is_active": "on",
    }
    assert cheffe.post("/agent/modeles/nouveau/", data)["Location"] == "/agent/modeles/"
    modele = ModeleReponse.objects.get(titre="Bail signé")
    assert f'value="{modele.pk}"' in agente.get(url(bail)).content.decode()
    page = cheffe.get(f"/agent/modeles/{modele.pk}/").content.decode()
    assert 'value="Bail signé"' in page
    assert (modele.usages, modele.nature) == (["traiter", "refuser"], "LOG_BAIL")
    assert page.count(" checked") == 3, "its two decisions, and that it is offered"
    assert "Document « Refusé »" in text_of(cheffe.get("/agent/modeles/"))
    del data["is_active"]
    assert cheffe.post(f"/agent/modeles/{modele.pk}/", data).status_code == 303
    assert f'value="{modele.pk}"' not in agente.get(url(bail)).content.decode()
    assert "Plus proposé" in text_of(cheffe.get("/agent/modeles/"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"titre": "Photo floue ou sombre", "texte": "Bonjour."}, "s’appelle déjà"),
        ({"titre": "", "texte": "Bonjour."}, "Donnez un titre"),
        ({"titre": "Un", "texte": "Merci de confirmer par courrier."}, "L112-8"),
        ({"titre": "Un", "texte": "Bonjour {nom}."}, "champ connu"),
        ({"titre": "Un", "texte": "Bonjour.", "service": "inconnu"}, "Sélectionnez un choix valide"),
        ({"titre": "Un", "texte": "Bonjour.", "usages": ["ranger"]}, "Sélectionnez un choix valide"),
        ({"titre": "Un", "texte": "Bonjour.", "nature": "INCONNUE"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_model_that_may_not_be_comes_back_with_why(cheffe, data, words):
    before = ModeleReponse.objects.count()
    response = cheffe.post("/agent/modeles/nouveau/", {"is_active": "on", **data})
    assert response.status_code == 422
    assert words in text_of(response)
    assert ModeleReponse.objects.count() == before


def test_models_are_written_by_who_may_and_in_their_fund_alone(agente, cheffe, collegue):
    modele = ModeleReponse.objects.order_by("titre").first()
    admin = Acteur(CompteFactory(agent=True, nom="Admin", role=Role.ADMINISTRATEUR))
    assert admin.get("/agent/modeles/").status_code == 200
    for address in ("/agent/modeles/", "/agent/modeles/nouveau/", f"/agent/modeles/{modele.pk}/"):
        assert agente.get(address).status_code == 404
        assert agente.post(address).status_code in {404, 405}
    other = Caisse.objects.create(
        code="ZZZ", nom="MSA d’ailleurs", telephone="0300000000", courriel="a@enclos.example", adresse=["1 rue"]
    )
    stranger = Acteur(CompteFactory(agent=True, caisse=other, role=Role.ADMINISTRATEUR))
    assert stranger.get(f"/agent/modeles/{modele.pk}/").status_code == 404
    assert modele.titre not in text_of(stranger.get("/agent/modeles/"))


def test_the_bench_is_for_who_treats_items(bail):
    for role in (Role.ACCUEIL, Role.ADMINISTRATEUR):
        other = Acteur(CompteFactory(agent=True, role=role, services=default_caisse().services.filter(code="famille")))
        assert other.get(url(bail)).status_code == 404
        for address in ("decision/traiter/", "prendre/", "rendre/", "rouvrir/", "preparer/", "notes/"):
            assert other.post(url(bail, address)).status_code == 404
