"""Sealed objects: their bytes in the storage, their row in the database. The bytes always come first."""

import logging
import secrets
from collections.abc import Iterable, Iterator
from functools import partial

from django.db import transaction

from enclos.coffre.models import Objet
from enclos.coffre.sealing import DataKey, Sealer, opened, sealed
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.coffre.uploads import SealedUpload

logger = logging.getLogger(__name__)


def new_cle() -> str:
    """A name in the storage, from which nothing can be learnt: 32 hexadecimal signs."""
    return secrets.token_hex(16)


def put(data: bytes, media_type: str) -> Objet:
    """Seal bytes and make them durable; the row returned is not saved yet. Raises `StorageUnavailable`."""
    key, cle = DataKey(), new_cle()
    sealer = Sealer(key)
    storage().put(cle, sealed([data], sealer))
    return row(key, cle, media_type, sealer.taille, sealer.sha256)


def put_pieces(pieces: Iterable[bytes], media_type: str) -> Objet:
    """Seal what comes piece by piece and make it durable, whatever its size; the row returned is not saved yet.

    Raises `StorageUnavailable`, or whatever making the pieces raises.
    """
    key, cle = DataKey(), new_cle()
    sealer = Sealer(key)
    storage().put_long(cle, sealed(pieces, sealer))
    return row(key, cle, media_type, sealer.taille, sealer.sha256)


def put_upload(upload: SealedUpload, media_type: str) -> Objet:
    """Make a received file durable as it is: it was sealed while it came in. The row returned is not saved yet."""
    cle = new_cle()
    storage().put_file(cle, upload.path)
    upload.close()  # a process told to stop may end before its request does, and leave it for the sweep
    return row(upload.key, cle, media_type, upload.size, upload.sha256)


def row(key: DataKey, cle: str, media_type: str, taille: int, sha256: str) -> Objet:
    wrapped, key_id = key.wrapped()
    return Objet(
        id=key.objet_id,
        cle=cle,
        taille=taille,
        sha256=sha256,
        media_type=media_type,
        wrapped_key=wrapped,
        key_id=key_id,
    )


def store(data: bytes, media_type: str) -> Objet:
    """Keep bytes: durable first, then their row. Raises `StorageUnavailable`.

    A row must point to it by a foreign key within a day: an object that nothing points to is then forgotten.
    """
    objet = put(data, media_type)
    objet.save(force_insert=True)
    return objet


def stream(objet: Objet) -> Iterator[bytes]:
    """The bytes of an object, as they are opened.

    Raises `StorageUnavailable`, `ObjectMissing`, or `SealError` when what is stored is not what was sealed.
    """
    return opened(storage().get(objet.cle), DataKey.unwrapped(objet.pk, objet.wrapped_key))


def read(objet: Objet) -> bytes:
    """All the bytes of an object; raises as `stream` does."""
    return b"".join(stream(objet))


def erase(objets: Iterable[Objet]) -> None:
    """Forget objects for good: their keys go with their rows, their bytes once that is committed."""
    cles = {objet.pk: objet.cle for objet in objets}
    Objet.objects.filter(pk__in=cles).delete()
    transaction.on_commit(partial(drop, list(cles.values())))


def drop(cles: Iterable[str]) -> None:
    """Remove bytes without a row. What the storage refuses now, the sweep of orphans removes later."""
    for cle in cles:
        try:
            storage().delete(cle)
        except StorageUnavailable as error:
            logger.warning("object %s stays in the storage until the next sweep: %s", cle, error)
