"""« Mes documents »: found, filtered, opened once, put away; and never a neighbour's."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from enclos.bibliotheque import access, actions
from enclos.bibliotheque.access import Filtres
from enclos.bibliotheque.models import Document, Origine
from enclos.bibliotheque.recherche import plain, wanted, words_of
from enclos.coffre.actions import quarantine
from enclos.coffre.models import Fichier
from enclos.coffre.objets import store
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import jour, today_paris
from tests.agents.conftest import file_of
from tests.bibliotheque.conftest import ICI, depose, many, octets_de, pdf, texte_de
from tests.coffre.inspection.fabrique import pdf_locked
from tests.conftest import Acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]


def names(acteur: Acteur, query: str = "") -> list[str]:
    return [one.nom for one in acteur.get(f"{ICI}?{query}").context["lot"].rows]


def test_the_library_is_in_the_navigation_and_says_what_will_come(adherente: Acteur) -> None:
    page = texte_de(adherente.get(ICI))
    assert '<a href="/espace/documents/" aria-current="page">Mes documents</a>' in page
    assert "Aucun document pour le moment" in page


def test_a_document_of_the_fund_is_new_until_it_is_opened_then_read_for_ever(adherente: Acteur) -> None:
    document = depose(adherente.personne, "Relevé de cotisations 2025")
    page = texte_de(adherente.get(ICI))
    assert "Relevé de cotisations 2025" in page
    assert "Reçu de ma MSA" in page
    assert ">Nouveau<" in page
    opened = texte_de(adherente.get(f"{ICI}{document.pk}/"))
    assert "Première ouverture" not in opened, "no date of the law for what notifies nothing"
    document.refresh_from_db()
    first = document.ouvert_at
    assert first is not None
    adherente.get(f"{ICI}{document.pk}/")
    document.refresh_from_db()
    assert document.ouvert_at == first
    assert Ligne.objects.filter(event="bibliotheque.document.opened").count() == 1
    page = texte_de(adherente.get(ICI))
    assert "Nouveau<" not in page
    assert "Lu le" in page
    assert names(adherente, "vue=nouveaux") == []


def test_what_a_browser_fetches_ahead_is_not_read(adherente: Acteur) -> None:
    document = depose(adherente.personne)
    adherente.get(f"{ICI}{document.pk}/", headers={"Sec-Purpose": "prefetch;prerender"})
    document.refresh_from_db()
    assert document.ouvert_at is None


def test_a_document_is_looked_at_page_by_page_as_images(adherente: Acteur) -> None:
    document = depose(adherente.personne, feuillets=[pdf("Deux pages", 2)])
    page = texte_de(adherente.get(f"{ICI}{document.pk}/"))
    assert f"{ICI}{document.pk}/pages/2/" in page
    assert 'alt="Page 2 sur 2"' in page
    image = adherente.get(f"{ICI}{document.pk}/pages/2/")
    assert image["Content-Type"] == "image/jpeg"
    assert image.content.startswith(b"\xff\xd8")
    assert adherente.get(f"{ICI}{document.pk}/pages/3/").status_code == 404


def test_what_the_fund_gave_becomes_a_file_once_its_bytes_untouched(adherente: Acteur) -> None:
    document = depose(adherente.personne)
    objet = document.sheets[0].original
    adherente.get(f"{ICI}{document.pk}/")
    adherente.get(f"{ICI}{document.pk}/")
    (fichier,) = Fichier.objects.all()
    assert fichier.original == objet
    assert octets_de(adherente.get(f"{ICI}{document.pk}/telecharger/")).startswith(b"%PDF-")
    assert Ligne.objects.filter(event="coffre.fichier.adopted").count() == 1


def test_a_pdf_that_cannot_be_drawn_is_still_to_be_had(adherente: Acteur) -> None:
    document = depose(adherente.personne, feuillets=[store(pdf_locked(), "application/pdf")])
    page = texte_de(adherente.get(f"{ICI}{document.pk}/"))
    assert "Ce document ne s’affiche pas ici. Téléchargez-le pour le lire." in page
    document.refresh_from_db()
    assert document.ouvert_at is None, "it was not looked at"
    assert adherente.get(f"{ICI}{document.pk}/telecharger/").status_code == 200
    document.refresh_from_db()
    assert document.ouvert_at is not None


def test_one_looks_by_words_without_accents_nor_capitals_and_by_their_beginning(adherente: Acteur) -> None:
    depose(adherente.personne, "Relevé de cotisations", day=date(2024, 3, 12))
    depose(
        adherente.personne, "Décision d’aide au logement", domaine="famille", nature="décision", day=date(2025, 7, 1)
    )
    assert names(adherente, "q=RELEVE") == ["Relevé de cotisations"]
    assert names(adherente, "q=déc+log") == ["Décision d’aide au logement"]
    assert names(adherente, "q=mars+2024") == ["Relevé de cotisations"]
    assert names(adherente, "q=Delattre+famille") == ["Décision d’aide au logement"]
    assert names(adherente, "q=otisations") == [], "from the beginning of a word"
    assert names(adherente, "q=%25") == []
    assert "Aucun document trouvé" in texte_de(adherente.get(f"{ICI}?q=zzz"))


def test_words_are_plain() -> None:
    assert plain("Relevé d’Œuvre n° 12") == "releve d oeuvre n 12"
    assert words_of("Relevé", "relevé", day=date(2024, 3, 5)) == " 2024 mars 05032024 5 releve"
    assert len(words_of(*[f"mot{number}" for number in range(900)], day=date(2024, 3, 5))) <= 500
    assert wanted("un deux trois quatre cinq six sept") == ["un", "deux", "trois", "quatre", "cinq", "six"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("annee=2024", ["Ancien"]),
        ("du=2025-01-01", ["Récent", "Envoyé"]),
        ("du=2024-01-01&au=2024-12-31", ["Ancien"]),
        ("domaine=famille", ["Récent"]),
        ("origine=envoye", ["Envoyé"]),
        ("concerne=Lucie+Delattre", ["Envoyé"]),
        ("domaine=famille&annee=2024", []),
        ("vue=favoris", ["Ancien"]),
        ("vue=archives", ["Archivé"]),
        ("vue=nouveaux", ["Récent"]),
        ("domaine=nimporte&annee=abcd&du=hier&origine=%00", ["Récent", "Envoyé", "Ancien"]),
    ],
)
def test_filters_leave_what_they_say(adherente: Acteur, query: str, found: list[str]) -> None:
    personne = adherente.personne
    depose(personne, "Récent", domaine="famille")
    ancien = depose(personne, "Ancien", day=date(2024, 5, 2))
    archive = depose(personne, "Archivé", day=date(2023, 5, 2))
    actions.file(
        personne, "envoi:1", origine=Origine.ENVOYE, libelle="Envoyé", date=date(2026, 5, 1), feuillets=[file_of()],
        concerne="Lucie Delattre", by=SYSTEM,
    )  # fmt: skip
    actions.keep_as_favourite(ancien, True, by=adherente.compte)
    actions.put_away([archive.pk], True, personne=personne, by=adherente.compte)
    assert names(adherente, query) == found


def test_the_choices_are_those_of_this_library(adherente: Acteur, voisin: Acteur) -> None:
    depose(voisin.personne, day=date(1999, 1, 1))
    depose(adherente.personne, day=date(2024, 5, 2))
    depose(adherente.personne, day=date(2026, 5, 2))
    form = adherente.get(ICI).context["form"]
    assert [code for code, _ in form.fields["annee"].choices] == ["", "2026", "2025", "2024"]
    assert [name for _, name in form.fields["concerne"].choices] == ["Tout le monde", "Jeanne Delattre"]


def test_pages_follow_each_other_by_keys_each_document_once(adherente: Acteur) -> None:
    many(adherente.personne, 60)
    seen, url = [], ICI
    while url:
        lot = adherente.get(url).context["lot"]
        seen += [one.pk for one in lot.rows]
        url = f"{ICI}{lot.suivant_url}" if lot.suivant else ""
    assert len(seen) == len(set(seen)) == 60
    assert adherente.get(f"{ICI}?avant=demain").status_code == 404


@pytest.mark.parametrize("query", ["", "q=releve+7", "annee=2026", "domaine=famille", "vue=nouveaux", "vue=favoris"])
def test_a_page_asks_the_same_whatever_the_library_holds(adherente: Acteur, query: str) -> None:
    depose(adherente.personne, "Relevé 7")
    adherente.get(ICI)
    with CaptureQueriesContext(connection) as few:
        adherente.get(f"{ICI}?{query}")
    many(adherente.personne, 1000)
    with CaptureQueriesContext(connection) as lots:
        adherente.get(f"{ICI}?{query}")
    assert len(lots) <= len(few) <= 12


def test_every_list_is_read_through_an_index_that_begins_with_the_person(adherente: Acteur, voisin: Acteur) -> None:
    many(adherente.personne, 300)
    many(voisin.personne, 300)
    queries = [
        Filtres(), Filtres(annee=2026), Filtres(domaine="famille"), Filtres(origine="envoye"), Filtres(concerne="Lucie"),
        Filtres(vue="archives"), Filtres(vue="nouveaux"), Filtres(vue="favoris"), Filtres(q="releve 12"),
    ]  # fmt: skip
    for filtres in queries:
        rows = access.rows_of(adherente.personne, filtres)
        rows = rows.values_list("pk", flat=True)[:26] if filtres.q else rows[:26]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
        assert "document_" in plan, (filtres, plan)
        assert "personne_id" in plan, (filtres, plan)
        assert "TEMP B-TREE" not in plan, (filtres, plan)


def test_favourite_archive_and_a_name_of_ones_own(adherente: Acteur) -> None:
    document = depose(adherente.personne, "Relevé 42")
    ranger = f"{ICI}{document.pk}/ranger/"
    adherente.post(ranger, {"action": "favori"})
    adherente.post(ranger, {"action": "renommer", "nom": "  Mon  relevé\r\nà moi "})
    assert names(adherente, "vue=favoris") == ["Mon relevé à moi"]
    assert names(adherente, "q=moi") == ["Mon relevé à moi"]
    assert names(adherente, "q=42") == ["Mon relevé à moi"], "its own name is still looked for"
    adherente.post(ranger, {"action": "archiver"})
    assert names(adherente) == []
    assert names(adherente, "vue=archives") == ["Mon relevé à moi"]
    adherente.post(ranger, {"action": "reprendre"})
    adherente.post(ranger, {"action": "plus-favori"})
    adherente.post(ranger, {"action": "renommer", "nom": ""})
    assert names(adherente) == ["Relevé 42"]
    assert adherente.post(ranger, {"action": "effacer"}).status_code == 404


def test_several_are_put_away_in_one_gesture_and_the_filters_stay(adherente: Acteur, voisin: Acteur) -> None:
    mine = [depose(adherente.personne, f"Relevé {number}") for number in range(3)]
    other = depose(voisin.personne)
    answer = adherente.post(
        f"{ICI}selection/",
        {
            "d": [str(one.pk) for one in (*mine[:2], other)] + ["n’importe"],
            "action": "archiver",
            "domaine": "cotisations",
        },
    )
    assert answer["Location"] == f"{ICI}?domaine=cotisations"
    assert names(adherente) == ["Relevé 2"]
    assert names(voisin) == ["Relevé de cotisations"]


def test_a_neighbour_finds_nothing(adherente: Acteur, voisin: Acteur, agente: Acteur) -> None:
    document = depose(adherente.personne)
    for other in (voisin, agente):
        for page in ("", "telecharger/", "pages/1/"):
            assert other.get(f"{ICI}{document.pk}/{page}").status_code == 404
        assert other.post(f"{ICI}{document.pk}/ranger/", {"action": "favori"}).status_code == 404
    assert names(voisin) == []
    assert names(voisin, "q=releve") == []
    document.refresh_from_db()
    assert document.ouvert_at is None


def test_a_file_withdrawn_is_not_shown_and_the_page_says_why(adherente: Acteur) -> None:
    fichier = file_of()
    document = actions.file(
        adherente.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Ordonnance", date=today_paris(), feuillets=[fichier], by=SYSTEM
    )  # fmt: skip
    quarantine(fichier, by=SYSTEM)
    page = texte_de(adherente.get(f"{ICI}{document.pk}/"))
    assert "Il a été retiré : Document médical." in page
    assert "Télécharger</a>" not in page
    assert adherente.get(f"{ICI}{document.pk}/telecharger/").status_code == 410
    assert adherente.get(f"{ICI}{document.pk}/pages/1/").status_code == 404


def test_what_the_fund_withdraws_leaves_the_list_and_says_since_when(adherente: Acteur) -> None:
    document = depose(adherente.personne, "Erreur")
    actions.withdraw(document, by=SYSTEM)
    assert not actions.withdraw(document, by=SYSTEM)
    assert names(adherente) == []
    page = adherente.get(f"{ICI}{document.pk}/")
    assert page.status_code == 410
    assert f"n’est plus montré depuis le {jour(today_paris())}" in texte_de(page)
    assert adherente.get(f"{ICI}{document.pk}/telecharger/").status_code == 404
    actions.show_again(Document.objects.get(pk=document.pk), by=SYSTEM)
    assert names(adherente) == ["Erreur"]


def test_filed_twice_it_is_there_once(adherente: Acteur) -> None:
    first = depose(adherente.personne, cle="registre:1")
    assert depose(adherente.personne, "Autre", cle="registre:1") == first
    with pytest.raises(ValueError, match="sheets"):
        actions.file(adherente.personne, "x", origine=Origine.RECU, libelle="Vide", date=today_paris(), by=SYSTEM)


def test_a_document_may_be_given_again_in_a_sending(adherente: Acteur, voisin: Acteur) -> None:
    sent = actions.file(
        adherente.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Avis d’impôt", nature="RES_AVIS_IMPOT", date=today_paris(),
        feuillets=[file_of()], by=SYSTEM,
    )  # fmt: skip
    given = depose(adherente.personne, "Attestation", nature="attestation", day=today_paris() - timedelta(days=1))
    assert list(access.reusable_of(adherente.personne)) == [sent], "first it is opened"
    assert "Utiliser dans un envoi" in texte_de(adherente.get(f"{ICI}{given.pk}/"))
    assert list(access.reusable_of(adherente.personne)) == [sent, given]
    assert list(access.reusable_of(adherente.personne, "RES_AVIS_IMPOT")) == [sent]
    assert list(access.reusable_of(adherente.personne, "Attestation")) == [given]
    assert list(access.reusable_of(voisin.personne)) == []
    (fichier,) = actions.reusable_files(access.reusable_for(adherente.personne, given.pk), by=adherente.compte)
    assert fichier.pages == 1
    assert access.reusable_for(adherente.personne, given.pk).fichiers == [fichier]
    assert "Utiliser dans un envoi" in texte_de(adherente.get(f"{ICI}{sent.pk}/"))
    quarantine(fichier, by=SYSTEM)
    assert list(access.reusable_of(adherente.personne)) == [sent]
    with pytest.raises(Http404):
        access.reusable_for(adherente.personne, given.pk)
    with pytest.raises(actions.NotReusable):
        actions.reusable_files(Document.objects.get(pk=given.pk), by=adherente.compte)
    assert "Utiliser dans un envoi" not in texte_de(adherente.get(f"{ICI}{given.pk}/"))


def test_an_agent_gives_a_document_that_the_member_finds_as_new(adherente: Acteur, agente: Acteur) -> None:
    told = {
        "libelle": "Réponse à votre demande",
        "date": today_paris(),
        "service": "Famille et logement",
        "cle": "clic-1",
    }
    given = actions.give(adherente.personne, [file_of()], by=agente.compte, **told)
    assert actions.give(adherente.personne, [file_of()], by=agente.compte, **told) == given
    page = texte_de(adherente.get(f"{ICI}{given.pk}/"))
    assert "Famille et logement" in page
    waiting = file_of(analyse=Fichier.Analyse.EN_COURS)
    with pytest.raises(actions.Refusal, match="pas encore analysé"):
        actions.give(adherente.personne, [waiting], libelle="Non", date=today_paris(), by=agente.compte)
