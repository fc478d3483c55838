"""Both sides of a message in a real browser: written with two photos, answered, read, closed, opened again."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.parcours.conftest import Demo, Visite
from tests.parcours.test_pages import Ouvre, faults_of

ACCUSE = "Envoi et accusé de réception"


def chooses(page: Page, subject: str) -> None:
    """Opens every branch of the tree, then chooses this leaf."""
    for branch in page.locator(".arbre-branche:not([open]) > summary").all()[::-1]:
        branch.click()
    page.get_by_role("button", name=re.compile(f"^{subject}")).click()


def writes(page: Page, photos: list[Path], *, words: str) -> str:
    """From the tree of subjects to the receipt; the reference."""
    chooses(page, "Mon aide au logement")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre message")
    page.get_by_label("Votre message").fill(words)
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fichiers à joindre")
    page.locator("input[type=file][name=fichiers]").set_input_files(photos[:2])
    page.get_by_role("button", name="Suivant", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérification", timeout=30_000)
    expect(page.get_by_text("Famille et logement")).to_be_visible()
    page.get_by_label("Non", exact=True).check()
    page.get_by_label("J’atteste la conformité").check()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ACCUSE)
    expect(page.get_by_text("C’est envoyé.")).to_be_visible()
    reference = page.url.rstrip("/").split("/")[-1]
    expect(page.get_by_text(reference).first).to_be_visible()
    return reference


def answers(agent: Visite, reference: str, words: str) -> None:
    """The agent opens this thread, takes it and answers."""
    page = agent.page
    for _ in range(20):
        agent.goes("/agent/")
        line = page.get_by_role("row").filter(has_text=reference)
        if line.count():
            break
        page.wait_for_timeout(300)
    line.get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("^Prendre ce message")).click()
    expect(page.locator("figure.feuille img").first).to_be_visible()
    thread = page.url
    page.get_by_label("Votre réponse", exact=True).fill(words)
    page.get_by_role("button", name=re.compile("^Répondre")).click()
    expect(page).not_to_have_url(thread)  # the next item, whatever it is
    page.goto(thread)
    expect(page.get_by_text("Répondu").first).to_be_visible()


def both_sides(visite: Ouvre, photos: list[Path], *, js: bool) -> None:
    member, agent = visite(javascript=js), visite(javascript=js)
    member.enters_by_a_click("Claire Lefebvre")
    member.goes("/espace/messages/nouveau/")
    mine = f"Bonjour, pourquoi mon aide a-t-elle changé ? ({'avec' if js else 'sans'} script)"
    reference = writes(member.page, photos, words=mine)

    agent.enters_by_a_click("Camille Roy")
    answers(agent, reference, "Bonjour, vos ressources ont changé en janvier.")

    page = member.page
    member.goes("/espace/messages/")
    expect(page.get_by_text("Nouveau message").first).to_be_visible()
    member.goes(f"/espace/messages/{reference}/")
    expect(page.get_by_text("vos ressources ont changé en janvier")).to_be_visible()
    expect(page.get_by_text("Lu par un agent le")).to_be_visible()
    page.get_by_label("Votre message").fill("Merci, et pour mars ?")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ACCUSE)
    page.get_by_role("link", name="Suivre ce message").click()
    page.get_by_role("button", name="C’est réglé, clore").click()
    expect(page.get_by_text("Échange clos le")).to_be_visible()
    page.get_by_label("Votre message").fill("Encore une question.")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.get_by_role("link", name="Suivre ce message").click()
    expect(page.get_by_text("Reçu", exact=True).first).to_be_visible()


def test_a_message_goes_both_ways(visite: Ouvre, photos: list[Path]) -> None:
    both_sides(visite, photos, js=True)


def test_the_same_without_javascript(visite: Ouvre, photos: list[Path]) -> None:
    both_sides(visite, photos, js=False)


def test_what_is_typed_is_there_again(visite: Ouvre) -> None:
    """Typed, waited, left, come back to: a draft, then a reply at the foot of a thread, a line cut in between."""
    visit = visite()
    visit.enters_by_a_click("Claire Lefebvre")
    visit.goes("/espace/messages/nouveau/")
    page = visit.page
    chooses(page, "Une autre question")
    area, state = page.get_by_label("Votre message"), page.locator("[data-enclos-etat]")
    expect(page.get_by_role("button", name="Enregistrer", exact=True)).to_be_hidden()
    area.press_sequentially("Bonjour, je commence")
    expect(state).to_have_text("Pas encore enregistré.")
    expect(state).to_have_text(re.compile(r"^Enregistré à \d+ h \d\d\.$"))
    page.context.set_offline(True)
    area.press_sequentially(", et la ligne tombe")
    expect(state).to_have_text("Pas de réseau : gardez cette page ouverte.")
    page.context.set_offline(False)
    expect(state).to_have_text(re.compile(r"^Enregistré à"), timeout=15_000)
    draft = page.url
    visit.goes("/espace/")
    page.goto(draft)
    expect(area).to_have_value("Bonjour, je commence, et la ligne tombe")
    # Left before the rest of a second: the page takes its words along as it closes.
    area.press("Control+End")
    area.press_sequentially(". Fin")
    visit.goes("/espace/messages/")
    page.goto(draft)
    expect(area).to_have_value("Bonjour, je commence, et la ligne tombe. Fin")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fichiers à joindre")
    page.get_by_role("button", name="Suivant", exact=True).click()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.get_by_role("link", name="Suivre ce message").click()
    thread = page.url
    area.press_sequentially("Encore un mot")
    expect(state).to_have_text(re.compile(r"^Enregistré à"))
    visit.goes("/espace/")
    page.goto(thread)
    expect(area).to_have_value("Encore un mot")
    assert faults_of(page) == []
    visit.faults[:] = [fault for fault in visit.faults if "ERR_INTERNET_DISCONNECTED" not in fault]  # on purpose


def test_signs_are_counted_as_one_types(visite: Ouvre) -> None:
    visit = visite()
    visit.enters_by_a_click("Claire Lefebvre")
    visit.goes("/espace/messages/nouveau/")
    page = visit.page
    chooses(page, "Une autre question")
    page.get_by_label("Votre message").fill("x" * 1990)
    expect(page.locator(".compte-signes")).to_have_text("Encore 10 signes.")
    page.get_by_label("Votre message").fill("x" * 2003)
    expect(page.locator(".compte-signes")).to_have_text("3 signes de trop.")
    page.get_by_role("button", name="Suivant").click()
    expect(page).to_have_title(re.compile("^Erreur"))
    expect(page.get_by_text("c’est 3 de trop").first).to_be_visible()
    assert faults_of(page) == []
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the error, on purpose


def test_every_page_of_messages(visite: Ouvre, photos: list[Path], demo: Demo) -> None:
    """axe, 320 pixels: each page as it is first shown, then with its advice and errors."""
    visit = visite()
    visit.enters_by_a_click("Jeanne Delattre")
    page, found = visit.page, []
    for path in ("/espace/messages/", "/espace/messages/nouveau/", "/espace/messages/recours/"):
        visit.goes(path)
        found += faults_of(page)
    visit.goes("/espace/messages/nouveau/")
    chooses(page, "Faire une réclamation")
    found += faults_of(page)
    page.get_by_label("Votre message").fill("Depuis mon cancer. FR76 3000 6000 0112 3456 7890 189")
    page.get_by_label("Date de la décision contestée").fill("03/11/2026")
    page.get_by_role("button", name="Suivant").click()
    page.locator("input[type=file][name=fichiers]").set_input_files(photos[:1])
    expect(page.get_by_text("Prêt").first).to_be_visible(timeout=30_000)
    found += faults_of(page)
    page.get_by_role("link", name=re.compile("^Voir")).first.click()
    found += faults_of(page)
    page.go_back()
    page.get_by_role("button", name="Suivant", exact=True).click()
    expect(page.get_by_text("Votre message parle-t-il de santé")).to_be_visible()
    found += faults_of(page)
    page.get_by_label("Non", exact=True).check()
    page.get_by_label("J’atteste la conformité").check()
    page.get_by_role("button", name="Envoyer quand même").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ACCUSE)
    found += faults_of(page)
    page.get_by_role("link", name="Suivre ce message").click()
    found += faults_of(page)
    reference = page.url.rstrip("/").rpartition("/")[2]
    page.get_by_role("link", name="Où en est ma réclamation").click()
    found += faults_of(page)

    agent = visite()
    agent.enters_by_a_click("Sophie Lemaire")
    agent.goes("/agent/")
    agent.page.get_by_role("row").filter(has_text=reference).get_by_role("link").first.click()
    found += faults_of(agent.page)
    agent.page.get_by_role("button", name=re.compile("^Prendre ce message")).click()
    found += faults_of(agent.page)
    here = agent.page.url.split("?")[0]
    for decision in ("en-cours", "completer", "reorienter", "clore"):
        agent.page.goto(f"{here}?decision={decision}")
        found += faults_of(agent.page)
    agent.page.goto(f"{here}ecrire/")
    found += faults_of(agent.page)
    assert not found, "\n".join(found)
