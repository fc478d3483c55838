"""An agent opens a document; the member reads who, when and for what, and nothing of what was only fetched ahead."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.parcours.conftest import Visite
from tests.parcours.gestes import attend_le_recu, envoie
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]


def test_what_an_agent_opens_the_member_reads(visite: Ouvre, photos: list[Path]) -> None:
    member = visite()
    member.signs_in("Claire Lefebvre")
    envoie(member.page, photos[:1], nature="Bail")
    reference, _ = attend_le_recu(member.page)
    member.goes("/espace/compte/").page.get_by_role("link", name="Qui a consulté mon dossier").click()
    main = member.page.get_by_role("main")
    expect(member.page.get_by_role("heading", level=1)).to_have_text("Qui a consulté mon dossier")
    expect(main.get_by_text("Camille R.")).to_have_count(0)
    assert not faults_of(member.page)

    agent = visite()
    agent.enters_by_a_click("Camille Roy")
    agent.goes("/agent/").page.get_by_role("button", name="Prendre le suivant").first.click()
    expect(agent.page).to_have_url(re.compile("/agent/documents/"))

    member.page.reload()
    told = main.get_by_role("listitem").filter(has_text="Camille R.")
    expect(told).to_contain_text("a ouvert votre document « Bail »")
    expect(told).to_contain_text("équipe Famille et logement")
    assert not faults_of(member.page)
    told.get_by_role("link", name="Voir cet envoi").click()
    expect(member.page).to_have_url(re.compile(f"/espace/envois/{reference}/"))


def test_a_call_to_the_help_desk_is_read_with_its_reason(visite: Ouvre) -> None:
    agent = visite()
    agent.enters_by_a_click("Sophie Lemaire")
    agent.goes("/agent/assistance/")
    member = visite(javascript=False)
    person = member.demo.person("Marc Vandamme")
    agent.page.get_by_label(re.compile("^Numéro")).first.fill(person["identifiant"])
    agent.page.get_by_label("La personne appelle").check()
    agent.page.get_by_role("main").get_by_role("button", name="Chercher").click()
    expect(agent.page).to_have_url(re.compile("/agent/assistance/"))
    member.signs_in("Marc Vandamme")
    told = member.goes("/espace/compte/consultations/").page.get_by_role("listitem").filter(has_text="Sophie L.")
    expect(told).to_contain_text("a ouvert votre compte pour vous aider")
    expect(told).to_contain_text("Raison : Vous avez appelé.")
