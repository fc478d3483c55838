"""The paper: typeset, sealed, stored once and for all."""

from pathlib import Path

from django.db import transaction

from config.env import ENV
from enclos.accuses import cachet
from enclos.accuses.models import Accuse, Horodatage
from enclos.coffre import objets
from enclos.coffre.models import Objet
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
    objet = objets.put(signed, "application/pdf")
    if not keep_first(accuse, objet, used):
        objets.drop([objet.cle])


@transaction.atomic
def keep_first(accuse: Accuse, objet: Objet, used: cachet.Seal) -> bool:
    """Write where the paper is and promise its time-stamp, when there is an authority; False when another worker was first."""
    objet.save(force_insert=True)
    kept = {"pdf": objet, "pdf_sha256": objet.sha256, "certificat": used.fingerprint}
    if not Accuse.objects.filter(pk=accuse.pk, pdf=None).update(**kept):
        objet.delete()
        return False
    record("accuses.accuse.sealed", accuse, by=SYSTEM, sha256=objet.sha256)
    if ENV.tsa_url:
        Horodatage.objects.create(accuse=accuse, sha256=objet.sha256)
    return True
