"""Where a view gets a registration from."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from enclos.comptes import codes
from enclos.comptes.models import Code
from enclos.courrier.models import Courriel
from enclos.inscription.brouillon import CODE, LIFE_FINISHED, digest
from enclos.inscription.etat import Standing, standing_of
from enclos.inscription.models import Conclusion, Inscription

__all__ = ["Standing", "standing_of"]  # for the help desk: etat.py

COOKIE = "__Host-inscription" if settings.SESSION_COOKIE_SECURE else "inscription"
LONGEST_COOKIE = 200


def give_cookie(response: HttpResponseBase, token: str) -> None:
    """What ties a browser to its registration; it opens nothing else, and no script reads it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=LIFE_FINISHED,  # the row says when it ends: a day if it is not finished
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def take_cookie(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")


def draft_of(request: HttpRequest) -> Inscription | None:
    """The registration of this browser, finished or not; None when it has none, or too old."""
    token = request.COOKIES.get(COOKIE, "")
    if not token or len(token) > LONGEST_COOKIE:
        return None
    return Inscription.objects.filter(empreinte=digest(token), expires_at__gt=timezone.now()).first()


@dataclass(frozen=True)
class Remise:
    """What became of a message: nothing to say, delayed, or never to arrive."""

    is_late: bool = False
    is_refused: bool = False

    @property
    def failed(self) -> bool:
        return self.is_late or self.is_refused


def delivery(courriel: Courriel | None) -> Remise:
    if courriel is None:
        return Remise()
    is_refused = courriel.is_broken or courriel.address_refused_at is not None
    return Remise(is_late=not is_refused and courriel.echec == Courriel.Echec.TEMPORAIRE, is_refused=is_refused)


def code_delivery(inscription: Inscription) -> Remise:
    """How the last code went."""
    code = Code.objects.filter(objet=CODE, lien=str(inscription.pk)).first()
    return delivery(Courriel.objects.filter(cle=codes.key_of(code)).first() if code else None)


def password_delivery(inscription: Inscription) -> Remise:
    """How the e-mail with the password went. Whoever gave the right answer reads that mailbox, and nobody else can learn it here."""
    cle = Conclusion.objects.filter(inscription=inscription).values_list("courriel_cle", flat=True).first()
    return delivery(Courriel.objects.filter(cle=cle).first() if cle else None)
