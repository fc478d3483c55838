"""The second factor in a real browser: passkeys with Chromium's own authenticator, codes of a telephone without any script.

Browsers make a passkey for a name and never for a number: these visits are at http://localhost, which the demo answers to.
"""

import base64
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from enclos.comptes import totp
from tests.parcours.conftest import Demo, Visite
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]

PAGE = "/espace/compte/double-verification/"
RECOVERY = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


class Localhost(Demo):
    """The demo under the name that the browser takes for a site."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture
def chez_elle(demo: Demo) -> Localhost:
    return Localhost(demo.port, demo.folder)


def authenticator(visit: Visite) -> tuple[CDPSession, str]:
    """A telephone that recognises its owner, as the browser's developers' tools play one."""
    session = visit.context.new_cdp_session(visit.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return session, str(session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])


def credentials(session: CDPSession, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.send("WebAuthn.getCredentials", {"authenticatorId": name})["credentials"]
    return found


def enters(visit: Visite, words: str) -> dict[str, Any]:
    """Identifier and password; what follows is the test's."""
    person = visit.demo.person(words)
    visit.goes("/connexion/")
    visit.page.get_by_label("Identifiant").fill(person["identifiant"])
    visit.page.get_by_label("Mot de passe", exact=True).fill(person["mot_de_passe"])
    visit.page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    return person


def proves(page: Page, demo: Demo, address: str) -> None:
    """The code sent by e-mail, where a fresh proof is asked."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Prouvez que c’est vous")
    already = {one["texte"] for one in demo.json("/demo/boite-mail.json")}
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_label("Code à 6 chiffres")).to_be_visible()
    fresh = next_mail(demo, address, already)
    code = re.search(r"(?<!\d)\d{3} ?\d{3}(?!\d)", fresh)
    assert code, fresh
    page.get_by_label("Code à 6 chiffres").fill(code[0])
    page.get_by_role("button", name="Continuer").click()


def next_mail(demo: Demo, address: str, already: set[str]) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for one in demo.mails(address):
            if one["texte"] not in already and "code" in one["objet"].lower():
                return one["texte"]
        time.sleep(0.2)
    raise AssertionError("no code by e-mail")


def test_a_passkey_from_its_making_to_its_removal(visite: Ouvre, chez_elle: Localhost) -> None:
    visit = visite(chez=chez_elle)
    page, found = visit.page, []
    session, phone = authenticator(visit)
    enters(visit, "Marion Vasseur")
    visit.goes(PAGE)
    expect(page.get_by_text("pas activée")).to_be_visible()
    found += faults_of(page)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    proves(page, chez_elle, address_of(visit))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajouter une clé d’accès")
    found += faults_of(page)
    page.get_by_label("Nom de la clé").fill("Mon téléphone")
    page.get_by_role("button", name="Faire la clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gardez vos codes de secours")
    found += faults_of(page)
    (credential,) = credentials(session, phone)
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)
    recovery = RECOVERY.findall(page.get_by_role("main").inner_text())
    assert len(recovery) == 10
    page.get_by_role("button", name="J’ai gardé mes codes").click()
    expect(page.get_by_text("Votre clé d’accès est ajoutée.")).to_be_visible()
    expect(page.get_by_text("Mon téléphone", exact=True)).to_be_visible()
    found += faults_of(page)
    page.get_by_role("button", name="Se déconnecter").click()

    # The key alone, found by the browser itself.
    visit.goes("/connexion/?suite=/espace/envois/")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page).to_have_url(re.compile("/espace/envois/$"))
    page.get_by_role("button", name="Se déconnecter").click()

    # The password, then the key.
    enters(visit, "Marion Vasseur")
    expect(page.get_by_role("heading", level=1)).to_have_text("Double vérification")
    found += faults_of(page)
    visit.goes("/espace/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Double vérification")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page).to_have_url(re.compile("/espace/$"))

    # What the key signed once is worth nothing the second time.
    sent: list[str] = []
    page.on(
        "request",
        lambda request: sent.append(request.post_data or "") if request.url.endswith("/connexion/cle/") else None,
    )
    page.get_by_role("button", name="Se déconnecter").click()
    visit.goes("/connexion/")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page).to_have_url(re.compile("/espace/$"))
    page.get_by_role("button", name="Se déconnecter").click()
    again = replayed(visit, sent[-1])
    assert again == 422
    visit.goes("/espace/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")

    # Removed, it opens nothing.
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    visit.goes(PAGE)
    page.get_by_role("link", name="Retirer « Mon téléphone »").click()
    found += faults_of(page)
    page.get_by_role("button", name="Retirer").click()
    expect(page.get_by_text("n’ouvre plus votre compte")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    visit.goes("/connexion/")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_text("n’a pas pu être vérifiée")).to_be_visible()
    visit.faults = [fault for fault in visit.faults if "422" not in fault]
    assert not found, "\n".join(found)


def address_of(visit: Visite) -> str:
    """The e-mail of who is signed in, as the fund's demo gives it."""
    visit_mail = visit.page.context.new_page()
    visit_mail.goto(visit.demo.url + "/espace/compte/coordonnees/")
    found = re.search(r"[\w.+-]+@[\w.-]+", visit_mail.get_by_role("main").inner_text())
    visit_mail.close()
    assert found
    return found[0]


def replayed(visit: Visite, body: str) -> int:
    """The same form again, with the cookies of now and a fresh token."""
    visit.goes("/connexion/")
    status: int = visit.page.evaluate(
        """async (body) => {
            const sent = new URLSearchParams(body);
            sent.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
            return (await fetch("/connexion/cle/", {method: "POST", body: sent})).status;
        }""",
        body,
    )
    return status


def test_a_gesture_given_up_is_said_and_may_be_made_again(visite: Ouvre, chez_elle: Localhost) -> None:
    visit = visite(chez=chez_elle)
    session, phone = authenticator(visit)
    visit.goes("/connexion/")
    visit.page.get_by_role("button", name="Utiliser une clé d’accès").click()  # this telephone has none
    expect(visit.page.get_by_role("alert")).to_have_text("Le geste n’a pas abouti. Vous pouvez recommencer.")
    assert credentials(session, phone) == []


def test_at_an_address_in_figures_no_key_is_offered(visite: Ouvre) -> None:
    visit = visite()
    visit.goes("/connexion/")
    expect(visit.page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True)).to_be_visible()
    expect(visit.page.get_by_role("button", name="Utiliser une clé d’accès")).to_have_count(0)


def test_a_telephone_and_recovery_codes_without_any_script(visite: Ouvre) -> None:
    visit = visite(javascript=False)
    page = visit.page
    enters(visit, "Marc Vandamme")
    visit.goes(PAGE)
    page.get_by_role("link", name="Activer les codes").click()
    proves(page, visit.demo, address_of(visit))
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de votre téléphone")
    typed = page.locator(".secret").inner_text().replace(" ", "")
    secret = base64.b32decode(typed + "=" * (-len(typed) % 8))
    step = totp.current_step()
    page.get_by_label("Code à 6 chiffres").fill(totp.code_at(secret, step))
    page.get_by_role("button", name="Activer les codes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gardez vos codes de secours")
    recovery = RECOVERY.findall(page.get_by_role("main").inner_text())
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger").click()
    assert recovery[0] in download.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="J’ai gardé mes codes").click()
    page.get_by_role("button", name="Se déconnecter").click()

    enters(visit, "Marc Vandamme")
    expect(page.get_by_role("heading", level=1)).to_have_text("Double vérification")
    page.get_by_label("Code à 6 chiffres").fill(totp.code_at(secret, max(step + 1, totp.current_step())))
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_url(re.compile("/espace/$"))
    page.get_by_role("button", name="Se déconnecter").click()

    enters(visit, "Marc Vandamme")
    page.get_by_role("link", name="Je n’ai plus mon téléphone").click()
    page.get_by_label("Code de secours").fill(recovery[0].lower())
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_url(re.compile("/espace/$"))
    visit.goes(PAGE)
    expect(page.get_by_text("9 codes restants")).to_be_visible()

    # The demo is as it was for who comes next: this proof is the recovery code's own.
    page.get_by_role("link", name="Retirer les codes").click()
    page.get_by_role("button", name="Retirer").click()
    expect(page.get_by_text("pas activée")).to_be_visible()


def test_an_agents_key_stands_beside_the_code(visite: Ouvre, chez_elle: Localhost) -> None:
    visit = visite(chez=chez_elle)
    authenticator(visit)
    visit.signs_in("Sophie Lemaire")
    expect(visit.page).to_have_url(re.compile(r":\d+/agent/"))
    visit.goes("/agent/securite/")
    found = faults_of(visit.page)
    visit.page.get_by_role("link", name="Ajouter une clé d’accès").click()
    visit.page.get_by_label("Nom de la clé").fill("Poste du guichet")
    visit.page.get_by_role("button", name="Faire la clé d’accès").click()
    expect(visit.page.get_by_text("Votre clé d’accès est ajoutée.")).to_be_visible()
    found += faults_of(visit.page)
    visit.page.get_by_role("button", name="Se déconnecter").click()
    enters(visit, "Sophie Lemaire")
    expect(visit.page.get_by_label("Code à 6 chiffres")).to_be_visible()
    found += faults_of(visit.page)
    visit.page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(visit.page).to_have_url(re.compile(r":\d+/agent/"))
    visit.page.get_by_role("button", name="Se déconnecter").click()
    visit.goes("/connexion/?suite=/agent/")
    visit.page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(visit.page).to_have_url(re.compile(r":\d+/agent/"))
    visit.goes("/agent/securite/")
    visit.page.get_by_role("link", name="Retirer « Poste du guichet »").click()
    visit.page.get_by_role("button", name="Retirer").click()
    expect(visit.page.get_by_text("n’ouvre plus votre compte")).to_be_visible()
    assert not found, "\n".join(found)
