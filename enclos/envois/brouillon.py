"""The draft: opened, described, filled, thrown away. Everything typed is kept from the first step.

Nobody ever waits in a circle, because rows are held in one order, here, in `actions`, `demandes`, `reponses` and `reprise`:

1. the account (`start`, `start_for`, `reprise.answer_again`, the closing of an account);
2. the sending (`hold`, `actions.submit`, `tasks.acknowledge`);
3. the item that is decided (`suivi.actions.locked`): a decision begins here, and never asks for a sending;
4. files, in the order of their keys: another draft, a sending or the library may hold the same ones;
5. the list of papers (`demandes.hold`; several, in the order of their keys), which locks its papers;
6. the item that a list completes, whose day of silence it moves: it ended before the list was made, so that nobody who holds it waits for one;
7. what follows and is only added to: documents of the library, receipts, notices, letters, the journal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.env import ENV
from enclos.bibliotheque.models import Feuillet
from enclos.coffre.actions import FileRefused, Prepared, discard, register, turn
from enclos.coffre.depot import Held, Outcome, receive_all
from enclos.coffre.models import Fichier
from enclos.coffre.uploads import SealedUpload
from enclos.comptes.models import Compte
from enclos.envois.forms import MAX_FILES
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PageEnvoyee, PapierDemande
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal

MAX_DRAFTS = 30
MOTIF_REPONSE = "reponse_demande"


@transaction.atomic
def start(personne: Personne, *, demande: DemandePapiers | None, by: Compte) -> Envoi:
    """Open a draft, or take up again the empty one that a double click or a change of mind left."""
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    drafts = Envoi.objects.of(personne).drafts()
    empty = drafts.filter(demande=demande, documents=None).order_by("-pk").first()
    if empty:
        return empty
    if drafts.count() >= MAX_DRAFTS:
        raise Refusal(
            f"Vous avez déjà commencé {MAX_DRAFTS} envois. Terminez-en un, ou effacez-en un, avant d’en commencer un autre.",
            code="trop_de_brouillons",
        )
    # What answers a list goes to the fund that asked for it, which is not always the member's own.
    caisse_id = demande.caisse_id if demande else personne.caisse_id
    return Envoi.objects.create(caisse_id=caisse_id, personne=personne, compte=by, demande=demande)


@transaction.atomic
def start_for(papier: PapierDemande, *, by: Compte) -> Envoi:
    """Open a draft for one paper asked, described already: only its files are left to give. The one begun before is taken up again."""
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    demande = papier.demande
    begun = Envoi.objects.of(demande.personne).drafts().filter(documents__papier=papier)
    if (known := begun.order_by("-pk").first()) is not None:
        return known
    envoi = start(demande.personne, demande=demande, by=by)
    DocumentEnvoye.objects.create(envoi=envoi, rang=1, **description_of(papier))
    return envoi


def description_of(papier: PapierDemande) -> dict[str, Any]:
    """What a document that answers a paper says, without asking the member what the fund said already."""
    return {
        "papier": papier,
        "nature": papier.nature,
        "libelle_libre": papier.precision if papier.nature.needs_label else "",
        "concerne": papier.concerne or DocumentEnvoye.Concerne.MOI,
        "concerne_cle": papier.concerne_cle,
        "concerne_nom": papier.concerne_nom or papier.demande.personne.nom_complet,
        "concerne_naissance": papier.concerne_naissance,
        "motif_id": MOTIF_REPONSE,
    }


def hold(envoi: Envoi) -> None:
    """Hold the draft until the transaction ends. Raises `Refusal` when it was sent meanwhile, in another tab."""
    now = timezone.now()
    if not Envoi.objects.drafts().filter(pk=envoi.pk).update(updated_at=now):
        raise Refusal("Cet envoi est déjà parti : vous ne pouvez plus le changer.", code="deja_envoye")
    envoi.updated_at = now


@transaction.atomic
def set_count(envoi: Envoi, nombre: int, *, by: Compte) -> list[DocumentEnvoye]:
    """Bring the draft to `nombre` documents, and give them.

    Those that hold something are never dropped here: one removes them by name.
    """
    hold(envoi)
    documents = {document.rang: document for document in DocumentEnvoye.objects.filter(envoi=envoi)}
    missing = [DocumentEnvoye(envoi=envoi, rang=rang) for rang in range(1, nombre + 1) if rang not in documents]
    DocumentEnvoye.objects.bulk_create(missing)
    if any(rang > nombre for rang in documents):
        DocumentEnvoye.objects.filter(envoi=envoi, rang__gt=nombre, nature=None, pages=None).delete()
    return sorted([*documents.values(), *missing], key=lambda document: document.rang)


@transaction.atomic
def describe(document: DocumentEnvoye, values: dict[str, Any], *, by: Compte) -> None:
    """Write what a document is, whom it concerns and why it is sent."""
    hold(document.envoi)
    DocumentEnvoye.objects.filter(pk=document.pk).update(**values)
    for name, value in values.items():
        setattr(document, name, value)


@transaction.atomic
def remove_document(document: DocumentEnvoye, *, by: Compte) -> None:
    """Take a document out of the draft; those after it move up."""
    envoi = document.envoi
    hold(envoi)
    drop_all(document.pages.all(), by=by)
    document.delete()
    for rang, other in enumerate(envoi.documents.order_by("rang"), start=1):
        if other.rang != rang:
            DocumentEnvoye.objects.filter(pk=other.pk).update(rang=rang)


@transaction.atomic
def discard_draft(envoi: Envoi, *, by: Actor) -> None:
    """Throw a draft away, files included. Nothing was sent: only the journal remembers."""
    hold(envoi)
    drop_all(PageEnvoyee.objects.filter(document__envoi=envoi), by=by)
    record("envois.brouillon.discarded", envoi, by=by, reference=envoi.reference)
    envoi.delete()


def drop_all(pages: QuerySet[PageEnvoyee], *, by: Actor) -> None:
    """Remove them, files held in the order of their keys."""
    for page in pages.select_related("fichier").order_by("fichier"):
        drop(page, by=by)


def drop(page: PageEnvoyee, *, by: Actor) -> None:
    """Remove a page, and shred its file unless it is something else’s too: a sending that went, a document of the library."""
    fichier = Fichier.objects.select_for_update(no_key=True, of=("self",)).get(pk=page.fichier_id)
    page.delete()
    if not is_kept(fichier):
        discard(fichier, by=by)


def is_kept(fichier: Fichier, *, but: PageEnvoyee | None = None) -> bool:
    """Whether another page, or a document of the library, holds these bytes; ask it holding the file."""
    pages = PageEnvoyee.objects.filter(fichier=fichier)
    if but is not None:
        pages = pages.exclude(pk=but.pk)
    return pages.exists() or Feuillet.objects.filter(fichier=fichier).exists()


@dataclass(frozen=True)
class FichiersDuDocument:
    """Where the files of a document go."""

    document: DocumentEnvoye
    ici = "ce document"

    def held(self) -> list[Held[PageEnvoyee]]:
        return [Held(page, page.jeton, page.fichier.sha256) for page in self.document.pages.all()]

    def check(self, prepared: Prepared) -> None:
        """Whatever the vault takes."""

    def keep(self, prepared: Prepared, jeton: str | None, *, by: Actor) -> PageEnvoyee:
        hold(self.document.envoi)
        rang = next_rank(self.document, prepared.nom, prepared.original.taille)
        return PageEnvoyee.objects.create(
            document=self.document, rang=rang, fichier=register(prepared, by=by), jeton=jeton
        )

    def twin(self, jeton: str) -> PageEnvoyee | None:
        return PageEnvoyee.objects.select_related("fichier").filter(document=self.document, jeton=jeton).first()


def add_files(
    document: DocumentEnvoye, uploads: Iterable[SealedUpload], *, jeton: str | None = None, by: Compte
) -> Outcome[PageEnvoyee]:
    """Receive files one by one and put each at the end of the document, as `coffre.depot` says."""
    return receive_all(FichiersDuDocument(document), uploads, jeton=jeton, by=by)


def next_rank(document: DocumentEnvoye, nom: str, taille: int) -> int:
    """The place of one more file of so many bytes; the draft is held. Raises `Refusal` when there is none."""
    rows = DocumentEnvoye.objects.filter(envoi=document.envoi_id).values_list(
        "pk", "pages__rang", "pages__fichier__taille"
    )
    held = list(rows)
    ranks = [rang for pk, rang, _ in held if pk == document.pk]
    if not ranks:
        raise Refusal("Ce document n’est plus dans votre envoi : vous l’avez retiré dans une autre page.")
    used = [rang for rang in ranks if rang is not None]
    if len(used) >= MAX_FILES:
        raise Refusal(f"Un document a {MAX_FILES} fichiers au plus. Mettez la suite dans un autre document.")
    if sum(size or 0 for _, _, size in held) + taille > ENV.sending_max_bytes:
        raise FileRefused("envoi_trop_lourd", nom)
    return max(used, default=0) + 1


@transaction.atomic
def remove_page(page: PageEnvoyee, *, by: Compte) -> None:
    """Take a file out of the draft, and shred it. Asked twice at once, it is done once."""
    hold(page.document.envoi)
    if PageEnvoyee.objects.filter(pk=page.pk).exists():
        drop(page, by=by)


@transaction.atomic
def move_page(page: PageEnvoyee, step: int, *, by: Compte) -> None:
    """Move a file one place up (-1) or down (+1); at either end nothing moves."""
    hold(page.document.envoi)
    pages = list(page.document.pages.order_by("rang", "pk"))
    position = [other.pk for other in pages].index(page.pk)
    target = position + step
    if 0 <= target < len(pages):
        pages[position], pages[target] = pages[target], pages[position]
    for rang, other in enumerate(pages, start=1):
        if other.rang != rang:
            PageEnvoyee.objects.filter(pk=other.pk).update(rang=rang)


def turn_page(page: PageEnvoyee, *, by: Compte) -> None:
    """Turn a file a quarter to the right. The draft is held while the copy is replaced: what was sent meanwhile stays as it was.

    Raises `Refusal` on a file that was given before: what its receipt says must not change.
    """
    with transaction.atomic():
        hold_to_turn(page)
    turn(page.fichier, (page.fichier.quarts + 1) % 4, hold=partial(hold_to_turn, page), by=by)


def hold_to_turn(page: PageEnvoyee) -> None:
    hold(page.document.envoi)
    fichier = Fichier.objects.select_for_update(no_key=True, of=("self",)).filter(pk=page.fichier_id).first()
    if fichier is not None and is_kept(fichier, but=page):
        raise Refusal(
            "Ce fichier vient d’un document déjà donné : il reste comme vous l’avez envoyé. Pour le tourner, ajoutez une nouvelle photo.",
            code="fichier_repris",
        )
