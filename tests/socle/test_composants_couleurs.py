"""Colours can be read: ours, and those a fund brings."""

import pytest

from enclos.socle.contraste import check_theme, css_of, our_tokens, ratio, weak_pairs
from enclos.socle.refusals import Refusal


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#ffffff", "#000000") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["clair", "sombre"])
def test_our_own_colours_can_be_read(scheme: str) -> None:
    assert weak_pairs(scheme, {}) == []  # type: ignore[arg-type]


def test_the_dark_scheme_changes_the_paper() -> None:
    assert our_tokens("clair")["papier"] != our_tokens("sombre")["papier"]


def test_a_theme_becomes_a_sheet() -> None:
    theme = {"clair": {"accent": "#004b8d", "accent-fort": "#003562", "lien": "#004b8d"}}
    check_theme(theme)
    css = css_of(theme)
    assert "--accent: #004b8d;" in css
    assert css.startswith("@layer tokens")
    assert css.count("{") == css.count("}")


def test_no_theme_is_no_sheet() -> None:
    assert css_of({}) == ""
    check_theme({})


@pytest.mark.parametrize(
    ("theme", "said"),
    [
        ({"clair": {"accent": "#f0d000"}}, "il faut au moins"),
        ({"clair": {"encre": "#000000"}}, "nom inconnu"),
        ({"clair": {"accent": "red; } body { display: none"}}, "nom inconnu"),
        ({"nuit": {"accent": "#004b8d"}}, "nuit"),
    ],
)
def test_a_theme_that_could_not_be_read_is_refused(theme: dict[str, dict[str, str]], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        check_theme(theme)


def test_what_is_not_a_colour_never_reaches_the_sheet() -> None:
    assert "display" not in css_of({"clair": {"accent": "red; } body { display: none"}})
