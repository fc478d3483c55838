"""Filing a document in the library of a member: what the apps above do with what was sent, received or proved."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from enclos.accuses.models import Accuse
from enclos.bibliotheque.models import Document, Domaine, Feuillet, Origine
from enclos.coffre.models import Fichier, Objet
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne


@transaction.atomic(savepoint=False)
def file(
    personne: Personne,
    cle: str,
    *,
    origine: Origine,
    libelle: str,
    date: date,
    feuillets: Sequence[Fichier | Objet] = (),
    accuse: Accuse | None = None,
    domaine: str = Domaine.AUTRE,
    nature: str = "",
    concerne: str = "",
    reference: str = "",
    by: Actor,
) -> Document:
    """Put a document in the library, in the transaction of what made it; the same `cle` again gives the same document.

    Its bytes are `feuillets`, in order, or the PDF of `accuse`, which may still be on its way. Raises `ValueError` when it is both or
    neither.
    """
    if bool(feuillets) == (accuse is not None):
        raise ValueError("A document is made of sheets, or is a receipt.")
    known = Document.objects.filter(cle=cle).first()
    if known is not None:
        return known
    document = Document.objects.create(
        caisse_id=personne.caisse_id,
        personne=personne,
        origine=origine,
        cle=cle,
        libelle=libelle,
        domaine=domaine,
        nature=nature,
        concerne=concerne,
        reference=reference,
        date=date,
        accuse=accuse,
    )
    Feuillet.objects.bulk_create(
        Feuillet(document=document, rang=rang, **{"fichier" if isinstance(one, Fichier) else "objet": one})
        for rang, one in enumerate(feuillets, start=1)
    )
    record("bibliotheque.document.filed", document, by=by, origine=origine)
    return document
