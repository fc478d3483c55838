"""The paper: typeset, sealed, stored once and for all."""

from pathlib import Path

from config.env import ENV
from enclos.accuses import cachet
from enclos.accuses.models import Accuse
from enclos.coffre import objets
from enclos.journal.actions import SYSTEM, record
from enclos.socle import pdf

TEMPLATE = Path(__file__).resolve().parent / "typst" / "accuse.typ"


def typeset(accuse: Accuse) -> bytes:
    """The receipt as an unsigned PDF, the same to the byte each time."""
    data = dict(accuse.contenu)
    data["verification"] = {**data["verification"], "qr": pdf.qr(data["verification"]["lien"])}
    return pdf.typeset(TEMPLATE, data, at=accuse.issued_at)


def current_seal() -> cachet.Seal:
    """The seal that signs today; out of production a seal without value is made when there is none. Raises `SealMissing`."""
    if not ENV.is_production:
        cachet.make_demo_seal(ENV.seals)
    return cachet.active(ENV.seals)


def seal(accuse: Accuse) -> None:
    """Make the signed PDF, store it, and only then say so. A PDF already stored is never replaced.

    Raises what the storage, the seal or the printer raise: the promise is then kept later.
    """
    if accuse.pdf_id:
        return
    used = current_seal()
    signed = cachet.sign(typeset(accuse), seal=used, reason=f"{accuse.contenu['titre']} {accuse.reference}")
    objet = objets.store(signed, "application/pdf")
    stored = Accuse.objects.filter(pk=accuse.pk, pdf=None).update(
        pdf=objet, pdf_sha256=objet.sha256, certificat=used.fingerprint
    )  # fmt: skip
    if stored:
        record("accuses.accuse.sealed", accuse, by=SYSTEM, sha256=objet.sha256)
