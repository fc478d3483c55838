"""Choosing a password, with what follows: other sessions, provisional passwords, and the notice to the member."""

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from enclos.comptes import compteurs
from enclos.comptes.access import session_of
from enclos.comptes.actions import BY_IDENTIFIER, BY_POST, note_opening, possible
from enclos.comptes.compteurs import TooManyTries
from enclos.comptes.hashers import SLOTS, on_the_side, verify
from enclos.comptes.models import Compte, Session, normalised
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.sessions import SessionStore
from enclos.comptes.sources import source_of
from enclos.comptes.tasks import tell_new_password
from enclos.journal.actions import record
from enclos.socle.refusals import Refusal


class WrongPassword(Refusal):
    """Not the account's present password."""

    def __init__(self) -> None:
        super().__init__("Ce n’est pas votre mot de passe actuel.", code="mot-de-passe", status=422)


class AlreadyChosen(Refusal):
    """Another window chose a password meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            "Votre mot de passe vient d’être choisi dans une autre fenêtre. C’est celui-là qui compte : connectez-vous avec lui.",
            code="deja-choisi",
            status=409,
        )


def is_current(compte: Compte, password: str) -> bool:
    """Whether it is the present password. One hash. Raises `hashers.Busy`."""
    if not compte.has_usable_password():
        return False
    with SLOTS.one():
        right, _ = verify(possible(password), compte.password)
    return right and bool(possible(password))


def check_current(request: HttpRequest, compte: Compte, password: str) -> None:
    """The present password, asked again before a change (ASVS 6.2.3). Raises `WrongPassword`, `TooManyTries`, `hashers.Busy`."""
    key = f"actuel:{compte.pk}"
    verdict = compteurs.count_try(key, BY_IDENTIFIER)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="avec ce mot de passe")
    if not is_current(compte, password):
        record("comptes.mot_de_passe.refused", compte, by=compte, essai=verdict.count, source=source_of(request))
        raise WrongPassword
    compteurs.forget(key)


def choose(request: HttpRequest, compte: Compte, password: str, *, by: Compte, close_others: bool = True) -> None:
    """Make `password`, which the rules accept, the account's own, from a session signed in.

    Provisional passwords die, this session gets a new identifier and opens, the other ones end, or are kept when
    `close_others` is false; the member is told by every channel. Raises `AlreadyChosen` when the session waited for a new
    password and another window was first, `hashers.Busy`.
    """
    with SLOTS.one():
        hashed = on_the_side(lambda: make_password(normalised(password)))
    session = session_of(request)
    assert session.row is not None
    with transaction.atomic():
        held = Compte.objects.select_for_update(no_key=True).only("pk", "password").get(pk=compte.pk)
        if held.password != compte.password:
            raise AlreadyChosen
        compte.password = hashed
        compte.save(update_fields=["password"])
        provisoires.kill(compte)
        provisoires.close_letter(compte, by=by)
        others = Session.objects.filter(compte=compte).exclude(pk=session.row.pk)
        if close_others:
            others.delete()
        else:
            keep_open(others, compte)
        was_waiting = session.attend == Session.Attente.NOUVEAU_MOT_DE_PASSE
        session.attend = Session.Attente.RIEN
        if session.pop(BY_POST, False):
            session.prouve_at = timezone.now()  # a letter at the right address is a proof, and some have no other
        session[HASH_SESSION_KEY] = compte.get_session_auth_hash()
        session.cycle_key()
        session.save()
        record("comptes.mot_de_passe.changed", compte, by=by, source=source_of(request), autres_fermees=close_others)
        if was_waiting:
            is_begun = compte.is_agent and not session.is_strong
            note_opening(request, compte, methode=session.row.methode, is_begun=is_begun)
        tell_new_password.enqueue(str(compte.pk), timezone.now().isoformat())


def keep_open(sessions: QuerySet[Session], compte: Compte) -> None:
    """These sessions go on with the new password: each holds a digest of the one it was opened with."""
    coder = SessionStore()
    for row in sessions:
        data = coder.decode(row.session_data)
        data[HASH_SESSION_KEY] = compte.get_session_auth_hash()
        row.session_data = coder.encode(data)
        row.save(update_fields=["session_data"])
