"""What a member sent, and what was answered, for that member alone: the rows, and every file that may still be shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from enclos.accuses.donnees import accuse_told
from enclos.accuses.models import Accuse
from enclos.coffre.donnees import fichier_told
from enclos.coffre.models import Objet
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PageEnvoyee, PapierDemande
from enclos.registre.models import Personne
from enclos.socle.archive import safe_name

BATCH = 50


@dataclass(frozen=True)
class Piece:
    """A file to give: its path, and its sealed bytes."""

    chemin: str
    objet: Objet


def envois_of(personne: Personne) -> Iterator[Envoi]:
    """Every sending and draft with all it holds, a batch at a time."""
    pages = Prefetch("pages", PageEnvoyee.objects.select_related("fichier__original").order_by("rang"))
    documents = Prefetch(
        "documents",
        DocumentEnvoye.objects.select_related("nature", "motif", "affaire__service", "affaire__taken_by", "papier")
        .prefetch_related(pages)
        .order_by("rang"),
    )
    rows = Envoi.objects.of(personne).select_related("accuse_enregistrement__pdf", "accuse_reception__pdf")
    keys = list(rows.order_by("created_at", "pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = {
            envoi.pk: envoi for envoi in rows.filter(pk__in=keys[start : start + BATCH]).prefetch_related(documents)
        }
        yield from (batch[key] for key in keys[start : start + BATCH] if key in batch)


def donnees_of(personne: Personne) -> Iterator[dict[str, Any]]:
    """Plain JSON values, one sending at a time."""
    for envoi in envois_of(personne):
        yield {
            "reference": envoi.reference,
            "created_at": envoi.created_at,
            "submitted_at": envoi.submitted_at,
            "expediteur": envoi.sender,
            "attestation": envoi.attestation,
            "accuses": [accuse_told(accuse) for accuse in accuses_of(envoi)],
            "documents": [document_told(envoi, document) for document in envoi.documents.all()],
        }


def document_told(envoi: Envoi, document: DocumentEnvoye) -> dict[str, Any]:
    affaire = document.affaire
    told: dict[str, Any] = {
        "rang": document.rang,
        "libelle": document.libelle,
        "concerne": document.get_concerne_display(),
        "concerne_nom": document.concerne_nom,
        "concerne_naissance": document.concerne_naissance,
        "motif": document.motif.libelle if document.motif else "",
        "motif_texte": document.motif_texte,
        "fichiers": [fichier_told(page.fichier, path_of(envoi, document, page)) for page in document.pages.all()],
    }
    if affaire is not None:
        told["reponse"] = {
            "etat": affaire.get_etat_display(),
            "service": affaire.service.nom,
            "due_on": affaire.due_on,
            "taken_at": affaire.taken_at,
            "ended_at": affaire.ended_at,
            "agent": affaire.taken_by.nom if affaire.taken_by else "",
            "refus": affaire.get_refus_display(),
            "texte": affaire.reponse,
        }
    return told


def accuses_of(envoi: Envoi) -> list[Accuse]:
    return [accuse for accuse in (envoi.accuse_enregistrement, envoi.accuse_reception) if accuse is not None]


def pieces_of(personne: Personne) -> Iterator[Piece]:
    """Every receipt, and every file as it was received; those withdrawn as medical or dangerous are shown to nobody."""
    for envoi in envois_of(personne):
        for accuse in accuses_of(envoi):
            if accuse.pdf is not None:
                yield Piece(f"accuses/{accuse.file_name}", accuse.pdf)
        for document in envoi.documents.all():
            for page in document.pages.all():
                if page.fichier.is_readable:
                    yield Piece(path_of(envoi, document, page), page.fichier.original)


def path_of(envoi: Envoi, document: DocumentEnvoye, page: PageEnvoyee) -> str:
    """« fichiers/KM7-RP4-QB2/document-1/02-Facture d’eau.pdf »: safe on any disk, and alone of its name."""
    return f"fichiers/{envoi.reference}/document-{document.rang}/{page.rang:02d}-{safe_name(page.fichier.nom)}"


def demandes_of(personne: Personne) -> list[dict[str, Any]]:
    """The papers the fund asked for."""
    rows = (
        DemandePapiers.objects.filter(personne=personne)
        .select_related("service", "affaire")
        .prefetch_related("papiers__nature", "papiers__documents__envoi")
    )
    return [
        {
            "reference": row.reference,
            "libelle": row.libelle,
            "message": row.message,
            "service": row.service.nom,
            "asked_at": row.asked_at,
            "asked_by": row.asked_by,
            "due_on": row.due_on,
            "closed_at": row.closed_at,
            "effet": row.effet,
            "base_juridique": row.base_juridique,
            "papiers": [paper_told(papier) for papier in row.papiers.all()],
        }
        for row in rows.order_by("asked_at", "pk")
    ]


def objets_of(personne: Personne) -> Iterator[tuple[str, str]]:
    """(kind, key) of what the journal knows of the papers asked, and of what their agents did for them."""
    rows = DemandePapiers.objects.filter(personne=personne).order_by("pk")
    for key, relance in rows.values_list("pk", "relance"):
        yield "envois.demandepapiers", str(key)
        if relance is not None:
            yield "suivi.affaire", str(relance)


def paper_told(papier: PapierDemande) -> dict[str, Any]:
    """One paper of the list, and what became of it."""
    envois = [document.envoi.reference for document in papier.documents.all() if document.envoi.submitted_at]
    return {
        "rang": papier.rang,
        "libelle": papier.libelle,
        "concerne": papier.get_concerne_display(),
        "concerne_nom": papier.concerne_nom,
        "concerne_naissance": papier.concerne_naissance,
        "raison": papier.raison,
        "due_on": papier.due_on,
        "indispensable": papier.is_indispensable,
        "sinon": papier.consequence,
        "etat": papier.get_etat_display(),
        "answered_at": papier.answered_at,
        "recu_on": papier.recu_on,
        "refaire": papier.refaire,
        "mot": papier.mot,
        "mot_at": papier.mot_at,
        "mot_reponse": papier.mot_reponse,
        "envois": envois,
    }
