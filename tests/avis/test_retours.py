"""What did not arrive is sent again, or leaves otherwise: nobody is cut off in silence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.env import ENV
from enclos.accuses.models import Accuse
from enclos.avis import access, actions, controle, tasks
from enclos.avis.annonces import INSTEAD_OF_TEXT
from enclos.avis.models import Avis, Preference, Relais, Rythme
from enclos.comptes.models import Compte
from enclos.courrier import budget, textos
from enclos.courrier.models import Courriel, Lettre, Texto
from tests.avis.test_lettres import deux_a_la_fois, later, tell  # noqa: F401
from tests.avis.test_resumes import gather_now
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def refuse(courriel: Courriel | None = None) -> None:
    rows = Courriel.objects.filter(pk=courriel.pk) if courriel else Courriel.objects.all()
    rows.update(address_refused_at=timezone.now(), broken_at=timezone.now(), kept_at=None, next_at=None)


def verifies(acteur: Acteur, courriel: str = "neuve@exemple.fr") -> None:
    Compte.objects.filter(pk=acteur.compte.pk).update(courriel=courriel, courriel_verifie_at=timezone.now())


def asks_for_texts(acteur: Acteur, monkeypatch: pytest.MonkeyPatch, *, by_email: bool = False) -> None:
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    Compte.objects.filter(pk=acteur.compte.pk).update(telephone="+33612345678", telephone_verifie_at=timezone.now())
    acteur.compte.refresh_from_db()
    choices = {("decision", "sms"): True, ("decision", "courriel"): by_email}
    actions.choose(acteur.compte, choices, by=acteur.compte)


def test_what_came_back_is_sent_again_to_the_new_address_once_it_is_verified(adherente: Acteur):
    tell(adherente.personne, "essai.1", subject="Premier")
    second = tell(adherente.personne, "essai.2", subject="Second")
    refuse()
    tasks.follow_returns()
    assert Avis.objects.filter(returned_at__isnull=False).count() == 2
    assert Courriel.objects.count() == 2
    assert access.rappels_of(adherente.compte).is_mail_refused
    assert "Votre adresse e-mail ne marche pas" in adherente.get("/espace/").content.decode()
    actions.read(second, by=adherente.compte)
    verifies(adherente)
    tasks.follow_returns()
    tasks.follow_returns()
    again = Courriel.objects.exclude(subject__in=["Premier", "Second"]).get()
    assert (again.to, again.subject) == ("neuve@exemple.fr", "Un message n’avait pas pu vous arriver")
    assert "Premier" in again.text
    assert "Second" not in again.text
    assert Avis.objects.get(titre="Premier").returned_at is None


def test_it_may_come_back_again(adherente: Acteur):
    tell(adherente.personne)
    for turn in range(3):
        refuse()
        tasks.follow_returns()
        assert Avis.objects.get().returned_at is not None
        verifies(adherente, f"neuve{turn}@exemple.fr")
        tasks.follow_returns()
        assert Courriel.objects.count() == turn + 2


def test_a_bounce_that_comes_after_the_new_address_is_sent_again_too(adherente: Acteur):
    tell(adherente.personne)
    Compte.objects.filter(pk=adherente.compte.pk).update(
        courriel="neuve@exemple.fr", courriel_verifie_at=timezone.now() - timedelta(hours=1)
    )
    refuse()
    tasks.follow_returns()
    assert Courriel.objects.filter(to="neuve@exemple.fr").count() == 1


def test_the_same_address_verified_long_ago_is_not_written_again(adherente: Acteur):
    Compte.objects.filter(pk=adherente.compte.pk).update(courriel_verifie_at=timezone.now() - timedelta(days=9))
    tell(adherente.personne)
    refuse()
    tasks.follow_returns()
    assert Courriel.objects.count() == 1


def test_a_digest_that_came_back_is_sent_again_as_one(adherente: Acteur):
    Rythme.objects.create(compte=adherente.compte, frequence="jour")
    tell(adherente.personne, "essai.1", subject="Premier")
    tell(adherente.personne, "essai.2", subject="Second")
    gather_now()
    refuse()
    tasks.follow_returns()
    verifies(adherente)
    tasks.follow_returns()
    again = Courriel.objects.latest("pk")
    assert again.subject == "2 messages n’avaient pas pu vous arriver"
    assert "Premier" in again.text
    assert "Second" in again.text


def test_a_receipt_that_came_back_leaves_by_post_with_the_law_s_mentions(adherente: Acteur):
    caisse = adherente.personne.caisse
    Accuse.objects.create(
        genre="reception",
        caisse=caisse,
        reference="PH4-XM2-K7D",
        code="K7MPQ2RTW9",
        received_at=timezone.now(),
        contenu={
            "titre": "Accusé de réception",
            "mentions": [
                {"titre": "Reçu le", "lignes": ["aujourd’hui"]},
                {"titre": "Objet", "lignes": ["Mon aide au logement"]},
            ],
        },
        modele="2026-11",
    )
    tell(adherente.personne, evenement="envoi-recu", reference="PH4-XM2-K7D")
    assert not Relais.objects.exists()  # an e-mail that arrives is enough
    refuse()
    tasks.follow_returns()
    tasks.letters_due()
    assert not Lettre.objects.exists()
    later(ENV.notice_post_days)
    tasks.letters_due()
    [accuse] = Lettre.objects.get().donnees["accuses"]
    assert (accuse["reference"], accuse["code"]) == ("PH4-XM2-K7D", "K7MPQ2RTW9")
    assert [mention["titre"] for mention in accuse["mentions"]] == ["Reçu le"]


def test_a_receipt_seen_in_the_portal_is_not_posted(adherente: Acteur):
    avis = tell(adherente.personne, evenement="envoi-recu")
    refuse()
    tasks.follow_returns()
    actions.read(avis, by=adherente.compte)
    later(ENV.notice_post_days)
    tasks.letters_due()
    assert not Lettre.objects.exists()


def test_a_reminder_that_came_back_is_not_worth_a_stamp(adherente: Acteur):
    tell(adherente.personne, evenement="papiers-rappel")
    refuse()
    tasks.follow_returns()
    assert not Relais.objects.exists()


def test_the_agents_and_reconciliation_see_whom_nothing_reaches(adherente: Acteur, agente: Acteur):
    tell(adherente.personne)
    refuse()
    tasks.follow_returns()
    assert "1 adhérent a une adresse e-mail qui ne marche plus" in agente.get("/agent/a-surveiller/").content.decode()
    assert {one.libelle: one.nombre for one in controle.constats()}["Avis non lus, dont l’e-mail est revenu"] == 1


def test_without_budget_the_text_message_leaves_as_an_email_that_says_so(adherente: Acteur, monkeypatch):
    asks_for_texts(adherente, monkeypatch)

    def spent(**fields):
        raise budget.TextoImpossible("plus aujourd’hui", code="sms-budget")

    monkeypatch.setattr(textos, "write", spent)
    tell(adherente.personne)
    assert INSTEAD_OF_TEXT in Courriel.objects.get().text


def test_a_number_taken_away_does_not_cut_the_member_off(adherente: Acteur, monkeypatch):
    asks_for_texts(adherente, monkeypatch)
    Compte.objects.filter(pk=adherente.compte.pk).update(telephone="", telephone_verifie_at=None)
    tell(adherente.personne)
    assert INSTEAD_OF_TEXT in Courriel.objects.get().text
    assert not Texto.objects.exists()


def test_no_provider_any_more_is_said_too(adherente: Acteur, monkeypatch):
    asks_for_texts(adherente, monkeypatch)
    monkeypatch.setattr(textos, "is_configured", lambda: False)
    tell(adherente.personne)
    assert INSTEAD_OF_TEXT in Courriel.objects.get().text


def test_a_text_message_that_left_brings_no_email_that_was_not_wanted(adherente: Acteur, monkeypatch):
    asks_for_texts(adherente, monkeypatch)
    tell(adherente.personne)
    assert Texto.objects.get().can_wait
    assert not Courriel.objects.exists()


def test_a_text_message_refused_later_leaves_as_an_email_once(adherente: Acteur, monkeypatch):
    asks_for_texts(adherente, monkeypatch)
    tell(adherente.personne)
    Texto.objects.update(broken_at=timezone.now(), next_at=None)
    tasks.follow_returns()
    tasks.follow_returns()
    courriel = Courriel.objects.get()
    assert INSTEAD_OF_TEXT in courriel.text
    assert courriel.subject == "Votre envoi : du nouveau"
    assert "e-mail" in adherente.get("/espace/avis/").content.decode()


def test_with_an_email_already_sent_nothing_more_is_said(adherente: Acteur, monkeypatch):
    asks_for_texts(adherente, monkeypatch, by_email=True)
    tell(adherente.personne)
    Texto.objects.update(broken_at=timezone.now(), next_at=None)
    tasks.follow_returns()
    assert Courriel.objects.count() == 1


def test_the_alarm_of_the_budget_is_shown_to_the_agents(agente: Acteur, monkeypatch):
    monkeypatch.setattr(textos, "is_configured", lambda: True)
    from enclos.courrier.models import CompteurTextos
    from enclos.socle.dates import today_paris

    most = ENV.sms_per_day
    for spent, said in [(most // 2, ""), (most - 1, "s’épuise"), (most, "est atteint")]:
        CompteurTextos.objects.update_or_create(cle=budget.day_key(), defaults={"nombre": spent, "jour": today_paris()})
        page = agente.get("/agent/a-surveiller/").content.decode()
        assert (f"Le budget de SMS du jour {said}" in page) is bool(said)
        assert ("Le budget de SMS" in page) is bool(said)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_again_once(adherente: Acteur, deux_a_la_fois):  # noqa: F811
    for number in range(3):
        tell(adherente.personne, f"essai.{number}", evenement="brouillon")
    refuse()
    assert deux_a_la_fois(*[tasks.follow_returns] * 3) == []
    verifies(adherente)
    assert deux_a_la_fois(*[tasks.follow_returns] * 3) == []
    assert Courriel.objects.filter(to="neuve@exemple.fr").count() == 3
    assert Preference.objects.count() == 0
