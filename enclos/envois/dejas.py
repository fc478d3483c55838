"""« Un document déjà donné »: what of the library may be given again, to a draft or for a paper asked. The fund’s own documents too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.http import Http404

from enclos.bibliotheque.access import SHEETS, reusable_for, reusable_rows
from enclos.bibliotheque.models import Document
from enclos.envois.models import DemandePapiers, DocumentEnvoye, PageEnvoyee, PapierDemande
from enclos.registre.models import Personne
from enclos.socle.dates import jour

OFFERED = 12  # for one paper: others are found in « Mes documents »
LIBRARY_PAGE = 20


@dataclass(frozen=True)
class Deja:
    """A document that could be given again."""

    document: Document
    etat: str  # a word about it: what became of it when it was sent
    ton: str = "neutre"
    is_same: bool = False  # of the very nature that is asked
    is_proposed: bool = False  # by an agent
    pages: Sequence[PageEnvoyee] = ()  # of the sending it came with: its thumbnails

    @property
    def cle(self) -> str:
        return str(self.document.pk)

    @property
    def libelle(self) -> str:
        return self.document.nom

    @property
    def date(self) -> date:
        return self.document.date

    @property
    def is_du_fonds(self) -> bool:
        return self.document.is_du_fonds

    @property
    def provenance(self) -> str:
        """« Envoyé le 3 décembre 2026 », « De votre MSA, du 3 décembre 2026 »."""
        said = f"De votre MSA, du {jour(self.date)}" if self.is_du_fonds else f"Envoyé le {jour(self.date)}"
        return f"{said}, déjà à votre MSA" if self.is_proposed else said

    @property
    def nombre_pages(self) -> int:
        """How many pages it has, 0 when nobody has counted them yet."""
        files = [sheet.fichier for sheet in self.document.sheets]
        return sum(fichier.pages for fichier in files if fichier) if all(files) else 0


def named(document: Document) -> str:
    """« Bail, donné le 3 décembre 2026 »: one line of a list."""
    if document.is_du_fonds:
        return f"{document.nom}, de votre MSA, du {jour(document.date)}"
    return f"{document.nom}, donné le {jour(document.date)}"


@dataclass(frozen=True)
class Rayon:
    """A page of the member’s documents, and the key of the next."""

    documents: Sequence[Document]
    following: str


def library_of(personne: Personne, *, before: str = "") -> Rayon:
    """The documents that this person may give again, the latest first (keyset, no count)."""
    rows = reusable_rows(personne)
    if before:
        last = one_for(personne, before)
        rows = rows.filter(Q(date__lt=last.date) | Q(date=last.date, pk__lt=last.pk))
    found = list(rows[: LIBRARY_PAGE + 1])
    return Rayon(found[:LIBRARY_PAGE], str(found[LIBRARY_PAGE - 1].pk) if len(found) > LIBRARY_PAGE else "")


def has_given(personne: Personne) -> bool:
    """Whether there is anything to give again: no button leads to an empty page. One query."""
    return reusable_rows(personne).exists()


def can_answer_again(demande: DemandePapiers) -> bool:
    """The same for a list of papers, where what an agent proposes counts too, put away or not."""
    proposed = (p.proposition_id for p in demande.papiers.all() if p.is_expected and p.proposition_id)
    return has_given(demande.personne) or any(one_of(demande.personne, pk) for pk in proposed)


def one_for(personne: Personne, cle: str | UUID) -> Document:
    """One that this person may give again, put away or not; 404 otherwise, so that nothing is learnt of others’."""
    try:
        key = cle if isinstance(cle, UUID) else UUID(cle)
    except ValueError:
        raise Http404 from None
    return reusable_for(personne, key)


def offered_for(papier: PapierDemande, *, chosen: str = "") -> Sequence[Deja]:
    """What may answer a paper: what the fund proposes, the same nature, the latest; or that alone which was chosen in « Mes documents ».

    `chosen` is a key of the library; raises `Http404` on one that may not be given. Five queries, or a few more for what is proposed.
    """
    personne = papier.demande.personne
    if chosen:
        document = one_for(personne, chosen)
        return [told(document, papier, sent_as([document]).get(document.cle))]
    rows = reusable_rows(personne).prefetch_related(None)
    found: dict[UUID, Document] = {}
    if papier.proposition_id and (proposed := one_of(personne, papier.proposition_id)):
        found.setdefault(proposed.pk, proposed)
    for these in (rows.filter(nature=papier.nature_id), rows):
        for document in these[:OFFERED]:
            if len(found) < OFFERED:
                found.setdefault(document.pk, document)
    documents = list(found.values())
    prefetch_related_objects(documents, SHEETS)
    sent = sent_as(documents)
    return [told(document, papier, sent.get(document.cle)) for document in documents]


def one_of(personne: Personne, pk: UUID) -> Document | None:
    try:
        return reusable_for(personne, pk)
    except Http404:
        return None


PREFIX = "envois.document."


def sent_as(documents: Sequence[Document]) -> dict[str, DocumentEnvoye]:
    """What these documents were when they were sent, by the key under which the library files them."""
    keys = [int(one.cle.removeprefix(PREFIX)) for one in documents if one.cle.startswith(PREFIX)]
    rows = DocumentEnvoye.objects.select_related("envoi", "affaire").filter(pk__in=keys)
    pages = Prefetch("pages", PageEnvoyee.objects.select_related("fichier", "document__envoi").order_by("rang"))
    return {f"{PREFIX}{row.pk}": row for row in rows.prefetch_related(pages)} if keys else {}


def told(document: Document, papier: PapierDemande, sent: DocumentEnvoye | None) -> Deja:
    is_proposed = document.pk == papier.proposition_id
    return Deja(
        document,
        etat=sent.etat if sent else "",
        ton=sent.ton if sent else "neutre",
        is_same=is_proposed or document.nature == papier.nature_id,
        is_proposed=is_proposed,
        pages=list(sent.pages.all()) if sent else (),
    )
