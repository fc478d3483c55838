"""The paper: a letter typeset when it is needed, the same to the byte each time, and kept nowhere."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from config.env import ENV
from enclos.caisses.models import Caisse
from enclos.courrier.models import Lettre, SecretGone
from enclos.socle import pdf
from enclos.socle.dates import heure, jour, paris

TEMPLATES = Path(__file__).resolve().parent / "typst"
COULEUR = "#1d6242"
GROUP = 4


class NotPrintable(Exception):
    """The letter has no sound address, has left, or its secret is gone."""


def typeset(lettre: Lettre) -> bytes:
    """The letter as a PDF/A. Raises `NotPrintable`, or `TypesetError`."""
    if not lettre.can_be_printed:
        raise NotPrintable(lettre.etat)
    try:
        data = data_of(lettre)
    except SecretGone:
        raise NotPrintable("secret effacé") from None
    return pdf.typeset(TEMPLATES / f"{lettre.genre}.typ", data, at=lettre.created_at)


def data_of(lettre: Lettre) -> dict[str, Any]:
    caisse = lettre.caisse
    x, y, width, height = (float(side) for side in ENV.letter_zone)
    return {
        "reference": lettre.reference,
        "couleur": colour_of(caisse),
        "caisse": {
            "nom": caisse.nom,
            "lignes": [line for line in caisse.adresse if line.casefold() != caisse.nom.casefold()],
            "telephone": caisse.telephone,
            "horaires": caisse.horaires_en_mots(),
        },
        "zone": {"x": x, "y": y, "w": width, "h": height},
        "porte_adresse": ENV.letter_front == "porte-adresse",
        "destinataire": lettre.destinataire,
        "date": jour(paris(lettre.created_at).date()),
        "valable": f"{jour(paris(lettre.expire_at).date())} à {heure(lettre.expire_at)}",
        "adresse": f"{ENV.base_url}/connexion/" if lettre.has_secret else ENV.base_url,
        "secret": grouped(lettre.secret),
        "donnees": with_qr(lettre.donnees),
    }


def with_qr(donnees: Mapping[str, Any]) -> dict[str, Any]:
    """What a template prints besides the person and the fund, its reference drawn for a scanner."""
    return dict(donnees) | ({"qr": pdf.qr(donnees["demande"])} if "demande" in donnees else {})


def typeset_cover(caisse: Caisse, donnees: Mapping[str, Any], expediteur: Sequence[str]) -> bytes:
    """The sheet to put on top of papers asked, as the letter has it, for who prints it at home. Raises `TypesetError`."""
    data = {
        "caisse": caisse.nom,
        "couleur": colour_of(caisse),
        "expediteur": list(expediteur),
        "donnees": with_qr(donnees),
    }
    return pdf.typeset(TEMPLATES / "bordereau-papiers.typ", data, at=timezone.now())


def grouped(secret: str) -> str:
    """« K7MP Q2RT »: by four, unless whoever made it grouped it already."""
    if re.search(r"[\s-]", secret):
        return secret
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))


def colour_of(caisse: Caisse) -> str:
    """The fund's own colour for paper, when it gives one as #rrggbb."""
    colour = str(caisse.theme.get("clair", {}).get("accent", COULEUR))
    return colour if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else COULEUR
