"""Telephone numbers, as people type them and as they are kept: `+33612345678`."""

import re

SEPARATORS = re.compile(r"[\s./()\-\u00a0\u202f]+")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# A French number starts with 0; those of these islands belong to another country code.
OVERSEAS = {
    "590": "+590", "690": "+590", "691": "+590", "594": "+594", "694": "+594", "596": "+596", "696": "+596", "697": "+596",
    "262": "+262", "263": "+262", "269": "+262", "639": "+262", "692": "+262", "693": "+262",
}  # fmt: skip
MOBILE = re.compile(
    r"\+33[67]\d{8}|\+590690\d{6}|\+590691\d{6}|\+594694\d{6}|\+59669[67]\d{6}|\+262(?:639|692|693)\d{6}"
)


class TelephoneError(ValueError):
    """The text is not a telephone number."""


def normalise(text: str) -> str:
    """« 06 12 34 56 78 » → « +33612345678 ». Raises `TelephoneError`."""
    digits = SEPARATORS.sub("", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif re.fullmatch(r"0[1-9][0-9]{8}", digits):
        digits = f"{OVERSEAS.get(digits[1:4], '+33')}{digits[1:]}"
    digits = re.sub(r"^\+330(?=[1-9][0-9]{8}$)", "+33", digits)
    if not E164.fullmatch(digits) or (digits.startswith("+33") and len(digits) != 12):
        raise TelephoneError(text)
    return digits


def as_typed(numero: str) -> str:
    """The number as the registry and people write it in France: « 0612345678 »; with its country code when foreign."""
    for code in ("+33", *sorted(set(OVERSEAS.values()))):
        if numero.startswith(code) and len(numero) == len(code) + 9:
            return f"0{numero[len(code) :]}"
    return numero


def shown(numero: str) -> str:
    """« 06 12 34 56 78 », or « +32 470123456 » for a number of elsewhere."""
    text = as_typed(numero)
    if text.startswith("0") and len(text) == 10:
        return " ".join(text[start : start + 2] for start in range(0, 10, 2))
    return text


def is_mobile(numero: str) -> bool:
    """Whether a text message can reach it: French mobiles, and any foreign number, which nobody can tell."""
    return bool(MOBILE.fullmatch(numero)) or not numero.startswith(("+33", "+590", "+594", "+596", "+262"))
