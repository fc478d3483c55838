"""How a French name sounds, and how far two writings of a name are apart.

The key is ours: Soundex and Phonex were made for English or drop the vowels that tell « Caron » from « Crehan ». It folds what one hears
alike in the North: silent letters, doubled ones, nasal vowels whatever their writing, and the Flemish « ck », « ae » and « w ». Two
names with one key sound nearly alike; the contrary is not promised, and the distance below takes over.
"""

import re
from functools import lru_cache

# In order: each rule sees what the former left. Capitals stand for sounds: no rule takes them for letters again.
RULES: tuple[tuple[str, str], ...] = (
    (r"(.)\1+", r"\1"),  # doubled letters
    (r"eaux?$|auds?$|aults?$|auts?$|ots?$|aux$|os$|oh?s$", "O"),
    (r"eau|au", "O"),
    (r"sch|sh|ch(?![rlt])|tch", "C"),
    (r"ph", "f"),
    (r"c?qu|ck|cq|q|k|ch", "K"),
    (r"x$", ""),
    (r"ks|x", "KS"),
    (r"gu(?=[eiy])|gh", "G"),
    (r"(?<!^)gn", "N"),
    (r"ge(?=[ao])|g(?=[eiy])|j", "J"),
    (r"ce?(?=[aou])|c(?![eiy])", "K"),
    (r"c|z|ss", "s"),
    (r"h", ""),
    (r"w", "v"),
    (r"(?<=[aeiou])ij|(?<=[a-zA-Z])ij", "ei"),
    (r"ae", "a"),  # Flemish: Vandaele, Haene
    (r"y(?=[aeiouO])", "i"),
    (r"y", "i"),
    (r"b(?=vr)", ""),  # Lefebvre
    (r"l(?=x|ds?$|ts?$)|(?<=u)l(?=t)", ""),
    (r"(?:ain|ein|ien$|in|un)(?![aeiouOIAUnm])|(?:aim|im|um)(?=[bpf])", "I"),
    (r"(?:aen|aan|an|en)(?![aeiouOIAUnm])|[ae]m(?=[bpf])", "A"),
    (r"on(?![aeiouOIAUnm])|om(?=[bpf])", "U"),
    (r"oeu|eu|oe", "E"),
    (r"ou|oo", "W"),
    (r"oi|oa", "R"),
    (r"(?:ai|ei|e)(?:[rtz]s?)$", "e"),
    (r"ai|ei", "e"),
    (r"(?<=[a-zA-Z])(?:ent|es|e)$", ""),
    (r"(?<=[a-zA-Z])[tdpsx]+$", ""),
    (r"g", "G"),
    (r"(?<=[rnNIAU])[KGbC]+e?$", ""),  # Leclercq and Leclerc, Bourg
    (r"(?<=[a-zA-Z])e$", ""),
    (r"o", "O"),
    (r"(.)\1+", r"\1"),
)
COMPILED = tuple((re.compile(pattern), sound) for pattern, sound in RULES)


@lru_cache(maxsize=20_000)
def phonetic(word: str) -> str:
    """How a word of plain letters (`rapprochement.words_of`) sounds: « delattre » and « delatre » give the same key."""
    key = word
    for pattern, sound in COMPILED:
        key = pattern.sub(sound, key) or key
    return key


@lru_cache(maxsize=100_000)
def distance(one: str, other: str, most: int = 2) -> int:
    """How many letters added, dropped, changed or swapped with the next one part two words; `most + 1` for any more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (letter != wanted))
            is_swap = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted
            now.append(min(cost, before[column - 2] + 1) if is_swap else cost)
        if min(now) > most:
            return most + 1
        before, last = last, now
    return min(last[-1], most + 1)


SAME, SOUNDS, ONE_LETTER, BEGINS, TWO_LETTERS = 100, 90, 85, 80, 70


@lru_cache(maxsize=100_000)
def likeness(typed: str, known: str) -> int:
    """From 0, nothing alike, to 100, the same: two words of plain letters."""
    if typed == known:
        return SAME
    shortest = min(len(typed), len(known))
    if shortest < 3:
        return 0
    if len(sound := phonetic(typed)) > 1 and sound == phonetic(known):
        return SOUNDS
    apart = distance(typed, known)
    if apart == 1 and shortest >= 4:
        return ONE_LETTER
    if len(typed) >= 4 and known.startswith(typed):
        return BEGINS
    return TWO_LETTERS if apart == 2 and shortest >= 6 else 0
