"""The bench of the demo: something to do for everybody, and never before a paper that a visitor just sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from enclos.caisses.models import Motif, Nature
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.demo import actions, banc
from enclos.demo.personnes import figurants
from enclos.envois.actions import Attestation, submit
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Sceau
from enclos.journal.scellement import seal_due
from enclos.journal.verification import altered_days, broken_links, strays
from enclos.suivi import reservations
from enclos.suivi.access import queue_of
from enclos.suivi.filtres import Filtre, Qui
from enclos.suivi.models import Affaire, Genre, Lot
from enclos.suivi.second_regard import waiting_for
from tests.agents.conftest import file_of, items_of, text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


@pytest.fixture
def banc_de_demo(db: None, inspection: object) -> None:
    actions.install()
    banc.fill(by=SYSTEM)


def agents() -> list[Compte]:
    """Those of `/demo/personnes.json` who treat papers."""
    people = [actions.account_of(one) for one in figurants().values() if one.is_agent]
    return [agent for agent in people if agent is not None and peut(agent, Acte.TRAITER)]


def agent(identifiant: str) -> Acteur:
    return Acteur(Compte.objects.get(identifiant=identifiant))


def sent_now(compte: Compte, nature: Nature) -> Affaire:
    """One paper of this nature, sent at this instant."""
    assert compte.personne is not None
    envoi = Envoi.objects.create(caisse=compte.personne.caisse, personne=compte.personne, compte=compte)
    document = DocumentEnvoye.objects.create(
        envoi=envoi, rang=1, nature=nature, concerne=DocumentEnvoye.Concerne.MOI, concerne_nom="Claire Lefebvre",
        motif=Motif.objects.order_by("rang").first(),
    )  # fmt: skip
    PageEnvoyee.objects.create(document=document, rang=1, fichier=file_of())
    submit(envoi, Attestation(is_medical=False, session="essai"), by=compte)
    return items_of(envoi)[0]


@contextmanager
def undone() -> Iterator[None]:
    """What is tried in this block leaves nothing."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_a_paper_sent_now_is_the_first_that_an_agent_of_its_team_is_given(banc_de_demo):
    senders = {
        ref: Compte.objects.select_related("personne__caisse").get(personne__ref=ref) for ref in ("D0003", "D0901")
    }
    natures = [one for one in Nature.objects.filter(is_active=True) if not (one.is_medical or one.original_par_poste)]
    assert len(natures) > 50
    browsers = [Acteur(one) for one in agents()]
    tried = set()
    for nature in natures:
        for compte in senders.values():
            with undone():
                affaire = sent_now(compte, nature)
                for browser in browsers:
                    if not Affaire.objects.for_agent(browser.compte).filter(pk=affaire.pk).exists():
                        continue
                    with undone():
                        given = browser.post("/agent/suivant/", {"vu": timezone.now().isoformat()})["Location"]
                    assert str(affaire.pk) in given, f"{nature.code} for {browser.compte.nom}"
                    tried.add(browser.compte.nom)
    assert tried == {browser.compte.nom for browser in browsers}


def test_even_when_a_page_left_open_had_prepared_something_else(banc_de_demo):
    camille = agent("camille.roy")
    found = reservations.set_aside(camille.compte)
    assert found is not None
    affaire = sent_now(Compte.objects.get(personne__ref="D0003"), Nature.objects.get(pk="LOG_BAIL"))
    assert str(affaire.pk) in camille.post("/agent/suivant/", {"vu": timezone.now().isoformat()})["Location"]


def test_what_is_free_stays_behind_a_paper_sent_two_weeks_later(banc_de_demo):
    free = Affaire.objects.free().order_by("rang_on").first()
    assert free is not None
    assert (free.rang_on - timezone.localdate()).days > 14 + 23, (
        "fifteen working days, and two weeks of the demo left on"
    )


def test_each_agent_finds_work_of_every_kind(banc_de_demo):
    for compte in agents():
        if compte.caisse.code != "NPC":
            continue
        assert queue_of(compte, filtre=Filtre(qui=Qui.LIBRES)), compte.nom
        assert waiting_for(compte), compte.nom
    rows = Affaire.objects.all()
    assert 25 <= rows.count() <= 40
    assert rows.late().exists()
    assert rows.open().filter(is_precaire=True).exists()
    assert rows.forgotten().exists()
    assert any(one.is_legal_near for one in rows.open())
    assert set(rows.values_list("genre", flat=True)) >= {Genre.DOCUMENT, Genre.MESSAGE, Genre.RECLAMATION}
    assert not rows.free().late().exists()
    assert not rows.free().filter(is_precaire=True).exists()


def test_several_free_papers_of_one_nature_make_a_lot(banc_de_demo):
    nadia = agent("nadia.fontaine")
    rows = Affaire.objects.free().filter(nature="FAM_SCOLARITE")
    assert rows.count() == 4
    page = text_of(
        nadia.post("/agent/lots/apercu/", {"affaire": [str(row.pk) for row in rows], "genre": Lot.Genre.TRAITER})
    )
    assert "Certificat de scolarité" in page


def test_every_paper_shows_its_page(banc_de_demo):
    camille = agent("camille.roy")
    affaire = Affaire.objects.free().filter(nature="FAM_SCOLARITE").first()
    assert affaire is not None
    page = camille.get(f"/agent/documents/{affaire.pk}/")
    assert 'id="page-1"><img src="' in page.content.decode()


def test_the_journal_is_dated_of_the_days_and_seals(banc_de_demo):
    assert seal_due() == 0, "nothing is left to the worker, nor to worry about"
    assert Sceau.objects.exists()
    assert [*broken_links(), *strays(), *altered_days(everything=True)] == []


def test_filling_it_twice_changes_nothing(banc_de_demo):
    before = Affaire.objects.count(), Compte.objects.count()
    banc.fill(by=SYSTEM)
    assert (Affaire.objects.count(), Compte.objects.count()) == before


def test_nobody_enters_in_the_place_of_who_only_plays(client: Client, banc_de_demo):
    for cle in ("mehdi.lambert", "D0031"):
        assert client.post("/demo/connexion/", {"cle": cle}).status_code == 404
    told = client.get("/demo/personnes.json").content.decode()
    assert "Mehdi" not in told
