"""What reconciliation asks of the vault: each row has its bytes, each file its scan."""

from datetime import timedelta

from enclos.coffre.entretien import every_objet, unclaimed_fichiers
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.coffre.tasks import ORPHAN_AGE
from enclos.socle.controle import Constat

# A scan takes a second. Past this the antivirus is away, or refuses the file: somebody must look.
SCAN_PATIENCE = timedelta(hours=1)
# The last objects are looked for one by one; `enclos coffre-verifier` opens them all.
SAMPLE = 200


def constats(*, sample: int | None = SAMPLE) -> list[Constat]:
    """Figures of the vault; the last `sample` objects are looked for in the storage, all of them with None."""
    missing, unanswered = looked_for(sample)
    return [
        Constat("Objets du coffre", Objet.objects.count(), is_fault=False),
        Constat("Fichiers en attente de l’antivirus", Fichier.objects.open().count(), is_fault=False),
        Constat("Fichiers qui attendent l’antivirus depuis plus d’une heure", Fichier.objects.late(SCAN_PATIENCE).count(),
                is_fault=True),
        Constat("Fichiers dont l’analyse est abandonnée", Fichier.objects.broken().count(), is_fault=True),
        Constat("Fichiers que rien ne désigne, effacés au prochain balayage", unclaimed_fichiers(ORPHAN_AGE).count(),
                is_fault=False),
        Constat("Objets absents du stockage", missing, is_fault=True),
        Constat("Stockage sans réponse", int(unanswered), is_fault=True),
    ]  # fmt: skip


def looked_for(sample: int | None) -> tuple[int, bool]:
    """How many objects the storage does not have, and whether it stopped answering."""
    objets = every_objet() if sample is None else Objet.objects.order_by("-pk")[:sample]
    missing = 0
    try:
        for objet in objets:
            missing += not storage().has(objet.cle)
    except StorageUnavailable:
        return missing, True
    return missing, False
