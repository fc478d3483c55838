"""Receipts to test with: one sending of two documents, a request among them."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from enclos.accuses.contenu import Contenu, DocumentRecu, FichierRecu, ReponseAttendue, ServiceCharge

RECEIVED = datetime(2026, 11, 21, 9, 47, 12, tzinfo=UTC)
FAMILLE = ServiceCharge(
    nom="Famille et logement", telephone="03 20 900 500", adresse=("33 rue du Grand But", "59716 Lille Cedex 9")
)
COTISATIONS = ServiceCharge(
    nom="Cotisations des exploitants", telephone="03 20 900 501", courriel="cotisations@msa-npc.example"
)
REJET = ReponseAttendue(
    sens="rejet", le=date(2027, 1, 21), recours="Écrivez à la commission de recours amiable dans les deux mois."
)
ACCEPTATION = ReponseAttendue(sens="acceptation", le=date(2027, 2, 21))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def fichier(nom: str = "IMG_2041.jpg", **changes: Any) -> FichierRecu:
    return replace(
        FichierRecu(nom=nom, pages=1, taille=5_400_000, sha256=sha(nom), copies=(sha(nom + "/copie"),)), **changes
    )


def document(**changes: Any) -> DocumentRecu:
    base = DocumentRecu(
        nature="Avis d’impôt sur le revenu", personne="Jeanne Delattre", fichiers=(fichier(), fichier("IMG_2042.jpg"))
    )
    return replace(base, **changes)


def contenu(**changes: Any) -> Contenu:
    base = Contenu(
        objet="D’autres documents",
        expediteur="Mme Jeanne Delattre",
        service=FAMILLE,
        documents=(
            document(),
            document(
                nature="Demande d’aide au logement",
                personne="Lucie Delattre",
                fichiers=(fichier("demande.pdf", pages=3, copies=(sha("a"), sha("b"))),),
                is_request=True,
                reponse=REJET,
            ),
        ),
        attestation="J’atteste que les fichiers joints reproduisent fidèlement les documents d’origine.",
        attestation_version="2026-11",
    )
    return replace(base, **changes)
