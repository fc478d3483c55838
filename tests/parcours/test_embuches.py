"""What goes wrong on the way: signed out elsewhere, a file refused, « Précédent » after errors. Nothing is lost, all is said."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.parcours.conftest import PHONE, Visite
from tests.parcours.gestes import ajoute, jusqu_aux_fichiers

type Ouvre = Callable[..., Visite]


def test_a_file_given_after_signing_out_in_another_tab_leads_to_sign_in_and_back(
    visite: Ouvre, photos: list[Path]
) -> None:
    visit = visite(taille=PHONE)
    visit.signs_in("Ange Mattei")
    page = visit.page
    jusqu_aux_fichiers(page, nature="Bail")
    ajoute(page, photos[:1])
    address = page.url
    other = visit.context.new_page()
    other.goto(visit.demo.url + "/espace/")
    other.get_by_role("button", name="Se déconnecter").click()
    page.get_by_label("Fichiers").set_input_files(photos[1])
    expect(page.get_by_role("alert")).to_contain_text("Votre session a pris fin")
    page.get_by_role("link", name="Se reconnecter").click()
    person = visit.demo.person("Ange Mattei")
    page.get_by_label("Identifiant").fill(person["identifiant"])
    page.get_by_label("Mot de passe", exact=True).fill(person["mot_de_passe"])
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(address)
    expect(page.get_by_text(photos[0].name).first).to_be_visible()
    visit.faults.clear()  # the 401 of the upload, on purpose


def hold_uploads(page: Page) -> list[Route]:
    """A slow line: the files that the script sends wait in this list until they are let go."""
    held: list[Route] = []

    def handle(route: Route) -> None:
        if route.request.headers.get("x-requested-with") == "envoi-fichiers":
            held.append(route)
        else:
            route.continue_()

    page.route("**/fichiers/", handle)
    return held


def test_a_refused_file_keeps_one_on_the_page_and_says_why(visite: Ouvre, photos: list[Path], tmp_path: Path) -> None:
    visit = visite(taille=PHONE)
    visit.signs_in("Ange Mattei")
    page = visit.page
    jusqu_aux_fichiers(page, nature="Bail")
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Fichiers")).to_be_focused()
    cut = tmp_path / "coupee.jpg"
    cut.write_bytes(photos[0].read_bytes()[:9000])
    held = hold_uploads(page)
    page.get_by_label("Fichiers").set_input_files(cut)
    while not held:
        page.wait_for_timeout(20)
    page.get_by_role("button", name=re.compile("Suivant|finissent de partir")).click()
    held[0].continue_()
    expect(page.get_by_role("alert")).to_contain_text("Ce fichier est incomplet")
    expect(page.get_by_text("Ajoutez au moins un fichier")).to_have_count(0)  # the first error was answered
    expect(page.get_by_role("button", name="Suivant")).to_be_visible()
    visit.faults.clear()  # the two 422, on purpose


def test_precedent_after_errors_gives_the_page_back(visite: Ouvre, photos: list[Path]) -> None:
    visit = visite(taille=PHONE)
    visit.signs_in("Ange Mattei")
    page = visit.page
    jusqu_aux_fichiers(page, nature="Bail")
    ajoute(page, photos[:1])
    page.get_by_role("button", name="Suivant", exact=True).click()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Oui").check()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Un document médical part par la poste")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérification")
    visit.faults.clear()  # the 422, on purpose
