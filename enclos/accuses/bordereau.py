"""The cover sheet of papers that go by post to the medical service.

What shows through a window, and what lies on a table, must not say that the papers are about health: no word of the sheet does,
and a line of the address that would is given as « Courrier confidentiel ».
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

from enclos.accuses.texte import colour_of
from enclos.caisses.models import Caisse
from enclos.socle import pdf
from enclos.socle.dates import PARIS, jour

TEMPLATE = Path(pdf.__file__).resolve().parent / "typst" / "bordereau.typ"
TITRE = "Bordereau d’envoi par la poste"
TELLING = re.compile(r"m[ée]dic|sant[ée]|malad|invalid|soins|h[ôo]pital", re.IGNORECASE)
MAX_LINES, MAX_SIGNS = 6, 38  # NF Z10-011


def typeset_bordereau(
    caisse: Caisse,
    service_medical_address: Sequence[str],
    reference: str,
    sender_address_lines: Sequence[str],
    date: date,
) -> bytes:
    """An A4 sheet for a window envelope (NF Z 11-001), as a PDF.

    Raises `ValueError` when the address does not hold in the window: 6 lines of 38 signs (NF Z10-011).
    """
    recipient = [neutral(line) for line in service_medical_address if line.strip()]
    if not recipient or len(recipient) > MAX_LINES or any(len(line) > MAX_SIGNS for line in recipient):
        raise ValueError("A postal address has 1 to 6 lines of 38 signs at most.")
    data = {
        "titre": TITRE,
        "caisse": caisse.nom,
        "couleur": colour_of(caisse),
        "reference": reference,
        "destinataire": recipient,
        "expediteur": [line for line in sender_address_lines if line.strip()],
        "date": jour(date),
        "qr": pdf.qr(reference),
        "qr_alt": f"Code QR : la référence {reference}",
    }
    return pdf.typeset(TEMPLATE, data, at=datetime.combine(date, time(12), PARIS))


def neutral(line: str) -> str:
    """The line of an address, or a discreet one in its place."""
    return "COURRIER CONFIDENTIEL" if TELLING.search(line) else line.strip()
