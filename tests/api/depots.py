"""Drops for the tests: rows given by what matters, the rest filled in."""

import contextlib
import csv
import io
from pathlib import Path

from django.core.management import call_command

from enclos.demo.nir import synthetic_nir

HEADERS = {
    "personnes.csv": "op,ref,caisse,agence,nir,nia,civilite,nom_naissance,nom_usage,prenoms,date_naissance,lieu_naissance,"
    "pays_naissance,adresse2,adresse3,adresse4,adresse5,code_postal,localite,pays,email,telephone,profils,droits_sante_ouverts,"
    "vitale_serie,vitale_photo,decede",
    "liens.csv": "op,ref,rang,lien,ref_liee,prenoms,nom,date_naissance",
    "exploitations.csv": "op,ref,siret,denomination,qualite,rang,categorie_atexa,surface_ha,installe_le,cesse_le",
    "paiements.csv": "op,numero,ref,date,branche,libelle,montant,periode_debut,periode_fin,destinataire",
    "factures.csv": "op,numero,ref,emise_le,echeance,libelle,montant,paye,payee_le",
    "documents.csv": "op,numero,ref,fichier,date,domaine,nature,libelle",
}
USUAL = {
    "personnes.csv": {"caisse": "NPC", "nom_naissance": "DELATTRE", "prenoms": "Jeanne Marie"},
    "liens.csv": {"rang": "1", "lien": "enfant", "prenoms": "Lucie"},
    "exploitations.csv": {"siret": "99900000000017", "denomination": "EARL du Grand Fossé"},
    "paiements.csv": {"date": "2026-11-05", "branche": "logement", "montant": "231.77"},
    "documents.csv": {"date": "2026-11-05", "domaine": "cotisations", "nature": "relevé", "libelle": "Relevé annuel"},
    "factures.csv": {"emise_le": "2026-10-01", "libelle": "Cotisations", "montant": "1284.30"},
}


class Depot:
    """A folder one writes files in, and gives to the importer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, nom: str, *rows: dict[str, str]) -> "Depot":
        header = HEADERS[nom].split(",")
        text = io.StringIO()
        writer = csv.DictWriter(text, header, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(USUAL[nom] | row if row.get("op", "") != "-" else row for row in rows)
        return self.text(nom, text.getvalue())

    def personnes(self, *rows: dict[str, str]) -> "Depot":
        return self.file("personnes.csv", *rows)

    def text(self, nom: str, text: str | bytes) -> "Depot":
        (self.folder / nom).write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def take(self, *, for_real: bool = True) -> tuple[int, list[dict[str, str]]]:
        """Run the command: its exit code, and the rejects."""
        try:
            call_command("importer", str(self.folder), pour_de_vrai=for_real, stdout=io.StringIO())
            code = 0
        except SystemExit as end:
            code = int(str(end.code))
        return code, self.rejets()

    def taken(self) -> None:
        """Run it and expect no reject."""
        assert self.take() == (0, [])

    def said(self, *, for_real: bool) -> str:
        out = io.StringIO()
        with contextlib.suppress(SystemExit):
            call_command("importer", str(self.folder), pour_de_vrai=for_real, stdout=out)
        return out.getvalue()

    def counts(self, nom: str, *, for_real: bool = False) -> list[int]:
        """New, changed, unchanged, closed, deleted, rejected, as printed for a file."""
        line = next(line for line in self.said(for_real=for_real).splitlines() if line.startswith(nom))
        return [int(word) for word in line.split()[1:]]

    def rejets(self) -> list[dict[str, str]]:
        with (self.folder / "rejets.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))


def nir(number: int) -> str:
    return synthetic_nir(number + 500)
