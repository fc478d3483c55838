"""After the sending: the antivirus that answers late, papers asked and answered, the list of all that was sent."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.caisses.models import Nature
from enclos.coffre.models import Fichier
from enclos.courrier.models import Courriel
from enclos.envois.controle import constats
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PapierDemande
from enclos.envois.tasks import acknowledge_due, remind_papers
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import refuse, take_next
from enclos.suivi.models import Affaire, Etat, Refus
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, fichier, texte

pytestmark = pytest.mark.usefixtures("inspection")


def waits_for_its_scan() -> None:
    """As when clamd is away: the vault's own tests prove that such files get there."""
    Fichier.objects.update(analyse=Fichier.Analyse.EN_COURS, kept_at=None, next_at=timezone.now())


def scanned(analyse: Fichier.Analyse) -> None:
    Fichier.objects.update(analyse=analyse, kept_at=timezone.now(), next_at=None)
    Envoi.objects.update(next_at=timezone.now())


def test_a_scan_that_lasts_gives_a_registration_receipt_now_and_the_other_later(pret):
    waits_for_its_scan()
    pret.envoie()
    page = texte(pret.acteur.get(pret.url("accuse")))
    assert "C’est enregistré" in page
    assert "Accusé d’enregistrement" in page
    assert acknowledge_due() == 0
    assert pret.envoi.accuse_reception is None

    scanned(Fichier.Analyse.SAIN)
    assert acknowledge_due() == 1
    assert acknowledge_due() == 0

    first, second = Accuse.objects.order_by("issued_at")
    assert (first.genre, second.genre) == ("enregistrement", "reception")
    assert first.received_at == second.received_at == pret.envoi.submitted_at
    assert first.code == second.code
    assert [courriel.cle.split(".")[1] for courriel in Courriel.objects.order_by("created_at")] == [
        "enregistre",
        "recu",
    ]


def test_a_file_found_dangerous_after_the_sending_is_refused_by_name_and_told(pret):
    waits_for_its_scan()
    pret.envoie()
    scanned(Fichier.Analyse.INFECTE)
    acknowledge_due()
    assert pret.envoi.accuse_reception is None
    assert Affaire.objects.get().etat == Etat.REFUSE
    assert Courriel.objects.filter(cle__startswith="envois.dangereux").count() == 1
    page = texte(pret.acteur.get(reverse("envois:envoi", args=[pret.reference])))
    assert "Dangereux, non gardé" in page
    assert not any(constat.is_alarming for constat in constats())


def test_a_dangerous_file_does_not_harm_the_other_documents(adherente):
    parcours = Parcours(adherente).commence().annonce(2).decrit(1).decrit(2, nature="LOG_BAIL")
    parcours.ajoute(1)
    parcours.ajoute(2)
    waits_for_its_scan()
    parcours.envoie()
    scanned(Fichier.Analyse.SAIN)
    Fichier.objects.filter(page__document__rang=1).update(analyse=Fichier.Analyse.INFECTE)
    acknowledge_due()
    contenu = parcours.envoi.accuse_reception.contenu
    assert [document["nature"] for document in contenu["documents"]] == ["Bail"]
    assert [affaire.etat for affaire in Affaire.objects.order_by("document__rang")] == [Etat.REFUSE, Etat.RECU]


def test_a_dangerous_file_in_a_draft_prevents_the_sending_and_is_named(pret):
    Fichier.objects.update(analyse=Fichier.Analyse.INFECTE)
    response = pret.envoie()
    assert response.status_code == 409
    assert "« IMG_2041.jpg » est dangereux" in texte(response)
    assert pret.envoi.is_draft


def test_a_sending_that_waits_too_long_is_a_fault_that_reconciliation_says(pret):
    waits_for_its_scan()
    pret.envoie()
    assert not any(constat.is_alarming for constat in constats())
    Envoi.objects.update(submitted_at=timezone.now() - timedelta(hours=2))
    assert any(constat.is_alarming for constat in constats())


def voulu(code: str, precision: str = "", raison: str = "Pour calculer votre aide.") -> PapierVoulu:
    return PapierVoulu(nature=Nature.objects.get(pk=code), precision=precision, raison=raison)


@pytest.fixture
def demande(adherente: Acteur) -> DemandePapiers:
    return ask_papers(
        personne=adherente.personne,
        service=Affaire.service.field.related_model.objects.get(code="famille", caisse=adherente.personne.caisse),
        libelle="Votre aide au logement",
        papiers=[voulu("LOG_ATTEST_LOYER"), voulu("RES_AVIS_IMPOT", "page 2")],
        due_on=today_paris() + timedelta(days=12),
        message="",
        by=SYSTEM,
    )


def test_papers_asked_are_shown_first_with_what_is_missing(adherente, demande):
    assert Courriel.objects.get().to == adherente.compte.courriel
    page = texte(adherente.get("/espace/"))
    assert "Votre aide au logement" in page
    assert "Attestation de loyer" in page
    objet = texte(adherente.get(reverse("envois:objet")))
    assert objet.index("Votre aide au logement") < objet.index("D’autres documents")


def test_each_paper_asked_closes_alone_and_the_request_with_the_last(adherente, demande):
    parcours = Parcours(adherente).commence(demande.reference)
    page = texte(adherente.get(parcours.url("nombre")))
    assert "<li>Attestation de loyer, avant le" in page
    assert "<li>Avis d’impôt sur le revenu, page 2, avant le" in page
    first, second = demande.papiers.all()
    parcours.annonce(1).decrit(1, nature=f"papier:{second.pk}", motif="reponse_demande")
    parcours.ajoute(1)
    parcours.envoie()
    assert [paper.answered_at is not None for paper in demande.papiers.all()] == [False, True]
    assert DemandePapiers.objects.get().closed_at is None
    assert "Avis d’impôt sur le revenu, page 2" in str(parcours.envoi.accuse_reception.contenu)

    again = Parcours(adherente).commence(demande.reference).annonce(1)
    assert "papier:" in texte(adherente.get(again.url("informations", 1)))
    again.decrit(1, nature=f"papier:{first.pk}", motif="reponse_demande")
    again.ajoute(1, fichier(name="loyer.jpg"))
    again.envoie()
    assert DemandePapiers.objects.get().closed_at is not None
    assert "Votre aide au logement" not in texte(adherente.get(reverse("envois:objet")))


def test_a_neighbour_cannot_answer_her_request(voisin, demande):
    assert voisin.post(reverse("envois:objet"), {"objet": demande.reference}).status_code == 422
    paper = demande.papiers.first()
    parcours = Parcours(voisin).commence().annonce(1)
    assert (
        parcours.post("informations", 1, nature=f"papier:{paper.pk}", concerne="moi", motif="autre").status_code == 422
    )


def test_a_request_needs_a_list_a_date_to_come_and_nothing_medical(adherente):
    service = adherente.personne.caisse.services.get(code="famille")
    tomorrow = today_paris() + timedelta(days=1)
    wrong: list[tuple[list[PapierVoulu], date]] = [
        ([], tomorrow),
        ([voulu("LOG_BAIL")], today_paris()),
        ([voulu("SANTE_ARRET")], tomorrow),
        ([voulu("LOG_BAIL", raison=" ")], tomorrow),
    ]
    for papiers, due_on in wrong:
        with pytest.raises(Refusal):
            ask_papers(
                personne=adherente.personne,
                service=service,
                libelle="x",
                papiers=papiers,
                due_on=due_on,
                message="",
                by=SYSTEM,
            )
    assert not DemandePapiers.objects.exists()


def test_a_reminder_goes_once_before_the_date(demande):
    remind_papers()
    assert Courriel.objects.count() == 1
    PapierDemande.objects.update(due_on=today_paris() + timedelta(days=3))
    remind_papers()
    remind_papers()
    assert Courriel.objects.filter(cle__startswith="envois.demande-rappel").count() == 1


def test_my_sendings_show_each_document_with_its_state(envoye, agente):
    page = texte(envoye.acteur.get(reverse("envois:envois")))
    assert envoye.reference in page
    assert "Reçu" in page
    affaire = take_next(agente.compte)
    refuse(affaire, refus=Refus.ILLISIBLE, reponse="La photo est coupée.", by=agente.compte)
    detail = texte(envoye.acteur.get(reverse("envois:envoi", args=[envoye.reference])))
    assert "Refusé" in detail
    assert "La photo est coupée." in detail


def test_no_sending_yet_says_what_will_come(adherente):
    assert "Vous n’avez encore rien envoyé" in texte(adherente.get(reverse("envois:envois")))


def many_sendings(adherente: Acteur, count: int) -> None:
    """Rows as a year of sendings would leave them."""
    nature = Nature.objects.get(pk="LOG_BAIL")
    service = adherente.personne.caisse.services.get(code="famille")
    now = timezone.now()
    envois = Envoi.objects.bulk_create(
        Envoi(
            caisse=adherente.personne.caisse,
            personne=adherente.personne,
            compte=adherente.compte,
            submitted_at=now - timedelta(minutes=n),
            kept_at=now,
        )
        for n in range(count)
    )
    affaires = Affaire.objects.bulk_create(
        Affaire(
            caisse=envoi.caisse,
            service=service,
            personne=envoi.personne,
            reference=envoi.reference,
            libelle="Bail",
            received_at=envoi.submitted_at,
            service_since=envoi.submitted_at,
            due_on=today_paris(),
            rang_on=today_paris(),
        )
        for envoi in envois
    )
    DocumentEnvoye.objects.bulk_create(
        DocumentEnvoye(envoi=envoi, rang=1, nature=nature, concerne="moi", affaire=affaire)
        for envoi, affaire in zip(envois, affaires, strict=True)
    )


def test_the_list_goes_on_by_keys_and_asks_the_same_whatever_the_account_holds(adherente, django_assert_num_queries):
    many_sendings(adherente, 10)
    adherente.get(reverse("envois:envois"))  # this process now knows funds and nomenclatures
    with django_assert_num_queries(4) as few:
        adherente.get(reverse("envois:envois"))
    many_sendings(adherente, 990)
    with django_assert_num_queries(len(few.captured_queries)):
        first = texte(adherente.get(reverse("envois:envois")))
    last = list(Envoi.objects.order_by("-submitted_at", "-pk")[:20])[-1]
    assert f"?avant={last.reference}" in first
    second = texte(adherente.get(reverse("envois:envois"), {"avant": last.reference}))
    assert last.reference not in second
    assert second.count('class="reference"') == 20


def test_the_home_asks_at_most_six_queries_whatever_the_account_holds(
    adherente, demande, django_assert_max_num_queries
):
    many_sendings(adherente, 1000)
    for _ in range(20):
        jusqu = Parcours(adherente).commence().annonce(1)
    assert jusqu.reference
    PapierDemande.objects.bulk_create(
        PapierDemande(demande=demande, rang=rang, nature_id="LOG_BAIL", raison="x", due_on=demande.due_on)
        for rang in range(3, 30)
    )
    with django_assert_max_num_queries(6):
        adherente.get("/espace/")
