"""What makes it slow and noisy to try many registrations: counters by network, and over the whole site (standards, D2 and §2.5.4).

The first ones are seen by the visitor, and are the same for everybody. The others stand in the worker that compares the answers:
once they are full, the right answer and the wrong one lead to the post alike, and the screen says the same.
"""

import logging
from datetime import timedelta

from django.http import HttpRequest

from config.env import ENV
from enclos.comptes import compteurs
from enclos.comptes.compteurs import Rule, TooManyTries
from enclos.comptes.models import Compteur
from enclos.comptes.sources import UNKNOWN, source_of
from enclos.inscription.models import Inscription
from enclos.journal.actions import SYSTEM, record
from enclos.socle.sealed import blind_index

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at_most(count: int, window: timedelta) -> Rule:
    return Rule(window, free=count, waits=(window,), most=count)


# A whole /24, which an office or a mobile operator shares: a family, a France services counter, never a list of numbers.
BEGUN = at_most(60, HOUR)
NUMBERS = at_most(60, HOUR)
CODES = at_most(40, HOUR)
FINISHED = at_most(40, DAY)
WRONG_BY_SOURCE = at_most(20, DAY)
SITE = "inscription:faux:site"


def wrong_by_site() -> Rule:
    return at_most(most_wrong(), HOUR)


def most_wrong() -> int:
    return ENV.registration_wrong_per_hour


def let(request: HttpRequest, gesture: str, rule: Rule) -> None:
    """Count one gesture of this network. Raises `TooManyTries`."""
    digest = digest_of(request)
    if not digest:
        return
    verdict = compteurs.count_try(f"inscription:{gesture}:{digest}", rule)
    if not verdict.is_allowed:
        logger.warning("registration stopped at « %s » for the source %s", gesture, source_of(request))
        raise TooManyTries(verdict, about="depuis votre réseau")


def digest_of(request: HttpRequest) -> str:
    """What is kept of a network; empty when it is not known, since everybody would share it."""
    source = source_of(request)
    return "" if source == UNKNOWN else blind_index(f"inscription:{source}")[:64]


def may_be_compared(inscription: Inscription) -> bool:
    """Count a wrong answer before knowing whether it is one, so that fifty at once are exact; `was_right` gives it back."""
    first = compteurs.count_try(SITE, wrong_by_site())
    second = compteurs.count_try(wrong_key(inscription), WRONG_BY_SOURCE) if inscription.source else first
    if first.is_allowed and not second.is_allowed:
        compteurs.give_back(SITE)
    return first.is_allowed and second.is_allowed


def was_right(inscription: Inscription) -> None:
    compteurs.give_back(SITE)
    if inscription.source:
        compteurs.give_back(wrong_key(inscription))


def was_wrong() -> None:
    """The answer that fills the counter of the site rings, once an hour."""
    if Compteur.objects.filter(pk=SITE, nombre=most_wrong()).exists():
        logger.error("registration: %s wrong answers within an hour, the post alone until it is over", most_wrong())
        record("inscription.frein.tightened", by=SYSTEM, reponses=most_wrong())


def wrong_key(inscription: Inscription) -> str:
    return f"inscription:faux:{inscription.source[:60]}"
