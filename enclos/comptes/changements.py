"""Contact details a member changed: when the registry says the same, the change is done.

The two never write alike: « 12, rue du Moulin » comes back as « 12 RUE DU MOULIN », maybe on another line of the envelope.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import batched

from django.db import transaction
from django.utils import timezone

from enclos.comptes.coordonnees.telephones import TelephoneError, normalise
from enclos.comptes.models import Changement
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne

ADRESSE = ("adresse2", "adresse3", "adresse4", "adresse5", "code_postal", "localite", "pays")
COLONNES = {
    Changement.Champ.COURRIEL: ("email",),
    Changement.Champ.TELEPHONE: ("telephone",),
    Changement.Champ.ADRESSE: ADRESSE,
}
BATCH = 500
# As addresses of more than 38 signs are shortened (NF Z10-011).
SHORT = {
    "ALL": "ALLEE", "AV": "AVENUE", "BD": "BOULEVARD", "BLD": "BOULEVARD", "CHE": "CHEMIN", "CHEM": "CHEMIN", "FG": "FAUBOURG",
    "IMP": "IMPASSE", "LOT": "LOTISSEMENT", "PL": "PLACE", "RES": "RESIDENCE", "RTE": "ROUTE", "SQ": "SQUARE", "ST": "SAINT",
    "STE": "SAINTE",
}  # fmt: skip


def folded(text: str) -> str:
    """Capitals without accents, one space between words, no other sign."""
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign)).upper()
    return " ".join(SHORT.get(word, word) for word in re.findall(r"[A-Z0-9]+", plain))


def compared(champ: str, valeurs: Mapping[str, str]) -> str:
    """One text for all the ways of writing the same detail."""
    cells = [str(valeurs.get(column) or "") for column in COLONNES[Changement.Champ(champ)]]
    if champ == Changement.Champ.COURRIEL:
        return unicodedata.normalize("NFC", cells[0]).strip().casefold()
    if champ == Changement.Champ.TELEPHONE:
        try:
            return normalise(cells[0])
        except TelephoneError:
            return "".join(sign for sign in cells[0] if sign.isdigit())
    *lines, pays = (folded(cell) for cell in cells)
    return " ".join(line for line in (*lines, "" if pays == "FRANCE" else pays) if line)


def registry_agrees(changement: Changement, personne: Personne) -> bool:
    """Whether the registry says what the member asked."""
    columns = COLONNES[Changement.Champ(changement.champ)]
    known = {column: str(getattr(personne, column)) for column in columns}
    return compared(changement.champ, changement.valeurs) == compared(changement.champ, known)


def confirm_agreed(*, by: Actor) -> int:
    """Close the changes that the registry now says; returns how many. Reads the persons who wait for one, and nobody else."""
    done = 0
    for keys in batched(agreed(), BATCH):
        with transaction.atomic():
            rows = Changement.objects.select_for_update(no_key=True).filter(
                pk__in=keys, confirmed_at=None, cancelled_at=None
            )
            for changement in rows.order_by("pk"):
                changement.confirmed_at = timezone.now()
                changement.save(update_fields=["confirmed_at"])
                record("comptes.changement.confirmed", changement, by=by, champ=changement.champ)
                done += 1
    return done


def agreed() -> Iterator[int]:
    """The keys of the pending changes that the registry says already, a batch at a time: memory stays flat."""
    columns = [f"compte__personne__{column}" for group in COLONNES.values() for column in group]
    pending = Changement.objects.filter(confirmed_at=None, cancelled_at=None, compte__personne__isnull=False)
    rows = pending.select_related("compte__personne").only("champ", "valeurs", "compte__personne_id", *columns)
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for changement in batch:
            personne = changement.compte.personne
            if personne is not None and registry_agrees(changement, personne):
                yield changement.pk
        if len(batch) < BATCH:
            return
        last = batch[-1].pk
