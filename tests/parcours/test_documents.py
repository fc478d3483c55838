"""« Mes documents » in a browser: found, opened, taken away four years at once; with the scripts and without."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import expect

from tests.parcours.conftest import Visite
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_a_farmer_finds_a_decision_and_takes_four_years_of_statements(visite: Ouvre, javascript: bool) -> None:
    visit = visite(javascript=javascript)
    visit.signs_in("Marc Vandamme")
    page = visit.page
    page.get_by_role("navigation", name="Principale").get_by_role("link", name="Mes documents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes documents")

    page.get_by_label("Chercher un document").fill("decision delai")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("status")).to_contain_text("avec « decision delai »")
    page.get_by_role("link", name="Décision sur votre demande de délai de paiement").click()
    expect(page.get_by_role("heading", name="Les dates qui comptent")).to_be_visible()
    expect(page.get_by_text("Vous pouvez contester jusqu’au")).to_be_visible()
    image = page.get_by_role("img", name="Page 1 sur 1")
    expect(image).to_be_visible()
    page.get_by_role("button", name="Mettre en favori").click()
    expect(page.get_by_role("button", name="Retirer des favoris")).to_be_visible()
    page.get_by_role("button", name="Retirer des favoris").click()
    page.get_by_role("link", name="Tous mes documents").click()
    expect(page.locator(".bibliotheque li").filter(has_text="délai de paiement")).to_contain_text("Lu le")

    boxes = page.get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Télécharger en ZIP").click()
    with zipfile.ZipFile(Path(saved.value.path())) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 4

    page.get_by_text("Préciser : année, domaine, personne").click()
    page.get_by_label("Chercher un document").fill("relevé")
    page.get_by_label("Domaine").select_option("Cotisations, factures")
    page.get_by_role("button", name="Voir ces documents").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="En un seul PDF, dans l’ordre des dates").click()
    with pikepdf.open(io.BytesIO(Path(saved.value.path()).read_bytes()), attempt_recovery=False) as document:
        assert len(document.pages) == 16, "four years of four quarters"


def test_every_page_of_the_library(visite: Ouvre) -> None:
    visit = visite()
    visit.signs_in("Marc Vandamme")
    found: list[str] = []
    for query in ("", "?q=relev&annee=2025&domaine=cotisations", "?q=zzzz", "?vue=archives"):
        visit.goes(f"/espace/documents/{query}")
        found += faults_of(visit.page)
    visit.goes("/espace/documents/")
    visit.page.get_by_role("link", name=re.compile("^Décision d’affiliation")).first.click()
    found += faults_of(visit.page)
    visit.page.get_by_text("L’appeler autrement").click()
    found += faults_of(visit.page)
    assert not found, "\n".join(found)
