"""The social-security number: read as people write it, and hidden wherever it must not be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclos.demo.nir import is_synthetic, synthetic_nir
from enclos.socle.logs import redact
from enclos.socle.nir import NirError, key_of, masked, normalise

# standards.md §3.3
VECTORS = [
    ("295109912611193", "2951099126111"),
    ("253072A07300443", "253072A073004"),
    ("253072B07300470", "253072B073004"),
    ("2850599351011", "2850599351011"),
    ("7850599351011", "7850599351011"),
]
KEYS = [("2850599351011", "61"), ("7850599351011", "05"), ("185052A006048", "71"), ("185052B006048", "01")]
numbers = st.integers(0, 9_999_999).map(synthetic_nir)


@pytest.mark.parametrize(("typed", "nir13"), VECTORS)
def test_the_known_numbers_are_read(typed: str, nir13: str):
    assert normalise(typed) == nir13


@pytest.mark.parametrize(("nir13", "key"), KEYS)
def test_the_keys_are_right_corsica_included(nir13: str, key: str):
    assert key_of(nir13) == key
    assert normalise(nir13 + key) == nir13


@pytest.mark.parametrize(
    "typed",
    [
        "2 85 05 99 351 011",
        " 2850599351011\t",
        "2.85.05.99.351.011",
        "2-85-05-99-351-011 61",
        "2\u00a085\u202f05\u200999/351_011",
        "2 85 05 99 351 011 61",
    ],
)
def test_separators_do_not_count(typed: str):
    assert normalise(typed) == "2850599351011"


@pytest.mark.parametrize("typed", ["185052a006048", "1 85 05 2A 006 048", "185052a00604871"])
def test_corsica_may_be_in_lower_case(typed: str):
    assert normalise(typed) == "185052A006048"


@pytest.mark.parametrize("month", ["01", "12", "20", "42", "50", "99"])
def test_months_of_incomplete_birth_dates_are_accepted(month: str):
    assert normalise(f"285{month}99351011")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Vous en avez tapé 0"),
        ("285059935101", "Vous en avez tapé 12"),
        ("28505993510116", "Vous en avez tapé 14"),
        ("2850599351011611", "Vous en avez tapé 16"),
        ("9850599351011", "n’a pas la forme"),
        ("2851399351011", "n’a pas la forme"),
        ("2850099351011", "n’a pas la forme"),
        ("285052C351011", "n’a pas la forme"),
        ("28505A9351011", "n’a pas la forme"),
        ("28505993510I1", "n’a pas la forme"),
        ("2٨50599351011", "n’a pas la forme"),
        ("253072C07300443", "n’a pas la forme"),
        ("285059935101162", "les deux derniers ne correspondent pas"),
        ("28505993510116A", "les deux derniers ne correspondent pas"),
    ],
)
def test_what_is_not_one_is_refused_with_the_reason(typed: str, said: str):
    with pytest.raises(NirError) as caught:
        normalise(typed)
    assert said in caught.value.phrase


@given(numbers, st.integers(0, 12), st.integers(1, 9))
def test_the_key_finds_a_wrong_digit(nir13: str, place: int, change: int):
    if not nir13[place].isdigit() or (nir13[5] == "2" and place == 5):  # in « 2A » a digit is not alone
        return
    wrong = nir13[:place] + str((int(nir13[place]) + change) % 10) + nir13[place + 1 :]
    with pytest.raises(NirError):
        normalise(wrong + key_of(nir13))


@given(numbers, st.integers(0, 11))
def test_the_key_finds_two_digits_exchanged(nir13: str, place: int):
    one, two = nir13[place], nir13[place + 1]
    if one == two or not (one + two).isdigit() or not nir13[5:7].isdigit():
        return
    with pytest.raises(NirError):
        normalise(nir13[:place] + two + one + nir13[place + 2 :] + key_of(nir13))


@given(numbers)
def test_every_fictional_number_has_the_shape_of_a_real_one(nir13: str):
    assert normalise(nir13) == nir13
    assert is_synthetic(nir13)


@given(numbers)
def test_nothing_but_the_last_three_signs_is_shown(nir13: str):
    assert masked(nir13) == f"• •• •• •• ••• {nir13[-3:]}"


FRAMES = [
    "{}", "nir={}", "nir{}", "/agent/?q={}&x=1", "« {} »", '{{"nir": "{}"}}', "photo-{}.jpg", "Jeanne{}Delattre", "x_{}_y",
    "Delattre {} décembre", "[{}]", "/{}/", "a@{}.fr",
]  # fmt: skip
BETWEEN = [
    "",
    " ",
    ".",
    "-",
    "_",
    "/",
    "+",
    "\u00a0",
    "\u202f",
    "\u2009",
    "%20",
    "%C2%A0",
    "\\xa0",
    "\\u202f",
    "  ",
    "\n",
]


@given(numbers, st.sampled_from(FRAMES), st.sampled_from(BETWEEN), st.booleans(), st.booleans())
def test_a_number_is_hidden_however_it_is_written(nir13: str, frame: str, between: str, with_key: bool, lower: bool):
    parts = [nir13[:1], nir13[1:3], nir13[3:5], nir13[5:7], nir13[7:10], nir13[10:]]
    written = between.join([*parts, key_of(nir13)] if with_key else parts)
    text = frame.format(written.lower() if lower else written)
    hidden = redact(text)
    assert "[nir]" in hidden
    assert nir13[-6:] not in hidden
    assert hidden.startswith(frame.split("{", maxsplit=1)[0][:3])


@pytest.mark.parametrize(
    "text",
    [
        "KM7-RP4-QB2",
        "2026-11-22T10:47:12.123Z",
        "03 20 900 500",
        "0320900500",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2850599351011b9c3fa5e6d7",
        "01a201a5-278c-73c5-87c2-7fa2c76b6506",
        "5,4 Mo (5 412 345 octets)",
        "FR76 3000 6000 0112 3456 7890 189",
        "12345678901234567890",
    ],
)
def test_what_is_not_a_number_of_a_person_stays(text: str):
    assert redact(text) == text
