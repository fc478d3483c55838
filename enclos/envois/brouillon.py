"""The draft: opened, described, filled, thrown away. Everything typed is kept from the first step."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from enclos.coffre.actions import FileRefused, discard, prepare, register, turn
from enclos.coffre.uploads import SealedUpload
from enclos.comptes.models import Compte
from enclos.envois.access import sent_before
from enclos.envois.forms import MAX_FILES
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PageEnvoyee
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import jour, paris
from enclos.socle.refusals import Refusal


@transaction.atomic
def start(personne: Personne, *, demande: DemandePapiers | None, by: Compte) -> Envoi:
    """Open a draft, or take up again the empty one that a double click or a change of mind left."""
    Compte.objects.select_for_update().get(pk=by.pk)
    empty = Envoi.objects.of(personne).drafts().filter(demande=demande, documents=None).order_by("-pk").first()
    if empty:
        return empty
    return Envoi.objects.create(caisse_id=personne.caisse_id, personne=personne, compte=by, demande=demande)


def draft_locked(envoi: Envoi) -> Envoi:
    """The draft again, nobody else writing in it. Raises `Refusal` when it was sent meanwhile, in another tab."""
    locked = Envoi.objects.select_for_update().get(pk=envoi.pk)
    if not locked.is_draft:
        raise Refusal("Cet envoi est déjà parti : vous ne pouvez plus le changer.", code="deja_envoye")
    locked.save(update_fields=["updated_at"])
    return locked


@transaction.atomic
def set_count(envoi: Envoi, nombre: int, *, by: Compte) -> None:
    """Bring the draft to `nombre` documents. Those that hold something are never dropped here: one removes them by name."""
    envoi = draft_locked(envoi)
    documents = {document.rang: document for document in envoi.documents.prefetch_related("pages")}
    for rang in range(1, nombre + 1):
        if rang not in documents:
            DocumentEnvoye.objects.create(envoi=envoi, rang=rang)
    for rang, document in documents.items():
        if rang > nombre and not document.is_described and not document.pages.all():
            document.delete()


@transaction.atomic
def describe(document: DocumentEnvoye, values: dict[str, Any], *, by: Compte) -> None:
    """Write what a document is, whom it concerns and why it is sent."""
    draft_locked(document.envoi)
    DocumentEnvoye.objects.filter(pk=document.pk).update(**values)


@transaction.atomic
def remove_document(document: DocumentEnvoye, *, by: Compte) -> None:
    """Take a document out of the draft; those after it move up."""
    envoi = draft_locked(document.envoi)
    for page in document.pages.select_related("fichier"):
        drop(page, by=by)
    document.delete()
    for rang, other in enumerate(envoi.documents.order_by("rang"), start=1):
        if other.rang != rang:
            DocumentEnvoye.objects.filter(pk=other.pk).update(rang=rang)


@transaction.atomic
def discard_draft(envoi: Envoi, *, by: Actor) -> None:
    """Throw a draft away, files included. Nothing was sent: only the journal remembers."""
    envoi = draft_locked(envoi)
    for page in PageEnvoyee.objects.filter(document__envoi=envoi).select_related("fichier"):
        drop(page, by=by)
    record("envois.brouillon.discarded", envoi, by=by, reference=envoi.reference)
    envoi.delete()


def drop(page: PageEnvoyee, *, by: Actor) -> None:
    """Remove a page and shred its file."""
    fichier = page.fichier
    page.delete()
    discard(fichier, by=by)


@dataclass(frozen=True)
class NotKept:
    """A file that was not kept, and why, for the member."""

    nom: str
    phrase: str


@dataclass
class Outcome:
    """What became of the files of one request: each is kept or refused by its name, and none harms the others."""

    kept: list[PageEnvoyee] = field(default_factory=list)
    refused: list[NotKept] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def add_files(
    document: DocumentEnvoye, uploads: Iterable[SealedUpload], *, jeton: str | None = None, by: Compte
) -> Outcome:
    """Receive files one by one and put each at the end of the document.

    `jeton` names one upload of one browser: tried again after a cut line, it finds the page already there.
    """
    outcome = Outcome()
    for upload in uploads:
        try:
            add_file(document, upload, jeton, outcome, by=by)
        except FileRefused as refusal:
            outcome.refused.append(NotKept(refusal.nom, refusal.phrase))
    return outcome


def add_file(
    document: DocumentEnvoye, upload: SealedUpload, jeton: str | None, outcome: Outcome, *, by: Compte
) -> None:
    """One file. The slow part (sandbox, sealing, disk) comes before the transaction that writes it down."""
    pages = PageEnvoyee.objects.filter(document=document).select_related("fichier")
    if jeton and (page := pages.filter(jeton=jeton).first()):
        outcome.kept.append(page)
        return
    if page := pages.filter(fichier__sha256=upload.sha256).first():
        outcome.remarks.append(f"« {upload.name} » est déjà dans ce document : nous ne l’avons pas ajouté deux fois.")
        return
    prepared = prepare(upload, by=by)
    try:
        with transaction.atomic():
            draft_locked(document.envoi)
            ranks = list(pages.order_by("rang").values_list("rang", flat=True))
            if len(ranks) >= MAX_FILES:
                raise Refusal(f"Un document a {MAX_FILES} fichiers au plus. Mettez la suite dans un autre document.")
            fichier = register(prepared, by=by)
            page = PageEnvoyee.objects.create(
                document=document, rang=ranks[-1] + 1 if ranks else 1, fichier=fichier, jeton=jeton
            )
    except Refusal as refusal:
        # What was prepared has no row: the vault's sweep removes it.
        outcome.refused.append(NotKept(prepared.nom, refusal.phrase))
        return
    outcome.kept.append(page)
    earlier = sent_before(document.envoi.personne_id, fichier.sha256)
    if earlier and earlier.submitted_at:
        outcome.remarks.append(
            f"Vous avez déjà envoyé « {fichier.nom} » le {jour(paris(earlier.submitted_at))} (envoi {earlier.reference})."
        )


@transaction.atomic
def remove_page(page: PageEnvoyee, *, by: Compte) -> None:
    """Take a file out of the draft, and shred it."""
    draft_locked(page.document.envoi)
    drop(page, by=by)


@transaction.atomic
def move_page(page: PageEnvoyee, step: int, *, by: Compte) -> None:
    """Move a file one place up (-1) or down (+1); at either end nothing moves."""
    draft_locked(page.document.envoi)
    pages = list(page.document.pages.order_by("rang", "pk"))
    position = [other.pk for other in pages].index(page.pk)
    target = position + step
    if 0 <= target < len(pages):
        pages[position], pages[target] = pages[target], pages[position]
    for rang, other in enumerate(pages, start=1):
        if other.rang != rang:
            PageEnvoyee.objects.filter(pk=other.pk).update(rang=rang)


def turn_page(page: PageEnvoyee, *, by: Compte) -> None:
    """Turn a file a quarter to the right."""
    with transaction.atomic():
        draft_locked(page.document.envoi)
    turn(page.fichier, 1, by=by)
