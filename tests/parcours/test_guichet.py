"""« Mes données », « Fermer mon compte » and the help desk, in a real browser. A demo of its own: an account is closed in it."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.parcours.conftest import PHONE, Demo, Visite, run_demo
from tests.parcours.test_mon_compte import code_recu, titre
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]


@pytest.fixture(scope="module")
def chez_soi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    yield from run_demo(tmp_path_factory.mktemp("guichet"))


def prouve(visit: Visite, address: str) -> None:
    titre(visit.page, "Prouvez que c’est vous")
    visit.page.get_by_role("button", name="Recevoir le code").click()
    visit.page.get_by_label("Code").fill(code_recu(visit, address))
    visit.page.get_by_role("button", name="Continuer").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_a_member_is_helped_on_the_telephone_by_keyboard_alone(visite: Ouvre, chez_soi: Demo, javascript: bool) -> None:
    visit = visite(chez=chez_soi, javascript=javascript)
    visit.enters_by_a_click("Sophie Lemaire")
    page, found = visit.page, []
    page.get_by_role("link", name="Assistance").click()
    titre(page, "Assistance")
    page.get_by_role("button", name="Chercher").press("Enter")
    expect(page.get_by_role("link", name="Choisissez la raison : elle est gardée dans le journal.")).to_be_visible()
    if javascript:
        found += faults_of(page)
    page.get_by_label("Nom", exact=False).first.fill("")
    page.get_by_label("Numéro", exact=False).first.fill(chez_soi.person("Claire Lefebvre")["identifiant"])
    page.get_by_label("La personne appelle").check()
    page.get_by_role("button", name="Chercher").press("Enter")
    titre(page, "Claire Lefebvre")
    assert chez_soi.person("Claire Lefebvre")["identifiant"] not in page.url
    if javascript:
        found += faults_of(page)
    page.get_by_label("Sa date et son lieu de naissance").press("Space")
    page.get_by_label("Son adresse postale complète").press("Space")
    page.get_by_label("Ce que vous avez constaté").fill("Réponses justes, sans hésiter.")
    page.get_by_role("button", name="Noter ces vérifications").press("Enter")
    page.get_by_role("button", name="Débloquer les essais").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Les essais sont remis à zéro.")
    if javascript:
        found += faults_of(page)
    page.get_by_role("button", name="Envoyer une lettre").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Une lettre part")
    expect(page.get_by_text("En attente de l’imprimeur").first).to_be_visible()
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the form sent empty, on purpose
    assert not found, "\n".join(found)


@pytest.mark.parametrize("taille", [None, PHONE], ids=["desk", "phone"])
def test_a_member_takes_a_copy_then_closes_the_account(
    visite: Ouvre, chez_soi: Demo, tmp_path: Path, taille: dict[str, int] | None
) -> None:
    words, address = (
        ("Marc Vandamme", "marc.vandamme@courriel.example")
        if taille is None
        else ("Thomas Lefebvre", "thomas.lefebvre@courriel.example")
    )
    visit = visite(chez=chez_soi, **({"taille": taille} if taille else {}))
    visit.enters_by_a_click(words)
    page, found = visit.page, []
    visit.goes("/espace/compte/")
    page.get_by_role("link", name="Mes données").click()
    prouve(visit, address)
    titre(page, "Mes données")
    found += faults_of(page)
    page.get_by_role("button", name="Demander une copie").click()
    download = page.get_by_role("link", name="Télécharger la copie")
    for _ in range(60):
        if download.count():
            break
        page.wait_for_timeout(500)
        visit.goes("/espace/compte/mes-donnees/")
    found += faults_of(page)
    with page.expect_download() as taken:
        download.click()
    taken.value.save_as(tmp_path / "copie.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "copie.zip").read_bytes())) as copie:
        assert copie.testzip() is None
        assert words.split()[1] in copie.read("index.html").decode()
        copie.extractall(tmp_path / "copie")
    assert chez_soi.mails(address, about="La copie de vos données est prête")

    visit.goes("/espace/compte/fermer/")
    titre(page, "Fermer mon compte")
    page.get_by_role("button", name="Fermer mon compte").click()
    expect(page.get_by_role("link", name="Cochez la case pour fermer votre compte.")).to_be_visible()
    found += faults_of(page)
    page.get_by_label("J’ai compris").check()
    page.get_by_role("button", name="Fermer mon compte").click()
    titre(page, "Votre compte est fermé")
    found += faults_of(page)
    assert chez_soi.mails(address, about="Votre compte en ligne est fermé")
    page.go_back()
    visit.goes("/espace/")
    titre(page, "Se connecter")
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the form sent empty, on purpose
    assert not found, "\n".join(found)
