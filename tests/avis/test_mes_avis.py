"""« Mes avis »: everything told, once, with what was read and when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.avis import actions, donnees, tasks
from enclos.avis.models import Avis
from enclos.courrier.models import Courriel
from enclos.demo.factories import PersonneFactory
from enclos.journal.models import Ligne
from tests.avis.test_lettres import later, tell
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db

ICI = "/espace/avis/"


def page(acteur: Acteur, url: str = ICI) -> str:
    response = acteur.get(url)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def many(acteur: Acteur, count: int, *, read: bool = False) -> None:
    now = timezone.now()
    Avis.objects.bulk_create(
        Avis(
            personne=acteur.personne,
            evenement="decision",
            cle=f"beaucoup.{now}.{number}",
            titre=f"Avis numéro {number}",
            url="/espace/envois/",
            created_at=now - timedelta(minutes=number),
            read_at=now if read else None,
        )
        for number in range(count)
    )


def test_each_event_is_written_once_the_latest_first(adherente: Acteur):
    tell(adherente.personne, "essai.1", subject="Premier")
    tell(adherente.personne, "essai.1", subject="Premier encore")
    tell(adherente.personne, "essai.2", subject="Second")
    html = page(adherente)
    assert html.index("Second") < html.index("Premier")
    assert html.count("Nouveau<") == 2
    assert "e-mail en route" in html
    assert Avis.objects.count() == Courriel.objects.count() == 2


def test_following_a_notice_marks_it_read_and_opens_its_page(adherente: Acteur):
    avis = tell(adherente.personne)
    response = adherente.get(f"{ICI}{avis.pk}/")
    assert (response.status_code, response["Location"]) == (303, "/espace/envois/")
    avis.refresh_from_db()
    first = avis.read_at
    assert first is not None
    adherente.get(f"{ICI}{avis.pk}/")
    avis.refresh_from_db()
    assert avis.read_at == first
    assert Ligne.objects.filter(event="avis.avis.read").count() == 1
    html = page(adherente)
    assert "Lu le" in html
    assert "Nouveau<" not in html
    assert "Tout marquer comme lu" not in html


def test_opening_the_page_itself_marks_read_what_leads_to_it(adherente: Acteur):
    tell(adherente.personne, "essai.1", url="/espace/envois/PH4-XM2-K7D/")
    tell(adherente.personne, "essai.2", url="/espace/envois/AUTRE/")
    assert actions.seen(adherente.personne, "/espace/envois/PH4-XM2-K7D/", by=adherente.compte) == 1
    assert actions.seen(adherente.personne, "/espace/envois/PH4-XM2-K7D/", by=adherente.compte) == 0
    assert Avis.objects.get(read_at=None).cle == "essai.2"


def test_a_page_where_nothing_is_new_costs_one_question(adherente: Acteur):
    many(adherente, 30, read=True)
    with CaptureQueriesContext(connection) as queries:
        actions.seen(adherente.personne, "/espace/envois/", by=adherente.compte)
    assert len(queries) == 1


def test_all_are_marked_read_in_one_gesture(adherente: Acteur):
    many(adherente, 25)
    response = adherente.post(f"{ICI}tout-lire/")
    assert (response.status_code, response["Location"]) == (303, ICI)
    assert not Avis.objects.filter(read_at=None).exists()
    assert "Tous vos avis sont marqués comme lus" in page(adherente)
    assert Ligne.objects.get(event="avis.avis.read").details == {"avis": 25}
    assert adherente.get(f"{ICI}tout-lire/").status_code == 405


def test_pages_follow_one_another_by_key(adherente: Acteur):
    many(adherente, 45)
    seen: list[str] = []
    url = ICI
    for _ in range(3):
        html = page(adherente, url)
        seen += [line.split("<")[0] for line in html.split("Avis numéro ")[1:]]
        url = ICI + html.split(f"{ICI}?avant=")[1].split('"')[0].join(["?avant=", ""]) if "?avant=" in html else ""
    assert seen == [str(number) for number in range(45)]
    assert url == ""


@pytest.mark.parametrize("count", [10, 1000])
def test_the_page_costs_the_same_whatever_there_is(adherente: Acteur, count: int):
    many(adherente, count)
    adherente.get(ICI)
    with CaptureQueriesContext(connection) as queries:
        adherente.get(ICI)
    assert len(queries) == 2


def test_an_empty_page_says_what_will_come(adherente: Acteur):
    html = page(adherente)
    assert "Aucun avis pour le moment" in html
    assert "Tout marquer" not in html


def test_the_home_shows_the_latest_and_how_many_in_one_question(adherente: Acteur):
    assert "Nouveaux avis" not in page(adherente, "/espace/")
    with CaptureQueriesContext(connection) as bare:
        page(adherente, "/espace/")
    many(adherente, 12)
    with CaptureQueriesContext(connection) as full:
        html = page(adherente, "/espace/")
    assert len(full) == len(bare) <= 6
    assert [f"Avis numéro {number}<" in html for number in range(4)] == [True, True, True, False]
    assert "Voir aussi 9 autres nouveaux avis" in html
    first = Avis.objects.order_by("-created_at").first()
    assert f'href="{ICI}{first.pk}/"' in html
    adherente.get(f"{ICI}{first.pk}/")
    assert "Avis numéro 0<" not in page(adherente, "/espace/")


def test_a_notice_of_the_night_has_its_day_in_paris(adherente: Acteur):
    avis = tell(adherente.personne)
    Avis.objects.filter(pk=avis.pk).update(created_at="2026-11-16T23:30:00+00:00")
    assert "le 17 novembre 2026" in page(adherente, "/espace/")


def test_a_neighbour_neither_sees_nor_marks(adherente: Acteur, voisin: Acteur, agente: Acteur):
    avis = tell(adherente.personne, subject="Pour Jeanne")
    assert "Pour Jeanne" not in page(voisin)
    assert "Pour Jeanne" not in page(voisin, "/espace/")
    assert voisin.get(f"{ICI}{avis.pk}/").status_code == 404
    assert agente.get(f"{ICI}{avis.pk}/").status_code == 404
    voisin.post(f"{ICI}tout-lire/")
    actions.seen(voisin.personne, avis.url, by=voisin.compte)
    avis.refresh_from_db()
    assert avis.is_new
    assert voisin.get(f"{ICI}?avant={avis.pk}").status_code == 404


@pytest.mark.parametrize("odd", ["x", "0", "\0", "0190f3a4-0000-7000-8000-000000000000"])
def test_an_odd_key_is_not_found(adherente: Acteur, odd: str):
    assert adherente.get(ICI, {"avant": odd}).status_code == 404


def test_the_copy_of_one_s_data_holds_them(adherente: Acteur):
    tell(adherente.personne, subject="Pour Jeanne")
    tell(PersonneFactory(), "essai.2", subject="Pour un autre")
    told = donnees.donnees_of(adherente.compte)
    assert [(one["titre"], one["read_at"], one["canaux"]) for one in told["avis"]] == [
        ("Pour Jeanne", None, ["e-mail en route"])
    ]
    assert told["rythme"] == {"frequence": "aussitot", "heures_calmes": False}


def test_two_years_later_notices_are_gone_and_the_rest_stays(adherente: Acteur):
    old, fresh = tell(adherente.personne, "essai.1"), tell(adherente.personne, "essai.2", evenement="brouillon")
    Avis.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=731))
    tasks.forget_old()
    assert Avis.objects.count() == 2  # a letter still waits for it
    later(30)
    tasks.letters_due()
    tasks.forget_old()
    assert list(Avis.objects.order_by("pk")) == [fresh]
    assert Courriel.objects.count() == 2


def test_telling_costs_at_most_two_questions_more_than_writing(adherente: Acteur):
    tell(adherente.personne, "essai.0")
    with CaptureQueriesContext(connection) as queries:
        tell(adherente.personne, "essai.1")
    avis = [one["sql"] for one in queries if '"avis_' in one["sql"]]
    assert len(avis) <= 5, "\n".join(avis)  # known? · channels · rhythm · the notice · its letter
    with CaptureQueriesContext(connection) as queries:
        tell(adherente.personne, "essai.2", evenement="envoi-recu")
    assert len([one for one in queries if '"avis_' in one["sql"]]) == 2  # known? · the notice
