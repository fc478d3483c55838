"""What is done to the library: filing a document, opening it for the first time, putting it away, giving it back."""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.bibliotheque import natures
from enclos.bibliotheque.models import Document, Domaine, Feuillet, Origine
from enclos.bibliotheque.notifications import notify, restart, settle_opening
from enclos.coffre.actions import adopt
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.objets import stream
from enclos.coffre.refus import FileRefused
from enclos.coffre.storage import ObjectMissing, StorageUnavailable
from enclos.comptes.models import Compte
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import add_months, paris, today_paris
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import SealError

logger = logging.getLogger(__name__)

# A document older than this when it comes was given by the post in its time: the copy is for the memory, and tells nobody anything.
FRESH = timedelta(days=60)
NAME_LONGEST = 120


class NotReusable(Refusal):
    """A document that cannot be given again, and why."""

    RETIRE = "Ce document ne peut pas être repris. Choisissez-en un autre, ou prenez le papier en photo."
    ANALYSE = "Notre antivirus regarde encore ce document. Réessayez dans quelques minutes, ou choisissez-en un autre."
    PERDU = "Nous n’arrivons pas à lire ce document. Nous sommes prévenus. Choisissez-en un autre, ou prenez le papier en photo."
    PLUS_TARD = (
        "Nous ne pouvons pas reprendre ce document pour le moment. Il est bien gardé. Réessayez dans quelques minutes."
    )
    ILLISIBLE = "Ce document ne peut pas être joint tel quel. Téléchargez-le, puis prenez-le en photo."

    def __init__(self, phrase: str = RETIRE) -> None:
        super().__init__(phrase, code="document_non_joint")


@transaction.atomic(savepoint=False)
def file(
    personne: Personne,
    cle: str,
    *,
    origine: Origine,
    libelle: str,
    date: date,
    feuillets: Sequence[Fichier | Objet] = (),
    accuse: Accuse | None = None,
    domaine: str = Domaine.AUTRE,
    nature: str = "",
    concerne: str = "",
    reference: str = "",
    by: Actor,
) -> Document:
    """Put a document in the library, in the transaction of what made it; the same `cle` again gives the same document.

    Its bytes are `feuillets`, in order, or the PDF of `accuse`, which may still be on its way. Raises `ValueError` when it is both or
    neither.
    """
    if bool(feuillets) == (accuse is not None):
        raise ValueError("A document is made of sheets, or is a receipt.")
    document = Document(
        caisse_id=personne.caisse_id,
        personne=personne,
        origine=origine,
        cle=cle,
        libelle=libelle[:200],
        domaine=domaine,
        nature=nature,
        concerne=(concerne or personne.nom_complet)[:160],
        reference=reference,
        date=date,
        accuse=accuse,
    )
    return shelve(document, feuillets, by=by)


def shelve(document: Document, feuillets: Sequence[Fichier | Objet], *, by: Actor) -> Document:
    """Save a document and its sheets, in the caller's transaction; the one that is there already when its key is."""
    known = Document.objects.filter(cle=document.cle).first()
    if known is not None:
        return known
    document.purge_on = kept_until(document)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except IntegrityError:
        # Filed by another transaction since we looked; any other reason is not ours to hide.
        known = Document.objects.filter(cle=document.cle).first()
        if known is None:
            raise
        return known
    Feuillet.objects.bulk_create(
        Feuillet(document=document, rang=rang, **{"fichier" if isinstance(one, Fichier) else "objet": one})
        for rang, one in enumerate(feuillets, start=1)
    )
    record("bibliotheque.document.filed", document, by=by, origine=document.origine)
    return document


def kept_until(document: Document) -> date:
    """The day from which it is erased: so many years, by nature, after the later of its date and its arrival."""
    years = natures.nature_of(document.nature).conservation_ans
    if document.origine == Origine.ATTESTATION and not document.nature:
        years = natures.nature_of("attestation").conservation_ans
    return add_months(max(document.date, paris(document.filed_at).date()), 12 * years)


@transaction.atomic
def receive(
    personne: Personne,
    cle: str,
    *,
    libelle: str,
    date: date,
    feuillets: Sequence[Fichier | Objet],
    domaine: str = Domaine.AUTRE,
    nature: str = "",
    reference: str = "",
    service: str = "",
    numero: str = "",
    remplace: Document | None = None,
    by: Actor,
) -> Document:
    """File a document of the fund, and tell the member as the law wants it told; the same `cle` again does nothing more.

    `service` is who made it, in words (CRPA R112-18); the fund by default. `remplace` is the former version, which stays as its history.
    """
    known = Document.objects.filter(cle=cle).first()
    if known is not None:
        return known
    if remplace is not None:
        Document.objects.filter(pk=remplace.pk).update(etat=Document.Etat.REMPLACE, retire_at=timezone.now())
    is_fresh = today_paris() - date <= FRESH
    is_attestation = natures.nature_of(nature).code == "attestation"
    document = Document(
        caisse_id=personne.caisse_id,
        personne=personne,
        origine=Origine.ATTESTATION if is_attestation else Origine.RECU,
        cle=cle,
        libelle=libelle[:200],
        domaine=domaine,
        nature=nature,
        concerne=personne.nom_complet[:160],
        reference=reference,
        service=(service or personne.caisse.nom)[:120],
        date=date,
        numero=numero,
        remplace=remplace,
        a_lire=is_fresh,
        is_favori=remplace.is_favori if remplace else False,
        nom_personnel=remplace.nom_personnel if remplace else "",
    )
    shelved = shelve(document, feuillets, by=by)
    if shelved is document and is_fresh:
        notify(document, by=by)
    return shelved


def give(
    personne: Personne,
    fichiers: Sequence[Fichier],
    *,
    libelle: str,
    date: date,
    domaine: str = Domaine.AUTRE,
    nature: str = "",
    reference: str = "",
    service: str = "",
    cle: str = "",
    by: Actor,
) -> Document:
    """An agent puts a document in a member's library: files received through the vault, named in words the member will read.

    `cle` makes a second click give the same document. Raises `Refusal` on a file that is not clean, or without one.
    """
    if not fichiers or not libelle.strip():
        raise Refusal(
            "Choisissez un fichier, et donnez-lui un nom que l’adhérent comprendra.", code="document_vide", status=422
        )
    if not all(fichier.is_safe_to_open for fichier in fichiers):
        raise Refusal(
            "Ce fichier n’est pas encore analysé, ou il est dangereux : il ne peut pas être remis.",
            code="fichier_refuse",
        )
    document = receive(
        personne,
        f"agent:{cle or uuid4()}",
        libelle=libelle.strip(),
        date=date,
        feuillets=list(fichiers),
        domaine=domaine,
        nature=nature,
        reference=reference,
        service=service,
        by=by,
    )
    record("bibliotheque.document.given", document, by=by, concerne=personne)
    return document


def open_documents(documents: Iterable[Document], *, by: Compte) -> int:
    """Write the first opening of those not opened yet, once whatever comes at the same time; returns how many were.

    To open is to look at it, or to take it away: both are a « première consultation » (CRPA R112-19).
    """
    keys = {document.pk for document in documents if document.is_du_fonds and document.ouvert_at is None}
    now = timezone.now()
    opened = open_keys(keys, now, by=by) if keys else 0
    for document in documents:
        if document.pk in keys:
            document.ouvert_at, document.a_lire = document.ouvert_at or now, False
    return opened


@transaction.atomic
def open_keys(keys: Collection[UUID], now: datetime, *, by: Compte) -> int:
    """The same, of documents of the fund."""
    opened = 0
    rows = (
        Document.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys, ouvert_at=None).order_by("pk")
    )
    for row in rows.select_related("notification"):
        # The condition is in the write as well: SQLite has no row to lock.
        if not Document.objects.filter(pk=row.pk, ouvert_at=None).update(ouvert_at=now, a_lire=False):
            continue
        opened += 1
        record("bibliotheque.document.opened", row, by=by)
        if row.avis_legal is not None:
            settle_opening(row.avis_legal, now, by=by)
    return opened


@transaction.atomic
def taken_away(unread: Collection[UUID], given: Collection[UUID], missing: Collection[UUID], *, by: Compte) -> None:
    """Several documents have left: those of `unread` are opened now, those of `missing` could not be read, those of `given` can."""
    if unread:
        open_keys(unread, timezone.now(), by=by)
    lost(missing, by=by)
    found_again(given, by=by)


@transaction.atomic
def lost(keys: Collection[UUID], *, by: Actor) -> int:
    """The vault could not give their bytes to somebody who asked: said on the screen, and by `controler`. Returns how many were not known so."""
    rows = list(Document.objects.filter(pk__in=keys, perdu_at=None).order_by("pk")) if keys else []
    for row in rows:
        if Document.objects.filter(pk=row.pk, perdu_at=None).update(perdu_at=timezone.now()):
            record("bibliotheque.document.lost", row, by=by)
    return len(rows)


@transaction.atomic
def found_again(keys: Collection[UUID], *, by: Actor) -> int:
    """Their bytes were read to the end. Returns how many were thought lost."""
    rows = list(Document.objects.filter(pk__in=keys, perdu_at__isnull=False).order_by("pk")) if keys else []
    for row in rows:
        if Document.objects.filter(pk=row.pk, perdu_at__isnull=False).update(perdu_at=None):
            record("bibliotheque.document.found_again", row, by=by)
    return len(rows)


@transaction.atomic
def keep_as_favourite(document: Document, wanted: bool, *, by: Compte) -> None:
    if Document.objects.filter(pk=document.pk).exclude(is_favori=wanted).update(is_favori=wanted):
        record("bibliotheque.document.favourite", document, by=by, is_favori=wanted)


@transaction.atomic
def put_away(keys: Sequence[UUID], wanted: bool, *, personne: Personne, by: Compte) -> int:
    """Out of the list, or back in it; never erased. Returns how many moved."""
    before, after = Document.Etat.VISIBLE, Document.Etat.ARCHIVE
    if not wanted:
        before, after = after, before
    moved = Document.objects.of(personne).filter(pk__in=keys, etat=before).update(etat=after)
    if moved:
        record("bibliotheque.documents.archived", by=by, nombre=moved, archive=wanted)
    return moved


@transaction.atomic
def rename(document: Document, nom: str, *, by: Compte) -> None:
    """The member's own word for it; "" gives back the fund's."""
    row = Document.objects.select_for_update(no_key=True, of=("self",)).get(pk=document.pk)
    row.nom_personnel = " ".join("".join(sign if sign.isprintable() else " " for sign in nom).split())[:NAME_LONGEST]
    row.save(update_fields=["nom_personnel"])
    document.nom_personnel = row.nom_personnel
    record("bibliotheque.document.renamed", document, by=by)


@transaction.atomic
def withdraw(document: Document, *, by: Actor) -> bool:
    """The fund no longer shows it: closed, never erased, whatever was notified stays proven. False when it was already."""
    moved = (
        Document.objects.filter(pk=document.pk)
        .exclude(etat__in=[Document.Etat.RETIRE, Document.Etat.REMPLACE])
        .update(etat=Document.Etat.RETIRE, retire_at=timezone.now())
    )
    if moved:
        record("bibliotheque.document.withdrawn", document, by=by)
    return bool(moved)


@transaction.atomic
def show_again(document: Document, *, by: Actor) -> None:
    """Withdrawn by mistake. The fifteen days begin again: nobody could open it meanwhile."""
    if Document.objects.filter(pk=document.pk, etat=Document.Etat.RETIRE).update(
        etat=Document.Etat.VISIBLE, retire_at=None
    ):
        restart(document)
        record("bibliotheque.document.shown_again", document, by=by)


@transaction.atomic
def move_away(document: Document, *, by: Actor) -> None:
    """It was somebody else's: withdrawn from whom it was filed for, and its number given back."""
    withdraw(document, by=by)
    Document.objects.filter(pk=document.pk).update(numero="")


@transaction.atomic
def relabel(document: Document, *, libelle: str, domaine: str, date: date, by: Actor) -> None:
    """The fund corrects what it says of a document, not the document."""
    row = Document.objects.select_for_update(no_key=True, of=("self",)).get(pk=document.pk)
    if (row.libelle, row.domaine, row.date) == (libelle[:200], domaine, date):
        return
    row.libelle, row.domaine, row.date = libelle[:200], domaine, date
    row.save(update_fields=["libelle", "domaine", "date"])
    record("bibliotheque.document.relabelled", row, by=by)


def reusable_files(document: Document, *, by: Actor) -> list[Fichier]:
    """The files of a document, in order, to be put in a sending. What the fund gave becomes files the first time.

    Its bytes are read once more, to the end: what the vault lost is not given again. Call it outside any transaction: it may take the time
    of an inspection. Raises `NotReusable`, which says why.
    """
    try:
        made = [file_of(sheet, document, by=by) for sheet in document.sheets]
        if not made or any(not fichier.is_readable or fichier.is_infected for fichier in made):
            raise NotReusable
        if any(fichier.is_waiting for fichier in made):
            raise NotReusable(NotReusable.ANALYSE)
        for fichier in made:
            check_whole(fichier.original)
    except StorageUnavailable as error:
        raise NotReusable(NotReusable.PLUS_TARD) from error
    except (ObjectMissing, SealError) as error:
        logger.error("a document of the library is lost: %s", error)
        raise NotReusable(NotReusable.PERDU) from error
    except FileRefused as refusal:
        raise NotReusable(NotReusable.PLUS_TARD if refusal.is_temporary else NotReusable.ILLISIBLE) from refusal
    return made


def check_whole(objet: Objet) -> None:
    """Read an object to its end; raises as `coffre.objets.stream`."""
    for _ in stream(objet):
        pass


def file_of(sheet: Feuillet, document: Document, *, by: Actor) -> Fichier:
    """The file of a sheet, made of its object when it is not one yet. Raises as `coffre.actions.adopt`."""
    if sheet.fichier is not None:
        return sheet.fichier
    assert sheet.objet is not None
    fichier = adopt(sheet.objet, f"{document.libelle[:80]}{sheet.extension}", by=by)
    Feuillet.objects.filter(pk=sheet.pk, fichier=None).update(fichier=fichier, objet=None)
    sheet.fichier, sheet.objet = fichier, None
    return fichier


def downloaded(forme: str, nombre: int, octets: int, *, by: Compte, document: Document | None = None) -> None:
    """Something left the library."""
    record("bibliotheque.document.downloaded", document, by=by, forme=forme, nombre=nombre, octets=octets)
