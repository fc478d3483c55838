"""The main job, from end to end: a member sends three photos and holds proof of it; an agent settles; the member sees it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.parcours.conftest import DESK, PHONE, Visite
from tests.parcours.gestes import attend_le_recu, envoie

type Ouvre = Callable[..., Visite]


@pytest.mark.parametrize("javascript", [True, False], ids=["avec-javascript", "sans-javascript"])
def test_three_photos_of_a_paper_become_a_signed_receipt_that_anyone_can_verify(
    visite: Ouvre, photos: list[Path], tmp_path: Path, javascript: bool
) -> None:
    visit = visite(javascript=javascript, taille=PHONE if javascript else DESK)
    visit.signs_in("Jeanne Delattre")
    page = visit.page
    expect(page.get_by_text("Connecté", exact=True)).to_be_visible()
    envoie(page, photos, nature="Quittance de loyer")
    reference, code = attend_le_recu(page)

    # The signed PDF is made a moment later: the page says so, then gives it.
    pdf = telecharge_l_accuse(page, tmp_path / "accuse.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert b"/ByteRange" in pdf.read_bytes()
    mail = visit.demo.mails("jeanne.delattre@courriel.example", about="reçu")[0]
    assert "Delattre" not in mail["texte"]

    anybody = visite(javascript=javascript)
    anybody.goes("/verifier/")
    anybody.page.get_by_label("Référence").fill(reference.lower())
    anybody.page.get_by_label("Code de vérification").fill(code)
    anybody.page.get_by_role("button", name="Vérifier").click()
    expect(anybody.page.get_by_role("main").get_by_text("Authentique").first).to_be_visible()
    expect(anybody.page.get_by_text("Delattre")).to_have_count(0)
    anybody.goes("/verifier/")
    anybody.page.get_by_label("Fichier PDF").set_input_files(pdf)
    anybody.page.get_by_role("button", name="Vérifier").click()
    expect(anybody.page.get_by_role("main").get_by_text("Authentique").first).to_be_visible()
    changed = tmp_path / "change.pdf"
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    anybody.goes("/verifier/")
    anybody.page.get_by_label("Fichier PDF").set_input_files(changed)
    anybody.page.get_by_role("button", name="Vérifier").click()
    expect(anybody.page.get_by_role("main").get_by_text("Non authentique").first).to_be_visible()


def test_an_agent_settles_a_paper_and_the_member_sees_it(visite: Ouvre, photos: list[Path]) -> None:
    member = visite()
    member.signs_in("Claire Lefebvre")
    envoie(member.page, photos[:1], nature="Bail")
    reference, _ = attend_le_recu(member.page)

    agent = visite()
    agent.signs_in("Camille Roy")
    expect(agent.page).to_have_url(re.compile("/agent/"))
    prend_jusqu_a(agent.page, reference)
    image = agent.page.get_by_role("img", name=re.compile("Page 1 sur")).first
    expect(image).to_be_visible()
    assert image.evaluate(
        "image => image.complete && image.naturalWidth > 0 || new Promise(r => image.onload = () => r(true))"
    )
    agent.page.get_by_role("button", name=re.compile("^Traité")).click()

    member.goes(f"/espace/envois/{reference}/")
    expect(member.page.get_by_text("Traité").first).to_be_visible()
    member.demo.mails("claire.lefebvre@courriel.example", about="un agent a répondu")


def test_what_is_asked_again_waits_on_the_member_s_first_page(visite: Ouvre, photos: list[Path]) -> None:
    member = visite(javascript=False)
    member.signs_in("Thomas Lefebvre")
    envoie(member.page, photos[1:2], nature="Quittance de loyer")
    reference, _ = attend_le_recu(member.page)

    agent = visite(javascript=False)
    agent.enters_by_a_click("Sophie Lemaire")
    prend_jusqu_a(agent.page, reference)
    agent.page.get_by_role("button", name=re.compile("^À compléter")).click()
    agent.page.get_by_role("combobox", name="Papier 1").select_option(label="Bail")
    agent.page.get_by_label("Pourquoi", exact=True).fill("Le bail dit quel est votre loyer.")
    agent.page.get_by_role("button", name=re.compile("^À compléter")).last.click()

    member.goes("/espace/")
    expect(member.page.get_by_text(re.compile("Bail")).first).to_be_visible()
    member.goes(f"/espace/envois/{reference}/")
    expect(member.page.get_by_text("À compléter").first).to_be_visible()


def test_a_neighbour_s_receipt_is_not_found(visite: Ouvre, photos: list[Path]) -> None:
    member = visite(javascript=False)
    member.signs_in("Claire Lefebvre")
    envoie(member.page, photos[2:], nature="RIB")
    reference, _ = attend_le_recu(member.page)
    neighbour = visite(javascript=False)
    neighbour.enters_by_a_click("Marc Vandamme")
    for path in ("", "accuse.pdf"):
        answer = neighbour.page.request.get(f"{neighbour.demo.url}/espace/envois/{reference}/{path}")
        assert answer.status == 404


def prend_jusqu_a(page: Page, reference: str) -> None:
    """Take papers one after the other until this one, settling those of the other tests on the way."""
    for _ in range(12):
        page.goto(page.url.split("/agent/")[0] + "/agent/")
        page.get_by_role("button", name="Prendre le suivant").first.click()
        if page.get_by_text(reference).count():
            return
        page.get_by_role("button", name=re.compile("^Traité")).click()
    raise AssertionError(f"{reference} is in no queue")


def telecharge_l_accuse(page: Page, path: Path) -> Path:
    link = page.get_by_role("link", name="Télécharger l’accusé de réception")
    with page.expect_download() as download:
        for _ in range(20):
            link.click()
            page.wait_for_timeout(700)
            if not link.is_visible():  # the page that says « dans un instant »
                page.go_back()
                continue
            break
    download.value.save_as(path)
    return path
