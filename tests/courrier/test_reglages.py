"""Settings of letters and text messages that would go wrong for everybody are said before they do."""

from dataclasses import replace

import pytest

from config.env import ENV
from enclos.courrier.checks import check_letters_and_texts, letters, texts

pytestmark = pytest.mark.sans_base

GOOD = replace(ENV, mode="production", sms_url="https://sms.example/envoi", sms_token="x", sms_sender="MSA NPC")


def ids(env) -> list[str]:
    return [str(message.id).removeprefix("courrier.") for message in [*letters(env), *texts(env)]]


def test_what_ships_and_what_a_provider_gives_are_sound():
    assert check_letters_and_texts() == []
    assert ids(GOOD) == []


@pytest.mark.parametrize(
    "zone",
    [(), ("a", "b", "c", "d"), ("110", "45", "85"), ("110", "45", "95", "30"), ("110", "75", "85", "30"), ("5", "45", "85", "30"), ("110", "45", "20", "30"), ("nan",) * 4],
)  # fmt: skip
def test_a_zone_is_on_the_sheet_above_the_fold(zone):
    assert ids(replace(GOOD, letter_zone=zone)) == ["E001"]


@pytest.mark.parametrize(
    "url", ["http://sms.example/", "http://127.0.0.1/", "sms.example", "https://", "file:///etc/passwd"]
)
def test_codes_never_go_in_clear_in_production(url):
    assert ids(replace(GOOD, sms_url=url)) == ["E002"]


def test_a_provider_on_this_machine_is_for_trying():
    assert ids(replace(GOOD, mode="demo", sms_url="http://127.0.0.1:8000/demo/textos/recevoir/")) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sms_token": ""}, "E003"),
        ({"sms_sender": ""}, "E004"),
        ({"sms_sender": "MSA Nord-Pas de Calais"}, "E004"),
        ({"sms_prefixes": ()}, "E005"),
        ({"sms_prefixes": ("336",)}, "E005"),
    ],
)
def test_what_a_provider_wants(changes, code):
    assert ids(replace(GOOD, **changes)) == [code]
