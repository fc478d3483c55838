"""Contrast of colours (WCAG 2.2, 1.4.3 and 1.4.11), and the theme by which a fund changes ours."""

import re
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from enclos.socle.refusals import Refusal

type Scheme = Literal["clair", "sombre"]
type Theme = dict[str, dict[str, str]]

TOKENS_CSS = Path(__file__).parent / "static/socle/tokens.css"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# What a fund may change; the colours that carry a meaning (late, done, to do) are the same everywhere.
THEMABLE = frozenset(
    {
        "accent",
        "accent-fort",
        "accent-pale",
        "sur-accent",
        "lien",
        "pave",
        "pave-fort",
        "sur-pave",
        "bandeau",
        "sur-bandeau",
    }
)
TEXT, SHAPE = 4.5, 3.0
# (what is read, on what, least ratio)
PAIRS: tuple[tuple[str, str, float], ...] = (
    ("encre", "papier", TEXT),
    ("encre", "surface", TEXT),
    ("encre", "accent-pale", TEXT),
    ("encre-douce", "papier", TEXT),
    ("encre-douce", "papier-fort", TEXT),
    ("encre-douce", "surface", TEXT),
    ("encre", "neutre-pale", TEXT),
    ("sur-accent", "accent", TEXT),
    ("sur-accent", "accent-fort", TEXT),
    ("lien", "papier", TEXT),
    ("lien", "surface", TEXT),
    ("lien", "accent-pale", TEXT),
    ("sur-pave", "pave", TEXT),
    ("sur-bandeau", "bandeau", TEXT),
    ("accent", "papier", SHAPE),
    ("accent", "surface", SHAPE),
    ("trait-champ", "surface", SHAPE),
    ("trait-champ", "papier", SHAPE),
    ("vert", "vert-pale", TEXT),
    ("vert", "surface", TEXT),
    ("ocre", "ocre-pale", TEXT),
    ("rouge", "rouge-pale", TEXT),
    ("rouge", "surface", TEXT),
    ("rouge", "papier", TEXT),
    ("info", "info-pale", TEXT),
    ("encre", "ocre-pale", TEXT),
    ("encre", "rouge-pale", TEXT),
    ("encre", "vert-pale", TEXT),
    ("encre", "info-pale", TEXT),
)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 for black, 1 for white."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[index : index + 2], 16)) for index in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast of two colours written `#rrggbb`, from 1 to 21, in either order."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@cache
def our_tokens(scheme: Scheme) -> dict[str, str]:
    """The colours of `tokens.css`; the dark scheme starts from the light one, as the sheet does."""
    blocks = re.findall(r":root\s*\{(.*?)\}", TOKENS_CSS.read_text(encoding="utf-8"), re.DOTALL)
    kept = blocks[:1] if scheme == "clair" else blocks[:2]
    return {
        name: value if len(value) == 7 else "#" + "".join(2 * sign for sign in value[1:])
        for block in kept
        for name, value in re.findall(r"--([a-z-]+):\s*(#[0-9a-fA-F]{3,6});", block)
    }


def weak_pairs(scheme: Scheme, changes: dict[str, str]) -> list[str]:
    """What could not be read if `changes` were put over our colours, in French."""
    colours = our_tokens(scheme) | changes
    return [
        f"{what} ({colours[what]}) sur {ground} ({colours[ground]}) : {found:.1f}, il faut au moins {least:g} ({scheme})"
        for what, ground, least in PAIRS
        if (found := ratio(colours[what], colours[ground])) < least
    ]


def check_theme(theme: Theme) -> None:
    """Raises `Refusal` when a theme names what it may not change, or makes something hard to read.

    A theme is `{"clair": {"accent": "#1d6242", …}, "sombre": {…}}`; both parts are optional.
    """
    schemes = get_args(Scheme.__value__)
    problems = [f"« {scheme} » n’est pas « clair » ou « sombre »" for scheme in theme if scheme not in schemes]
    for scheme in schemes:
        changes = theme.get(scheme, {})
        wrong = [
            f"{name} = {value}"
            for name, value in changes.items()
            if name not in THEMABLE or not COLOUR.fullmatch(str(value))
        ]
        problems += [f"{pair} ({scheme}) : nom inconnu, ou couleur qui n’est pas écrite #rrggbb" for pair in wrong]
        if not wrong and changes:
            problems += weak_pairs(scheme, changes)
    if problems:
        raise Refusal("Thème de la caisse : " + " ; ".join(problems) + ".", code="theme_illisible")


def css_of(theme: Theme) -> str:
    """The sheet that puts a theme over our tokens; who asked for more contrast keeps ours."""
    parts = []
    for scheme, condition in (
        ("clair", "not all and (prefers-color-scheme: dark)"),
        ("sombre", "(prefers-color-scheme: dark)"),
    ):
        changes = theme.get(scheme, {})
        rules = "".join(
            f"--{name}: {value};"
            for name, value in sorted(changes.items())
            if name in THEMABLE and COLOUR.fullmatch(value)
        )
        if rules:
            parts.append(f"@media {condition} {{ @media not (prefers-contrast: more) {{ :root {{ {rules} }} }} }}")
    return "@layer tokens { " + " ".join(parts) + " }\n" if parts else ""
