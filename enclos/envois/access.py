"""The only place where a view of sendings gets an object from: each function is one "may this person…"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404

from enclos.caisses.access import caisse_of, nomenclatures
from enclos.coffre.models import Fichier, Partie
from enclos.envois.models import (
    Concernant,
    DemandePapiers,
    DocumentEnvoye,
    Envoi,
    PageEnvoyee,
    PapierDemande,
    paper_label,
)
from enclos.journal.references import normalise
from enclos.registre.models import Personne
from enclos.socle.requetes import Slot, Written, give
from enclos.suivi.models import Etat

PAGE_SIZE = 20

# The readable parts of a page's file, in one query.
PARTS: Prefetch[Any] = Prefetch("fichier__parties", Partie.objects.select_related("objet"))

# What each page of the journey reads.
ONE = Written(
    Envoi.objects.select_related("accuse_enregistrement", "accuse_reception").filter(
        personne=Slot(Envoi, "personne"), reference=Slot(Envoi, "reference")
    )
)
BARE = Written(Envoi.objects.filter(personne=Slot(Envoi, "personne"), reference=Slot(Envoi, "reference")))
DOCUMENTS = Written(
    DocumentEnvoye.objects.select_related("papier", "affaire__service").filter(envoi=Slot(DocumentEnvoye, "envoi"))
)
DRAFT_DOCUMENTS = Written(
    DocumentEnvoye.objects.select_related("papier__demande__service", "affaire").filter(
        envoi=Slot(DocumentEnvoye, "envoi")
    )
)
PAGES = Written(
    PageEnvoyee.objects.select_related("fichier")
    .filter(document__envoi=Slot(DocumentEnvoye, "envoi"))
    .order_by("document", "rang")
)

SENT_BEFORE = Written(
    PageEnvoyee.objects.select_related("fichier", "document__envoi")
    .filter(
        document__envoi__personne=Slot(Envoi, "personne"),
        document__envoi__submitted_at__isnull=False,
        fichier__sha256__in=PageEnvoyee.objects.filter(document__envoi=Slot(DocumentEnvoye, "envoi"))
        .order_by()
        .values("fichier__sha256"),
    )
    .order_by("document__envoi__submitted_at")
)
# The papers still waited for, each with its request: one query for a home page that shows them all.
EXPECTED_PAPERS = Written(
    PapierDemande.objects.select_related("demande", "nature")
    .filter(demande__personne=Slot(DemandePapiers, "personne"), demande__closed_at=None, answered_at=None)
    .order_by("demande__due_on", "demande", "rang")
)
FIRST = DocumentEnvoye.objects.filter(envoi=OuterRef("pk")).order_by("rang")
# One without any document yet is nothing to go back to. Each with what says what it is about, in the same query.
DRAFTS = Written(
    Envoi.objects.drafts()
    .select_related("demande")
    .filter(Exists(FIRST.order_by()), personne=Slot(Envoi, "personne"))
    .annotate(
        premiere_nature=Subquery(FIRST.values("nature")[:1]),
        premier_libelle=Subquery(FIRST.values("libelle_libre")[:1]),
        premiere_precision=Subquery(FIRST.values("papier__precision")[:1]),
        papier_recu_at=Subquery(FIRST.values("papier__answered_at")[:1]),
        nombre=Subquery(FIRST.order_by().values("envoi").annotate(nombre=Count("pk")).values("nombre")),
    )
    .order_by("-updated_at")[:5]
)

# A list as it is shown: its papers, and what was sent for each.
ANSWERS: Prefetch[Any] = Prefetch(
    "documents",
    DocumentEnvoye.objects.select_related("affaire", "envoi").filter(affaire__isnull=False).order_by("-pk"),
)
ASKED: Prefetch[Any] = Prefetch(
    "papiers", PapierDemande.objects.select_related("nature", "proposition").prefetch_related(ANSWERS)
)
MISSING: Prefetch[Any] = Prefetch(
    "demandes", DemandePapiers.objects.select_related("affaire").order_by("asked_at").prefetch_related(ASKED)
)


def with_references(envoi: Envoi, personne: Personne | None = None) -> Envoi:
    """Give a sending its fund, and its documents their natures and motives, which this process knows already."""
    known = nomenclatures()
    envoi.caisse = caisse_of(envoi.caisse_id)
    envoi.personne = personne or envoi.personne
    for document in envoi.documents.all():
        document.envoi = envoi
        # One put out of use since is not in the list any more: it is read when asked for.
        if nature := known.natures.get(document.nature_id or ""):
            document.nature = nature
        if motif := known.motifs.get(document.motif_id or ""):
            document.motif = motif
    return envoi


def with_documents(envoi: Envoi, documents: Written[DocumentEnvoye]) -> Envoi:
    """Give a sending its documents, and these their pages."""
    rows = list(documents(envoi=envoi.pk))
    pages: dict[int, list[PageEnvoyee]] = {document.pk: [] for document in rows}
    for page in PAGES(envoi=envoi.pk) if rows else ():
        pages[page.document_id].append(page)
    for document in rows:
        give(document, "pages", pages[document.pk])
    give(envoi, "documents", rows)
    return with_references(envoi)


def draft_for(personne: Personne, reference: str) -> Envoi:
    """A draft of this person, with its documents and files; 404 otherwise, so that nothing is learnt of others'."""
    return with_documents(bare_draft_for(personne, reference), DRAFT_DOCUMENTS)


def whole_documents_of(envoi: Envoi) -> list[DocumentEnvoye]:
    """The documents of a sending as they are now, with their files and the parts of these: what a receipt tells."""
    documents = list(with_documents(envoi, DRAFT_DOCUMENTS).documents.all())
    prefetch_related_objects([page for document in documents for page in document.pages.all()], PARTS)
    return documents


def bare_draft_for(personne: Personne, reference: str) -> Envoi:
    """A draft of this person, for an action that reads the rest by itself, once it holds it."""
    envoi = BARE.first(personne=personne.pk, reference=normalise(reference))
    if envoi is None:
        raise Http404
    if not envoi.is_draft:
        raise AlreadySent(envoi)
    envoi.personne = personne
    return envoi


class AlreadySent(Exception):
    """A page of the journey was asked for something already sent: its receipt is the answer."""

    def __init__(self, envoi: Envoi) -> None:
        super().__init__(envoi.reference)
        self.envoi = envoi


def envoi_for(personne: Personne, reference: str) -> Envoi:
    """A draft or a sending of this person, with its receipts and the state of each document."""
    envoi = ONE.first(personne=personne.pk, reference=normalise(reference))
    if envoi is None:
        raise Http404
    envoi.personne = personne
    return with_documents(envoi, DOCUMENTS)


def sending_for(personne: Personne, reference: str) -> Envoi:
    """A sending of this person, with the parts of its files and what was asked to complete it; a draft is not one."""
    envoi = envoi_for(personne, reference)
    if envoi.is_draft:
        raise Http404
    documents = list(envoi.documents.all())
    prefetch_related_objects([page for document in documents for page in document.pages.all()], PARTS)
    affaires = [document.affaire for document in documents if document.affaire]
    prefetch_related_objects([affaire for affaire in affaires if affaire.etat == Etat.A_COMPLETER], MISSING)
    return envoi


def document_of(envoi: Envoi, rang: int) -> DocumentEnvoye:
    """The document of that rank."""
    for document in envoi.documents.all():
        if document.rang == rang:
            return document
    raise Http404


def page_for(personne: Personne, reference: str, page_id: int) -> PageEnvoyee:
    """A page of a draft or a sending of this person, its file not withdrawn."""
    return get_object_or_404(
        PageEnvoyee.objects.select_related("fichier", "document__envoi"),
        pk=page_id,
        document__envoi__personne=personne,
        document__envoi__reference=normalise(reference),
    )


def part_of(fichier: Fichier, rang: int) -> Partie:
    """A readable part of a file."""
    return get_object_or_404(Partie.objects.select_related("objet"), fichier=fichier, rang=rang)


def sent_before(envoi: Envoi) -> dict[str, Envoi]:
    """For the files of this draft that this person already sent, bytes for bytes: the latest sending of each, by SHA-256."""
    if not any(document.pages.all() for document in envoi.documents.all()):
        return {}
    earlier = SENT_BEFORE(envoi=envoi.pk, personne=envoi.personne_id)
    return {page.fichier.sha256: page.document.envoi for page in earlier}


def open_requests_of(personne: Personne) -> Sequence[DemandePapiers]:
    """The papers the fund asked for and still waits for, the most urgent first."""
    requests: dict[UUID, DemandePapiers] = {}
    for papier in EXPECTED_PAPERS(personne=personne.pk):
        papier.demande = requests.setdefault(papier.demande_id, papier.demande)
        papier.demande.personne = personne
        vars(papier.demande).setdefault("attendus", []).append(papier)
    return sorted(requests.values(), key=lambda demande: demande.next_on)


def whole_requests() -> QuerySet[DemandePapiers]:
    """Requests with all that `envois/papiers_liste.html` shows; four queries for any number of papers."""
    rows = DemandePapiers.objects.select_related("caisse", "service", "affaire", "relance__taken_by")
    return rows.prefetch_related(ASKED)


def demande_for(personne: Personne, reference: str) -> DemandePapiers:
    """A request made to this person, whole; 404 otherwise."""
    demande = get_object_or_404(whole_requests(), personne=personne, reference=normalise(reference))
    demande.personne = personne
    return demande


def paper_of(demande: DemandePapiers, rang: int) -> PapierDemande:
    """The paper of that number; 404 when there is none."""
    for papier in demande.papiers.all():
        if papier.rang == rang:
            papier.demande = demande
            return papier
    raise Http404


def expected_paper_of(demande: DemandePapiers, rang: int) -> PapierDemande:
    """One that is still waited for; 404 otherwise."""
    papier = paper_of(demande, rang)
    if not papier.is_expected:
        raise Http404
    return papier


def unusable_page() -> Q:
    """A page that cannot be given again: withdrawn, dangerous, or still being scanned."""
    return ~Q(fichier__retrait="") | Q(fichier__analyse__in=[Fichier.Analyse.INFECTE, Fichier.Analyse.EN_COURS])


def usable(fichiers: Sequence[Fichier]) -> bool:
    """Whether all of them can be given again: not withdrawn, not dangerous, not waiting for the antivirus."""
    return bool(fichiers) and all(fichier.is_safe_to_open and not fichier.is_infected for fichier in fichiers)


def expected_papers(envoi: Envoi, *, for_document: DocumentEnvoye | None = None) -> Sequence[PapierDemande]:
    """What the request behind this draft still waits for, less what other documents of the draft already bring."""
    if envoi.demande_id is None:
        return []
    brought = brought_by_others(envoi, for_document or DocumentEnvoye())
    papers = PapierDemande.objects.filter(demande=envoi.demande_id, answered_at=None).select_related("nature")
    return [paper for paper in papers if paper.pk not in brought]


def brought_by_others(envoi: Envoi, document: DocumentEnvoye) -> set[int]:
    """The papers that the other documents of the draft bring."""
    return {d.papier_id for d in envoi.documents.all() if d.papier_id and d.pk != document.pk}


def askable_papers(envoi: Envoi, document: DocumentEnvoye) -> Sequence[PapierDemande]:
    """Of all that is asked of the member, what this document could answer, the first due first; one query.

    Not what goes by post, nor what only a word names. A sending goes to one fund: what another asks is offered to a document that leaves alone.
    """
    goes_alone = envoi.demande_id is None and len(envoi.documents.all()) == 1
    brought = brought_by_others(envoi, document)
    papers = [papier for demande in open_requests_of(envoi.personne) for papier in demande.manquants]
    return sorted(
        (
            papier
            for papier in papers
            if papier.pk not in brought
            and not (papier.goes_by_post or papier.nature.needs_label)
            and (goes_alone or papier.demande.caisse_id == envoi.caisse_id)
        ),
        key=lambda papier: papier.due_on,
    )


def asked_alike(nature: str | None, about: Concernant, papers: Iterable[PapierDemande]) -> list[PapierDemande]:
    """Those of `papers` that a document of this nature, about this person, could be."""
    return [papier for papier in papers if papier.nature_id == nature and papier.is_about_same(about)]


@dataclass(frozen=True)
class Todo:
    """What waits for a member."""

    demandes: Sequence[DemandePapiers]
    drafts: "Sequence[Commence]"

    @property
    def is_empty(self) -> bool:
        return not self.demandes and not self.drafts


def todo_of(personne: Personne) -> Todo:
    """Papers asked for and drafts not sent: two queries, whatever the account holds."""
    return Todo(demandes=open_requests_of(personne), drafts=drafts_of(personne))


def all_drafts_of(personne: Personne) -> Sequence[Envoi]:
    """Every draft, even without a document yet, oldest first."""
    return list(Envoi.objects.of(personne).drafts().order_by("created_at", "pk"))


def every_draft_of(personne: Personne) -> Sequence[Envoi]:
    """The drafts that hold something, oldest first: what would be lost."""
    holds_something = Exists(DocumentEnvoye.objects.filter(envoi=OuterRef("pk")))
    return list(Envoi.objects.of(personne).drafts().filter(holds_something).order_by("created_at", "pk"))


@dataclass(frozen=True)
class Commence:
    """A draft, and what it is about: two of them never read the same."""

    envoi: Envoi
    propos: str  # « Avis d’impôt sur le revenu et 2 autres documents »
    is_received: bool  # the paper it was begun for came by another way since


def drafts_of(personne: Personne) -> Sequence[Commence]:
    """The drafts touched last."""
    found: Any = DRAFTS(personne=personne.pk)  # with what the query says of each
    return [Commence(envoi, propos_of(envoi), envoi.papier_recu_at is not None) for envoi in found]


def propos_of(envoi: Any) -> str:
    """Its first document, and how many others; else the request it answers."""
    nature = nomenclatures().natures.get(envoi.premiere_nature) if envoi.premiere_nature else None
    if nature is None:
        asked = f"Pour répondre à notre demande : {envoi.demande.libelle}" if envoi.demande else "Document à préciser"
        return asked if envoi.nombre == 1 or envoi.demande else f"{envoi.nombre} documents à préciser"
    first = envoi.premier_libelle or paper_label(nature, envoi.premiere_precision or "")
    others = envoi.nombre - 1
    return f"{first} et {others} {'autres documents' if others > 1 else 'autre document'}" if others else first


@dataclass(frozen=True)
class Batch:
    """A page of a list, and the keys that lead to its neighbours."""

    rows: Sequence[Envoi]
    following: str


def sendings_of(personne: Personne, *, before: str = "") -> Batch:
    """The sendings of a person, the latest first; `before` is the reference after which to go on (keyset, no count)."""
    sendings = Envoi.objects.of(personne).sent().order_by("-submitted_at", "-pk")
    if before:
        limit = sendings.filter(reference=normalise(before)).first()
        if limit is None:
            raise Http404
        sendings = sendings.filter(submitted_at__lte=limit.submitted_at).exclude(
            submitted_at=limit.submitted_at, pk__gte=limit.pk
        )
    documents = Prefetch("documents", DocumentEnvoye.objects.select_related("papier", "affaire"))
    rows = [with_references(envoi, personne) for envoi in sendings.prefetch_related(documents)[: PAGE_SIZE + 1]]
    return Batch(rows=rows[:PAGE_SIZE], following=rows[PAGE_SIZE - 1].reference if len(rows) > PAGE_SIZE else "")
