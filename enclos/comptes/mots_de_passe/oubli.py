"""« Mot de passe oublié ? »: a code to an address proved before, or a letter. Never the question of registration (standards, D2).

What a visitor asks for costs the same for everybody, since nothing about the account is looked at while they wait: a code that no
digits open is written, and a task is enqueued that alone finds out whether there is an account, and where its owner reads.
"""

import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.tasks import task

from enclos.comptes import appareils, canaux, codes, compteurs
from enclos.comptes.access import session_of
from enclos.comptes.actions import MINUTES, VISITOR, open_session, source_key
from enclos.comptes.compteurs import Rule, TooManyTries
from enclos.comptes.identifiants import Identifiant
from enclos.comptes.models import Compte, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.sources import source_of
from enclos.courrier.lettres import LetterAlreadyOpen
from enclos.journal.actions import SYSTEM, record
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

logger = logging.getLogger(__name__)

OBJET = "oubli"
KEPT = "oubli"  # in the visitor's session
LETTER_ASKED = "oubli_courrier"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY_IDENTIFIER = Rule(DAY, free=3, waits=tuple(timedelta(minutes=n) for n in MINUTES), most=10)
BY_SOURCE = Rule(HOUR, free=40, waits=(HOUR,), most=40)
BY_SITE = Rule(HOUR, free=600, waits=(HOUR,), most=600)
# Codes tried over the whole site: with five tries a code, a million codes are far from so few.
TRIES_BY_SOURCE = Rule(HOUR, free=40, waits=(HOUR,), most=40)
TRIES_BY_SITE = Rule(HOUR, free=300, waits=(HOUR,), most=300)
LETTERS = Rule(timedelta(days=30), free=2, waits=(timedelta(days=30),), most=2)


@dataclass(frozen=True)
class Demande:
    """What a visitor asked, as their session keeps it: nothing that says whether the account exists."""

    lien: str  # to whom the code belongs: this request alone
    empreinte: str
    nir_index: str
    moyen: str  # « courriel » or « sms », as chosen

    @property
    def identifiant(self) -> Identifiant:
        return Identifiant(empreinte=self.empreinte, nir_index=self.nir_index)


def demande_of(request: HttpRequest) -> Demande | None:
    """What this visitor asked, or None."""
    kept = session_of(request).get(KEPT)
    return Demande(**kept) if isinstance(kept, dict) else None


def count(request: HttpRequest, who: Identifiant) -> None:
    """Count one request for the identifier (or for this browser, if it signed in before), its source and the whole site.

    Raises `TooManyTries`, in the same way for everybody. A request that one of them stops is counted by none.
    """
    device = appareils.known_device(request, who)
    one = f"perdu-appareil:{blind_index(device + who.empreinte)}" if device else f"perdu:{who.empreinte}"
    rules = [(one, BY_IDENTIFIER, "pour cet identifiant")]
    if source := source_key(request):
        rules.append((f"perdu-{source}", BY_SOURCE, "depuis votre réseau"))
    rules.append(("perdu-site", BY_SITE, "en ce moment sur ce site"))
    with transaction.atomic():
        for key, rule, about in rules:
            verdict = compteurs.count_try(key, rule)
            if not verdict.is_allowed:
                if about != rules[0][2]:
                    logger.warning("forgotten passwords stopped %s (%s)", about, source_of(request))
                raise TooManyTries(verdict, about=about)


@transaction.atomic
def ask(request: HttpRequest, who: Identifiant, moyen: str) -> None:
    """Ask for a code. The same rows are written whoever it is. Raises `TooManyTries`."""
    count(request, who)
    demande = Demande(secrets.token_urlsafe(24), who.empreinte, who.nir_index, moyen)
    codes.pretend(OBJET, demande.lien)
    session_of(request)[KEPT] = asdict(demande)
    record("comptes.oubli.asked", by=VISITOR, empreinte=who.empreinte[:16], moyen=moyen, source=source_of(request))
    send_code.enqueue(**asdict(demande))


@transaction.atomic
def ask_letter(request: HttpRequest, demande: Demande) -> None:
    """Ask for a provisional password on paper. The same rows are written whoever it is. Raises `TooManyTries`."""
    count(request, demande.identifiant)
    record(
        "comptes.oubli.asked", by=VISITOR, empreinte=demande.empreinte[:16], moyen="courrier", source=source_of(request)
    )
    send_letter.enqueue(nir_index=demande.nir_index, cle=secrets.token_hex(8))
    session_of(request)[LETTER_ASKED] = True


@transaction.atomic
def send_letter_to(request: HttpRequest, compte: Compte) -> None:
    """The same, for somebody signed in by a password that proves too little for what they want to do. Raises `TooManyTries`."""
    assert compte.personne is not None
    verdict = compteurs.count_try(f"perdu-lettre:{compte.pk}", BY_IDENTIFIER)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="de lettre")
    record("comptes.oubli.asked", compte, by=compte, moyen="courrier", source=source_of(request))
    index = compte.personne.nir_index or compte.personne.nia_index or ""
    send_letter.enqueue(nir_index=index, cle=secrets.token_hex(8))
    session_of(request)[LETTER_ASKED] = True


def prove(request: HttpRequest, demande: Demande, typed: str) -> Compte:
    """The code came back: a session that gives the page of a new password, after the second factor when there is one.

    Raises `codes.WrongCode`, `codes.DeadCode` or `TooManyTries`. Outside a transaction: a try counts even when it fails.
    """
    source = source_key(request)
    keys = [(f"perdu-essai-{source}", TRIES_BY_SOURCE)] if source else []
    keys.append(("perdu-essai-site", TRIES_BY_SITE))
    with transaction.atomic():
        for key, rule in keys:
            verdict = compteurs.count_try(key, rule)
            if not verdict.is_allowed:
                raise TooManyTries(verdict, about="de code")
    codes.check(OBJET, demande.lien, typed, by=VISITOR)
    compte = member(demande.nir_index)
    if compte is None:  # closed since the code left
        raise codes.DeadCode
    with transaction.atomic():
        open_session(request, compte, attend=Session.Attente.NOUVEAU_MOT_DE_PASSE)
        record("comptes.oubli.proved", compte, by=compte, moyen=demande.moyen, source=source_of(request))
        for key, _ in keys:
            compteurs.give_back(key)
        compteurs.forget(f"perdu:{demande.empreinte}")
    return compte


def member(nir_index: str) -> Compte | None:
    """The account of a member who may sign in."""
    if not nir_index:
        return None
    compte = Identifiant(empreinte=nir_index, nir_index=nir_index).compte()
    return compte if compte is not None and compte.is_adherent and compte.may_sign_in else None


@task()
def send_code(lien: str, empreinte: str, nir_index: str, moyen: str) -> None:
    """Find out whether there is an account, and send the code where its owner proved to read; else nothing leaves."""
    compte = member(nir_index)
    if compte is None:
        return
    mail, phone = canaux.working_mail(compte), canaux.working_phone(compte)
    # One way is chosen by somebody who may not remember what they gave: the other one serves rather than none.
    by_sms = bool(phone) and (moyen == "sms" or not mail)
    if not mail and not by_sms:
        record("comptes.oubli.unreachable", compte, by=SYSTEM)
        return
    kinds: dict[str, Any] = {
        "caisse": compte.caisse,
        "concerne": compte.personne_id,
        "by": SYSTEM,
        "is_promised": True,
    }
    try:
        if by_sms:
            codes.send_by_sms(OBJET, lien, to=phone, **kinds)
        else:
            codes.send_by_mail(OBJET, lien, to=mail, **kinds)
    except Refusal as refusal:  # the address had its share: nothing more may be said to who asked
        logger.info("forgotten password: no code was sent (%s)", refusal.code)


@task()
def send_letter(nir_index: str, cle: str) -> None:
    """A provisional password by post to the address that the registry gives, if there is an account; two a month at most."""
    compte = member(nir_index)
    if compte is None or compte.personne is None:
        return
    try:
        with transaction.atomic():
            verdict = compteurs.count_try(f"perdu-lettre:{compte.pk}", LETTERS)
            if not verdict.is_allowed:
                raise TooManyTries(verdict, about="de courrier")
            provisoires.post(compte, cle=f"oubli.{compte.pk}.{cle}", by=SYSTEM)
    except (LetterAlreadyOpen, TooManyTries) as refusal:
        logger.info("forgotten password: no letter was written (%s)", refusal.code)
