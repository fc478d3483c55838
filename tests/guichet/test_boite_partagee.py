"""« Mes données » in a household where two members read one mailbox and one telephone: each gets what is theirs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.avis import retours
from enclos.avis.annonces import announce
from enclos.avis.models import Avis, Preference, Resume, Rythme
from enclos.avis.tasks import digests_due
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel, Texto
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from tests.conftest import Acteur
from tests.courrier.test_textos import set_env
from tests.guichet.conftest import prove
from tests.guichet.copies import demander, opened, part

pytestmark = pytest.mark.django_db

BOITE, NUMERO = "foyer@enclos.example", "+33612345678"


@pytest.fixture
def foyer(db, monkeypatch) -> tuple[Acteur, Acteur]:
    """Jeanne and Paul: one mailbox, one telephone, two accounts."""
    set_env(monkeypatch, sms_url="http://127.0.0.1:9/", sms_token="jeton")
    jeanne, paul = (CompteFactory(personne=PersonneFactory(email=BOITE)) for _ in range(2))
    now = timezone.now() - timedelta(minutes=1)
    Compte.objects.filter(pk__in=[jeanne.pk, paul.pk]).update(
        courriel=BOITE, courriel_verifie_at=now, telephone=NUMERO, telephone_verifie_at=now
    )
    jeanne.refresh_from_db()
    paul.refresh_from_db()
    return Acteur(jeanne), Acteur(paul)


def tell(acteur: Acteur, evenement: str, titre: str, cle: str) -> Avis:
    return announce(acteur.personne, cle, evenement=evenement, subject=titre, body="Un mot.", by=SYSTEM)


def copy_of(acteur: Acteur, travailleur) -> tuple[list[str], list[str]]:
    """The subjects of the e-mails and the texts of the text messages."""
    demander(prove(acteur))
    travailleur()
    copie = opened(acteur)
    return [row["subject"] for row in part(copie, "courriels")], [row["text"] for row in part(copie, "textos")]


def test_each_gets_the_notices_that_were_about_them_and_none_of_the_other(foyer, travailleur):
    for number, acteur in enumerate(foyer):
        # A key that says nothing of anybody, as those of notices may.
        tell(acteur, "brouillon", f"Avis {number}", f"fois.{number}")
    for number, acteur in enumerate(foyer):
        subjects, _ = copy_of(acteur, travailleur)
        assert f"Avis {number}" in subjects
        assert f"Avis {1 - number}" not in subjects


def test_each_gets_their_own_digest(foyer, travailleur):
    for number, acteur in enumerate(foyer):
        Rythme.objects.create(compte=acteur.compte, frequence=Rythme.Frequence.JOUR)
        tell(acteur, "brouillon", f"Titre {number}", f"fois.{number}")
    Resume.objects.update(next_at=timezone.now())
    digests_due()
    for number, acteur in enumerate(foyer):
        demander(prove(acteur))
        travailleur()
        texts = [row["text"] for row in part(opened(acteur), "courriels")]
        assert [text for text in texts if f"Titre {number}" in text]
        assert not [text for text in texts if f"Titre {1 - number}" in text]


def test_each_gets_their_own_text_messages_and_what_took_their_place(foyer, travailleur):
    for number, acteur in enumerate(foyer):
        Preference.objects.create(compte=acteur.compte, evenement="decision", canal="sms", is_wanted=True)
        Preference.objects.create(compte=acteur.compte, evenement="decision", canal="courriel", is_wanted=False)
        tell(acteur, "decision", f"Réponse {number}", f"fois.{number}")
    Texto.objects.update(broken_at=timezone.now(), next_at=None)
    retours.replace_texts()
    for number, acteur in enumerate(foyer):
        subjects, texts = copy_of(acteur, travailleur)
        assert [text for text in texts if f"Réponse {number}" in text]
        assert not [text for text in texts if f"Réponse {1 - number}" in text]
        assert f"Réponse {number}" in subjects
        assert f"Réponse {1 - number}" not in subjects


def test_what_came_back_and_was_sent_again_is_theirs(foyer, travailleur):
    jeanne, paul = foyer
    tell(jeanne, "brouillon", "Premier", "fois.1")
    tell(paul, "brouillon", "Second", "fois.2")
    Courriel.objects.update(broken_at=timezone.now(), next_at=None, address_refused_at=timezone.now())
    Avis.objects.update(returned_at=timezone.now())
    Compte.objects.update(courriel_verifie_at=timezone.now() + timedelta(seconds=1))
    assert retours.send_again() == 2
    subjects, _ = copy_of(jeanne, travailleur)
    assert sorted(subjects) == ["Premier", "Un message n’avait pas pu vous arriver"]


def test_a_code_and_a_warning_are_those_of_who_asked(foyer, travailleur):
    jeanne, paul = foyer
    jeanne.post("/connexion/preuve/", {"action": "envoyer"})
    assert "Votre code de vérification" in copy_of(jeanne, travailleur)[0]
    assert "Votre code de vérification" not in copy_of(paul, travailleur)[0]


def test_what_was_written_to_the_former_address_is_theirs_too(foyer, travailleur):
    jeanne, _ = foyer
    tell(jeanne, "brouillon", "Avant", "fois.1")
    Compte.objects.filter(pk=jeanne.compte.pk).update(courriel="neuve@enclos.example")
    jeanne.compte.refresh_from_db()
    assert "Avant" in copy_of(jeanne, travailleur)[0]
