"""Making the copy, and forgetting it: what a worker does."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone

from enclos.accueil.donnees import emails
from enclos.accueil.donnees.contenu import membres_of
from enclos.accueil.models import CopieDonnees
from enclos.coffre.objets import drop, erase, put_pieces
from enclos.comptes.models import Compte
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.socle.archive import zipped
from enclos.socle.promesses import PermanentFailure

KEPT = timedelta(days=7)
BEAT_S = 20.0  # how often the worker says that it is still at it; its lease is six times as long


def make(copie: CopieDonnees) -> None:
    """Write the ZIP in the vault, then say it is there. Bears being run again: what was half written is swept."""
    if copie.objet_id is not None:
        return
    compte = Compte.objects.select_related("personne__caisse", "personne__agence").get(pk=copie.compte_id)
    if not compte.may_sign_in or compte.personne is None:
        raise PermanentFailure("the account closed meanwhile")
    at = timezone.now()
    objet = put_pieces(beating(copie, zipped(membres_of(compte, at), at)), "application/zip")
    try:
        with transaction.atomic():
            Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
            row = CopieDonnees.objects.select_for_update(no_key=True, of=("self",)).get(pk=copie.pk)
            if row.objet_id is not None or not Compte.objects.get(pk=compte.pk).may_sign_in:
                transaction.on_commit(lambda: drop([objet.cle]))
                return
            objet.save(force_insert=True)
            row.objet, row.expire_at = objet, at + KEPT
            row.save(update_fields=["objet", "expire_at"])
            record("accueil.donnees.made", compte, by=SYSTEM, copie=str(row.pk), taille=objet.taille)
            emails.copie_prete(compte, row, by=SYSTEM)
    except BaseException:
        drop([objet.cle])
        raise


def beating(copie: CopieDonnees, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same pieces, and from time to time a word that this promise is in hand: a long work is not taken for a dead one."""
    last = monotonic()
    for piece in pieces:
        if monotonic() - last > BEAT_S:
            last = monotonic()
            CopieDonnees.objects.filter(pk=copie.pk).update(next_at=timezone.now() + CopieDonnees.LEASE)
        yield piece


@transaction.atomic
def forget(copie: CopieDonnees, *, by: Actor) -> None:
    """Erase the ZIP, its key first. A second call changes nothing."""
    row = CopieDonnees.objects.select_for_update(no_key=True, of=("self",)).select_related("objet").get(pk=copie.pk)
    if row.erased_at is not None:
        return
    objet, row.objet, row.erased_at = row.objet, None, timezone.now()
    row.save(update_fields=["objet", "erased_at"])
    if objet is not None:
        erase([objet])
    record("accueil.donnees.erased", by=by, copie=str(row.pk))


def forget_old() -> int:
    """Erase the copies of more than a week; returns how many."""
    old = list(
        CopieDonnees.objects.filter(erased_at=None, expire_at__lte=timezone.now()).order_by("expire_at", "pk")[:200]
    )
    for copie in old:
        forget(copie, by=SYSTEM)
    return len(old)
