"""The text a member accepts to receive documents electronically (CRPA L112-15, R112-17 to R112-20).

Changing a word makes another version, and the former ones stay: who accepted one can still read it. A test knows their digests.
"""

import hashlib
from typing import Final

VERSION: Final = "2026-11-22"  # a version is named by its day
DAYS_BEFORE_DEEMED: Final = 15  # R112-19: not opened, it is notified on the day it was made available
MONTHS_OF_NOTICE: Final = 1  # R112-20 allows three; nobody waits that long for an envelope

TEXTES: Final = {
    VERSION: (
        (
            "J’accepte de recevoir dans « Mon espace privé » les documents que ma MSA m’envoyait par la poste : décisions, relevés, "
            "appels de cotisations, attestations, courriers."
        ),
        (
            "Pour chaque document, je reçois un e-mail à l’adresse de mon compte. Il dit le service qui l’envoie, le jour où le document "
            "est disponible, et le délai pour l’ouvrir. L’e-mail ne contient jamais le document."
        ),
        (
            "Le document est reçu le jour où je l’ouvre. Si je ne l’ouvre pas dans les 15 jours, la loi considère que je l’ai reçu le "
            "jour où il a été mis à ma disposition. Les délais pour contester partent de ce jour."
        ),
        (
            "Mon identité est vérifiée à chaque connexion par mon mot de passe et, si je l’ai choisi, par une double vérification ou par "
            "FranceConnect. Le jour et l’heure de mise à disposition, de l’e-mail et de la première ouverture sont gardés."
        ),
        (
            "Je peux revenir au papier quand je veux, ici même. Le retour au papier prend effet au plus tard un mois après ma demande. Ce "
            "qui est mis à ma disposition avant ce jour reste reçu par voie électronique."
        ),
        "Je garde mon adresse e-mail à jour. Si elle ne marche plus, ma MSA me le dit dans mon espace.",
    ),
}
PARAGRAPHES: Final = TEXTES[VERSION]


def sha256_of(version: str) -> str:
    """What the account keeps beside the version: the digest of the words that were shown."""
    return hashlib.sha256("\n".join(TEXTES[version]).encode()).hexdigest()


SHA256: Final = sha256_of(VERSION)
