"""Finding people by what an agent types: « delatre », « VANDAME », « jean de lattre 14/05/1985 ».

Names are found in two steps. A vocabulary of forms (`Forme`) turns what was typed into the names of the registry that are written or
sound nearly so; the persons who bear those names are then read by the index of their own column. The first step never reads a
person, the second never guesses: so an imported person is found at once, and only a name that the fund had never seen waits for the
worker. Nothing in it belongs to one database (ADR 0110).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched, pairwise
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from enclos.registre.models import Forme, NomAppris, Personne
from enclos.registre.phonetique import SOUNDS, likeness, phonetic
from enclos.registre.rapprochement import PARTICLES, words_of

SOUND = "~"  # before a form that is a sound
LEAST_LETTERS = 4  # of a word that may have lost one
MOST_FORMS = 4_000  # rows of the vocabulary read for what was typed
MOST_NAMES = 60
MOST_PEOPLE = 6_000  # rows compared; who bears the commonest names is found with a first name or a birth date
MOST_BORN = 3_000  # on one day
SHOWN = 25
ENOUGH = 70  # a likeness below is chance
LEARNT_AT_ONCE = 1_000

DAY = re.compile(r"(?<!\d)(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?!\d)")


# --- the vocabulary


def words_alone(name: str) -> list[set[str]]:
    """Each word that names somebody, with the writings it may have: « de la Tour » → [{"tour", "latour", "delatour"}]."""
    groups: list[set[str]] = []
    before: list[str] = []
    for word in words_of(name):
        if word in PARTICLES or len(word) == 1:
            before.append(word)
            continue
        glued = ["".join(before[start:]) + word for start in range(len(before))]
        groups.append({word, *glued})
        before = []
    if not groups and before:  # « Le Ben », « Du »
        groups.append({"".join(before), *before})
    elif before:
        groups[-1] |= {word + "".join(before) for word in groups[-1]}
    return groups


def writings_of(name: str) -> set[str]:
    """Every word under which a name may be typed, alone or glued to its neighbours."""
    groups = words_alone(name)
    found = set().union(*groups) if groups else set()
    for one, other in pairwise(groups):
        found |= {left + right for left in one for right in other}
    whole = "".join(words_of(name))
    return {writing for writing in found | {whole} if len(writing) > 1}


def shortened(word: str) -> set[str]:
    """The word, and the word with one letter missing: two words one mistake apart share one of these."""
    if len(word) < LEAST_LETTERS:
        return {word}
    return {word, *(word[:rank] + word[rank + 1 :] for rank in range(len(word)))}


def forms_of(writings: Iterable[str]) -> set[str]:
    """All that the vocabulary holds, or is asked, for these writings."""
    found: set[str] = set()
    for writing in writings:
        found |= shortened(writing)
        if len(writing) > 2 and len(sound := phonetic(writing)) > 1:
            found.add(SOUND + sound)
    return found


def learn(noms: Iterable[str]) -> int:
    """Put these names in the vocabulary; returns how many were not there. Twice at once does no harm."""
    learnt = 0
    for batch in batched(sorted({nom for nom in noms if nom}), LEARNT_AT_ONCE):
        with transaction.atomic():
            known = set(NomAppris.objects.filter(pk__in=batch).values_list("pk", flat=True))
            new = [nom for nom in batch if nom not in known]
            rows = [Forme(forme=forme[:82], nom=nom) for nom in new for forme in sorted(forms_of(writings_of(nom)))]
            Forme.objects.bulk_create(rows, batch_size=LEARNT_AT_ONCE, ignore_conflicts=True)
            NomAppris.objects.bulk_create([NomAppris(nom=nom) for nom in new], ignore_conflicts=True)
        learnt += len(new)
    return learnt


def unknown_names(column: str, after: str) -> "QuerySet[Personne, str]":
    """The names of this column, past `after`, that the vocabulary has not: read along the index of the column."""
    known = NomAppris.objects.filter(pk=OuterRef(column))
    rows = Personne.objects.filter(**{f"{column}__gt": after}).filter(~Exists(known))
    return rows.order_by(column).values_list(column, flat=True).distinct()


def learn_missing(most: int | None = None) -> int:
    """Learn the names borne by somebody and not known yet, `most` of them at most; returns how many."""
    learnt = 0
    for column in ("nom_naissance", "nom_usage"):
        after = ""
        while most is None or learnt < most:
            batch = list(unknown_names(column, after)[:LEARNT_AT_ONCE])
            if not batch:
                break
            learnt, after = learnt + learn(batch), batch[-1]
    return learnt


# --- what was typed


@dataclass(frozen=True)
class Tape:
    """What an agent typed, read as a name and maybe a birth date."""

    mots: Sequence[set[str]]  # each word, with its writings
    collages: frozenset[str]  # neighbours glued: « van damme », « mac donald »
    naissance: date | None

    @property
    def is_empty(self) -> bool:
        return not self.mots and self.naissance is None


def read(text: str) -> Tape:
    """« Jean DE LATTRE 14/05/1985 » → the words jean and lattre (or delattre), and a day."""
    naissance = None
    if found := DAY.search(text):
        try:
            naissance = date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            naissance = None
        else:
            text = text[: found.start()] + " " + text[found.end() :]
    words = words_of(text)
    collages = frozenset(one + other for one, other in pairwise(words))
    return Tape(words_alone(text), collages, naissance)


def names_like(tape: Tape) -> dict[str, int]:
    """The names of the registry that what was typed may be, the likest first, each with its likeness."""
    asked = forms_of(set().union(*tape.mots, tape.collages) if tape.mots else set())
    rows = Forme.objects.filter(forme__in=asked).order_by("forme", "nom").values_list("nom", flat=True)
    scores = {nom: likeness_of_name(tape, nom) for nom in set(rows[:MOST_FORMS])}
    near = sorted((nom for nom, score in scores.items() if score >= ENOUGH), key=lambda nom: (-scores[nom], nom))
    return {nom: scores[nom] for nom in near[:MOST_NAMES]}


def likeness_of_name(tape: Tape, nom: str) -> int:
    """How near the nearest of the words typed comes to a name."""
    writings = writings_of(nom)
    typed = set().union(*tape.mots, tape.collages) if tape.mots else set()
    return max((likeness(one, other) for one in typed for other in writings), default=0)


# --- the persons


class Pesee:
    """How well the names of a person answer to what was typed. Names come by the hundred: each is weighed once."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.typed = set().union(*tape.mots, tape.collages) if tape.mots else set()
        self.by_text: dict[str, tuple[list[int], int, bool]] = {}

    def weigh(self, text: str) -> tuple[list[int], int, bool]:
        """Of a name or of first names: how near each word typed comes, how near the glued ones do, and whether it is all that was typed."""
        if text not in self.by_text:
            writings = writings_of(text)
            words = [
                max((likeness(one, other) for one in word for other in writings), default=0) for word in self.tape.mots
            ]
            glued = max((likeness(one, other) for one in self.tape.collages for other in writings), default=0)
            self.by_text[text] = (words, glued, "".join(words_of(text)) in self.typed)
        return self.by_text[text]

    def score(self, nom_naissance: str, nom_usage: str, prenoms: str) -> int:
        """From 0 to 100, and one more for who bears just that name. A name must answer: a first name alone is anybody."""
        born, married, first = self.weigh(nom_naissance), self.weigh(nom_usage), self.weigh(prenoms)
        by_name = [max(one, other) for one, other in zip(born[0], married[0], strict=True)]
        best, total = max(by_name, default=0), sum(map(max, by_name, first[0]))
        count = len(self.tape.mots)
        glued = max(born[1], married[1])
        if glued >= ENOUGH and glued > best and count in {2, 3}:
            # « van den berghe » for « Vandenberghe »: its pieces alone are not found.
            best, total = glued, max(total, 2 * glued + (max(first[0]) if count == 3 else 0))
        if best < ENOUGH and self.tape.naissance is None:
            return 0
        return min(100, total // max(1, count)) + (born[2] or married[2])


type Row = tuple[UUID, str, str, str, str]
COMPARED = ("pk", "nom_naissance", "nom_usage", "prenoms", "ref")


def people_named(caisse_id: int, text: str) -> Sequence[Personne]:
    """Persons of the fund whose name, first names and birth date are nearest to `text`, `SHOWN` at most.

    When some answer to every word typed, the others are left out.
    """
    tape = read(text)
    if tape.is_empty:
        return []
    people = Personne.objects.filter(caisse=caisse_id)
    if tape.naissance is not None:
        born = people.filter(date_naissance=tape.naissance).order_by("nom_naissance", "prenoms", "ref")
        rows = list(born.values_list(*COMPARED)[:MOST_BORN])
    else:
        rows = rows_named(people, tape)
    pesee = Pesee(tape)
    scores = {row: pesee.score(*row[1:4]) if tape.mots else 100 for row in rows}
    kept = [row for row in rows if scores[row] >= ENOUGH // 2]
    if whole := [row for row in kept if scores[row] >= ENOUGH]:
        kept = whole
    kept.sort(key=lambda row: (-scores[row], row[1:]))
    chosen = [row[0] for row in kept[:SHOWN]]
    found = people.in_bulk(chosen)
    return [found[pk] for pk in chosen if pk in found]


def rows_named(people: "QuerySet[Personne]", tape: Tape) -> list[Row]:
    """Who bears a name like the one typed: the likest names first, so that the bound never cuts those."""
    names = names_like(tape)
    near = [nom for nom, score in names.items() if score >= SOUNDS] + as_typed(tape)
    rows: dict[UUID, Row] = {}
    for some in (near, [nom for nom, score in names.items() if score < SOUNDS]):
        for column in ("nom_naissance", "nom_usage"):
            borne = people.filter(**{f"{column}__in": some}).order_by(column, "prenoms", "ref")
            rows |= {row[0]: row for row in borne.values_list(*COMPARED)[: MOST_PEOPLE - len(rows)]}
            if len(rows) >= MOST_PEOPLE:
                break
    return list(rows.values())


def as_typed(tape: Tape) -> list[str]:
    """The plainest writings of what was typed: a name just imported is found before the vocabulary knows it."""
    typed = sorted(set().union(*tape.mots)) if tape.mots else []
    return [writing for word in typed for writing in (word.capitalize(), word.upper())]
