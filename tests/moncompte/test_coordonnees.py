"""Changing contact details: the code to the new one, the word to the former one, the row for the fund's system."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.comptes.coordonnees.access import changed_recently
from enclos.comptes.models import Changement, Compte
from enclos.courrier import textos
from enclos.courrier.models import Courriel, Texto
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import add_months, today_paris
from tests.conftest import Acteur
from tests.moncompte.conftest import lu, mails_to, prove, secret_of, texte

pytestmark = pytest.mark.django_db

ICI = "/espace/compte/coordonnees/"
NOUVEAU = "jeanne@nouveau.example"
MAISON = {
    "adresse4": "12 rue du Moulin", "adresse2": "", "adresse3": "", "adresse5": "Le Moulin", "code_postal": "62000",
    "localite": "Arras", "pays": "",
}  # fmt: skip


def asks_address(acteur: Acteur, **data: str) -> Any:
    return acteur.post(f"{ICI}adresse/", {**MAISON, "effet_le": today_paris().isoformat(), **data})


# --- e-mail


def test_a_new_email_is_hers_once_the_code_is_typed(prouvee: Acteur):
    response = prouvee.post(f"{ICI}courriel/", {"courriel": "Jeanne@NOUVEAU.example "})
    assert (response.status_code, response["Location"]) == (303, f"{ICI}courriel/code/")
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.courriel == "jeanne@ancien.example"
    nouveau = "Jeanne@nouveau.example"  # the part before @ may be in capitals, the domain may not
    assert nouveau in texte(prouvee, f"{ICI}courriel/code/")
    code = secret_of(nouveau)
    done = prouvee.post(f"{ICI}courriel/code/", {"code": f"{code[:3]} {code[3:]}"})
    assert (done.status_code, done["Location"]) == (303, ICI)
    page = texte(prouvee, ICI)
    assert "Votre adresse e-mail est vérifiée" in page
    assert nouveau in page
    assert "Votre adresse e-mail est vérifiée" not in texte(prouvee, ICI)  # said once
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.courriel == nouveau
    assert prouvee.compte.courriel_verifie_at
    changement = Changement.objects.get()
    assert (changement.champ, changement.valeurs) == ("courriel", {"email": nouveau})
    assert Ligne.objects.filter(event="comptes.courriel.changed").count() == 1


def test_the_former_address_is_told_and_the_new_one_is_not_named(
    prouvee: Acteur, change_de_courriel: Callable[..., None]
):
    change_de_courriel()
    notice = Courriel.objects.get(to="jeanne@ancien.example", subject="L’adresse e-mail de votre compte a changé")
    assert "Ce n’est pas vous ?" in notice.text
    assert "nouveau.example" not in notice.text
    assert mails_to(NOUVEAU) == ["Votre code de vérification"]


def test_a_wrong_code_changes_nothing(prouvee: Acteur):
    prouvee.post(f"{ICI}courriel/", {"courriel": NOUVEAU})
    code = secret_of(NOUVEAU)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    response = prouvee.post(f"{ICI}courriel/code/", {"code": wrong})
    assert response.status_code == 422
    assert "Ce code n’est pas le bon" in lu(response.content.decode())
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.courriel == "jeanne@ancien.example"
    assert not Changement.objects.exists()


def test_the_code_of_one_address_gives_no_other(prouvee: Acteur):
    """Asked for in two windows: the code of hers must not bring in that of somebody else."""
    prouvee.post(f"{ICI}courriel/", {"courriel": NOUVEAU})
    code = secret_of(NOUVEAU)
    prouvee.post(f"{ICI}courriel/", {"courriel": "autre@nouveau.example"})
    assert prouvee.post(f"{ICI}courriel/code/", {"code": code}).status_code == 422
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.courriel == "jeanne@ancien.example"


def test_the_code_of_another_member_gives_nothing(prouvee: Acteur, voisin: Acteur):
    prove(voisin)
    voisin.post(f"{ICI}courriel/", {"courriel": NOUVEAU})
    code = secret_of(NOUVEAU)
    session = prouvee.session
    session["nouveau_courriel"] = NOUVEAU
    session.save()
    assert prouvee.post(f"{ICI}courriel/code/", {"code": code}).status_code == 422


def test_a_code_serves_once_and_for_ten_minutes(prouvee: Acteur, change_de_courriel: Callable[..., None]):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        prouvee.post(f"{ICI}courriel/", {"courriel": NOUVEAU})
        clock.shift(601)
        late = prouvee.post(f"{ICI}courriel/code/", {"code": secret_of(NOUVEAU)})
    assert late.status_code == 422
    assert "n’est plus valable" in lu(late.content.decode())
    change_de_courriel()
    assert prouvee.post(f"{ICI}courriel/code/", {"code": secret_of(NOUVEAU)})["Location"] == ICI
    assert Changement.objects.count() == 1


@pytest.mark.parametrize("typed", ["", "jeanne", "jeanne@", "a b@exemple.fr", "x" * 250 + "@exemple.fr"])
def test_what_is_no_address_is_refused_beside_the_field(prouvee: Acteur, typed: str):
    response = prouvee.post(f"{ICI}courriel/", {"courriel": typed})
    assert response.status_code == 422
    assert not Courriel.objects.exists()


def test_her_own_verified_address_is_nothing_to_change(prouvee: Acteur):
    response = prouvee.post(f"{ICI}courriel/", {"courriel": "jeanne@ancien.example"})
    assert response.status_code == 422
    assert "C’est déjà votre adresse" in lu(response.content.decode())


def test_an_address_never_verified_is_verified_without_another_proof(adherente: Acteur):
    assert "Pas encore vérifiée" in texte(adherente, ICI)
    adherente.post(f"{ICI}courriel/verifier/")
    adherente.post(f"{ICI}courriel/code/", {"code": secret_of(adherente.compte.courriel)})
    adherente.compte.refresh_from_db()
    assert adherente.compte.courriel_verifie_at
    assert not Changement.objects.exists()
    assert mails_to(adherente.compte.courriel) == ["Votre code de vérification"]  # nothing changed: no notice
    assert adherente.post(f"{ICI}courriel/verifier/")["Location"] == ICI  # once more changes nothing


@pytest.mark.parametrize("page", ["courriel/", "telephone/", "adresse/", "telephone/retirer/"])
def test_each_change_asks_for_a_fresh_proof(prouvee: Acteur, page: str):
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False):
        for response in (prouvee.get(f"{ICI}{page}"), prouvee.post(f"{ICI}{page}", {"courriel": NOUVEAU, **MAISON})):
            if response.status_code != 405:
                assert response["Location"].startswith("/connexion/preuve/?suite=%2Fespace%2Fcompte%2Fcoordonnees%2F")
    assert not Changement.objects.exists()


def test_the_portal_does_not_bother_strangers(prouvee: Acteur):
    statuses = [
        prouvee.post(f"{ICI}courriel/", {"courriel": f"inconnu{number}@exemple.fr"}).status_code for number in range(9)
    ]
    assert statuses == [303] * 8 + [429]
    assert Courriel.objects.count() == 8


def test_without_a_code_on_its_way_the_page_of_the_code_leads_back(prouvee: Acteur):
    assert prouvee.get(f"{ICI}courriel/code/")["Location"] == ICI
    assert prouvee.get(f"{ICI}telephone/code/")["Location"] == ICI


# --- telephone


def test_without_text_messages_a_number_is_kept_unverified_and_the_mailbox_told(prouvee: Acteur):
    assert not textos.is_available()
    assert prouvee.post(f"{ICI}telephone/", {"telephone": "06.12 34-56 78"})["Location"] == ICI
    page = texte(prouvee, ICI)
    assert "06 12 34 56 78" in page
    assert "Non vérifié" in page
    prouvee.compte.refresh_from_db()
    assert (prouvee.compte.telephone, prouvee.compte.telephone_verifie_at) == ("+33612345678", None)
    assert Changement.objects.get().valeurs == {"telephone": "0612345678"}
    assert mails_to("jeanne@ancien.example") == ["Le téléphone de votre compte a changé"]


def test_with_text_messages_a_code_proves_the_number(prouvee: Acteur, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(textos, "is_available", lambda: True)
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    assert prouvee.post(f"{ICI}telephone/", {"telephone": "0612345678"})["Location"] == f"{ICI}telephone/code/"
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.telephone == ""
    code = Texto.objects.get(to="+33612345678").secret
    assert prouvee.post(f"{ICI}telephone/code/", {"code": code})["Location"] == ICI
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.telephone_verifie_at
    assert "Vérifié" in texte(prouvee, ICI)
    assert Ligne.objects.get(event="comptes.telephone.changed").details["verifie"] is True


def test_a_landline_gets_no_text_message(prouvee: Acteur, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(textos, "is_available", lambda: True)
    assert prouvee.post(f"{ICI}telephone/", {"telephone": "03 20 12 34 56"})["Location"] == ICI
    assert not Texto.objects.exists()


def test_the_former_number_is_told_by_text_message(prouvee: Acteur, monkeypatch: pytest.MonkeyPatch):
    """Whoever reads the mailbox may not hold the telephone."""
    monkeypatch.setattr(textos, "is_available", lambda: True)
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    former = {"telephone": "+33698765432", "telephone_verifie_at": timezone.now()}
    Compte.objects.filter(pk=prouvee.compte.pk).update(**former)
    prouvee.post(f"{ICI}courriel/", {"courriel": NOUVEAU})
    prouvee.post(f"{ICI}courriel/code/", {"code": secret_of(NOUVEAU)})
    asks_address(prouvee)
    prouvee.post(f"{ICI}telephone/retirer/")
    told = [texto.text for texto in Texto.objects.filter(to="+33698765432").order_by("pk")]
    assert len(told) == 3
    assert "l’adresse e-mail de votre compte a changé. Ce n’est pas vous ? Appelez le" in told[0]
    assert not any("http" in text or "nouveau" in text for text in told)


@pytest.mark.parametrize("typed", ["", "12", "06 12 34 56 7", "06 12 34 56 789", "+33 6 12", "bonjour", "+"])
def test_what_is_no_number_is_refused(prouvee: Acteur, typed: str):
    assert prouvee.post(f"{ICI}telephone/", {"telephone": typed}).status_code == 422
    assert not Changement.objects.exists()


def test_a_number_can_be_taken_away(prouvee: Acteur):
    prouvee.post(f"{ICI}telephone/", {"telephone": "0612345678"})
    prouvee.post(f"{ICI}telephone/retirer/")
    prouvee.compte.refresh_from_db()
    assert prouvee.compte.telephone == ""
    assert Changement.objects.get(cancelled_at=None).valeurs == {"telephone": ""}


# --- postal address


def test_a_new_address_waits_for_the_registry(prouvee: Acteur):
    before = prouvee.personne.adresse4
    assert asks_address(prouvee).status_code == 303
    page = texte(prouvee, ICI)
    assert "Changement en attente" in page
    assert "12 rue du Moulin" in page
    assert before in page
    changement = Changement.objects.get()
    assert changement.valeurs == MAISON
    assert changement.effet_le == today_paris()
    assert Personne.objects.get(pk=prouvee.personne.pk).adresse4 == before
    assert mails_to("jeanne@ancien.example") == ["Un changement d’adresse postale est demandé"]
    Changement.objects.update(confirmed_at=timezone.now())
    assert "en attente" not in texte(prouvee, ICI)


def test_the_form_begins_with_what_was_asked_last(prouvee: Acteur):
    asks_address(prouvee)
    assert 'value="12 rue du Moulin"' in prouvee.get(f"{ICI}adresse/").content.decode()


def test_a_second_change_replaces_the_first(prouvee: Acteur):
    asks_address(prouvee)
    Changement.objects.update(exported_at=timezone.now())
    asks_address(prouvee, adresse4="3 place Verte")
    first, second = Changement.objects.order_by("pk")
    assert first.cancelled_at
    assert (second.cancelled_at, second.exported_at, second.valeurs["adresse4"]) == (None, None, "3 place Verte")


def test_sent_twice_it_is_asked_once(prouvee: Acteur):
    asks_address(prouvee)
    asks_address(prouvee)
    assert Changement.objects.count() == 1
    assert len(mails_to("jeanne@ancien.example")) == 1


def test_the_address_already_known_is_nothing_to_change(prouvee: Acteur):
    known = {column: getattr(prouvee.personne, column) for column in MAISON}
    response = asks_address(prouvee, **known)
    assert response.status_code == 422
    assert "C’est déjà l’adresse" in lu(response.content.decode())


def test_it_can_be_given_up_until_it_leaves(prouvee: Acteur):
    asks_address(prouvee)
    assert prouvee.post(f"{ICI}adresse/annuler/")["Location"] == ICI
    assert "en attente" not in texte(prouvee, ICI)
    assert prouvee.post(f"{ICI}adresse/annuler/").status_code == 303  # a double click
    assert mails_to("jeanne@ancien.example")[-1] == "Le changement d’adresse postale est annulé"
    assert Ligne.objects.filter(event="comptes.adresse.cancelled").count() == 1


def test_once_given_to_the_fund_it_cannot_be_given_up(prouvee: Acteur):
    asks_address(prouvee)
    Changement.objects.update(exported_at=timezone.now())
    assert "Annuler ce changement" not in texte(prouvee, ICI)
    response = prouvee.post(f"{ICI}adresse/annuler/")
    assert response.status_code == 409
    assert "déjà parti" in lu(response.content.decode())
    assert Changement.objects.get().cancelled_at is None


def test_the_neighbour_gives_up_nothing_of_hers(prouvee: Acteur, voisin: Acteur):
    asks_address(prouvee)
    voisin.post(f"{ICI}adresse/annuler/")
    assert Changement.objects.get().cancelled_at is None
    assert "12 rue du Moulin" not in texte(voisin, ICI)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code_postal": "6200"}, "5 chiffres"),
        ({"code_postal": ""}, "Tapez le code postal"),
        ({"code_postal": "99123"}, "5 chiffres"),
        ({"adresse4": "улица Мира 3"}, "avec des lettres et des chiffres"),
        ({"adresse4": "--"}, "avec des lettres et des chiffres"),
        ({"adresse4": "Sans domicile fixe"}, "Appelez-nous"),
        ({"localite": ""}, "Tapez le nom de la commune"),
        ({"adresse4": " "}, "numéro et la rue, ou le lieu-dit"),
        ({"adresse4": "x" * 39}, "38 signes au plus"),
        ({"localite": "Saint-Remy-en-Bouzemont-Saint-Genest-et"}, "38 signes au plus"),
        ({"localite": "Saint-Remy-en-Bouzemont-Saint-Genest"}, "tiennent ensemble"),
        ({"adresse3": "2 85 05 62 041 011"}, "numéro de sécurité sociale"),
        ({"effet_le": ""}, "à partir de quel jour"),
        ({"effet_le": "31/02/2026"}, "Cette date n’existe pas"),
    ],
)
def test_what_would_not_stand_on_an_envelope_is_explained(prouvee: Acteur, wrong: dict[str, str], said: str):
    response = asks_address(prouvee, **wrong)
    assert response.status_code == 422
    assert said in lu(response.content.decode())
    assert not Changement.objects.exists()


def test_a_foreign_postcode_is_written_as_there(prouvee: Acteur):
    assert asks_address(prouvee, code_postal="SW1A 1AA", localite="London", pays="Royaume-Uni").status_code == 303
    assert Changement.objects.get().valeurs["code_postal"] == "SW1A 1AA"


def test_an_island_is_written_as_the_mainland(prouvee: Acteur):
    assert asks_address(prouvee, code_postal="97 400", localite="Saint-Denis", pays="La Réunion").status_code == 303
    assert Changement.objects.get().valeurs["code_postal"] == "97400"


def test_a_hamlet_without_a_street_is_an_address(prouvee: Acteur):
    assert asks_address(prouvee, adresse4="Le Moulin", adresse5="", pays="France").status_code == 303
    assert Changement.objects.get().valeurs["pays"] == ""


@pytest.mark.parametrize(("months", "days", "status"), [(-12, 0, 303), (-12, -1, 422), (6, 0, 303), (6, 1, 422)])
def test_the_day_may_be_a_year_ago_or_in_six_months(prouvee: Acteur, months: int, days: int, status: int):
    day = add_months(today_paris(), months) + timedelta(days=days)
    assert asks_address(prouvee, effet_le=day.strftime("%d/%m/%Y")).status_code == status


# --- what depends on it


def test_a_change_is_recent_for_three_days(prouvee: Acteur):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert not changed_recently(prouvee.compte)
        asks_address(prouvee)
        assert changed_recently(prouvee.compte)
        clock.shift(timedelta(hours=72))
        assert not changed_recently(prouvee.compte)


def test_the_page_asks_few_questions(prouvee: Acteur):
    asks_address(prouvee)
    prouvee.get(ICI)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        prouvee.get(ICI)
    assert len(queries) == 2, [query["sql"] for query in queries]  # the session, the changes


def test_an_account_opened_on_a_weak_proof_tells_the_fund_s_own_contact(
    prouvee: Acteur, change_de_courriel: Callable[..., None]
):
    Compte.objects.filter(pk=prouvee.compte.pk).update(niveau=Compte.Niveau.A_CONFIRMER)
    change_de_courriel()
    assert "L’adresse e-mail de votre compte a changé" in mails_to(prouvee.personne.email)
