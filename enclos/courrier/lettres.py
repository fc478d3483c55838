"""Letters on paper: asked for, cancelled, printed again, closed. What the printer and the post say of them is in `imprimeur.py`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.courrier.models import DAYS, Lettre
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.journal.references import new_reference
from enclos.registre.models import Personne
from enclos.socle.adresses import AddressToVerify, NoFixedAddress, PostalAddress
from enclos.socle.refusals import Refusal

Genre, Etat = Lettre.Genre, Lettre.Etat


class LetterAlreadyOpen(Refusal):
    """One letter with a secret at a time: the former must arrive, come back, or be printed again by an agent."""

    def __init__(self) -> None:
        super().__init__(
            "Un courrier est déjà en route vers l’adresse que la caisse connaît. Attendez-le, ou appelez votre caisse.",
            code="courrier-en-route",
        )


def request(
    personne: Personne,
    genre: str,
    *,
    secret: str = "",
    donnees: Mapping[str, Any] | None = None,
    cle: str,
    caisse: Caisse,
    by: Actor,
) -> Lettre:
    """Write a letter to the address that the registry gives now; the same `cle` again gives the same letter.

    `genre` is one of `Lettre.Genre`; MOT_DE_PASSE and CODE bear a `secret`, the others none. `donnees` is what its template prints besides
    the person and the fund, kept as it is that day. A letter whose address must be
    looked at, or that has nowhere to go, is written all the same (`etat`, `motifs`): the agents see it, and the caller says
    nothing different. A password takes the place of a code on its way: it proves as much, and more.
    Raises `LetterAlreadyOpen` when another letter with a secret is on its way, `ValueError` on a secret that is missing or too many.
    """
    genre = Genre(genre)
    if bool(secret) != (genre in {Genre.MOT_DE_PASSE, Genre.CODE}):
        raise ValueError(f"A letter « {genre} » {'needs a' if not secret else 'bears no'} secret.")
    with transaction.atomic():
        if known := Lettre.objects.filter(cle=cle).first():
            return known
        if secret:
            make_room(personne, genre, by=by)
        return write(personne, genre, secret, cle, caisse, donnees=donnees, by=by)


def make_room(personne: Personne, genre: str, *, by: Actor) -> None:
    """Close what no longer counts before another secret leaves. Raises `LetterAlreadyOpen`."""
    now = timezone.now()
    for former in Lettre.objects.select_for_update(no_key=True).open().filter(personne=personne, has_secret=True):
        if former.expire_at <= now:
            expire(former)
        elif former.genre == Genre.CODE and genre == Genre.MOT_DE_PASSE:
            cancel(former, by=by)
        else:
            raise LetterAlreadyOpen


def write(
    personne: Personne,
    genre: str,
    secret: str,
    cle: str,
    caisse: Caisse,
    *,
    donnees: Mapping[str, Any] | None = None,
    by: Actor,
    remplace: Lettre | None = None,
) -> Lettre:
    lettre = Lettre(
        cle=cle,
        reference=new_reference(),
        personne=personne,
        caisse=caisse,
        genre=genre,
        donnees=dict(donnees or {}),
        remplace=remplace,
    )
    lettre.expire_at = lettre.created_at + timedelta(days=DAYS)
    lettre.seal_secret(secret)
    take_address(lettre)
    try:
        with transaction.atomic():
            lettre.save(force_insert=True)
    except IntegrityError:  # another request wrote one between our look and our row
        if (known := Lettre.objects.filter(cle=cle).first()) is not None:
            return known
        raise LetterAlreadyOpen from None
    record("courrier.lettre.written", lettre, by=by, genre=genre, etat=lettre.etat, reference=lettre.reference)
    return lettre


def take_address(lettre: Lettre) -> None:
    """Freeze the address block from the registry, or say why it cannot be; a letter with nowhere to go ends at once."""
    lettre.destinataire, lettre.motifs, lettre.etat = [], [], Etat.EN_ATTENTE
    personne = lettre.personne
    try:
        if personne.decede or personne.closed_at is not None:
            raise NoFixedAddress("La personne est décédée, ou son dossier est fermé dans le registre.")
        lettre.destinataire = address_of(personne).render()
    except AddressToVerify as error:
        lettre.etat, lettre.motifs = Etat.A_VERIFIER, error.motifs
        return
    except NoFixedAddress as error:
        lettre.etat, lettre.motifs, lettre.closed_at = Etat.REFUSEE, [str(error)], timezone.now()
        forget_secret(lettre)
        return
    returned = Lettre.objects.filter(personne=personne, etat=Etat.REVENUE).order_by("-returned_at").first()
    if returned is not None and returned.destinataire == lettre.destinataire:
        lettre.etat = Etat.A_VERIFIER
        lettre.motifs = [f"Le courrier {returned.reference} est revenu de cette adresse."]


def address_of(personne: Personne) -> PostalAddress:
    return PostalAddress(
        civilite=personne.civilite,
        prenom=personne.prenom,
        nom=personne.nom,
        ligne2=personne.adresse2,
        ligne3=personne.adresse3,
        ligne4=personne.adresse4,
        ligne5=personne.adresse5,
        code_postal=personne.code_postal,
        localite=personne.localite,
        pays=personne.pays,
    )


def forget_secret(lettre: Lettre) -> None:
    if lettre.secret_sealed is not None:
        lettre.secret_sealed, lettre.erased_at = None, timezone.now()


def close(lettre: Lettre, *, by: Actor) -> None:
    """The secret has served, or serves no more: another letter may be asked for."""
    end(lettre, lettre.etat, "courrier.lettre.closed", by=by)


def cancel(lettre: Lettre, *, by: Actor) -> None:
    """Nothing is expected of it any more; one that was not given to the printer never leaves."""
    end(lettre, Etat.ANNULEE, "courrier.lettre.cancelled", by=by)


def expire(lettre: Lettre) -> None:
    """Its 30 days are over. One that was never posted says so: somebody did not export it."""
    never_left = lettre.etat in {Etat.A_VERIFIER, Etat.EN_ATTENTE, Etat.EXPORTEE}
    end(lettre, Etat.PERIMEE if never_left else lettre.etat, "courrier.lettre.expired", by=SYSTEM)


@transaction.atomic
def end(lettre: Lettre, etat: str, event: str, *, by: Actor) -> None:
    """Close a letter once, its secret erased. A second call changes nothing."""
    row = Lettre.objects.select_for_update(no_key=True).get(pk=lettre.pk)
    if not row.is_open:
        return
    row.etat, row.closed_at = etat, timezone.now()
    forget_secret(row)
    row.save(update_fields=["etat", "closed_at", "secret_sealed", "erased_at"])
    record(event, row, by=by, genre=row.genre)
    lettre.refresh_from_db()


@transaction.atomic
def reprint(lettre: Lettre, *, secret: str, by: Actor) -> Lettre:
    """Another letter, with another secret, to the address that the registry gives now; the former one is cancelled.

    The caller has killed the former secret by making `secret`. Raises `ValueError` when the letter bears no secret or
    `secret` is empty, `LetterAlreadyOpen` when yet another one is on its way.
    """
    if not (lettre.has_secret and secret):
        raise ValueError("A letter is printed again with a new secret.")
    cancel(lettre, by=by)
    make_room(lettre.personne, lettre.genre, by=by)
    count = Lettre.objects.filter(remplace=lettre).count()
    cle = f"lettre.encore:{lettre.pk}:{count + 1}"
    return write(lettre.personne, lettre.genre, secret, cle, lettre.caisse, by=by, remplace=lettre)


@transaction.atomic
def read_address_again(lettre: Lettre, *, by: Actor) -> Lettre:
    """The fund corrected the registry: a letter « à vérifier » takes the address it gives now."""
    row = Lettre.objects.select_for_update(no_key=True, of=("self",)).select_related("personne").get(pk=lettre.pk)
    if row.etat != Etat.A_VERIFIER:
        return row
    take_address(row)
    row.save(update_fields=["etat", "destinataire", "motifs", "closed_at", "secret_sealed", "erased_at"])
    if row.etat != Etat.A_VERIFIER:
        record("courrier.lettre.address_read", row, by=by, etat=row.etat)
    return row


@transaction.atomic
def mark_seen(lettre: Lettre, *, by: Actor) -> None:
    """An agent dealt with a letter that came back or could not leave: it is no longer to be watched."""
    if Lettre.objects.filter(pk=lettre.pk, seen_at=None).update(seen_at=timezone.now()):
        record("courrier.lettre.seen", lettre, by=by)


def close_expired() -> int:
    """Erase the secrets of letters whose days are over; returns how many."""
    old = list(Lettre.objects.open().filter(expire_at__lte=timezone.now()).order_by("expire_at")[:200])
    for lettre in old:
        expire(lettre)
    return len(old)
