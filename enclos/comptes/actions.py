"""Coming in, going out, and who may.

Whatever is wrong with an identifier and a password, the answer, its time and its queries are the same: the number of a member is
easily guessed, whether they have an account must not be learnt.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.comptes import appareils, compteurs, jetons, totp
from enclos.comptes.access import session_of, signed_in
from enclos.comptes.compteurs import Rule, Verdict
from enclos.comptes.facteurs.access import has_second_factor
from enclos.comptes.hashers import SLOTS, on_the_side, verify
from enclos.comptes.identifiants import AGENT_SHAPE, Identifiant
from enclos.comptes.models import Compte, Role, Session, normalised
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.navigateurs import browser_of
from enclos.comptes.sources import UNKNOWN, source_of
from enclos.comptes.tasks import tell_new_device
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

logger = logging.getLogger(__name__)

TooManyTries = compteurs.TooManyTries  # others read it here

BACKEND = "enclos.comptes.backends.CompteBackend"
MOST_PASSWORD_BYTES = 128
AFTERWARDS = "ensuite"  # in a session: what it waits for once the second factor is given
BY_POST = "par-courrier"  # in a session: it was opened by what a letter held
MINUTES = (1, 2, 4, 8, 15, 30, 60)

# CNIL, délibération 2022-100: a growing delay after 5 failures, no more than 25 tries in 24 hours.
BY_IDENTIFIER = Rule(timedelta(hours=24), free=5, waits=tuple(timedelta(minutes=n) for n in MINUTES), most=25)
BY_CODE = BY_IDENTIFIER
# A whole /24: an office or a mobile operator stands behind it, so a success does not count there.
BY_SOURCE = Rule(timedelta(hours=1), free=100, waits=(timedelta(hours=1),), most=100)


@dataclass(frozen=True)
class Visitor:
    """Somebody who has not come in."""

    actor_kind: str = "visiteur"
    actor_id: str = ""
    actor_label: str = ""


VISITOR = Visitor()


class WrongCredentials(Refusal):
    """Unknown, wrong, closed or deceased: one phrase."""

    def __init__(self, verdict: Verdict, rule: Rule) -> None:
        phrase = "Identifiant ou mot de passe incorrect. Vérifiez les deux : les majuscules et les minuscules du mot de passe comptent."
        super().__init__(phrase + what_is_left(verdict, rule), code="identifiants", status=422)


class WrongCode(Refusal):
    """The second factor is not the expected one, or served already."""

    def __init__(self, verdict: Verdict, rule: Rule) -> None:
        phrase = "Ce code n’est pas le bon, ou il a déjà servi. Attendez que votre téléphone affiche le suivant."
        super().__init__(phrase + what_is_left(verdict, rule), code="code", status=422)


def what_is_left(verdict: Verdict, rule: Rule) -> str:
    """How many tries before a wait, when it comes near; known and unknown identifiers alike."""
    left = rule.free - verdict.count
    if left >= 3:
        return ""
    if left == 2:
        return " Il vous reste deux essais avant une attente."
    if left == 1:
        return " Il vous reste un essai avant une attente."
    minutes = Verdict(False, verdict.count, rule.wait_after(verdict.count)).minutes
    return f" Prochain essai dans {'une minute' if minutes == 1 else f'{minutes} minutes'}."


def sign_in(request: HttpRequest, who: Identifiant, password: str) -> Compte:
    """Open a session for the account of `who` if `password` is its own.

    A provisional password opens one page, where the member chooses theirs.
    Raises `WrongCredentials`, `TooManyTries`, `provisoires.UsedElsewhere`, or `hashers.Busy` when too many people ask at once. The
    caller remembers the device (`appareils.remember`) on its response.
    """
    # The turn comes first: who waits for it holds no connection to the database. It ends last: no more tries than turns are in
    # flight, so somebody who knows the password is never made to wait by signing in twice at once.
    with SLOTS.one():
        key, source, verdict = let_try(request, who)
        compte = who.compte()
        password = possible(password)
        essai = provisoires.tried(compte, password)
        right, outdated = verify(essai.typed, essai.encoded)
        right = right and bool(password)
        if compte is None or not (right and compte.may_sign_in):
            reason = "inconnu" if compte is None else "mot de passe" if not right else "compte fermé"
            note_refusal(request, who, compte, verdict, reason)
            raise WrongCredentials(verdict, BY_IDENTIFIER)
        if outdated and essai.provisoire is None:
            compte.password = on_the_side(lambda: make_password(password))
            compte.save(update_fields=["password"])
        with transaction.atomic():
            if essai.provisoire is None:
                open_session(request, compte)
                if compte.is_adherent and appareils.known_device(request, who) is None:
                    tell_new_device.enqueue(str(compte.pk), timezone.now().isoformat())
            else:
                used = provisoires.use(essai.provisoire, by=compte)
                compte = used.compte  # as a letter that came back leaves it
                open_session(request, compte, attend=Session.Attente.NOUVEAU_MOT_DE_PASSE)
                session_of(request)[BY_POST] = used.canal == provisoires.Canal.COURRIER
            # Last, so that others of this source do not wait for the rest; in the order of `let_try`, or two would wait for each other.
            if source:
                compteurs.give_back(source)
            compteurs.forget(key)
    return compte


def possible(password: str) -> str:
    """A password as it is kept, or nothing when it is longer than any.

    Its length is looked at first: to put the accents of a text in order takes the square of its length, seconds for what one
    request can hold.
    """
    if len(password) > 4 * MOST_PASSWORD_BYTES:
        return ""
    password = normalised(password) or ""
    return password if len(password.encode()) <= MOST_PASSWORD_BYTES else ""


def note_refusal(request: HttpRequest, who: Identifiant, compte: Compte | None, verdict: Verdict, reason: str) -> None:
    """One line in the journal, whoever it was: it must cost the same."""
    record(
        "comptes.session.refused",
        compte,
        by=VISITOR,
        motif=reason,
        essai=verdict.count,
        empreinte=who.empreinte[:16],
        source=source_of(request),
    )


def let_try(request: HttpRequest, who: Identifiant) -> tuple[str, str, Verdict]:
    """Count this try where it belongs: the browser's own counter, or those of the source and of the identifier.

    Returns the counter, that of the source if the try counts there, else "": what was not counted is not given back, or somebody
    with a browser known for their own account could try others' for ever. Raises `TooManyTries`, in the same way for everybody.
    """
    device = appareils.known_device(request, who)
    key = f"appareil:{blind_index(device + who.empreinte)}" if device else f"identifiant:{who.empreinte}"
    source = "" if device else source_key(request)
    with transaction.atomic():
        first = compteurs.count_try(source, BY_SOURCE) if source else Verdict(True, 0)
        second = compteurs.count_try(key, BY_IDENTIFIER) if first.is_allowed else first
    if not first.is_allowed:
        logger.warning("sign-in stopped for the source %s", source_of(request))
        raise TooManyTries(first, about="depuis votre réseau")
    if not second.is_allowed:
        raise TooManyTries(second, about="pour cet identifiant")
    return key, source, second


def source_key(request: HttpRequest) -> str:
    """The counter of a source; empty when it is not known, since everybody would share it."""
    source = source_of(request)
    return "" if source == UNKNOWN else f"source:{blind_index(source)}"


def open_session(
    request: HttpRequest,
    compte: Compte,
    *,
    methode: Session.Methode = Session.Methode.MOT_DE_PASSE,
    strong: bool = False,
    attend: Session.Attente = Session.Attente.RIEN,
) -> None:
    """A new session for an account already proved.

    `strong` when a second factor was given, or something as good (a passkey, FranceConnect): it counts as a fresh proof. A member
    who came by a password alone and has a second factor is asked for it first, then for what `attend` says.
    """
    session = session_of(request)
    if session.ended is not None:
        Session.objects.filter(pk=session.ended.pk).delete()
    session.flush()  # a new identifier even for somebody already signed in
    session.opened_for, session.is_strong = compte, strong
    session.prouve_at = timezone.now() if strong else None
    session.opening = {"methode": methode, "navigateur": browser_of(request), "source": source_of(request)}
    session.attend = attend
    is_half = methode == Session.Methode.MOT_DE_PASSE and not strong
    if is_half and compte.is_adherent and has_second_factor(compte):
        session.attend = Session.Attente.SECOND_FACTEUR
        session[AFTERWARDS] = attend
    login(request, compte, backend=BACKEND)
    jetons.renew(request, compte)
    session.save()
    note_opening(request, compte, methode=methode, is_begun=bool(session.attend) or (compte.is_agent and not strong))


def note_opening(request: HttpRequest, compte: Compte, *, methode: str, is_begun: bool = False) -> None:
    """What the history of sign-ins is read from."""
    record(
        "comptes.session.begun" if is_begun else "comptes.session.opened",
        compte,
        by=compte,
        source=source_of(request),
        methode=methode,
        navigateur=browser_of(request),
    )


def give_code(request: HttpRequest, compte: Compte, code: str) -> None:
    """Prove the second factor of an agent. Raises `WrongCode` or `TooManyTries`."""
    key = f"code:{compte.pk}"
    verdict = compteurs.count_try(key, BY_CODE)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="avec ce code")
    if not totp.accept(compte, code):
        record("comptes.code.refused", compte, by=compte, essai=verdict.count, source=source_of(request))
        raise WrongCode(verdict, BY_CODE)
    with transaction.atomic():
        second_factor_given(request, compte)
        compteurs.forget(key)


@transaction.atomic
def second_factor_given(request: HttpRequest, compte: Compte) -> None:
    """Whoever checked the second factor of the session that waits for it says so here: a new identifier, and in."""
    session = session_of(request)
    assert session.row is not None
    session.is_strong, session.prouve_at = True, timezone.now()
    if session.attend == Session.Attente.SECOND_FACTEUR:  # whatever else it waits for, it still does
        session.attend = session.pop(AFTERWARDS, Session.Attente.RIEN)
    session.cycle_key()
    session.save()
    note_opening(request, compte, methode=session.row.methode, is_begun=bool(session.attend))


def sign_out(request: HttpRequest) -> None:
    """End the session of this browser, here and now."""
    compte = signed_in(request)
    with transaction.atomic():
        if compte is not None:
            record("comptes.session.closed", compte, by=compte)
        ended = session_of(request).ended
        if ended is not None:
            Session.objects.filter(pk=ended.pk).delete()
            session_of(request).ended = None
        logout(request)


@transaction.atomic
def create_member(personne: Personne, password: str | None, *, by: Actor) -> Compte:
    """An account for a person of the registry, without `password` until they choose one. Raises `Refusal` when there is one."""
    if Compte.objects.filter(personne=personne).exists():
        raise Refusal(f"La personne {personne.ref} a déjà un compte.", code="doublon")
    compte = Compte(genre=Compte.Genre.ADHERENT, caisse=personne.caisse, personne=personne, courriel=personne.email)
    compte.set_password(password)
    compte.save()
    record("comptes.compte.created", compte, by=by)
    return compte


@transaction.atomic
def create_agent(
    caisse: Caisse,
    identifiant: str,
    nom: str,
    services: Iterable[Service],
    password: str | None,
    *,
    secret: bytes | None = None,
    courriel: str = "",
    role: str = Role.GESTIONNAIRE,
    by: Actor,
) -> Compte:
    """An account for an agent; its second factor is `secret`, or a new one (`totp.secret_of` gives it back).

    Raises `Refusal` when the name is taken or could be mistaken for a social-security number.
    """
    identifiant = identifiant.strip().lower()
    if not AGENT_SHAPE.fullmatch(identifiant) or sum(sign.isdigit() for sign in identifiant) > 4:
        raise Refusal(
            "Un identifiant d’agent commence par une lettre ; 3 à 60 lettres, points ou tirets, 4 chiffres au plus."
        )
    if Compte.objects.filter(identifiant=identifiant).exists():
        raise Refusal(f"L’identifiant {identifiant} est déjà pris.", code="doublon")
    compte = Compte(genre=Compte.Genre.AGENT, caisse=caisse, identifiant=identifiant, nom=nom, courriel=courriel)
    compte.role = Role(role)
    compte.set_password(password)
    compte.totp_sealed = totp.seal_secret(compte, secret or totp.new_secret())
    compte.save()
    compte.services.set(services)
    record("comptes.compte.created", compte, by=by, services=[service.code for service in services], role=compte.role)
    return compte


@transaction.atomic
def unblock(who: Identifiant, *, by: Actor) -> int:
    """Let an identifier be tried at once, known or not; returns how many counters were set to nothing."""
    compte = who.compte()
    keys = [f"identifiant:{who.empreinte}"] + ([f"code:{compte.pk}"] if compte else [])
    forgotten = compteurs.forget(*keys)
    record("comptes.compte.unblocked", compte, by=by, empreinte=who.empreinte[:16], compteurs=forgotten)
    return forgotten
