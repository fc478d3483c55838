"""The draft: begun, filled page by page, finished or thrown away. Whatever is typed is kept from the first page."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.comptes import codes
from enclos.inscription.conditions import conditions_of
from enclos.inscription.models import Conclusion, Inscription, Reponses
from enclos.inscription.parcours import Lieu, onward
from enclos.inscription.tasks import conclude_one
from enclos.journal.actions import Actor, record
from enclos.socle import sealed
from enclos.socle.refusals import Refusal

LIFE = timedelta(hours=24)
# Once finished, only the address it was sent to is kept, as long as the provisional password serves.
LIFE_FINISHED = timedelta(days=7)
CODE = "inscription"  # what the code sent by e-mail proves


def digest(token: str) -> str:
    """The key of the row for what the cookie holds: a copy of the database opens nobody's registration."""
    return hashlib.sha256(f"inscription:{token}".encode()).hexdigest()


@transaction.atomic
def begin(profil: str, source: str, *, by: Actor) -> tuple[Inscription, str]:
    """A new registration, and what its browser must hold."""
    token = secrets.token_urlsafe(32)
    inscription = Inscription.objects.create(
        empreinte=digest(token), profil=profil, source=source, expires_at=timezone.now() + LIFE
    )
    return inscription, token


def hold(inscription: Inscription) -> tuple[Inscription, Reponses]:
    """The row as it is now, held until the transaction ends, and what it says. Raises `Refusal` when it was finished in another tab."""
    row = Inscription.objects.select_for_update(no_key=True).filter(pk=inscription.pk, finished_at=None).first()
    if row is None:
        raise Refusal("Cette inscription est déjà terminée, ou trop ancienne.", code="inscription_finie")
    return row, row.reponses()


def put(row: Inscription, told: Reponses, **changed: object) -> None:
    for name, value in changed.items():
        setattr(row, name, value)
    row.seal_reponses(told)
    row.updated_at = timezone.now()
    row.save(update_fields=["reponses_sealed", "updated_at", *changed])


@transaction.atomic
def choose_profile(inscription: Inscription, profil: str, *, by: Actor) -> Inscription:
    """Another profile is another question: what was declared for the former one is forgotten."""
    row, told = hold(inscription)
    if row.profil != profil:
        told.pop("situation", None)
        told.pop("reponse", None)
    put(row, told, profil=profil)
    return row


@transaction.atomic
def give_number(inscription: Inscription, nir13: str, *, by: Actor) -> None:
    row, told = hold(inscription)
    told["nir"] = nir13
    put(row, told, nir_index=sealed.blind_index(nir13))


@transaction.atomic
def declare(inscription: Inscription, situation: str, *, by: Actor) -> None:
    """What the person has at hand; another situation is another question."""
    row, told = hold(inscription)
    if told.get("situation") != situation:
        told.pop("reponse", None)
    told["situation"] = situation
    put(row, told)


@transaction.atomic
def give_details(inscription: Inscription, details: dict[str, str], *, by: Actor) -> None:
    """Step 4. Another e-mail address is to be proved again."""
    row, told = hold(inscription)
    told["coordonnees"] = {name: value for name, value in details.items() if name != "courriel"}
    changed = set_address(row, told, details["courriel"])
    put(row, told, **changed)


def set_address(row: Inscription, told: Reponses, courriel: str) -> dict[str, object]:
    """The address becomes this one; what changes in the row."""
    if courriel == told.get("courriel", "") and not row.par_courrier:
        return {}
    told["courriel"] = courriel
    told.pop("code_demande", None)
    return {"courriel_prouve_at": None, "par_courrier": False}


@transaction.atomic
def answer(inscription: Inscription, reponse: str | int, *, by: Actor) -> None:
    """Step 5. Kept sealed, compared once by a worker, then erased; never written anywhere else."""
    row, told = hold(inscription)
    told["reponse"] = reponse
    put(row, told)


@transaction.atomic
def correct_address(inscription: Inscription, courriel: str, *, by: Actor) -> None:
    """The pencil of step 6."""
    row, told = hold(inscription)
    put(row, told, **set_address(row, told, courriel))


@transaction.atomic
def go_by_post(inscription: Inscription, *, by: Actor) -> None:
    """No address, or none that can be opened: the password will come by post."""
    row, told = hold(inscription)
    put(row, told, par_courrier=True, courriel_prouve_at=None)


@transaction.atomic
def ask_code(inscription: Inscription, *, by: Actor) -> None:
    """Send a code to the address told. Raises `TooManyTries` when too many were sent."""
    row, told = hold(inscription)
    if not told.get("courriel"):
        raise Refusal("Donnez d’abord une adresse e-mail.", code="sans_courriel", status=422)
    codes.send_by_mail(CODE, str(row.pk), to=told["courriel"], caisse=default_caisse(), by=by)
    told["code_demande"] = True
    put(row, told, par_courrier=False)


def give_code(inscription: Inscription, typed: str, *, by: Actor) -> None:
    """Prove the address. Raises `codes.WrongCode` or `codes.DeadCode`."""
    courriel = inscription.reponses().get("courriel", "")
    codes.check(CODE, str(inscription.pk), typed, by=by)
    with transaction.atomic():
        row, told = hold(inscription)
        if told.get("courriel", "") != courriel:  # the pencil of another tab: the code proved the former address
            raise codes.DeadCode
        put(row, told, courriel_prouve_at=timezone.now())


@transaction.atomic
def finish(inscription: Inscription, *, by: Actor) -> Inscription:
    """The conditions are accepted: nothing more is asked, and a worker will say what becomes of it. A second click changes nothing."""
    row = Inscription.objects.select_for_update(no_key=True).get(pk=inscription.pk)
    if row.is_finished:
        return row
    told = row.reponses()
    if onward(row, told) != Lieu.CONDITIONS:
        raise Refusal("Il manque une réponse : reprenez votre inscription.", code="inscription_incomplete")
    now = timezone.now()
    conditions = conditions_of(default_caisse())
    row.conditions_version, row.conditions_sha256, row.accepted_at = conditions.version, conditions.sha256, now
    row.finished_at = row.updated_at = now
    row.expires_at = now + LIFE_FINISHED
    row.save()
    conclusion = Conclusion.objects.create(inscription=row)
    record("inscription.inscription.finished", row, by=by, profil=row.profil, par_courrier=row.par_courrier)
    conclude_one.enqueue(conclusion.pk)
    return row


@transaction.atomic
def discard(inscription: Inscription, *, by: Actor) -> None:
    """Throw it away, with all that was typed."""
    Inscription.objects.filter(pk=inscription.pk, finished_at=None).delete()
