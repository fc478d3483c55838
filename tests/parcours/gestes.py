"""What a member does, in the words on the screen (contract: « Words on the screen »)."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

REFERENCE = re.compile(r"\b[A-Z]{2}\d-[A-Z]{2}\d-[A-Z]{2}\d\b")


def jusqu_aux_fichiers(page: Page, *, nature: str) -> None:
    """The first steps, one document: what is left is to give its files."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/espace/envoyer-un-document/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Objet de l’envoi")
    page.get_by_label("D’autres documents").check()
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nombre de documents")
    page.get_by_label("Nombre de documents").select_option("1")
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saisie des informations")
    choisit(page, "Nature du document", nature)
    choisit(page, "Personne concernée", "")
    choisit(page, "Motif de l’envoi", "")
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajout d’un fichier")


def envoie(page: Page, fichiers: Sequence[Path], *, nature: str) -> None:
    """The six steps, one document."""
    jusqu_aux_fichiers(page, nature=nature)
    ajoute(page, fichiers)
    page.get_by_role("button", name="Suivant", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérification")
    page.get_by_role("group", name="Ce document contient-il des informations médicales ?").get_by_label("Non").check()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer", exact=True).click()


def choisit(page: Page, label: str, words: str) -> None:
    """The choice that holds `words`, or the first real one, in a list or among radio buttons."""
    group = page.get_by_role("group", name=label)
    if group.count():
        radios = group.get_by_role("radio")
        (group.get_by_label(re.compile(words)) if words else radios).first.check()
        return
    field = page.get_by_label(label, exact=True)
    if field.count() == 0:
        field = page.get_by_label(label)
    options = field.first.locator("option").all()
    value = next(
        option.get_attribute("value")
        for option in options
        if option.get_attribute("value") and words in (option.text_content() or "")
    )
    field.first.select_option(value)


def ajoute(page: Page, fichiers: Sequence[Path]) -> None:
    """Give the files; with JavaScript they leave at once, without it the button sends them."""
    page.get_by_label("Fichiers").first.set_input_files(list(fichiers))
    if page.evaluate("1") == 1 and page.locator("envoi-fichiers").evaluate("node => node.matches(':defined')"):
        for fichier in fichiers:
            expect(page.get_by_text(fichier.name).first).to_be_visible()
        for fichier in fichiers:
            line = page.get_by_role("listitem").filter(has_text=fichier.name).last
            expect(line).to_contain_text(re.compile("Prête?|floue|sombre"), timeout=60_000)


def attend_le_recu(page: Page) -> tuple[str, str]:
    """The reference and the verification code shown at the end."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Envoi et accusé de réception", timeout=30_000)
    text = page.get_by_role("main").inner_text()
    found = REFERENCE.search(text)
    assert found, text
    code = re.search(r"Code de vérification\s*:?\s*([A-Z0-9]{10})\b", text)
    assert code, text
    return found[0], code[1]
