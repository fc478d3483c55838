"""Where an account is signed in, and who tried: what a member may see, and may end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_network

from django.db import transaction
from django.utils import timezone

from enclos.comptes.models import Compte, Session
from enclos.comptes.sessions import SessionStore
from enclos.comptes.sources import UNKNOWN
from enclos.journal.actions import Actor, record
from enclos.journal.models import Ligne
from enclos.socle.dates import paris

OPENED = "comptes.session.opened"
SECOND_CODE = "second code"
# What was refused, and with what.
REFUSALS = {
    "comptes.session.refused": "mot de passe",
    "comptes.code.refused": SECOND_CODE,
    "comptes.cle.refused": "clé d’accès",
}
KEPT = timedelta(days=365)
# Lines of the journal read for a page of history, and what is shown of them: failures come in bursts, and are counted together.
LINES_READ, FACTS_SHOWN = 200, 20


# How somebody came in, as the rest of « Connecté le … ».
PAR = {
    Session.Methode.MOT_DE_PASSE: "par mot de passe",
    Session.Methode.CLE: "par clé d’accès",
    Session.Methode.FRANCECONNECT: "par FranceConnect",
    Session.Methode.FOURNISSEUR: "par votre organisme",
    Session.Methode.DEMONSTRATION: "d’un clic, dans la démonstration",
}


@dataclass
class Connexion:
    """One line of the history: a success, or the failures of one day from one network."""

    at: datetime
    is_refused: bool
    reseau: str
    methode: str = ""
    navigateur: str = ""
    fois: int = 1

    @property
    def jour(self) -> date:
        return paris(self.at).date()


@dataclass(frozen=True)
class Historique:
    """A page of it, newest first, and where the next one begins ("" at the end)."""

    faits: Sequence[Connexion]
    suite: str

    @property
    def has_refused_code(self) -> bool:
        """A second code is asked once the password was right: a refused one may mean that somebody knows it."""
        return any(fait.is_refused and fait.methode == SECOND_CODE for fait in self.faits)


def reseau(source: str) -> str:
    """« 192.0.2.••• »: enough to recognise one's own, not enough to find somebody; "" when it is not known."""
    if not source or source == UNKNOWN:
        return ""
    network = ip_network(source, strict=False)
    if network.version == 4:
        return f"{str(network.network_address).rpartition('.')[0]}.•••"
    return ":".join(f"{int(part, 16):x}" for part in network.network_address.exploded.split(":")[:3]) + ":•••"


def open_sessions_of(compte: Compte) -> Sequence[Session]:
    """Every browser signed in, the last seen first."""
    rows = Session.objects.filter(compte=compte, expire_date__gt=timezone.now())
    return list(rows.defer("session_data").order_by("-last_seen_at", "pk"))


def other_sessions_count(compte: Compte, *, but: SessionStore) -> int:
    """How many other browsers are signed in."""
    here = but.row.pk if but.row else ""
    return Session.objects.filter(compte=compte, expire_date__gt=timezone.now()).exclude(pk=here).count()


def history_of(compte: Compte, *, before: str = "") -> Historique:
    """The sign-ins and failures of twelve months; `before` is where the former page ended. One query."""
    lines = Ligne.objects.about(compte).filter(event__in=[OPENED, *REFUSALS], at__gt=timezone.now() - KEPT)
    if before.isdecimal() and len(before) < 19:
        lines = lines.filter(pk__lt=int(before))
    read = list(lines.order_by("-pk")[: LINES_READ + 1])
    facts, last = told(read[:LINES_READ])
    is_more = last is not None and last != read[-1].pk
    return Historique(facts, str(last) if is_more else "")


def told(lines: Iterable[Ligne]) -> tuple[list[Connexion], int | None]:
    """The facts that fit on a page, and the last line they tell. Failures that follow one another are one fact."""
    facts: list[Connexion] = []
    last = None
    for line in lines:
        fact = fact_of(line)
        former = facts[-1] if facts else None
        is_same = (
            former is not None
            and fact.is_refused
            and former.is_refused
            and (former.jour, former.reseau, former.methode) == (fact.jour, fact.reseau, fact.methode)
        )
        if is_same and former is not None:
            former.fois += 1
        elif len(facts) == FACTS_SHOWN:
            break
        else:
            facts.append(fact)
        last = line.pk
    return facts, last


def fact_of(line: Ligne) -> Connexion:
    details = line.details
    method = str(details.get("methode", ""))
    with_what = Session.Methode(method).label if method in Session.Methode.values else ""
    return Connexion(
        at=line.at,
        is_refused=line.event in REFUSALS,
        reseau=reseau(str(details.get("source", ""))),
        methode=REFUSALS.get(line.event, with_what),
        navigateur=str(details.get("navigateur", "")),
    )


@transaction.atomic
def close_session(compte: Compte, key: str, *, by: Actor) -> bool:
    """End one session of this account; another's, or one already ended, is left as it is. Returns whether there was one."""
    # A NUL is no text to PostgreSQL, and no key of ours.
    ended = 0 if "\0" in key else Session.objects.filter(compte=compte, pk=key).delete()[0]
    if ended:
        record("comptes.session.revoked", compte, by=by, nombre=1)
    return bool(ended)


@transaction.atomic
def close_others(compte: Compte, *, but: str, by: Actor) -> int:
    """End every session of this account but the one of the row `but`; returns how many were open."""
    others = Session.objects.filter(compte=compte).exclude(pk=but)
    is_open = others.filter(expire_date__gt=timezone.now()).count()
    others.delete()
    if is_open:
        record("comptes.session.revoked", compte, by=by, nombre=is_open)
    return is_open
