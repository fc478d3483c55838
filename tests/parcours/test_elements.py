"""The small elements that wait for their tag: they help, and nothing is lost without them."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.parcours.conftest import Visite

type Ouvre = Callable[..., Visite]


def test_a_password_can_be_shown_and_is_hidden_before_it_leaves(visite: Ouvre) -> None:
    page = visite().goes("/connexion/").page
    field = page.get_by_label("Mot de passe", exact=True)
    field.fill("Betterave")
    page.get_by_role("button", name="Afficher").click()
    expect(field).to_have_attribute("type", "text")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Masquer").click()
    expect(field).to_have_attribute("type", "password")


def test_without_script_the_password_is_a_plain_field(visite: Ouvre) -> None:
    page = visite(javascript=False).goes("/connexion/").page
    expect(page.get_by_label("Mot de passe", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Afficher")).to_have_count(0)


def test_errors_take_the_focus_and_lead_to_their_field(visite: Ouvre) -> None:
    visit = visite().goes("/connexion/")
    page = visit.page
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Identifiant")).to_be_focused()
    visit.faults.clear()  # the 422 of the refused form, on purpose


def test_a_long_list_can_be_searched_and_the_native_one_stays(visite: Ouvre) -> None:
    page = visite().goes("/demo/composants/").page
    section = page.locator("choix-filtrable")
    search = section.get_by_label("Chercher une nature")
    choice = section.get_by_label("Nature du document")
    search.fill("impot")  # no accent, lower case: as people type
    expect(section.get_by_role("status")).to_have_text("1 choix correspond.")
    search.press("Enter")
    expect(choice).to_have_value("avis")
    expect(choice).to_be_focused()
    expect(choice.locator("option")).to_have_count(10)  # the whole list is back
    search.fill("zzz")
    expect(section.get_by_role("status")).to_contain_text("Rien ne correspond")
    expect(choice).to_have_value("avis")
    search.press("Escape")
    expect(search).to_have_value("")


def lasts(page: Page, seconds: float) -> None:
    """As if the session of this page lasted that long."""
    page.evaluate(
        """async (seconds) => {
            await customElements.whenDefined("veille-session");
            const watch = document.querySelector("veille-session");
            watch.duration = seconds;
            watch.renew();
        }""",
        seconds,
    )


def test_the_end_of_a_session_is_told_before_and_one_click_goes_on(visite: Ouvre) -> None:
    visit = visite().signs_in("Claire Lefebvre")
    page = visit.page
    page.wait_for_url("**/espace/")
    watch = page.locator("veille-session")
    expect(watch).to_be_hidden()
    # 151 seconds of session left: the warning, two and a half minutes before the end, comes in one second.
    lasts(page, 151)
    expect(watch.get_by_text("Vous allez être déconnecté")).to_be_visible()
    expect(page.locator("#veille-voix")).to_contain_text("Rester connecté")
    page.evaluate("() => { document.querySelector('veille-session').duration = 1200 }")
    page.get_by_role("button", name="Rester connecté").click()
    expect(watch).to_be_hidden()
    expect(page.locator("#veille-voix")).to_contain_text("vous restez connecté")


def test_when_the_session_is_over_the_page_says_what_is_kept(visite: Ouvre) -> None:
    visit = visite().signs_in("Claire Lefebvre")
    page = visit.page
    page.wait_for_url("**/espace/")
    lasts(page, 0.3)
    watch = page.locator("veille-session")
    expect(watch.get_by_text("Vous êtes déconnecté", exact=True)).to_be_visible()
    expect(watch.get_by_text("Ce qui était enregistré est gardé")).to_be_visible()
    expect(page.locator(".pave-etat")).to_have_text("Déconnecté")
    link = watch.get_by_role("link", name="Revenir à mon espace")
    expect(link).to_have_attribute("href", "/connexion/?suite=%2Fespace%2F")


def test_the_first_tab_leads_to_the_content(visite: Ouvre) -> None:
    page = visite().goes("/").page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()
