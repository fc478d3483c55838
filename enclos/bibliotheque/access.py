"""The only place where a view of the library gets a document from: each function is one "may this person…".

Every list reads one person's rows, through an index that begins with the person: ten thousand documents in a library, or a million in
the table, change nothing (ADR 0125).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, Value
from django.db.models.functions import StrIndex
from django.http import Http404
from django.shortcuts import get_object_or_404

from enclos.bibliotheque import natures
from enclos.bibliotheque.models import Document, DocumentQuerySet, Domaine, Feuillet, Origine
from enclos.bibliotheque.recherche import wanted
from enclos.coffre.models import Fichier
from enclos.registre.models import Personne
from enclos.socle.dates import jour

PAGE_SIZE = 25
PERSONS_MAX = 30
YEARS_MAX = 60
SHEETS: Prefetch[Any] = Prefetch(
    "feuillets", Feuillet.objects.select_related("fichier__original", "objet").order_by("rang")
)
REUSABLE_MAX = 100

VIDES = {
    "": (
        "Aucun document pour le moment",
        "Ce que votre MSA vous envoie et ce que vous lui envoyez arrivent ici, avec vos accusés de réception.",
    ),
    "nouveaux": (
        "Rien de nouveau",
        "Vous avez tout ouvert. Quand un document arrive, il est écrit ici, dans « Mes avis » et sur votre accueil.",
    ),
    "favoris": (
        "Aucun favori",
        "Ouvrez un document que vous cherchez souvent, puis « Mettre en favori » : il sera ici.",
    ),
    "archives": ("Rien d’archivé", "Un document archivé quitte votre liste sans être effacé. Vous le retrouvez ici."),
}
VUES = {"": "Tous", "nouveaux": "Nouveaux", "favoris": "Favoris", "archives": "Archivés"}


@dataclass(frozen=True, kw_only=True)
class Filtres:
    """What part of the library is looked at; what an address says badly is as if it were not said."""

    q: str = ""
    annee: int = 0
    du: date | None = None
    au: date | None = None
    domaine: str = ""
    concerne: str = ""
    origine: str = ""
    vue: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filtres":
        def known(name: str, values: Sequence[str]) -> str:
            value = given.get(name, "")
            return value if value in values else ""

        annee = given.get("annee", "")
        return cls(
            q=given.get("q", "").replace("\0", "")[:100].strip(),
            annee=int(annee) if len(annee) == 4 and annee.isascii() and annee.isdecimal() and annee > "1899" else 0,
            du=day_in(given.get("du", "")),
            au=day_in(given.get("au", "")),
            domaine=known("domaine", Domaine.values),
            concerne=given.get("concerne", "").replace("\0", "")[:160],
            origine=known("origine", Origine.values),
            vue=known("vue", list(VUES)),
        )

    @property
    def is_vide(self) -> bool:
        """Whether the whole library is looked at."""
        return self == Filtres(vue=self.vue)

    @property
    def is_detaille(self) -> bool:
        """Whether something else than words and the view is asked."""
        return replace(self, q="", vue="") != Filtres()

    @property
    def as_query(self) -> str:
        """The same, as an address tells it; "" for everything."""
        told = {name: str(value) for name, value in vars(self).items() if value}
        return urlencode(told)

    @property
    def champs(self) -> list[tuple[str, str]]:
        """The same, as hidden fields."""
        return [(name, str(value)) for name, value in vars(self).items() if value]

    @property
    def is_archives(self) -> bool:
        return self.vue == "archives"

    @property
    def phrase(self) -> str:
        """What is looked at, in words: « Documents avec « relevé », de l’année 2024. »"""
        told = [f"avec « {self.q} »" if self.q else "", f"de l’année {self.annee}" if self.annee else ""]
        told += [f"à partir du {jour(self.du)}" if self.du else "", f"jusqu’au {jour(self.au)}" if self.au else ""]
        told += [f"sur « {Domaine(self.domaine).label} »" if self.domaine else ""]
        told += [f"pour {self.concerne}" if self.concerne else ""]
        told += [f"« {Origine(self.origine).label} »" if self.origine else ""]
        return f"{VUES[self.vue] if self.vue else 'Documents'} {', '.join(part for part in told if part)}."

    @property
    def titre_vide(self) -> str:
        """What an empty list says."""
        return VIDES[self.vue][0]

    @property
    def aide_vide(self) -> str:
        return VIDES[self.vue][1]

    def with_vue(self, vue: str) -> "Filtres":
        return replace(self, vue=vue)


def day_in(text: str) -> date | None:
    """A day as a browser writes it, or nothing."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if len(text) == 10 and found.year >= 1900 else None


def rows_of(personne: Personne, filtres: Filtres) -> DocumentQuerySet:
    """What these filters leave of a library, the latest first."""
    rows = Document.objects.of(personne)
    match filtres.vue:
        case "archives":
            rows = rows.filter(etat=Document.Etat.ARCHIVE)
        case "nouveaux":
            rows = rows.nouveaux()
        case "favoris":
            rows = rows.filter(is_favori=True, etat=Document.Etat.VISIBLE)
        case _:
            rows = rows.filter(etat=Document.Etat.VISIBLE)
    if filtres.annee:
        rows = rows.filter(date__gte=date(filtres.annee, 1, 1), date__lte=date(filtres.annee, 12, 31))
    if filtres.du:
        rows = rows.filter(date__gte=filtres.du)
    if filtres.au:
        rows = rows.filter(date__lte=filtres.au)
    for name in ("domaine", "concerne", "origine"):
        if value := getattr(filtres, name):
            rows = rows.filter(**{name: value})
    for word in wanted(filtres.q):
        # Not LIKE: it folds the case of every sign, which was done once and for all when the text was written.
        rows = rows.alias(**{f"mot_{word}": StrIndex("recherche", Value(f" {word}"))}).filter(**{f"mot_{word}__gt": 0})
    if filtres.q and not wanted(filtres.q):
        return rows.none()  # signs alone: nothing is called so
    return rows.latest_first()


@dataclass(frozen=True)
class Lot:
    """A page of the library, and the key that leads to the next."""

    rows: Sequence[Document]
    suivant: str = ""
    filtres: Filtres = field(default_factory=Filtres)

    @property
    def suivant_url(self) -> str:
        """The address of what comes next, the filters kept."""
        query = self.filtres.as_query
        return f"?{query}{'&' if query else ''}avant={self.suivant}"


def documents_of(personne: Personne, filtres: Filtres, *, avant: str = "") -> Lot:
    """Twenty-five documents after the one whose key is `avant`. Raises `Http404` on a key that is none.

    A search first reads the keys, which the index alone gives, then the rows of one page.
    """
    rows = after(rows_of(personne, filtres), avant)
    whole = Document.objects.select_related("notification").latest_first()
    if filtres.q:
        keys = list(rows.values_list("pk", flat=True)[: PAGE_SIZE + 1])
        found = list(whole.filter(pk__in=keys)) if keys else []
    else:
        found = list(rows.select_related("notification")[: PAGE_SIZE + 1])
    for document in found:
        document.personne = personne
    suivant = key_of(found[PAGE_SIZE - 1]) if len(found) > PAGE_SIZE else ""
    return Lot(found[:PAGE_SIZE], suivant, filtres)


LOST_SHOWN = 5


def lost_of(personne: Personne) -> Sequence[Document]:
    """The documents of this person whose bytes could not be read, the latest of them first; a few."""
    rows = Document.objects.of(personne).shown().filter(perdu_at__isnull=False)
    return list(rows.latest_first()[:LOST_SHOWN])


def key_of(document: Document) -> str:
    return f"{document.date.isoformat()}.{document.pk}"


def after(rows: DocumentQuerySet, key: str) -> DocumentQuerySet:
    if not key:
        return rows
    day, _, pk = key[:60].partition(".")
    try:
        limit, last = date.fromisoformat(day), UUID(pk)
    except ValueError:
        raise Http404 from None
    return rows.filter(date__lte=limit).exclude(date=limit, pk__gte=last)


@dataclass(frozen=True)
class Rayons:
    """What one may choose among, in the filters of this library."""

    personne: Personne

    @cached_property
    def annees(self) -> Sequence[int]:
        """From the year of the last document to that of the first: the two ends of an index, asked one by one for SQLite's sake."""
        shown = Document.objects.of(self.personne).filter(etat=Document.Etat.VISIBLE).values_list("date", flat=True)
        last, first = shown.order_by("-date", "-pk").first(), shown.order_by("date", "pk").first()
        if last is None or first is None:
            return []
        return range(last.year, max(first.year, last.year - YEARS_MAX) - 1, -1)

    @cached_property
    def concernes(self) -> Sequence[str]:
        """Whom the documents are about: one step of the index each, however many documents there are."""
        table = Document._meta.db_table
        step = f"SELECT min(concerne) FROM {table} WHERE personne_id = %s AND etat = 'visible' AND concerne > "  # noqa: S608  (our own table)
        pk = Document._meta.get_field("personne").get_db_prep_value(self.personne.pk, connection)
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE nom(concerne) AS (SELECT ({step} '') UNION ALL "  # noqa: S608
                f"SELECT ({step} nom.concerne) FROM nom WHERE nom.concerne IS NOT NULL) "
                f"SELECT concerne FROM nom WHERE concerne IS NOT NULL LIMIT {PERSONS_MAX}",
                [pk, pk],
            )
            return [row[0] for row in cursor.fetchall()]


def document_for(personne: Personne, pk: UUID) -> Document:
    """A document of this person, put away, withdrawn or replaced too, with its sheets; 404 for anybody else."""
    rows = Document.objects.of(personne).select_related("accuse__pdf", "notification", "remplace", "caisse")
    return get_object_or_404(rows.prefetch_related(SHEETS), pk=pk)


def shown_for(personne: Personne, pk: UUID) -> Document:
    """The same, whose bytes are given: not once the fund withdrew it."""
    document = document_for(personne, pk)
    if document.is_retire:
        raise Http404
    return document


def history_of(document: Document) -> Sequence[Document]:
    """The former versions of a document, the latest first."""
    found: list[Document] = []
    former = document.remplace
    while former is not None and len(found) < 20:
        found.append(former)
        former = former.remplace
    return found


def successor_of(document: Document) -> Document | None:
    """What the fund put in its place."""
    return Document.objects.filter(remplace=document).first()


def chosen_for(personne: Personne, keys: Sequence[str]) -> Sequence[UUID]:
    """Of these keys, those of documents this person is shown, in the order of the library; what is no key is dropped."""
    wanted_keys = set()
    for key in keys[: PAGE_SIZE * 4]:
        try:
            wanted_keys.add(UUID(key))
        except ValueError:
            continue
    rows = Document.objects.of(personne).shown().filter(pk__in=wanted_keys).latest_first()
    return list(rows.values_list("pk", flat=True))


def found_for(personne: Personne, filtres: Filtres, *, most: int) -> Sequence[UUID]:
    """The keys of all that these filters leave, in the order of the library, and one more than `most` when there are too many."""
    return list(rows_of(personne, filtres).values_list("pk", flat=True)[: most + 1])


def whole(keys: Sequence[UUID]) -> Sequence[Document]:
    """Documents with all that makes their bytes, in the order of the library."""
    rows = Document.objects.filter(pk__in=keys).select_related("accuse__pdf").latest_first()
    return list(rows.prefetch_related(SHEETS, "feuillets__fichier__parties__objet"))


def withheld_sheet() -> Q:
    """A sheet that cannot be given again: its file was withdrawn, is dangerous, or is still being scanned."""
    return Q(fichier__retrait__gt="") | Q(fichier__analyse__in=[Fichier.Analyse.INFECTE, Fichier.Analyse.EN_COURS])


def reusable_rows(personne: Personne) -> DocumentQuerySet:
    """What this person may give again in a sending, the latest first: what they sent, and what the fund made.

    Receipts prove a sending: they are not papers. What the fund made of late is first opened, where its date is written
    (CRPA R112-19). See `actions.reusable_files`.
    """
    sheets = Feuillet.objects.filter(document=OuterRef("pk"))
    rows = (
        Document.objects.of(personne).filter(etat=Document.Etat.VISIBLE, a_lire=False).exclude(origine=Origine.ACCUSE)
    )
    return rows.filter(Exists(sheets), ~Exists(sheets.filter(withheld_sheet()))).latest_first().prefetch_related(SHEETS)


def reusable_of(personne: Personne, nature: str = "") -> Sequence[Document]:
    """The latest of those; of that nature alone when it is said, a code of the nomenclature or a word of the registry drop."""
    rows = reusable_rows(personne)
    if nature:
        known = natures.nature_of(nature)
        rows = rows.filter(Q(nature=nature) | Q(nature__iexact=known.libelle) if known.code else Q(nature=nature))
    return list(rows[:REUSABLE_MAX])


def reusable_for(personne: Personne, pk: UUID) -> Document:
    """One of those, or one that was put away; 404 otherwise."""
    document = shown_for(personne, pk)
    if not document.is_reutilisable:
        raise Http404
    return document
