"""The gallery of messages: whoever reads the house finds every wording there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from enclos import demo
from enclos.avis.models import Avis
from enclos.comptes.models import Compte
from enclos.courrier import budget, passerelle, textos
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.demo import decor, exemples, messages
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from tests.courrier.test_textos import set_env

pytestmark = pytest.mark.django_db

ENCLOS = Path(demo.__file__).parents[1]
TOLD_ELSEWHERE = {"subject", "text", "body"}  # a function that is given its words writes none


@pytest.fixture(autouse=True)
def avec_sms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_env(monkeypatch, sms_url="http://127.0.0.1:9/", sms_token="jeton")
    messages.kept.cache_clear()
    yield
    messages.kept.cache_clear()
    assert passerelle.ENV.sms_url


def written() -> set[str]:
    """Every function of an `emails.py` that writes a message of its own words: it acts `by` somebody, and is not given the words."""
    found = set()
    for path in ENCLOS.rglob("emails.py"):
        module = ".".join(path.relative_to(ENCLOS).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                names = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
                if "by" in names and not names & TOLD_ELSEWHERE:
                    found.add(f"{module}.{node.name}")
    return found


def test_every_function_that_writes_to_somebody_is_in_the_gallery():
    shown = {rendu.nom for _, rendus in messages.rendered() for rendu in rendus}
    missing = written() - shown
    assert not missing, f"give each an `Exemple` in enclos/demo/exemples.py: {sorted(missing)}"
    assert len(written()) > 20


def test_each_example_writes_something_and_names_nobody():
    for _, rendus in messages.rendered():
        for rendu in rendus:
            assert rendu.courriels or rendu.textos, rendu.nom
            for courriel in rendu.courriels:
                assert courriel["objet"]
                assert courriel["texte"].startswith("Bonjour")
                assert "Delattre" not in courriel["texte"]
                assert "{secret}" not in courriel["texte"]
                assert courriel["objet"] in courriel["html"]
            for texto in rendu.textos:
                assert len(texto) <= textos.MAX_SIGNS
                assert "http" not in texto


ABOUT_NOBODY = {
    "agents.emails.alerte",
    "agents.emails.point_du_jour",
    "comptes.facteurs.emails.changed",  # to an agent
    "comptes.emails.code",  # whose callers say for whom; somebody who registers is nobody yet
    "comptes.codes.send_by_sms",
}


@transaction.atomic
def test_each_message_says_which_member_it_is_about():
    """One that forgets to is missing from the copy of the data of its own reader."""
    d = decor.decor()
    for _, chapitre in exemples.EXEMPLES:
        for exemple in chapitre:
            before = [
                set(model._default_manager.order_by("pk").values_list("pk", flat=True)) for model in (Courriel, Texto)
            ]
            d.compte.telephone = next(d.numbers)
            d.compte.save(update_fields=["telephone"])
            exemple.geste(d)
            name = f"{exemple.fonction.__module__.removeprefix('enclos.')}.{exemple.fonction.__name__}"
            for model, known in zip((Courriel, Texto), before, strict=True):
                about = {row.personne_id for row in model._default_manager.exclude(pk__in=known).order_by("pk")}
                assert about <= ({None} if name in ABOUT_NOBODY else {d.personne.pk}), name


SHORT_DATE = re.compile(r"\b\d{1,2}/\d{1,2}\b")


def test_each_message_reads_the_same_a_day_later_and_says_whom_to_call():
    """It may wait for the morning, for a digest or for somebody to open their mail: dates have their year, and no « demain »."""
    for _, rendus in messages.rendered():
        for rendu in rendus:
            told = [*rendu.textos, *(f"{one['objet']} {one['texte']}" for one in rendu.courriels)]
            for words in told:
                assert not SHORT_DATE.search(words), rendu.nom
                assert not re.search(r"\b(demain|aujourd’hui|hier|courriels?)\b", words), rendu.nom
            for courriel in rendu.courriels:
                assert "Une question ? Téléphonez-nous au 03 20 900 500." in courriel["texte"]
                assert "Du lundi au vendredi" in courriel["texte"]


def test_nothing_of_it_stays():
    before = [model._default_manager.count() for model in (Courriel, Texto, Lettre, Avis, Compte, Personne, Ligne)]
    messages.rendered()
    messages.rendered()
    assert before == [
        model._default_manager.count() for model in (Courriel, Texto, Lettre, Avis, Compte, Personne, Ligne)
    ]
    assert budget.spent_today() == 0


def test_the_page_shows_the_words_of_emails_and_texts(client: Client):
    html = client.get("/demo/messages/").content.decode()
    assert "Nous avons bien reçu votre envoi PH4-XM2-K7D" in html
    assert "Vous avez 2 nouveaux avis" in html
    assert "Les détails sont dans votre espace privé." in html
    assert "votre code est" in html
    assert "/demo/messages/" in client.get("/demo/").content.decode()


@pytest.mark.parametrize("genre", Lettre.Genre.values)
def test_each_kind_of_letter_is_shown(client: Client, genre: str):
    response = client.get(f"/demo/messages/{genre}.pdf")
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF")


def test_another_kind_is_not_found(client: Client):
    assert client.get("/demo/messages/inconnu.pdf").status_code == 404
