"""An IBAN is found in a sentence, and in nothing else."""

import secrets

import pytest

from enclos.socle.iban import holds_iban, is_iban

FR = "FR76 3000 6000 0112 3456 7890 189"


@pytest.mark.parametrize(
    "text",
    [FR, f"Mon compte : {FR}.", f"{FR} est fermé depuis mars", "IBAN FR14.2004.1010.0505.0001.3M02.606", FR.lower(), "BE68 5390 0754 7034 chez Bob"],
)  # fmt: skip
def test_an_account_is_found_whatever_stands_around_it(text: str):
    assert holds_iban(text)


@pytest.mark.parametrize(
    "text", ["", "FR76", FR.replace("189", "188"), f"{FR[:-4]}", "ZZ76 3000 6000 0112 3456 7890 189"]
)
def test_what_has_another_key_length_or_country_is_none(text: str):
    assert not holds_iban(text)
    assert not is_iban(text)


def test_the_links_of_our_mails_are_never_taken_for_an_account():
    for _ in range(3_000):
        token = f"{secrets.token_urlsafe(40)}-fr76{secrets.token_hex(12)}"
        assert not holds_iban(f"Ce n’est pas vous ?\n\nhttps://espace.example/ce-n-est-pas-moi/{token}/\n\nMerci.")
    assert not holds_iban(f"https://espace.example/?c={FR.replace(' ', '')}")
