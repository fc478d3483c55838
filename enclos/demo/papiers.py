"""The papers of the demo's drop, printed when it is made: nobody keeps forty PDF files in a repository."""

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from enclos.bibliotheque.models import Domaine
from enclos.caisses.models import Nature
from enclos.demo.personnes import DOCUMENTS, rows_of_people
from enclos.registre.models import Personne
from enclos.socle import pdf
from enclos.socle.dates import PARIS, jour

TEMPLATE = Path(__file__).parent / "typst" / "document.typ"
SENT = Path(__file__).parent / "typst" / "papier_envoye.typ"
TEXTES = {
    "décision": "Nous avons étudié votre demande. Nous vous donnons une suite favorable. Si vous n’êtes pas d’accord, vous pouvez contester "
    "devant la commission de recours amiable dans les deux mois qui suivent la notification.",
    "relevé": "Voici ce que vous avez payé et ce qui reste à payer pour ce trimestre.",
    "appel de cotisations": "Voici le montant de vos cotisations de l’année et les dates auxquelles elles sont prélevées.",
    "attestation": "Nous attestons que la personne ci-dessus est connue de notre caisse à cette date.",
    "décompte": "Voici le détail des remboursements versés sur votre compte.",
    "courrier": "Une nouvelle conseillère suit votre dossier. Elle vous appellera dans le mois.",
}


def print_documents(folder: Path) -> None:
    """Print beside `documents.csv`, in `documents/`, the file that each of its rows names."""
    people = rows_of_people()
    (folder / "documents").mkdir()
    with (folder / DOCUMENTS).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            person = people[row["ref"]]
            day = datetime.fromisoformat(row["date"]).replace(tzinfo=PARIS)
            data = {
                "titre": row["libelle"],
                "numero": row["numero"],
                "date": jour(day.date()),
                "domaine": str(Domaine(row["domaine"]).label),
                "nom": f"{person['prenoms'].split()[0]} {person['nom_usage'] or person['nom_naissance']}",
                "adresse": [
                    line for line in (person["adresse4"], f"{person['code_postal']} {person['localite']}") if line
                ],
                "texte": TEXTES[row["nature"]],
                "lignes": lines_of(row["numero"])
                if row["nature"] in {"relevé", "décompte", "appel de cotisations"}
                else [],
            }
            (folder / "documents" / row["fichier"]).write_bytes(pdf.typeset(TEMPLATE, data, at=day))


def lines_of(numero: str) -> list[list[str]]:
    """Amounts that add up, the same each time for the same document."""
    seed = sum(numero.encode())
    amounts = [100 + (seed * factor) % 700 for factor in (7, 11, 13)]
    named = zip(("Assurance maladie", "Retraite", "Prestations familiales"), amounts, strict=True)
    return [*([name, f"{amount},00 €"] for name, amount in named), ["Total", f"{sum(amounts)},00 €"]]


def print_sent(nature: Nature, personne: Personne, told: Mapping[str, Any], at: datetime) -> bytes:
    """A paper that `personne` sends: `told` says from whom, the text and the lines."""
    data = {
        "titre": nature.libelle,
        "emetteur": told["emetteur"],
        "date": jour(at.date()),
        "nom": personne.nom_complet,
        "adresse": personne.lignes_adresse()[1:],  # without the name
        "texte": told["texte"],
        "lignes": told.get("lignes", []),
    }
    return pdf.typeset(SENT, data, at=at)
