"""The law's dates of an electronic notification (CRPA L112-15, R112-17 to R112-20), and what happens without a yes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from enclos.accueil.fermeture.actions import close_account
from enclos.avis.models import Avis
from enclos.bibliotheque import actions
from enclos.bibliotheque.controle import constats
from enclos.bibliotheque.models import Document, Notification, limit_of
from enclos.bibliotheque.natures import nature_of, natures
from enclos.bibliotheque.notifications import deem_notified, failed_in, follow_notices, posted
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import PARIS, jour, today_paris
from tests.bibliotheque.conftest import ICI, accepte, depose, texte_de
from tests.conftest import Acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


def decision(acteur: Acteur, **told: object) -> Document:
    return depose(acteur.personne, "Décision du 12 mars", nature="décision", domaine="famille", **told)


def leaves(document: Document, at: datetime | None = None) -> None:
    """The mail server takes the notice."""
    row = Courriel.objects.get(cle=f"bibliotheque.notification.{document.pk}")
    Courriel.objects.filter(pk=row.pk).update(kept_at=at or document.filed_at, next_at=None)
    follow_notices()


def made_available(document: Document, at: datetime) -> None:
    """As if it had been at that moment."""
    Document.objects.filter(pk=document.pk).update(filed_at=at)
    Notification.objects.filter(pk=document.pk).update(mis_a_disposition=at, limite_on=limit_of(at))
    document.refresh_from_db()


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """It is this moment for everybody, in UTC."""
    monkeypatch.setattr(timezone, "now", lambda: moment.astimezone(UTC))


def notification_of(document: Document) -> Notification:
    return Notification.objects.select_related("document").get(pk=document.pk)


def test_with_a_yes_the_notice_says_the_day_the_service_and_the_delay_and_nothing_of_the_content(
    consentante: Acteur,
) -> None:
    document = decision(consentante, service="Famille et logement")
    (courriel,) = Courriel.objects.all()
    assert courriel.to == consentante.compte.courriel
    day = document.filed_at.astimezone(PARIS).date()
    assert f"depuis le {jour(day)}" in courriel.text
    assert "Service : Famille et logement." in courriel.text
    assert f"avant la fin du {jour(day + timedelta(days=15))}" in courriel.text
    for word in ("Décision", "12 mars", "Delattre", "Jeanne"):
        assert word not in courriel.text + courriel.subject
    assert str(document.pk) not in courriel.text, "a key may look like a NIR, which no e-mail holds"
    assert Avis.objects.get().evenement == "document-recu"
    consentante.get(f"{ICI}?vue=nouveaux")
    assert Avis.objects.get().read_at is None, "to see that it is there is not to open it"


def test_the_four_dates_are_shown_and_the_opening_is_the_day_that_counts(consentante: Acteur) -> None:
    document = decision(consentante)
    page = texte_de(consentante.get(ICI))
    assert "À ouvrir avant la fin du" in page
    leaves(document)
    page = texte_de(consentante.get(f"{ICI}{document.pk}/"))
    found = notification_of(document)
    assert found.mode == "electronique"
    assert found.avis_envoye == document.filed_at
    assert (found.notifie_on, found.repute_at) == (today_paris(), None)
    assert Avis.objects.get().read_at is not None, "the notice is read with the document"
    for words in ("Mis à votre disposition", "E-mail envoyé", "Première ouverture", "Date de notification"):
        assert words in page
    assert "Pas encore" not in page
    assert f"Vous pouvez contester jusqu’au {jour(found.recours_jusqu_au)}" in page
    assert "la commission de recours amiable de votre MSA" in page
    assert Ligne.objects.filter(event="bibliotheque.notification.settled").count() == 1


SUMMER, WINTER = datetime(2026, 10, 20, 9, 0, tzinfo=PARIS), datetime(2027, 3, 20, 23, 59, 59, tzinfo=PARIS)


@pytest.mark.parametrize("start", [SUMMER, WINTER], ids=["clock back on day 5", "clock forward on day 8"])
@pytest.mark.parametrize(("day", "is_deemed"), [(14, False), (15, False), (16, True)])
def test_fifteen_days_are_counted_in_paris(
    consentante: Acteur, monkeypatch: pytest.MonkeyPatch, start: datetime, day: int, is_deemed: bool
) -> None:
    document = decision(consentante)
    made_available(document, start)
    leaves(document)
    last = start.date() + timedelta(days=day)
    # The last second of the day in Paris, then of the first for the sixteenth.
    hour = (0, 0, 0) if is_deemed else (23, 59, 59)
    at(monkeypatch, datetime(last.year, last.month, last.day, *hour, tzinfo=PARIS))
    assert deem_notified() == int(is_deemed)
    found = notification_of(document)
    assert found.notifie_on == (start.date() if is_deemed else None)
    assert found.is_reputee == is_deemed
    assert deem_notified() == 0
    actions.open_documents([document], by=consentante.compte)
    found = notification_of(document)
    assert found.notifie_on == (start.date() if is_deemed else last)


def test_opened_after_the_term_but_before_the_sweep_the_law_s_day_stands(
    consentante: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = decision(consentante)
    made_available(document, timezone.now() - timedelta(days=20))
    leaves(document)
    page = texte_de(consentante.get(f"{ICI}{document.pk}/"))
    found = notification_of(document)
    assert found.notifie_on == document.filed_at.astimezone(PARIS).date()
    assert found.is_reputee
    assert "la loi retient le jour de la mise à disposition" in page
    assert deem_notified() == 0


def test_a_notice_that_left_late_gives_fifteen_days_from_its_leaving(consentante: Acteur) -> None:
    document = decision(consentante)
    made_available(document, timezone.now() - timedelta(days=20))
    leaves(document, timezone.now() - timedelta(days=3))
    assert notification_of(document).limite_on == today_paris() + timedelta(days=12)
    assert deem_notified() == 0


def test_a_notice_that_has_not_left_makes_no_delay_run(consentante: Acteur) -> None:
    document = decision(consentante)
    made_available(document, timezone.now() - timedelta(days=20))
    assert deem_notified() == 0
    assert notification_of(document).notifie_on is None


@pytest.mark.parametrize("when", ["refused at once", "sent back later", "no address"])
def test_a_notice_that_does_not_arrive_is_told_and_the_letter_counts(consentante: Acteur, when: str) -> None:
    if when == "no address":
        Compte.objects.filter(pk=consentante.compte.pk).update(courriel="")
        type(consentante.personne).objects.filter(pk=consentante.personne.pk).update(email="")
        consentante.compte.refresh_from_db()
    document = decision(consentante)
    made_available(document, timezone.now() - timedelta(days=3))
    rows = Courriel.objects.filter(cle__contains=str(document.pk))
    if when == "sent back later":
        leaves(document)
        rows.update(address_refused_at=timezone.now())
    elif when == "refused at once":
        rows.update(address_refused_at=timezone.now(), broken_at=timezone.now(), next_at=None)
    assert follow_notices() == 1
    found = notification_of(document)
    assert found.defaut == ("sans_adresse" if when == "no address" else "refuse")
    made_available(document, timezone.now() - timedelta(days=30))
    assert deem_notified() == 0
    page = texte_de(consentante.get(f"{ICI}{document.pk}/"))
    assert "Celle de la lettre que votre MSA vous envoie" in page
    assert notification_of(document).notifie_on is None
    assert {c.libelle: c.nombre for c in constats()}[
        "Notifications dont l’avis n’est pas arrivé, sans lettre postée"
    ] == 1
    posted(found, by=SYSTEM)
    assert {c.libelle: c.nombre for c in constats()}[
        "Notifications dont l’avis n’est pas arrivé, sans lettre postée"
    ] == 0


def test_without_a_yes_the_letter_counts_and_nobody_is_written_to(adherente: Acteur) -> None:
    document = decision(adherente)
    page = texte_de(adherente.get(f"{ICI}{document.pk}/"))
    assert "c’est la lettre qui compte. Cette copie est pour votre information." in page
    found = notification_of(document)
    assert (found.mode, found.notifie_on, found.limite_on) == ("papier", None, None)
    assert not Courriel.objects.exists()
    assert deem_notified() == 0


def test_a_yes_given_after_does_not_change_what_was_made_available_before(adherente: Acteur) -> None:
    document = decision(adherente)
    accepte(adherente.compte, days_ago=0)
    adherente.get(f"{ICI}{document.pk}/")
    assert notification_of(document).notifie_on is None


def test_what_notifies_nothing_is_told_once_a_day(consentante: Acteur) -> None:
    for number in range(3):
        depose(consentante.personne, f"Relevé {number}")
    (courriel,) = Courriel.objects.all()
    assert courriel.subject == "Vous avez du nouveau dans « Mes documents »"
    assert not Notification.objects.exists()


def test_the_memory_of_four_years_tells_nobody_anything(consentante: Acteur) -> None:
    document = decision(consentante, day=today_paris() - timedelta(days=700))
    assert not Notification.objects.exists()
    assert not Courriel.objects.exists()
    assert "Nouveau<" not in texte_de(consentante.get(ICI))
    assert "Les dates qui comptent" not in texte_de(consentante.get(f"{ICI}{document.pk}/"))


def test_two_tabs_open_it_once(consentante: Acteur) -> None:
    document = decision(consentante)
    one, other = Document.objects.get(pk=document.pk), Document.objects.get(pk=document.pk)
    assert actions.open_documents([one], by=consentante.compte) == 1
    assert actions.open_documents([other], by=consentante.compte) == 0
    assert Ligne.objects.filter(event="bibliotheque.document.opened").count() == 1


def test_natures_are_found_by_any_of_their_names() -> None:
    assert nature_of("DÉCISION").notifie
    assert nature_of("Notification d’indu").recours_mois == 2
    assert (nature_of("Carnet rose").notifie, nature_of("Carnet rose").libelle) == (False, "Carnet rose")
    assert nature_of("attestation").conservation_ans == 1


def test_a_file_of_natures_that_says_nonsense_is_named(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "natures.toml"
    odd.write_text("[[nature]]\ncode = 'x'\ncouleur = 'rouge'\n")
    monkeypatch.setattr("enclos.bibliotheque.natures.ENV", type("Env", (), {"natures_documents": str(odd)}))
    natures.cache_clear()
    with pytest.raises(ValueError, match="couleur"):
        natures()
    natures.cache_clear()


def test_a_delay_that_ends_on_a_sunday_ends_on_the_monday(consentante: Acteur) -> None:
    document = decision(consentante)
    Notification.objects.filter(pk=document.pk).update(notifie_on=date(2026, 12, 28))
    assert notification_of(document).recours_jusqu_au == date(2027, 3, 1)  # 28 February 2027 is a Sunday


def test_the_agents_see_what_must_be_posted_and_say_when_it_is(consentante: Acteur, agente: Acteur) -> None:
    document = decision(consentante)
    Courriel.objects.filter(cle__contains=str(document.pk)).update(
        address_refused_at=timezone.now(), broken_at=timezone.now(), next_at=None
    )
    follow_notices()
    page = texte_de(agente.get("/agent/a-surveiller/"))
    assert "Documents à envoyer par la poste" in page
    assert "Décision du 12 mars" not in page, "not a word of what it says"
    told = {"genre": "notification", "cle": str(document.pk)}
    assert agente.post("/agent/a-surveiller/relancer/", told).status_code == 303
    assert "Documents à envoyer par la poste" not in texte_de(agente.get("/agent/a-surveiller/"))
    assert agente.post("/agent/a-surveiller/relancer/", told).status_code == 404


def test_what_waits_when_the_account_closes_is_not_deemed_notified_and_the_post_must_bring_it(
    consentante: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, opened = decision(consentante), decision(consentante)
    leaves(document)
    actions.open_documents([opened], by=consentante.compte)
    close_account(consentante.compte, by=consentante.compte)
    found = notification_of(document)
    assert (found.defaut, found.date_qui_compte) == (Notification.Defaut.COMPTE_FERME, None)
    assert [one.pk for one in failed_in(document.caisse_id)] == [document.pk], "the opened one is notified"
    at(monkeypatch, timezone.now() + timedelta(days=17))
    assert deem_notified() == 0


def test_what_the_fund_withdrew_is_never_deemed_notified_and_the_days_begin_again_when_it_is_back(
    consentante: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = decision(consentante)
    leaves(document)
    actions.withdraw(document, by=SYSTEM)
    later = timezone.now() + timedelta(days=17)
    at(monkeypatch, later)
    assert deem_notified() == 0
    actions.show_again(document, by=SYSTEM)
    assert deem_notified() == 0
    found = notification_of(document)
    assert (found.limite_on, found.date_qui_compte) == (limit_of(later), None)


def test_a_notice_that_never_left_is_no_alarm_once_the_document_was_opened(consentante: Acteur) -> None:
    document = decision(consentante)
    made_available(document, timezone.now() - timedelta(days=3))
    Courriel.objects.update(broken_at=timezone.now(), next_at=None)
    actions.open_documents([document], by=consentante.compte)
    follow_notices()
    assert [one.libelle for one in constats() if one.is_alarming] == []


@pytest.mark.django_db(transaction=True)
def test_two_documents_filed_at_the_same_instant_are_both_kept_and_told_once(consentante: Acteur) -> None:
    barrier = Barrier(4)

    def files(rank: int) -> None:
        barrier.wait()
        try:
            depose(Personne.objects.select_related("caisse", "compte").get(), f"Relevé {rank}", nature="relevé")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(files, rank) for rank in range(4)]:
            future.result()
    assert Document.objects.count() == 4
    assert Avis.objects.count() == Courriel.objects.count() == 1


def test_who_stays_on_paper_finds_the_notice_here_and_an_email_only_when_asked_for(adherente: Acteur) -> None:
    decision(adherente)
    depose(adherente.personne)
    (avis,) = Avis.objects.all()  # once a day, however many there are
    assert (avis.evenement, avis.courriel) == ("document-copie", None)
    assert not Courriel.objects.exists()
    assert "Vous avez du nouveau dans « Mes documents »" in texte_de(adherente.get("/espace/"))
    page = texte_de(adherente.get("/espace/compte/preferences/"))
    assert "c’est ce papier qui compte" in page
    assert "qu’un document vous attend" not in page
    assert "Prévenu par e-mail de tout" in texte_de(adherente.get("/espace/compte/"))
    adherente.get(f"{ICI}?vue=nouveaux")
    assert Avis.objects.get().read_at is not None


def test_who_stays_on_paper_and_asks_for_an_email_gets_one_without_any_delay_of_the_law(adherente: Acteur) -> None:
    adherente.post("/espace/compte/preferences/", {"choix": ["document-copie/courriel"]})
    decision(adherente)
    (courriel,) = Courriel.objects.all()
    assert courriel.subject == "Vous avez du nouveau dans « Mes documents »"
    assert "la loi" not in courriel.text
    assert Notification.objects.get().mode == "papier"


def test_each_kind_of_member_reads_what_is_true_for_them(consentante: Acteur) -> None:
    page = texte_de(consentante.get("/espace/compte/preferences/"))
    assert "la loi nous oblige à vous dire qu’un document vous attend" in page
    assert "Un document est arrivé" not in page
    page = texte_de(consentante.get(f"{ICI}?vue=nouveaux"))
    assert "Quand un document arrive, il est écrit ici" in page


def test_a_closed_account_is_told_nothing(adherente: Acteur) -> None:
    Compte.objects.filter(pk=adherente.compte.pk).update(closed_at=timezone.now())
    depose(Personne.objects.select_related("compte", "caisse").get(pk=adherente.personne.pk))
    assert not Avis.objects.exists()
