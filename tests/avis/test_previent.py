"""« Un e-mail vous préviendra » is said to who will have one; the others are told what is true of them."""

import pytest
from django.utils import timezone

from enclos.avis.models import Preference
from enclos.avis.rythmes import Rythme
from enclos.avis.templatetags.avis import sentence_for
from tests.conftest import Acteur
from tests.messagerie.conftest import ecrit, texte


def without_address(acteur: Acteur) -> Acteur:
    acteur.compte.courriel = ""
    acteur.compte.save(update_fields=["courriel"])
    acteur.personne.email = ""
    acteur.personne.save(update_fields=["email"])
    return acteur


def refuses(acteur: Acteur, canal: str, *, is_wanted: bool = False, evenement: str = "message-repondu") -> None:
    Preference.objects.create(compte=acteur.compte, evenement=evenement, canal=canal, is_wanted=is_wanted)


def test_who_has_an_address_is_told_of_an_e_mail(adherente: Acteur) -> None:
    plume = ecrit(adherente)
    receipt = texte(adherente.get(plume.url("accuse", plume.reference)))
    assert "Un e-mail vous préviendra." in receipt
    assert "Un e-mail vous préviendra." in texte(plume.get("fil"))


def test_who_has_none_is_told_to_come_back(adherente: Acteur) -> None:
    plume = ecrit(without_address(adherente))
    for page in (adherente.get(plume.url("accuse", plume.reference)), plume.get("fil")):
        said = texte(page)
        assert "vous préviendra" not in said
        assert "Un courriel vous prévient" not in said
        assert "Revenez voir ici : nous n’avons pas d’adresse e-mail" in said


def test_the_post_is_said_where_a_letter_follows(adherente: Acteur) -> None:
    assert "par la poste" in sentence_for(without_address(adherente).compte, "decision")


def test_who_wants_no_e_mail_knows_it(adherente: Acteur) -> None:
    refuses(adherente, "courriel")
    assert "vous avez choisi de ne pas être prévenu" in sentence_for(adherente.compte, "message-repondu")


def test_a_text_message_comes_first(adherente: Acteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enclos.avis.templatetags.avis.can_text", lambda compte: True)
    adherente.compte.telephone, adherente.compte.telephone_verifie_at = "+33612345678", timezone.now()
    refuses(adherente, "sms", is_wanted=True)
    assert sentence_for(adherente.compte, "message-repondu") == "Un SMS vous préviendra."


def test_a_digest_is_called_a_digest(adherente: Acteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rythme, "is_grouped", True)
    assert "prochain résumé" in sentence_for(adherente.compte, "message-repondu")
