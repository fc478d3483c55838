"""Giving again what was given already: the same bytes of the vault, in a sending of its own, with its receipt."""

from collections.abc import Sequence

from django.db import transaction

from enclos.bibliotheque.actions import NotReusable
from enclos.bibliotheque.models import Document
from enclos.caisses.access import nomenclatures
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.envois import brouillon
from enclos.envois.access import usable
from enclos.envois.actions import Attestation, submit
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee, PapierDemande
from enclos.journal.actions import record
from enclos.registre.models import Personne


def held_files(fichiers: Sequence[Fichier]) -> list[Fichier]:
    """The files as they are now, in the order given, held: none is shredded nor withdrawn before the transaction ends.

    Raises `NotReusable`.
    """
    keys = [fichier.pk for fichier in fichiers]
    rows = Fichier.objects.select_for_update(no_key=True, of=("self",)).order_by("pk").in_bulk(keys)
    held = [rows[key] for key in keys if key in rows]
    if len(held) < len(keys) or not usable(held):
        raise NotReusable
    return held


@transaction.atomic
def answer_again(papier: PapierDemande, fichiers: Sequence[Fichier], session: str, *, by: Compte) -> Envoi:
    """Answer a paper asked with files given before: a real sending, attested, with its receipt. A double click gives the same one.

    Raises `NotReusable`, or what `submit` refuses.
    """
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)  # two tabs of one member follow each other
    papier = PapierDemande.objects.select_related("nature", "demande__personne__caisse").get(pk=papier.pk)
    if not papier.is_expected and (known := last_sending_of(papier)) is not None:
        return known
    demande = papier.demande
    held = held_files(fichiers)
    envoi = Envoi.objects.create(caisse_id=demande.caisse_id, personne=demande.personne, compte=by, demande=demande)
    document = DocumentEnvoye.objects.create(envoi=envoi, rang=1, **brouillon.description_of(papier))
    PageEnvoyee.objects.bulk_create(
        PageEnvoyee(document=document, rang=rang, fichier=fichier) for rang, fichier in enumerate(held, start=1)
    )
    record("envois.document.reused", document, by=by, reference=envoi.reference, papier=papier.rang)
    return submit(envoi, Attestation(is_medical=False, session=session), by=by)


def last_sending_of(papier: PapierDemande) -> Envoi | None:
    """The sending that answered it last."""
    return (
        Envoi.objects.sent()
        .select_related("personne")
        .filter(documents__papier=papier)
        .order_by("-submitted_at")
        .first()
    )


@transaction.atomic
def take_again(document: DocumentEnvoye, fichiers: Sequence[Fichier], *, by: Compte) -> int:
    """Add files given before to a document of a draft, at its end; gives how many. Those it holds already are left out.

    Raises `NotReusable`, or `Refusal` when there is no room or the draft went.
    """
    brouillon.hold(document.envoi)
    there = set(PageEnvoyee.objects.filter(document=document).values_list("fichier__sha256", flat=True))
    added = 0
    for fichier in held_files(fichiers):
        if fichier.sha256 in there:
            continue
        rang = brouillon.next_rank(document, fichier.nom, fichier.taille)
        PageEnvoyee.objects.create(document=document, rang=rang, fichier=fichier)
        there.add(fichier.sha256)
        added += 1
    if added:
        record("envois.document.reused", document, by=by, reference=document.envoi.reference, fichiers=added)
    return added


@transaction.atomic
def begin_with(document: Document, fichiers: Sequence[Fichier], *, by: Compte) -> Envoi:
    """Open a draft that holds a document of the library; what it is for is still to be said. A double click takes up the same one.

    Raises as `take_again`.
    """
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    personne: Personne = document.personne
    begun = Envoi.objects.of(personne).drafts().filter(
        demande=None, documents__rang=1, documents__motif=None, documents__pages__fichier__in=[one.pk for one in fichiers]
    )  # fmt: skip
    if (known := begun.order_by("-pk").first()) is not None:
        return known
    envoi = brouillon.start(personne, demande=None, by=by)
    nature = nomenclatures().natures.get(document.nature)
    row = DocumentEnvoye.objects.create(envoi=envoi, rang=1, nature=nature)
    take_again(row, fichiers, by=by)
    return envoi
