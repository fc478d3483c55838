"""What becomes of a registration: who gets what, by which way, and who gets nothing. The screen never tells."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from enclos.comptes.actions import VISITOR
from enclos.comptes.models import Acceptation, Compte, MotDePasseProvisoire
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.inscription.conditions import conditions_of
from enclos.inscription.examen import conclude
from enclos.inscription.models import Conclusion, Inscription
from enclos.inscription.ouverture import announce_openings
from enclos.inscription.tasks import forget_conclusions, forget_drafts
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle import sealed
from tests.inscription.conftest import COURRIEL, Candidat, Parcours, letters, without_chance

pytestmark = pytest.mark.django_db
Resultat = Conclusion.Resultat
AFTER = timedelta(minutes=11)


def mails(to: str, subject: str) -> int:
    return Courriel.objects.filter(to=to, subject=subject).count()


def test_a_right_answer_opens_an_account_and_the_password_leaves_by_mail(parcours: Parcours, claire: Candidat):
    conclusion = parcours.registers(claire)
    assert conclusion.resultat == Resultat.COURRIEL
    compte = Compte.objects.get(personne=claire.personne)
    assert (compte.courriel, compte.niveau) == (COURRIEL, Compte.Niveau.CONFIRME)
    assert compte.courriel_verifie_at is not None
    assert compte.telephone == "+33612345603"
    assert compte.telephone_verifie_at is None
    assert not compte.has_usable_password()
    assert MotDePasseProvisoire.objects.get(compte=compte).canal == "courriel"
    message = Courriel.objects.get(cle=conclusion.courriel_cle)
    assert message.to == COURRIEL
    assert "/connexion/" in message.text
    accepted = Acceptation.objects.get(compte=compte, texte="conditions")
    assert accepted.sha256 == conditions_of(compte.caisse).sha256
    assert letters(claire.personne) == ["acces-ouvert"]


def test_nothing_of_the_registry_is_changed(parcours: Parcours, claire: Candidat):
    before = Personne.objects.filter(pk=claire.personne.pk).values().get()
    claire.details = {"adresse": "1 rue Neuve", "code_postal": "59000", "commune": "Lille", "telephone": "0700000000"}
    claire.courriel = "autre@enclos.example"
    parcours.registers(claire)
    assert Personne.objects.filter(pk=claire.personne.pk).values().get() == before


def test_a_farmer_answers_with_an_invoice_and_a_pensioner_with_a_payment(nouveau, marc: Candidat, suzanne: Candidat):
    assert nouveau().registers(marc).resultat == Resultat.COURRIEL
    assert nouveau().registers(suzanne).resultat == Resultat.COURRIEL


def test_with_an_unknown_address_the_account_is_to_confirm_and_the_known_one_is_told(
    parcours: Parcours, claire: Candidat
):
    claire.courriel = "autre@enclos.example"
    parcours.registers(claire)
    compte = Compte.objects.get(personne=claire.personne)
    assert compte.niveau == Compte.Niveau.A_CONFIRMER
    assert mails(COURRIEL, "Un accès en ligne vient d’être ouvert à votre nom") == 1
    assert mails("autre@enclos.example", "Votre mot de passe provisoire") == 1
    assert sorted(letters(claire.personne)) == ["acces-ouvert", "code"]


def test_the_known_address_is_known_however_it_is_written(parcours: Parcours, claire: Candidat):
    claire.courriel = "Claire@ENCLOS.example"
    parcours.registers(claire)
    assert Compte.objects.get(personne=claire.personne).is_confirmed


def test_a_wrong_answer_sends_the_password_to_the_known_postal_address_alone(parcours: Parcours, claire: Candidat):
    claire.reponse, claire.courriel = "90000999451", "autre@enclos.example"
    claire.details = {"adresse": "1 rue du Voleur", "commune": "Ailleurs"}
    assert parcours.registers(claire).resultat == Resultat.COURRIER
    lettre = Lettre.objects.get()
    assert lettre.genre == "mot-de-passe"
    assert "12 RUE DU MOULIN" in lettre.destinataire
    compte = Compte.objects.get(personne=claire.personne)
    assert (compte.courriel, compte.courriel_verifie_at, compte.telephone) == (COURRIEL, None, "")
    assert MotDePasseProvisoire.objects.get().canal == "courrier"
    assert mails("autre@enclos.example", "Votre mot de passe provisoire") == 0


def test_without_an_address_a_right_answer_comes_by_post(parcours: Parcours, claire: Candidat):
    claire.courriel = ""
    conclusion = parcours.registers(claire)
    assert (conclusion.resultat, conclusion.examen) == (Resultat.COURRIER, "juste")
    assert letters(claire.personne) == ["mot-de-passe"]


def test_one_letter_at_a_time(nouveau, claire: Candidat):
    claire.reponse = "90000999451"
    assert nouveau().registers(claire).resultat == Resultat.COURRIER
    first = MotDePasseProvisoire.objects.get()
    assert nouveau().registers(claire).resultat == Resultat.LETTRE_EN_ROUTE
    assert MotDePasseProvisoire.objects.get() == first
    assert letters(claire.personne) == ["mot-de-passe"]


def test_a_right_answer_after_a_wrong_one_need_not_wait_for_the_letter(nouveau, claire: Candidat):
    claire.reponse = "90000999451"
    nouveau().registers(claire)
    claire.reponse = "90000999450"
    assert nouveau().registers(claire).resultat == Resultat.COURRIEL
    assert Lettre.objects.get(genre="mot-de-passe").etat == "annulee"
    assert provisoires.awaited(Compte.objects.get()).canal == "courriel"


def gone(personne: Personne, **changed: object) -> None:
    Personne.objects.filter(pk=personne.pk).update(**changed)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"decede": True}, Resultat.DECEDEE),
        ({"closed_at": datetime(2026, 1, 1, tzinfo=UTC)}, Resultat.INCONNUE),
        ({"nom_naissance": "Dupuis", "nom_usage": ""}, Resultat.IDENTITE),
        ({"date_naissance": datetime(1988, 7, 22).date()}, Resultat.IDENTITE),
    ],
)
def test_nothing_leaves_for_who_may_not_have_an_account(
    parcours, claire: Candidat, changed: dict[str, object], expected: Resultat
):
    gone(claire.personne, **changed)
    assert parcours.registers(claire).resultat == expected
    nothing_left()


def nothing_left() -> None:
    assert Compte.objects.count() == 0
    assert Lettre.objects.count() == 0
    assert Courriel.objects.exclude(subject="Votre code de vérification").count() == 0


def test_nothing_leaves_for_an_unknown_number(parcours: Parcours, claire: Candidat):
    claire.nir = synthetic_nir(999_999)
    assert parcours.registers(claire).resultat == Resultat.INCONNUE
    nothing_left()
    line = Ligne.objects.get(event="inscription.inscription.concluded")
    assert line.details["resultat"] == "inconnue"


def test_a_child_has_no_account_of_their_own(parcours: Parcours, claire: Candidat):
    born = timezone.localdate().replace(year=timezone.localdate().year - 15)
    gone(claire.personne, date_naissance=born)
    claire.details = {"date_naissance": f"{born:%d/%m/%Y}"}
    assert parcours.registers(claire).resultat == Resultat.MINEURE
    nothing_left()


def test_nobody_is_written_to_where_there_is_no_address(parcours: Parcours, claire: Candidat):
    gone(claire.personne, adresse4="SANS DOMICILE FIXE", code_postal="", localite="")
    claire.reponse = "90000999451"
    assert parcours.registers(claire).resultat == Resultat.SANS_ADRESSE
    nothing_left()


def test_with_the_right_answer_no_fixed_address_is_no_obstacle(parcours: Parcours, claire: Candidat):
    gone(claire.personne, adresse4="SANS DOMICILE FIXE", code_postal="", localite="")
    assert parcours.registers(claire).resultat == Resultat.COURRIEL


def test_the_waiting_number_and_the_number_that_replaced_it_find_one_person(nouveau, claire: Candidat):
    nia = "7" + synthetic_nir(51_090)[1:]
    gone(claire.personne, nia_index=sealed.blind_index(nia))
    claire.nir, claire.reponse = nia, "90000999451"
    assert nouveau().registers(claire).personne == claire.personne
    claire.nir = synthetic_nir(51_001)
    assert nouveau().registers(claire).resultat == Resultat.LETTRE_EN_ROUTE


def test_twins_of_one_name_each_open_their_own(nouveau, claire: Candidat):
    nir = synthetic_nir(51_077)
    twin = PersonneFactory(
        nir=nir, nom_naissance="Roussel", prenoms="Clara", date_naissance=claire.personne.date_naissance
    )
    assert nouveau().registers(Candidat(nir)).resultat == Resultat.IDENTITE
    assert nouveau().registers(claire).personne != twin


def test_the_holder_of_an_account_is_told_and_nobody_else(parcours: Parcours, claire: Candidat):
    compte = CompteFactory(
        personne=claire.personne, mot_de_passe="Un bon mot de passe", courriel="titulaire@enclos.example"
    )
    before = Compte.objects.filter(pk=compte.pk).values().get()
    claire.courriel = "autre@enclos.example"
    assert parcours.registers(claire).resultat == Resultat.DEJA
    assert mails("titulaire@enclos.example", "Vous avez déjà un espace privé") == 1
    assert Courriel.objects.filter(to="autre@enclos.example").exclude(subject="Votre code de vérification").count() == 0
    assert Compte.objects.filter(pk=compte.pk).values().get() == before
    assert Lettre.objects.count() == 0
    assert MotDePasseProvisoire.objects.count() == 0


def test_the_holder_is_told_once_a_day(nouveau, claire: Candidat):
    CompteFactory(personne=claire.personne, mot_de_passe="Un bon mot de passe", courriel="titulaire@enclos.example")
    for _ in range(3):
        nouveau().registers(claire)
    assert mails("titulaire@enclos.example", "Vous avez déjà un espace privé") == 1


def test_before_the_post_confirmed_an_account_the_address_the_fund_knows_is_told_too(parcours, claire: Candidat):
    CompteFactory(
        personne=claire.personne, mot_de_passe="Un bon mot de passe", courriel="voleur@enclos.example", niveau=1
    )
    assert parcours.registers(claire).resultat == Resultat.DEJA
    assert mails("voleur@enclos.example", "Vous avez déjà un espace privé") == 1
    assert mails(COURRIEL, "Vous avez déjà un espace privé") == 1


def test_a_holder_without_e_mail_is_told_by_post(nouveau, claire: Candidat):
    gone(claire.personne, email="", telephone="")
    compte = CompteFactory(personne=claire.personne, mot_de_passe="Un bon mot de passe", courriel="")
    for _ in range(2):
        assert nouveau().registers(claire).resultat == Resultat.DEJA
    assert letters(claire.personne) == ["mot-de-passe"]
    compte.refresh_from_db()
    assert compte.has_usable_password()


def test_an_account_shut_by_the_fund_is_not_opened_by_a_form(parcours: Parcours, claire: Candidat):
    CompteFactory(personne=claire.personne, is_active=False)
    assert parcours.registers(claire).resultat == Resultat.BLOQUEE
    assert Lettre.objects.count() == 0


def test_an_account_that_its_holder_closed_is_opened_again(parcours: Parcours, claire: Candidat):
    closed = CompteFactory(personne=claire.personne, is_active=False, closed_at=timezone.now(), courriel="")
    assert parcours.registers(claire).resultat == Resultat.COURRIEL
    closed.refresh_from_db()
    assert closed.may_sign_in
    assert closed.courriel == COURRIEL


def test_two_registrations_of_one_person_at_once_one_wins(nouveau, claire: Candidat):
    one, other = nouveau(), nouveau()
    one.until("conditions", claire)
    claire.courriel = "voleur@enclos.example"
    other.until("conditions", claire)
    for browser in (one, other):
        browser.post("/inscription/mot-de-passe/conditions/", {"conditions": "on"})
    one.work()
    pages = [without_chance(browser.get("/inscription/confirmation/")) for browser in (one, other)]
    assert list(Conclusion.objects.order_by("pk").values_list("resultat", flat=True)) == ["courriel", "provisoire"]
    compte = Compte.objects.get()
    assert compte.courriel == COURRIEL
    assert mails("voleur@enclos.example", "Votre mot de passe provisoire") == 0
    assert pages[0].replace(COURRIEL, "x") == pages[1].replace("voleur@enclos.example", "x")


def test_who_lost_the_mail_gets_another_by_registering_again(nouveau, claire: Candidat):
    nouveau().registers(claire)
    with time_machine.travel(datetime.now(UTC) + AFTER, tick=False):
        assert nouveau().registers(claire).resultat == Resultat.COURRIEL
    assert MotDePasseProvisoire.objects.filter(killed_at=None).count() == 1
    assert Compte.objects.count() == 1


def test_once_used_an_account_is_never_given_again_by_the_question(nouveau, claire: Candidat):
    nouveau().registers(claire)
    compte = Compte.objects.get()
    provisoires.use(provisoires.awaited(compte).pk, by=VISITOR)
    with time_machine.travel(datetime.now(UTC) + AFTER, tick=False):
        assert nouveau().registers(claire).resultat == Resultat.DEJA


def test_a_letter_whose_password_served_is_closed_and_the_opening_announced(parcours: Parcours, claire: Candidat):
    claire.courriel = ""
    parcours.registers(claire)
    assert announce_openings() == 0
    provisoires.use(provisoires.awaited(Compte.objects.get()).pk, by=VISITOR)
    assert announce_openings() == 1
    assert announce_openings() == 0
    assert letters(claire.personne) == ["mot-de-passe", "acces-ouvert"]
    assert not Lettre.objects.get(genre="mot-de-passe").is_open


@pytest.mark.parametrize(("months_ago", "expected"), [(6, Resultat.COURRIEL), (7, Resultat.COURRIER)])
def test_a_payment_counts_for_six_months_from_the_day_one_finished(
    parcours, suzanne: Candidat, months_ago: int, expected
):
    with time_machine.travel(datetime(2026, 9, 30, 10, tzinfo=UTC), tick=False):
        suzanne.personne.paiements.update(
            date=datetime(2026, 3, 30).date() if months_ago == 6 else datetime(2026, 3, 29).date()
        )
        assert parcours.registers(suzanne).resultat == expected


def test_done_twice_it_changes_nothing(parcours: Parcours, claire: Candidat):
    conclusion = parcours.registers(claire)
    conclude(conclusion)
    assert MotDePasseProvisoire.objects.count() == 1
    assert Ligne.objects.filter(event="inscription.inscription.concluded").count() == 1


def test_the_journal_tells_what_the_help_desk_needs_and_nothing_that_was_typed(parcours: Parcours, claire: Candidat):
    claire.details = {"code_postal": "59000"}
    parcours.registers(claire)
    line = Ligne.objects.get(event="inscription.inscription.concluded")
    assert line.details["resultat"] == "courriel"
    assert line.details["ecarts"] == ["code_postal"]
    for row in Ligne.objects.all():
        assert claire.reponse not in str(row.details)
        assert "Roussel" not in str(row.details)


def test_a_mail_refused_is_told_on_the_next_visit_and_the_letter_offered(parcours: Parcours, claire: Candidat):
    conclusion = parcours.registers(claire)
    assert "n’a pas pu vous être remis" not in parcours.get("/inscription/confirmation/").content.decode()
    Courriel.objects.filter(cle=conclusion.courriel_cle).update(
        broken_at=timezone.now(), next_at=None, echec="definitif"
    )
    assert "n’a pas pu vous être remis" in parcours.get("/inscription/confirmation/").content.decode()
    parcours.post("/inscription/confirmation/par-la-poste/")
    assert "n’a pas pu vous être remis" not in parcours.get("/inscription/confirmation/").content.decode()
    assert letters(claire.personne) == ["acces-ouvert", "mot-de-passe"]
    assert provisoires.awaited(Compte.objects.get()).canal == "courrier"
    parcours.post("/inscription/confirmation/par-la-poste/")
    assert letters(claire.personne) == ["acces-ouvert", "mot-de-passe"]


def test_nobody_asks_for_the_letter_while_the_mail_is_fine(parcours: Parcours, claire: Candidat):
    parcours.registers(claire)
    parcours.post("/inscription/confirmation/par-la-poste/")
    assert letters(claire.personne) == ["acces-ouvert"]


def test_a_code_that_could_not_leave_is_told_and_the_post_offered(parcours: Parcours, claire: Candidat):
    parcours.until("code", claire)
    Courriel.objects.filter(to=COURRIEL).update(echec="temporaire")
    assert "a du retard" in parcours.get("/inscription/mot-de-passe/code/").content.decode()
    Courriel.objects.filter(to=COURRIEL).update(echec="definitif", broken_at=timezone.now(), next_at=None)
    assert "n’a pas pu être remis" in parcours.get("/inscription/mot-de-passe/code/").content.decode()
    parcours.post("/inscription/mot-de-passe/par-la-poste/")
    parcours.post("/inscription/mot-de-passe/conditions/", {"conditions": "on"})
    parcours.work()
    assert Conclusion.objects.get().resultat == Resultat.COURRIER
    assert Inscription.objects.get().par_courrier


def test_who_did_not_ask_says_so_by_the_link_and_a_letter_is_the_only_way_back(nouveau, claire: Candidat):
    claire.courriel = "voleur@enclos.example"
    nouveau().registers(claire)
    notice = Courriel.objects.get(to=COURRIEL, subject="Un accès en ligne vient d’être ouvert à votre nom")
    link = re.search(r"https?://[^/]+(/\S+)", notice.text)
    assert nouveau().get(link[1]).status_code == 200
    nouveau().post(link[1])
    compte = Compte.objects.get()
    assert (compte.courriel, compte.courriel_verifie_at) == (COURRIEL, None)
    assert provisoires.awaited(compte).canal == "courrier"
    assert sorted(letters(claire.personne)) == ["acces-ouvert", "code", "mot-de-passe"]
    with time_machine.travel(datetime.now(UTC) + AFTER, tick=False):
        assert nouveau().registers(claire).resultat == Resultat.DEJA


def test_what_became_of_it_is_kept_thirteen_months(parcours: Parcours, claire: Candidat):
    parcours.registers(claire)
    for days, left in ((395, 1), (397, 0)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=False):
            forget_drafts()
            forget_conclusions()
        assert Conclusion.objects.count() == left
    assert Ligne.objects.filter(event="inscription.inscription.concluded").count() == 1


def test_no_answer_reaches_the_log(parcours: Parcours, claire: Candidat, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    parcours.registers(claire)
    assert claire.reponse not in caplog.text
    assert "Roussel" not in caplog.text
    assert COURRIEL not in caplog.text
