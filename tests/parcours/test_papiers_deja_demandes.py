"""A paper asked, sent as if it had not been asked."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.parcours.conftest import PHONE, Visite
from tests.parcours.gestes import attend_le_recu, envoie

type Ouvre = Callable[..., Visite]


def test_what_is_asked_and_sent_without_saying_so_is_asked_no_more(visite: Ouvre, photos: list[Path]):
    """« D’autres documents », and the box left as it is."""
    member = visite(taille=PHONE).signs_in("Jeanne Delattre")
    member.page.get_by_role("link", name=re.compile("^Voir et répondre")).first.click()
    adresse = member.page.url
    expect(member.page.locator("#papier-1")).to_contain_text("Attendu")
    envoie(member.page, photos[1:2], nature="Bail")
    attend_le_recu(member.page)
    expect(member.page.get_by_role("main")).to_contain_text("Réponse au plus tard le")
    member.page.goto(adresse)
    expect(member.page.locator("#papier-1")).to_contain_text("Envoyé le")
