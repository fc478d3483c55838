"""« Mes données » forgets no model: each that leads to a member is given, or its absence has a written reason."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone

from enclos.accueil.donnees.contenu import membres_of
from enclos.accueil.donnees.inventaire import DONNES, TUS, forgotten, leads_to_somebody
from enclos.accueil.donnees.schema import FICHIERS
from enclos.comptes.models import Compte
from enclos.inscription.models import Essais
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.registre.models import Personne
from enclos.suivi.models import Affaire
from tests.conftest import Acteur
from tests.guichet.copies import demander, opened, part

pytestmark = pytest.mark.django_db


def every_model() -> list[type[models.Model]]:
    return apps.get_models(include_auto_created=True)


def test_each_model_that_leads_to_a_member_is_given_or_has_its_reason():
    assert forgotten(every_model()) == set(), (
        "give it in an app's donnees.py and name it in accueil/donnees/inventaire.py"
    )


def test_the_lists_hold_nothing_that_is_gone_nor_twice():
    there = {model._meta.label_lower for model in every_model() if leads_to_somebody(model)}
    assert DONNES.keys() | TUS.keys() <= there
    assert not DONNES.keys() & TUS.keys()
    assert set(DONNES.values()) <= set(FICHIERS)
    assert all(reason.endswith(".") for reason in TUS.values())


@isolate_apps("enclos.accueil")
def test_a_model_that_somebody_adds_and_forgets_is_caught():
    class Direct(models.Model):
        personne = models.ForeignKey(Personne, on_delete=models.CASCADE)

        class Meta:
            app_label = "accueil"

    class Loin(models.Model):
        affaire = models.ForeignKey(Affaire, on_delete=models.CASCADE)

        class Meta:
            app_label = "accueil"

    class Compagnon(models.Model):
        compte = models.OneToOneField(Compte, on_delete=models.CASCADE)

        class Meta:
            app_label = "accueil"

    class DePersonne(models.Model):
        class Meta:
            app_label = "accueil"

    new = [Direct, Loin, Compagnon, DePersonne]
    assert forgotten(new) == {"accueil.direct", "accueil.loin", "accueil.compagnon"}


def test_each_model_said_to_be_given_is_read_when_the_copy_is_made(jeanne: Acteur):
    """A name in the list is not enough: its table is asked."""
    compte = Compte.objects.select_related("personne__caisse", "personne__agence").get(pk=jeanne.compte.pk)
    fil = Fil.objects.create(
        caisse=compte.caisse,
        personne=compte.personne,
        service=Affaire.objects.order_by("pk")[:1].get().service,
        sujet=Sujet.objects.order_by("pk")[:1].get(),
        opened_at=timezone.now(),
    )
    Message.objects.create(fil=fil, auteur=Message.Auteur.ADHERENT, compte=compte, sent_at=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        for member in membres_of(compte, compte.created_at):
            for _ in member.pieces:
                pass
    # The account and the person are in the hands of who asks.
    given = {apps.get_model(label) for label in DONNES} - {Compte, Personne}
    read = "\n".join(query["sql"] for query in asked.captured_queries)
    missing = {model._meta.label_lower for model in given if f'"{model._meta.db_table}"' not in read}
    assert missing == set()


def test_what_agents_follow_and_wrong_answers_are_given(jeanne: Acteur, travailleur):
    Affaire.objects.update(is_precaire=True)
    Essais.objects.create(personne=jeanne.personne, faux=["2026-11-02T09:00:00+00:00"])
    demander(jeanne)
    travailleur()
    copie = opened(jeanne)
    told = part(copie, "suivi")
    assert len(told) == Affaire.objects.filter(personne=jeanne.personne).count()
    assert {item["is_precaire"] for item in told} == {True}
    assert "Reçu" in {item["etat"] for item in told}
    assert all(item["due_on"] for item in told)
    assert "En priorité" in copie.read("suivi.html").decode()
    assert part(copie, "inscriptions")["reponses_fausses"] == ["2026-11-02T09:00:00+00:00"]
