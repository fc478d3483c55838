"""The queues: narrowed by what an agent chooses, kept under a name, followed by « Prendre le suivant »."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.agents import filtres
from enclos.agents.models import FiltreEnregistre
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.socle.dates import today_paris
from enclos.suivi import access, actions
from enclos.suivi.absences import note_absence
from enclos.suivi.filtres import Filtre
from enclos.suivi.models import Affaire, Genre
from enclos.suivi.precarite import set_precaire
from tests.agents.conftest import text_of
from tests.agents.monde import agent, autre_caisse, papier, service
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def lines_of(response) -> str:
    """The table of the queue, without the form that chooses."""
    return text_of(response).partition('<table class="tableau file"')[2].partition("</table>")[0]


def shown(acteur, query="") -> set[str]:
    page = lines_of(acteur.get(f"/agent/{query}"))
    return {one.libelle for one in Affaire.objects.all() if f">{one.libelle}</a>" in page}


# --- narrowed


@pytest.fixture
def monde(db):
    """Items of every kind, in two teams, under the names of what they are."""
    camille, lou = agent("Camille Roy", "famille", "cotisations"), agent("Lou Petit")
    personne = PersonneFactory()

    def one(libelle, code="famille", **given):
        return papier(code, libelle=libelle, personne=personne, **given)

    one("ordinaire")
    one("vieux", received_days_ago=20)
    one("tardif", days=-2)
    one("legal", legal_on=today_paris() + timedelta(days=6))
    one("legal plus tard", legal_on=today_paris() + timedelta(days=60))
    set_precaire(one("urgent"), is_precaire=True, raison="Expulsion", by=camille)
    one("message", genre=Genre.MESSAGE)
    one("réclamation", genre=Genre.RECLAMATION)
    one("école", groupe="Famille", nature="FAM_SCOLARITE")
    one("exploitation", "cotisations", groupe="Exploitation", nature="EXP_STATUTS")
    actions.take(one("à moi"), by=camille)
    actions.take(one("à Lou"), by=lou)
    left = actions.take(one("oublié"), by=lou)
    Affaire.objects.filter(pk=left.pk).update(taken_at=timezone.now() - timedelta(days=3))
    return Acteur(camille)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?service=cotisations", {"exploitation"}),
        ("?genre=message", {"message"}),
        ("?genre=reclamation", {"réclamation"}),
        ("?groupe=Famille", {"école"}),
        ("?nature=FAM_SCOLARITE", {"école"}),
        ("?age=14", {"vieux"}),
        ("?legal=7", {"legal"}),
        ("?legal=30", {"legal"}),
        ("?retard=oui", {"tardif"}),
        ("?precaire=oui", {"urgent"}),
        ("?qui=miens", {"à moi"}),
        ("?qui=collegues", {"à Lou", "oublié"}),
        ("?qui=a-reprendre", {"oublié"}),
        ("?genre=message&retard=oui", set()),
    ],
)
def test_each_choice_shows_what_it_says(monde, query, expected):
    assert shown(monde, query) == expected


def test_without_a_choice_everything_but_ones_own(monde):
    assert shown(monde, "?tout=1") == {one.libelle for one in Affaire.objects.all()} - {"à moi"}
    assert "à moi" not in shown(monde, "?qui=libres")
    assert "à Lou" not in shown(monde, "?qui=libres")


@pytest.mark.parametrize(
    "query", ["?genre=x", "?age=5000", "?age=1'", "?nature=%00", "?service=autre", "?legal=-1", "?apres=x", "?apres=0190f3a4-0000-7000-8000-000000000000"]
)  # fmt: skip
def test_an_odd_choice_is_left_out(monde, query):
    assert shown(monde, query) == shown(monde)


def test_the_filter_is_said_in_words_and_taken_off(monde):
    page = text_of(monde.get("/agent/?groupe=Famille&age=14&qui=libres"))
    for words in ("<li>Famille</li>", "<li>Reçu depuis plus de : deux semaines</li>", "<li>Qui l’a : Personne"):
        assert words in page
    assert 'href="/agent/?tout=1">Tout montrer</a>' in page
    assert "Rien ne correspond à ce filtre" in page


def test_pages_of_a_filtered_queue_follow_each_other(agente):
    for n in range(30):
        papier(libelle=f"Bail {n:02}", days=n)
        papier(libelle=f"École {n:02}", groupe="Famille", nature="FAM_SCOLARITE", days=n)
    first = agente.get("/agent/?groupe=Famille")
    suite = text_of(first).split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert suite.startswith("/agent/?groupe=Famille&apres=")
    assert "École 24" in lines_of(first)
    second = lines_of(agente.get(suite))
    assert second.count("École") == 5
    assert "Bail" not in second


# --- « Prendre le suivant »


def take_next(acteur, **filtre):
    return acteur.post("/agent/suivant/", {"vu": timezone.now().isoformat(), **filtre})


def test_the_next_one_is_of_the_filter_and_so_is_the_one_after(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL", "FAM_SCOLARITE", "FAM_SCOLARITE")
    page = text_of(agente.get("/agent/?groupe=Famille"))
    assert '<input type="hidden" name="groupe" value="Famille">' in page
    response = take_next(agente, groupe="Famille")
    assert response["Location"].endswith("/?file=groupe%3DFamille")
    first = Affaire.objects.get(taken_by=agente.compte)
    assert first.groupe == "Famille"
    screen = text_of(agente.get(response["Location"]))
    assert '<input type="hidden" name="file" value="groupe=Famille">' in screen
    response = agente.post(f"/agent/documents/{first.pk}/decision/traiter/", {"file": "groupe=Famille"})
    [second] = Affaire.objects.held_by(agente.compte)
    assert (second.groupe, response["Location"]) == (
        "Famille",
        f"/agent/documents/{second.pk}/?file=groupe%3DFamille&fait={first.pk}",
    )
    response = agente.post(f"/agent/documents/{second.pk}/decision/traiter/", {"file": "groupe=Famille"})
    assert response["Location"] == f"/agent/?groupe=Famille&fait={second.pk}"
    assert Affaire.objects.get(groupe="Logement").taken_by is None


@pytest.mark.parametrize("odd", ["x" * 5000, "%00=%00", "service=cotisations&groupe=", "qui=miens", "a=b&a=c;d"])
def test_an_odd_queue_to_go_on_with_breaks_nothing(envoyer, adherente, agente, odd):
    envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE")
    take_next(agente)
    [first] = Affaire.objects.held_by(agente.compte)
    response = agente.post(f"/agent/documents/{first.pk}/decision/traiter/", {"file": odd})
    assert response.status_code == 303
    assert Affaire.objects.held_by(agente.compte).count() == 1


# --- kept under a name


def keep(acteur, nom="Mes urgences", **filtre):
    return acteur.post("/agent/filtres/enregistrer/", {"nom": nom, **filtre})


def test_a_filter_is_kept_applied_first_renamed_and_thrown_away(monde):
    response = keep(monde, precaire="oui", par_defaut="on")
    assert response["Location"] == "/agent/?precaire=oui"
    keep(monde, precaire="oui", par_defaut="on")  # a double click
    kept = FiltreEnregistre.objects.get()
    assert shown(monde) == {"urgent"}
    assert 'href="/agent/?precaire=oui" aria-current="true">Mes urgences</a>' in text_of(monde.get("/agent/"))
    assert len(shown(monde, "?tout=1")) > 1
    page = text_of(monde.get("/agent/filtres/"))
    assert "Ne peut pas attendre" in page
    monde.post(f"/agent/filtres/{kept.pk}/", {"nom": "Urgences"})
    kept.refresh_from_db()
    assert (kept.nom, kept.is_default) == ("Urgences", False)
    assert len(shown(monde)) > 1
    monde.post(f"/agent/filtres/{kept.pk}/supprimer/")
    assert not FiltreEnregistre.objects.exists()


def test_one_filter_alone_is_applied_first(monde):
    keep(monde, "Un", retard="oui", par_defaut="on")
    keep(monde, "Deux", precaire="oui", par_defaut="on")
    assert [one.nom for one in FiltreEnregistre.objects.filter(is_default=True)] == ["Deux"]


def test_a_kept_choice_that_is_no_more_is_left_out(monde):
    keep(monde, groupe="Famille", age="14")
    FiltreEnregistre.objects.update(choix={"groupe": "Disparu", "age": "14", "autre": "x"}, is_default=True)
    assert shown(monde) == {"vieux"}


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"nom": " "}, 422, "Donnez un nom à ce filtre."),
        ({"nom": "Pour 1720362999024"}, 422, "un numéro de sécurité sociale"),
        ({"nom": "Un"}, 409, "Vous avez déjà un filtre « Un »"),
    ],
)
def test_a_name_that_will_not_do_comes_back(monde, data, status, words):
    keep(monde, "Un", retard="oui")
    response = keep(monde, precaire="oui", **data)
    assert response.status_code == status
    assert words in text_of(response).replace("\u00a0", " ")


def test_a_dozen_filters_is_enough(monde):
    for n in range(filtres.MAX_FILTRES):
        keep(monde, f"Filtre {n}", retard="oui")
    assert keep(monde, "Un de trop", retard="oui").status_code == 409


def test_the_filters_of_a_colleague_are_not_hers(monde):
    keep(monde, retard="oui")
    kept = FiltreEnregistre.objects.get()
    other = Acteur(agent("Lou Bis"))
    for address in (f"/agent/filtres/{kept.pk}/", f"/agent/filtres/{kept.pk}/supprimer/"):
        assert other.post(address, {"nom": "À moi"}).status_code == 404
    assert "Mes urgences" not in text_of(other.get("/agent/filtres/"))


def test_what_there_is_to_take_comes_first_and_the_rest_is_one_click_away(monde, agente):
    shown_at_first = set(shown(monde, ""))
    assert not shown_at_first & {"à Lou", "oublié"}
    everything = set(shown(monde, "?tout=1"))
    assert {"à Lou", "oublié"} <= everything
    assert shown_at_first < everything
    page = text_of(monde.get("/agent/"))
    assert "Montrer aussi ce que des collègues ont pris" in page
    assert "Montrer aussi" not in text_of(monde.get("/agent/?tout=1"))


def test_the_law_s_date_has_its_column(agente):
    papier(legal_on=today_paris() + timedelta(days=40))
    page = text_of(agente.get("/agent/"))
    assert '<th scope="col">Date légale</th>' in page
    assert 'data-titre="Date légale"' in page


# --- figures and roles


def test_figures_stop_at_five_hundred(agente, monkeypatch):
    monkeypatch.setattr(access, "COUNTED", 3)
    monkeypatch.setattr("enclos.agents.templatetags.agents.COUNTED", 3)
    for _ in range(6):
        papier(days=-1)
    page = text_of(agente.get("/agent/"))
    assert "plus de 3 documents à prendre" in page
    [figures] = access.bounded_figures_of([service()])
    assert (figures.libres, figures.en_retard, figures.en_cours) == (4, 4, 0)


def test_each_team_is_read_apart_and_no_further_than_a_page(monde):
    """What keeps a page as quick with a million items as with a hundred."""
    rows = access.queue_of(monde.compte, filtre=Filtre(groupe="Logement"), count=26)
    sql = str(rows.query)
    assert sql.count("UNION ALL") == 1
    assert sql.count("LIMIT 26") == 3


def test_what_a_colleague_away_holds_is_to_take_back(monde):
    lou = Affaire.objects.get(libelle="à Lou").taken_by
    note_absence(lou, du=today_paris(), au=today_paris(), by=lou)
    assert shown(monde, "?qui=a-reprendre") == {"à Lou", "oublié"}
    assert "Lou Petit, en absence" in lines_of(monde.get("/agent/?qui=a-reprendre"))


@pytest.mark.parametrize(
    ("role", "where"),
    [
        ("accueil", {"/agent/recherche/", "/agent/assistance/"}),
        ("administrateur", {"/agent/administration/", "/agent/a-surveiller/"}),
    ],
)
def test_who_treats_nothing_is_led_to_what_their_role_is_for(role, where):
    acteur = Acteur(agent("Léa", role=role))
    response = acteur.get("/agent/")
    assert response.status_code == 302
    assert response["Location"] in where
    for address in ("/agent/filtres/", "/agent/lots/", "/agent/absences/", "/agent/equipe/"):
        assert acteur.get(address).status_code == 404
    assert acteur.post("/agent/suivant/").status_code == 404


def test_another_fund_sees_nothing_of_these_queues(monde):
    other = Acteur(CompteFactory(agent=True, caisse=autre_caisse().caisse, services=[autre_caisse(), service()]))
    assert shown(other) == set()
    assert shown(other, "?groupe=Famille") == set()


def test_a_filter_says_itself_as_an_address():
    filtre = Filtre(service="famille", retard=True, age="14")
    assert filtre.query == "service=famille&age=14&retard=oui"
    assert not Filtre()
