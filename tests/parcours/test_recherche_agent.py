"""An agent looks for a person, says why, reads her page; those in charge and everybody read the delays. In a real browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.parcours.conftest import PHONE, Demo, Visite, run_demo
from tests.parcours.test_mon_compte import titre
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]


@pytest.fixture(scope="module")
def chez_soi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    yield from run_demo(tmp_path_factory.mktemp("recherche"))


@pytest.mark.parametrize(
    ("javascript", "typed", "name", "full"),
    [
        (True, "vandame", "Marc Vandamme", "Marc Vandamme"),
        (False, "karon", "Suzanne Caron", "Suzanne Thérèse Caron"),
    ],
    ids=["with a script", "without"],
)
def test_a_person_is_found_and_opened_for_a_reason_by_keyboard_alone(
    visite: Ouvre, chez_soi: Demo, javascript: bool, typed: str, name: str, full: str
) -> None:
    visit = visite(chez=chez_soi, javascript=javascript)
    visit.enters_by_a_click("Léa Carpentier")
    page, found = visit.page, []
    titre(page, "Rechercher")
    page.get_by_label("Rechercher", exact=True).fill(typed)
    page.get_by_label("Rechercher", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 personne")
    if javascript:
        found += faults_of(page)
    page.get_by_role("link", name=name.split()[1]).press("Enter")
    titre(page, f"Ouvrir la fiche de {name}")
    page.get_by_role("button", name="Ouvrir la fiche").press("Enter")
    expect(page.get_by_role("link", name="Choisissez la raison : elle est gardée dans le journal.")).to_be_visible()
    if javascript:
        found += faults_of(page)
    page.get_by_label("La personne est à l’accueil").check()
    page.get_by_role("button", name="Ouvrir la fiche").press("Enter")
    titre(page, full)
    expect(page.get_by_text("Les montants sont réservés aux comptables.")).to_be_visible()
    if javascript:
        found += faults_of(page)
    number = chez_soi.person(name)["identifiant"]
    assert number not in page.content() + page.url
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the form sent empty, on purpose
    assert not found, "\n".join(found)


def test_two_administrateurs_make_somebody_superviseur(visite: Ouvre, chez_soi: Demo) -> None:
    visit = visite(chez=chez_soi)
    visit.enters_by_a_click("Bruno Masson")
    page, found = visit.page, []
    titre(page, "Administration")
    found += faults_of(page)
    page.get_by_role("link", name="Hugo Deschamps").click()
    found += faults_of(page)
    page.get_by_role("combobox", name="Rôle").select_option(label="Superviseur")
    page.get_by_role("button", name="Changer le rôle").click()
    expect(page.get_by_role("status")).to_contain_text("un autre administrateur doit le confirmer")
    expect(page.get_by_role("button", name="Confirmer le rôle de Hugo Deschamps")).to_have_count(0)
    visit = visite(chez=chez_soi)
    visit.enters_by_a_click("Inès Marchal")
    visit.page.get_by_role("button", name="Confirmer le rôle de Hugo Deschamps").click()
    expect(visit.page.get_by_role("row", name="Hugo Deschamps")).to_contain_text("Superviseur")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("taille", [None, PHONE], ids=["desk", "phone"])
def test_the_delays_are_read_by_those_in_charge_and_by_everybody(
    visite: Ouvre, chez_soi: Demo, taille: dict[str, int] | None
) -> None:
    visit = visite(chez=chez_soi, **({"taille": taille} if taille else {}))
    visit.goes("/delais/")
    page = visit.page
    titre(page, "Délais de réponse")
    found = faults_of(page)
    visit.enters_by_a_click("Nadia Fontaine")
    page.get_by_role("link", name="Supervision").click()
    titre(page, "Supervision")
    found += faults_of(page)
    visit.goes("/agent/a-surveiller/")
    found += faults_of(page)
    assert not found, "\n".join(found)
