"""« S’inscrire », page by page: what each shows, keeps and refuses."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from enclos.comptes.models import Code
from enclos.courrier.models import Courriel
from enclos.inscription.models import Conclusion, Inscription
from enclos.inscription.parcours import Lieu
from enclos.inscription.tasks import forget_drafts
from tests.conftest import Acteur
from tests.inscription.conftest import COURRIEL, SERIE, Candidat, Parcours, code_to

pytestmark = pytest.mark.django_db
PLACES = [place for place in Lieu if place != Lieu.PROFIL]


def body(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def test_each_step_says_where_one_is_in_the_words_of_the_leaflet(parcours: Parcours, claire: Candidat):
    said = {
        "profil": ("étape 1 sur 7", "Sélection du profil"),
        "identifiant": ("étape 2 sur 7", "Saisie des identifiants"),
        "documents": ("étape 3 sur 7", "Informations des documents nécessaires"),
        "coordonnees": ("étape 4 sur 7", "Saisie de vos coordonnées"),
        "verification": ("étape 5 sur 7", "Vérification de votre identité"),
        "mot-de-passe": ("étape 6 sur 7", "Recevoir votre mot de passe"),
        "mot-de-passe/code": ("étape 6 sur 7", "Validation du mail"),
        "mot-de-passe/conditions": ("étape 6 sur 7", "Acceptation des conditions générales"),
        "confirmation": ("étape 7 sur 7", "Envoi du mot de passe"),
    }
    for path, words in said.items():
        place = path.rpartition("/")[2].replace("-", "_")
        parcours.until(place, claire) if place != "confirmation" else parcours.until("", claire)
        html = body(parcours.get("/inscription/" + ("" if place == "profil" else f"{path}/")))
        assert all(word in html for word in words), (path, words)
        parcours.cookies.clear()


def test_no_step_is_reached_by_its_address_alone(parcours: Parcours, claire: Candidat):
    for place in PLACES:
        assert Client().get(place.url)["Location"] == "/inscription/"
        assert Client().post(place.url, {"conditions": "on"})["Location"] == "/inscription/"
    parcours.until("coordonnees", claire)
    for place in (Lieu.VERIFICATION, Lieu.MOT_DE_PASSE, Lieu.CODE, Lieu.CONDITIONS, Lieu.CONFIRMATION):
        for response in (parcours.get(place.url), parcours.post(place.url, {"reponse": "1", "conditions": "on"})):
            assert (response.status_code, response["Location"]) == (303, "/inscription/coordonnees/")
    assert Conclusion.objects.count() == 0


def test_one_goes_back_and_changes_an_answer_without_telling_the_others_again(parcours: Parcours, claire: Candidat):
    parcours.until("mot_de_passe", claire)
    assert "Roussel" in body(parcours.get("/inscription/coordonnees/"))
    assert claire.nir in body(parcours.get("/inscription/identifiant/"))
    response = parcours.post("/inscription/coordonnees/", claire.coordonnees | {"commune": "Lens"})
    assert response["Location"] == "/inscription/mot-de-passe/"
    assert "Lens" in body(parcours.get("/inscription/coordonnees/"))


def test_another_situation_is_another_question_and_the_former_answer_is_forgotten(parcours: Parcours, claire: Candidat):
    parcours.until("mot_de_passe", claire)
    response = parcours.post("/inscription/documents/", {"situation": "sans"})
    assert response["Location"] == "/inscription/verification/"
    assert "Montant d’un paiement" in body(parcours.get("/inscription/verification/"))
    parcours.post("/inscription/", {"profil": "exploitant"})
    assert parcours.get("/inscription/verification/")["Location"] == "/inscription/documents/"
    parcours.post("/inscription/documents/")
    assert "Montant d’une facture" in body(parcours.get("/inscription/verification/"))


def test_the_answer_is_never_shown_again(parcours: Parcours, claire: Candidat):
    parcours.until("mot_de_passe", claire)
    html = body(parcours.get("/inscription/verification/"))
    assert SERIE not in html
    assert "Vous avez déjà répondu" in html
    refused = parcours.post("/inscription/verification/", {"reponse": "12"})
    assert refused.status_code == 422


def test_a_second_tab_and_a_reload_find_the_same_registration(parcours: Parcours, claire: Candidat):
    parcours.until("verification", claire)
    tab = Client()
    tab.cookies = parcours.cookies
    assert body(tab.get("/inscription/verification/")).count("Numéro de série") >= 1
    html = body(tab.get("/inscription/"))
    assert "/inscription/verification/" in html
    assert Inscription.objects.count() == 1
    parcours.until("", claire)
    assert tab.get("/inscription/coordonnees/")["Location"] == "/inscription/confirmation/"
    assert (
        tab.post("/inscription/mot-de-passe/conditions/", {"conditions": "on"})["Location"]
        == "/inscription/confirmation/"
    )
    assert Conclusion.objects.count() == 1


def test_it_survives_the_end_of_the_session_and_lives_a_day(parcours: Parcours, claire: Candidat):
    parcours.until("verification", claire)
    parcours.cookies.pop("session", None)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=23, minutes=59), tick=False):
        assert parcours.get("/inscription/verification/").status_code == 200
        forget_drafts()
        assert Inscription.objects.count() == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, minutes=1), tick=False):
        assert parcours.get("/inscription/verification/")["Location"] == "/inscription/"
        forget_drafts()
        assert Inscription.objects.count() == 0


def test_the_cookie_opens_one_registration_and_nothing_else(parcours: Parcours, claire: Candidat):
    parcours.until("documents", claire)
    cookie = parcours.cookies["inscription"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie.value not in Inscription.objects.get().empreinte
    stranger = Client()
    stranger.cookies["inscription"] = cookie.value[:-1] + "x"
    assert stranger.get("/inscription/documents/")["Location"] == "/inscription/"


def test_what_was_typed_is_sealed_and_erased_once_finished(parcours: Parcours, claire: Candidat):
    parcours.until("", claire)
    held = bytes(Inscription.objects.get().reponses_sealed)
    assert claire.nir.encode() not in held
    assert SERIE.encode() not in held
    parcours.work()
    assert Inscription.objects.get().reponses() == {"courriel": COURRIEL}


def test_everything_is_erased_when_one_gives_up(parcours: Parcours, claire: Candidat):
    parcours.until("verification", claire)
    assert "Effacer" in body(parcours.get("/inscription/abandonner/"))
    assert parcours.post("/inscription/abandonner/")["Location"] == "/"
    assert Inscription.objects.count() == 0
    assert parcours.get("/inscription/abandonner/")["Location"] == "/inscription/"


def test_employers_and_those_who_do_not_know_their_number_are_led_to_the_telephone(
    parcours: Parcours, claire: Candidat
):
    response = parcours.post("/inscription/", {"profil": "employeur"})
    assert response["Location"] == "/inscription/par-telephone/?profil=employeur"
    assert "SIRET" in body(parcours.get(response["Location"]))
    parcours.until("identifiant", claire)
    html = body(parcours.get("/inscription/identifiant/"))
    assert "Je ne connais pas mon identifiant" in html
    assert "/inscription/par-telephone/" in html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Tapez votre numéro"),
        ("285", "13 signes"),
        ("2 88 07 59 999 037 00", "Un chiffre de ce numéro est faux"),
        ("9880759999037", "n’a pas la forme"),
    ],
)
def test_a_number_is_refused_for_its_shape_alone(parcours: Parcours, claire: Candidat, typed: str, said: str):
    parcours.until("identifiant", claire)
    response = parcours.post("/inscription/identifiant/", {"identifiant": typed})
    assert response.status_code == 422
    assert said in body(response)


@pytest.mark.parametrize("nir", ["1 90 02 2A 999 074", "190022b999074", "7950299999112", "8.95.02.99.999.112"])
def test_corsican_waiting_and_foreign_numbers_are_taken(parcours: Parcours, claire: Candidat, nir: str):
    parcours.until("identifiant", claire)
    assert parcours.post("/inscription/identifiant/", {"identifiant": nir}).status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("civilite", "", "Choisissez Madame ou Monsieur"),
        ("nom_naissance", "", "nom de naissance"),
        ("nom_naissance", "’-", "au moins une lettre"),
        ("prenoms", "12", "au moins une lettre"),
        ("nom_usage", "2 88 07 59 999 037", "numéro de sécurité sociale"),
        ("date_naissance", "31/02/1988", "n’existe pas"),
        ("date_naissance", "21/07/2988", "n’est pas possible"),
        ("adresse", "", "Tapez votre adresse"),
        ("code_postal", "", "code postal"),
        ("commune", "", "commune"),
        ("courriel", "claire@", "n’est pas complète"),
        ("telephone", "12", "n’est pas complet"),
    ],
)
def test_contact_details_are_refused_in_words(parcours: Parcours, claire: Candidat, field: str, value: str, said: str):
    parcours.until("coordonnees", claire)
    response = parcours.post("/inscription/coordonnees/", claire.coordonnees | {field: value})
    assert response.status_code == 422
    assert said in body(response)


@pytest.mark.parametrize("name", ["Y", "d’Haene", "O", "Ó Briain", "N" * 60])
def test_short_long_and_odd_names_are_taken(parcours: Parcours, claire: Candidat, name: str):
    parcours.until("coordonnees", claire)
    assert parcours.post("/inscription/coordonnees/", claire.coordonnees | {"nom_naissance": name}).status_code == 303


def test_an_amount_is_refused_in_words_that_do_not_repeat_it(parcours: Parcours, suzanne: Candidat):
    parcours.until("verification", suzanne)
    response = parcours.post("/inscription/verification/", {"reponse": "912"})
    assert response.status_code == 422
    assert "centimes" in body(response)


def test_the_pencil_changes_the_address_which_is_to_be_proved_again(parcours: Parcours, claire: Candidat):
    parcours.until("conditions", claire)
    assert "Cette adresse est vérifiée" in body(parcours.get("/inscription/mot-de-passe/"))
    assert parcours.get("/inscription/mot-de-passe/code/")["Location"] == "/inscription/mot-de-passe/conditions/"
    parcours.post("/inscription/mot-de-passe/adresse/", {"courriel": "autre@Enclos.Example"})
    assert "autre@enclos.example" in body(parcours.get("/inscription/mot-de-passe/"))
    assert parcours.get("/inscription/mot-de-passe/conditions/")["Location"] == "/inscription/mot-de-passe/"
    assert parcours.post("/inscription/mot-de-passe/adresse/", {"courriel": "non"}).status_code == 422
    parcours.post("/inscription/mot-de-passe/")
    wrong = parcours.post("/inscription/mot-de-passe/code/", {"code": code_to(COURRIEL)})
    assert wrong.status_code == 422
    right = parcours.post("/inscription/mot-de-passe/code/", {"code": code_to("autre@enclos.example")})
    assert right["Location"] == "/inscription/mot-de-passe/conditions/"


def test_the_code_is_refused_in_words_then_dies(parcours: Parcours, claire: Candidat):
    parcours.until("code", claire)
    good = code_to(COURRIEL)
    bad = "000000" if good != "000000" else "111111"
    assert "6 chiffres" in body(parcours.post("/inscription/mot-de-passe/code/", {"code": "12"}))
    for left in ("4 essais", "3 essais", "2 essais", "un essai"):
        response = parcours.post("/inscription/mot-de-passe/code/", {"code": bad})
        assert response.status_code == 422
        assert left in body(response)
    for code in (bad, good):
        assert "n’est plus valable" in body(parcours.post("/inscription/mot-de-passe/code/", {"code": code}))
    parcours.post("/inscription/mot-de-passe/")
    assert parcours.post("/inscription/mot-de-passe/code/", {"code": code_to(COURRIEL)}).status_code == 303


def test_another_registration_s_code_proves_nothing_here(nouveau, claire: Candidat):
    one, other = nouveau(), nouveau()
    one.until("code", claire)
    code = code_to(COURRIEL)
    other.until("code", claire)
    latest = code_to(COURRIEL)
    if code != latest:
        assert other.post("/inscription/mot-de-passe/code/", {"code": code}).status_code == 422
    assert Code.objects.filter(objet="inscription").count() == 2


def test_conditions_must_be_accepted(parcours: Parcours, claire: Candidat):
    parcours.until("conditions", claire)
    response = parcours.post("/inscription/mot-de-passe/conditions/", {})
    assert response.status_code == 422
    assert "Cochez cette case" in body(response)
    assert Conclusion.objects.count() == 0


def test_without_an_address_all_goes_by_post(parcours: Parcours, claire: Candidat):
    claire.courriel = ""
    parcours.until("mot_de_passe", claire)
    assert "partira par la poste" in body(parcours.get("/inscription/mot-de-passe/"))
    assert parcours.post("/inscription/mot-de-passe/").status_code == 422  # no address, no code
    parcours.post("/inscription/mot-de-passe/par-la-poste/")
    assert parcours.get("/inscription/mot-de-passe/code/")["Location"] == "/inscription/mot-de-passe/conditions/"
    assert Courriel.objects.count() == 0
    assert parcours.get("/inscription/mot-de-passe/par-la-poste/")["Location"] == "/inscription/mot-de-passe/"


def test_a_member_signed_in_is_told_so(adherente: Acteur):
    assert "Vous êtes déjà connecté" in body(adherente.get("/inscription/"))


def test_the_pages_ask_little_of_the_database(nouveau, claire: Candidat, django_assert_max_num_queries):
    places = [
        "profil",
        "identifiant",
        "documents",
        "coordonnees",
        "verification",
        "mot_de_passe",
        "code",
        "conditions",
        "",
    ]
    for name in places:
        parcours = nouveau()
        parcours.until(name, claire)
        with django_assert_max_num_queries(6):
            assert parcours.get(Lieu(name or "confirmation").url).status_code == 200
