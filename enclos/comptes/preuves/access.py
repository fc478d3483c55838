"""Whether somebody proved lately that they are who signed in, and by which means they may."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import wraps
from typing import Concatenate
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from enclos.comptes import canaux, reprises
from enclos.comptes.access import session_of, signed_in
from enclos.comptes.facteurs.access import has_second_factor
from enclos.comptes.models import Compte

FRESH = timedelta(minutes=10)


class Moyen(Enum):
    """How an account may prove itself."""

    FACTEUR = "facteur"
    COURRIEL = "courriel"
    SMS = "sms"
    LETTRE = "lettre"


@dataclass(frozen=True)
class Voie:
    """The means, where a code would go, and how much of it is shown."""

    moyen: Moyen
    to: str = ""
    shown: str = ""

    @property
    def is_code(self) -> bool:
        return self.moyen in {Moyen.COURRIEL, Moyen.SMS}

    @property
    def is_facteur(self) -> bool:
        return self.moyen is Moyen.FACTEUR

    @property
    def is_lettre(self) -> bool:
        return self.moyen is Moyen.LETTRE

    @property
    def is_sms(self) -> bool:
        return self.moyen is Moyen.SMS


def voie_of(compte: Compte) -> Voie:
    """The second factor when there is one, else a code by e-mail, else by text message; else the letter.

    Whoever has a second factor is asked for it: a mailbox must not stand in for what the member added to it.
    """
    if has_second_factor(compte):
        return Voie(Moyen.FACTEUR)
    if address := canaux.working_mail(compte):
        return Voie(Moyen.COURRIEL, address, canaux.masked_mail(address))
    if number := canaux.working_phone(compte):
        return Voie(Moyen.SMS, number, canaux.masked_phone(number))
    return Voie(Moyen.LETTRE)


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session gave a proof in the last ten minutes."""
    proved_at = session_of(request).prouve_at
    return proved_at is not None and timezone.now() - proved_at < FRESH


def preuve_fraiche[R: HttpRequest, **P](
    view: Callable[Concatenate[R, P], HttpResponseBase],
) -> Callable[Concatenate[R, P], HttpResponseBase]:
    """A sensitive act: asks for a fresh proof, then comes back. Below `@pour_adherent` or `@pour_agent`.

    A form that arrives too late is kept, passwords and files excepted, and offered again once the proof is given.
    """

    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        where = f"{reverse('comptes:preuve')}?{urlencode({'suite': request.get_full_path()})}"
        if not reprises.is_page(request):
            return HttpResponse(status=401, headers={"HX-Redirect": where})
        compte = signed_in(request)
        if compte is not None and (kept := reprises.put_away(request, compte)):
            session_of(request)["reprise"] = kept
        return HttpResponseRedirect(where, status=303 if request.method == "POST" else 302)

    return guarded
