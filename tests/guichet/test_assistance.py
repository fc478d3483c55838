"""The help desk: an agent who has the right, a reason, checks that are written down, then help that the member is told of."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from enclos.agents.assistance import access, actions
from enclos.agents.models import Appel
from enclos.caisses.models import Caisse
from enclos.comptes import compteurs
from enclos.comptes.models import Association, Compte, Compteur, MotDePasseProvisoire, Session
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.inscription.models import Essais
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db

RECHERCHE = "/agent/assistance/"
NIR = "2850559999011"
VERIFIE = {"verifications": ["naissance", "adresse"], "constat": "Elle a donné sa commune de naissance."}


@pytest.fixture
def jeanne(db: None) -> Personne:
    personne = PersonneFactory(
        nir=NIR, prenoms="Jeanne Marie", nom_naissance="Delattre", nom_usage="Lefèbvre", email="jeanne@enclos.example"
    )
    CompteFactory(
        personne=personne,
        courriel="jeanne@enclos.example",
        courriel_verifie_at=timezone.now(),
        telephone="+33612345678",
    )
    return Personne.objects.select_related("compte").get(pk=personne.pk)


def chercher(acteur: Acteur, numero: str = "", *, follow: bool = False, **told: str):
    return acteur.post(RECHERCHE, {"numero": numero, "raison": "telephone", **told}, follow=follow)


def ouvrir(acteur: Acteur, personne: Personne) -> str:
    """The address of a call about this person."""
    return chercher(acteur, personne.ref)["Location"]


def verifier(acteur: Acteur, personne: Personne) -> str:
    """The same once the checks are noted."""
    url = ouvrir(acteur, personne)
    assert acteur.post(f"{url}verifications/", VERIFIE).status_code == 303
    return url


# --- looking for somebody


def test_an_agent_finds_a_member_by_their_number_which_is_in_no_address(assistante: Acteur, jeanne: Personne):
    answer = chercher(assistante, "2 85 05 59 999 011")
    assert answer.status_code == 303
    assert NIR not in answer["Location"]
    page = assistante.get(answer["Location"]).content.decode()
    assert "Jeanne Lefèbvre" in page
    assert NIR not in page
    assert "• •• •• •• ••• 011" in page
    searched = Ligne.objects.get(event="agents.assistance.searched")
    assert searched.details == {"par": "nir", "trouvees": 1, "raison": "telephone", "precision": ""}
    opened = Ligne.objects.get(event="agents.assistance.opened")
    assert (opened.object_id, opened.actor_label) == (str(jeanne.pk), "Sophie Lemaire")


def test_a_member_is_found_by_reference_by_a_sending_or_by_name_and_birth(
    assistante: Acteur,
    jeanne: Personne,
    envoyer,  # noqa: F811
):
    (affaire,) = envoyer(jeanne.compte)
    for told in (
        {"numero": jeanne.ref},
        {"numero": affaire.reference.lower()},
        {"nom": "lefebvre", "naissance": "14/05/1985"},
        {"nom": "DELATTRE", "naissance": "14051985"},
    ):
        answer = chercher(assistante, **told)
        assert answer.status_code == 303, told
        assert Appel.objects.order_by("-pk").first().personne == jeanne


def test_several_persons_of_one_name_are_listed_and_one_is_opened(assistante: Acteur, jeanne: Personne):
    other = PersonneFactory(prenoms="Jeanne", nom_naissance="Delattre", localite="CASSEL")
    answer = chercher(assistante, nom="Delattre", naissance="14/05/1985")
    assert answer.status_code == 200
    assert "CASSEL" in answer.content.decode()
    assert not Appel.objects.exists()
    assert assistante.post(f"{RECHERCHE}ouvrir/", {"personne": str(other.pk), "raison": "telephone"}).status_code == 303
    assert Appel.objects.get().personne == other
    assert assistante.post(f"{RECHERCHE}ouvrir/", {"personne": str(other.pk)}).status_code == 404
    assert assistante.post(f"{RECHERCHE}ouvrir/", {"personne": "x", "raison": "telephone"}).status_code == 404


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"numero": ""}, "Donnez un numéro, ou bien le nom"),
        ({"nom": "Delattre"}, "Donnez aussi la date de naissance"),
        ({"naissance": "14/05/1985"}, "Donnez aussi le nom"),
        ({"nom": "Delattre", "naissance": "31/02/1985"}, "Cette date n’existe pas"),
        ({"numero": "INCONNU-1"}, "Personne n’est trouvé"),
        ({"numero": "2850559999999"}, "Personne n’est trouvé"),
        ({"numero": "R1", "raison": ""}, "Choisissez la raison"),
        ({"numero": "R1", "raison": "autre"}, "Dites en quelques mots"),
        ({"numero": "R1", "raison": "autre", "precision": "n° 2 85 05 59 999 011"}, "numéro de sécurité sociale"),
    ],
)
def test_a_search_that_says_too_little_is_refused_with_words(assistante: Acteur, told, words):
    answer = chercher(assistante, **told)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Appel.objects.exists()


def test_a_member_of_another_fund_is_as_unknown_as_anybody(assistante: Acteur):
    other = Caisse.objects.create(
        code="ZZZ", nom="MSA d’ailleurs", telephone="0300000000", courriel="a@enclos.example", adresse=["1 rue"]
    )
    stranger = PersonneFactory(caisse=other)
    answer = chercher(assistante, stranger.ref)
    assert answer.status_code == 422
    assert "Personne n’est trouvé" in answer.content.decode()
    told = {"personne": str(stranger.pk), "raison": "telephone"}
    assert assistante.post(f"{RECHERCHE}ouvrir/", told).status_code == 404


def test_nobody_searches_without_end(assistante: Acteur, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        actions, "SEARCHES", compteurs.Rule(timedelta(hours=1), free=2, waits=(timedelta(hours=1),), most=2)
    )
    assert [chercher(assistante, "X").status_code for _ in range(3)] == [422, 422, 429]


# --- who may


def test_without_the_right_there_is_nothing(agente: Acteur, adherente: Acteur, assistante: Acteur, jeanne: Personne):
    url = ouvrir(assistante, jeanne)
    for address in (RECHERCHE, url):
        assert agente.get(address).status_code == 404
        assert adherente.get(address).status_code == 404
        assert Client().get(address).status_code == 302
    assert "Assistance" not in agente.get("/agent/").content.decode()
    assert "/agent/assistance/" in assistante.get("/agent/").content.decode()


def test_the_right_asks_for_the_second_factor(assistante: Acteur):
    Session.objects.filter(compte=assistante.compte).update(is_strong=False)
    answer = assistante.get(RECHERCHE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/connexion/code/")


def test_a_call_is_of_the_agent_who_opened_it_and_lasts_an_hour(assistante: Acteur, jeanne: Personne):
    services = assistante.compte.services.all()
    colleague = Acteur(CompteFactory(agent=True, services=services, droits=["assistance"]))
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        assistante.force_login(assistante.compte)
        Session.objects.update(is_strong=True)
        url = verifier(assistante, jeanne)
        assert colleague.get(url).status_code in {302, 404}
        clock.shift(timedelta(minutes=14))
        assert assistante.get(url).status_code == 200
        Appel.objects.update(created_at=timezone.now() - timedelta(hours=1))
        for answer in (
            assistante.get(url),
            assistante.post(f"{url}verifications/", VERIFIE),
            assistante.post(f"{url}actes/deconnecter/"),
        ):
            assert answer.status_code == 303
            assert answer["Location"] == f"{RECHERCHE}?fini=1"
        assert "L’appel est terminé" in assistante.get(f"{RECHERCHE}?fini=1").content.decode()
    assert colleague.get(url).status_code == 404


def test_calls_are_forgotten_after_a_month(assistante: Acteur, jeanne: Personne):
    ouvrir(assistante, jeanne)
    assert actions.forget_old_calls() == 0
    Appel.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert actions.forget_old_calls() == 1


# --- what is seen


def test_the_page_says_where_the_account_stands_and_shows_no_secret(assistante: Acteur, jeanne: Personne, equiper):
    equiper(jeanne.compte)
    compteurs.count_try(
        f"identifiant:{jeanne.nir_index}", compteurs.Rule(timedelta(hours=24), 1, (timedelta(minutes=4),), 25)
    )
    page = assistante.get(ouvrir(assistante, jeanne)).content.decode()
    for words in (
        "Compte ouvert",
        "j•••@enclos.example",
        "•• •• •• •• 78",
        "Application de codes, 1 clé d’accès",
        "lié depuis le",
        "Bloqué",
        "12 RUE DU MOULIN",
        "Aucune lettre",
    ):
        assert words in page, words
    for secret in ("jeanne@enclos.example", "+33612345678", "0612345678", NIR):
        assert secret not in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"is_active": False, "closed_at": datetime(2026, 1, 1, tzinfo=UTC)}, "Compte fermé par l’adhérent"),
        ({"is_active": False}, "Compte bloqué"),
        ({"niveau": 1}, "à confirmer par le code d’un courrier"),
    ],
)
def test_the_state_of_the_account_is_told_in_words(assistante: Acteur, jeanne: Personne, state, words):
    Compte.objects.filter(pk=jeanne.compte.pk).update(**state)
    assert words in assistante.get(ouvrir(assistante, jeanne)).content.decode()


def test_somebody_without_an_account_and_somebody_deceased_are_told_as_such(assistante: Acteur):
    nobody = PersonneFactory()
    assert "Aucun compte ouvert" in assistante.get(ouvrir(assistante, nobody)).content.decode()
    gone = PersonneFactory(decede=True)
    page = assistante.get(ouvrir(assistante, gone)).content.decode()
    assert "Personne décédée dans le registre" in page
    assert "jamais ici" in page


def test_the_page_asks_the_database_a_fixed_number_of_questions(
    assistante: Acteur, jeanne: Personne, equiper, django_assert_max_num_queries
):
    equiper(jeanne.compte)
    url = verifier(assistante, jeanne)
    with django_assert_max_num_queries(15):
        assistante.get(url)


# --- what must be written first


def test_nothing_is_done_before_the_checks_are_written_down(assistante: Acteur, jeanne: Personne):
    url = ouvrir(assistante, jeanne)
    for slug in actions.ACTES:
        answer = assistante.post(f"{url}actes/{slug}/")
        assert answer.status_code == 409, slug
        assert "Écrivez d’abord" in answer.content.decode()
    assert not Courriel.objects.filter(subject__startswith="Notre assistance").exists()
    assert "/actes/" not in assistante.get(url).content.decode()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "Cochez au moins deux"),
        ({"verifications": ["adresse"]}, "Cochez au moins deux"),
        ({"verifications": ["adresse", "intuition"]}, "intuition"),
        ({**VERIFIE, "constat": f"Son numéro est {NIR}."}, "numéro de sécurité sociale"),
        ({**VERIFIE, "constat": "a" * 501}, "500"),
    ],
)
def test_checks_that_say_too_little_or_too_much_are_refused(assistante: Acteur, jeanne: Personne, told, words):
    answer = assistante.post(f"{ouvrir(assistante, jeanne)}verifications/", told)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Appel.objects.get().verifie_at is None


def test_the_checks_are_in_the_journal(assistante: Acteur, jeanne: Personne):
    verifier(assistante, jeanne)
    line = Ligne.objects.get(event="agents.assistance.checked")
    assert line.details["verifications"] == ["naissance", "adresse"]
    assert line.details["constat"] == VERIFIE["constat"]
    assert (line.object_id, line.actor_label) == (str(jeanne.pk), "Sophie Lemaire")


# --- what can be done


def test_a_blocked_member_may_try_again(assistante: Acteur, jeanne: Personne):
    key = f"identifiant:{jeanne.nir_index}"
    compteurs.count_try(key, compteurs.Rule(timedelta(hours=24), 1, (timedelta(minutes=60),), 25))
    url = verifier(assistante, jeanne)
    assert "Bloqué" in assistante.get(url).content.decode()
    answer = assistante.post(f"{url}actes/debloquer/", follow=True)
    assert "Les essais sont remis à zéro." in answer.content.decode()
    assert not Compteur.objects.filter(pk=key).exists()
    assert Ligne.objects.filter(event="agents.assistance.unblocked", object_id=str(jeanne.pk)).count() == 1
    assert Ligne.objects.filter(event="comptes.compte.unblocked", actor_label="Sophie Lemaire").count() == 1


def test_a_provisional_password_goes_to_the_verified_mail_and_to_no_eyes(assistante: Acteur, jeanne: Personne):
    answer = assistante.post(f"{verifier(assistante, jeanne)}actes/courriel/", follow=True)
    assert "Un mot de passe provisoire part par courriel." in answer.content.decode()
    mail = Courriel.objects.get(subject="Votre mot de passe provisoire")
    assert mail.to == "jeanne@enclos.example"
    assert MotDePasseProvisoire.objects.get().canal == "courriel"
    assert mail.secret not in answer.content.decode()


def test_a_mail_that_was_not_verified_gets_no_password(assistante: Acteur, jeanne: Personne):
    Compte.objects.filter(pk=jeanne.compte.pk).update(courriel_verifie_at=None)
    url = verifier(assistante, jeanne)
    answer = assistante.post(f"{url}actes/courriel/")
    assert answer.status_code == 409
    assert "Aucune adresse e-mail vérifiée" in answer.content.decode()
    assert not MotDePasseProvisoire.objects.exists()
    assert "Aucune adresse e-mail vérifiée" in assistante.get(url).content.decode()


def test_a_letter_sent_again_has_a_new_secret_and_the_former_opens_nothing(assistante: Acteur, jeanne: Personne):
    url = verifier(assistante, jeanne)
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        assistante.force_login(assistante.compte)
        Session.objects.update(is_strong=True)
        Appel.objects.update(created_at=timezone.now())
        assistante.post(f"{url}actes/lettre/")
        first = Lettre.objects.get(genre="mot-de-passe")
        secret = first.secret
        clock.shift(timedelta(minutes=1))
        answer = assistante.post(f"{url}actes/lettre/", follow=True)
    assert "Une lettre part à l’adresse" in answer.content.decode()
    second = Lettre.objects.exclude(pk=first.pk).get(genre="mot-de-passe")
    first.refresh_from_db()
    assert (first.etat, bool(first.secret_sealed)) == ("annulee", False)
    assert second.secret != secret
    assert secret not in answer.content.decode()
    assert MotDePasseProvisoire.objects.filter(used_at=None, killed_at=None).count() == 1


def test_an_account_that_a_stranger_opened_is_given_back_by_a_letter(assistante: Acteur, jeanne: Personne):
    url = verifier(assistante, jeanne)
    assert assistante.post(f"{url}actes/reprendre/").status_code == 409  # a confirmed account is its owner's
    Compte.objects.filter(personne=jeanne).update(niveau=Compte.Niveau.A_CONFIRMER)
    assert assistante.post(f"{url}actes/reprendre/").status_code == 303
    assert Lettre.objects.get(etat="en-attente", genre="mot-de-passe").secret
    assert Ligne.objects.filter(event="agents.assistance.account_given_back").exists()


def test_a_double_click_sends_one_letter(assistante: Acteur, jeanne: Personne):
    url = verifier(assistante, jeanne)
    for _ in range(2):
        assert assistante.post(f"{url}actes/lettre/").status_code == 303
    assert Lettre.objects.filter(genre="mot-de-passe").count() == 1
    assert Courriel.objects.filter(subject="Notre assistance a agi sur votre compte").count() == 1


def test_franceconnect_is_untied_and_sessions_are_ended(assistante: Acteur, jeanne: Personne, equiper):
    equiper(jeanne.compte)
    url = verifier(assistante, jeanne)
    assistante.post(f"{url}actes/franceconnect/")
    assistante.post(f"{url}actes/deconnecter/")
    assert not Association.objects.exists()
    assert not Session.objects.filter(compte=jeanne.compte).exists()
    assert assistante.post(f"{url}actes/franceconnect/").status_code in {303, 409}
    page = assistante.get(url).content.decode()
    assert "Ce compte n’est pas lié à FranceConnect." in page
    assert "Aucune connexion n’est ouverte." in page


def test_each_act_is_told_to_the_member_at_every_address_we_know(assistante: Acteur, jeanne: Personne):
    Personne.objects.filter(pk=jeanne.pk).update(email="ancienne@enclos.example")
    assistante.post(f"{verifier(assistante, jeanne)}actes/debloquer/")
    told = Courriel.objects.filter(subject="Notre assistance a agi sur votre compte").order_by("to")
    assert [mail.to for mail in told] == ["ancienne@enclos.example", "jeanne@enclos.example"]
    assert "Ce n’était pas vous ?" in told[0].text
    assert "Lefèbvre" not in told[0].text


def test_a_member_without_any_mail_is_told_by_a_letter(assistante: Acteur, jeanne: Personne):
    Personne.objects.filter(pk=jeanne.pk).update(email="")
    Compte.objects.filter(pk=jeanne.compte.pk).update(courriel="")
    assistante.post(f"{verifier(assistante, jeanne)}actes/debloquer/")
    assert Lettre.objects.get().genre == "assistance"


def test_there_is_no_way_to_set_a_password_or_to_mark_somebody_deceased(assistante: Acteur, jeanne: Personne):
    url = verifier(assistante, jeanne)
    for slug in ("mot-de-passe", "deces", "decede", "courriel-nouveau"):
        assert assistante.post(f"{url}actes/{slug}/").status_code == 404


def test_somebody_without_an_account_gets_one_by_a_letter(assistante: Acteur):
    nobody = PersonneFactory(date_naissance=date(1985, 5, 14))
    url = verifier(assistante, nobody)
    answer = assistante.post(f"{url}actes/lettre/", follow=True)
    assert answer.status_code == 200
    assert Lettre.objects.get(genre="mot-de-passe").personne == nobody
    assert Compte.objects.get(personne=nobody).may_sign_in
    assert "Mot de passe provisoire envoyé par la poste" in answer.content.decode()


def test_an_account_to_confirm_gets_its_code_again(assistante: Acteur, jeanne: Personne):
    jeanne.compte.set_password("Élevage de chèvres 1987")
    jeanne.compte.niveau = Compte.Niveau.A_CONFIRMER
    jeanne.compte.save()
    assistante.post(f"{verifier(assistante, jeanne)}actes/lettre/")
    assert Lettre.objects.get(has_secret=True).genre == "code"


def test_wrong_answers_at_registration_are_forgotten_with_the_tries(assistante: Acteur, jeanne: Personne):
    now = timezone.now().isoformat()
    Essais.objects.create(personne=jeanne, faux=[now, now, now])
    url = verifier(assistante, jeanne)
    assert "Trop de réponses fausses" in assistante.get(url).content.decode()
    assistante.post(f"{url}actes/debloquer/")
    assert "Trop de réponses fausses" not in assistante.get(url).content.decode()


def test_a_closed_account_gets_neither_mail_nor_letter(assistante: Acteur, jeanne: Personne):
    Compte.objects.filter(pk=jeanne.compte.pk).update(is_active=False)
    url = verifier(assistante, jeanne)
    for slug in ("courriel", "lettre"):
        assert assistante.post(f"{url}actes/{slug}/").status_code == 409
    assert not MotDePasseProvisoire.objects.exists()


def test_what_is_read_of_sign_ins_is_when_and_how(assistante: Acteur, jeanne: Personne):
    from enclos.journal.actions import record

    record(
        "comptes.session.opened", jeanne.compte, by=jeanne.compte, methode="cle", navigateur="Firefox sur Android",
        source="192.0.2.0/24",
    )  # fmt: skip
    page = assistante.get(ouvrir(assistante, jeanne)).content.decode()
    assert "Clé d’accès, Firefox sur Android" in page
    assert "192.0.2" not in page


def test_names_are_matched_without_accents_and_born_another_day_are_not(assistante: Acteur, jeanne: Personne):
    agent = assistante.compte
    assert list(access.found(agent, numero="", nom="Lefebvre", naissance=date(1985, 5, 14)).personnes) == [jeanne]
    assert not access.found(agent, numero="", nom="Lefebvre", naissance=date(1985, 5, 15)).personnes
    assert not access.found(agent, numero="", nom="Dupont", naissance=date(1985, 5, 14)).personnes
