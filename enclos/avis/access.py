"""Who wants to be told what, and by which channel: ask it before writing an e-mail or a text message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from enclos.avis.evenements import CANAUX, EVENEMENTS, PAR_CODE, SMS, default, is_locked, is_offered
from enclos.avis.models import ConseilEcarte, Preference
from enclos.avis.texte import MONTHS_OF_NOTICE
from enclos.comptes.coordonnees.access import pending_of
from enclos.comptes.federation.fournisseurs import franceconnect
from enclos.comptes.models import Acceptation, Association, Changement, ClePasse, Compte, Session
from enclos.courrier import textos
from enclos.courrier.access import refusals_of
from enclos.courrier.models import Lettre
from enclos.journal.models import Ligne
from enclos.socle.dates import add_months, paris, today_paris

FRANCECONNECT, E_DOCUMENTS = "franceconnect", "e-documents"


def wants(compte: Compte | None, evenement: str, canal: str) -> bool:
    """Whether this member is told of this event by this channel. Raises `KeyError` on an event nobody declared.

    Somebody without an account chose nothing. What the law locks is told whatever was chosen.
    """
    event = PAR_CODE[evenement]
    if not is_offered(event, canal):
        return False
    if canal == SMS and (compte is None or not can_text(compte)):
        return False
    if is_locked(event, canal) or compte is None:
        return default(event, canal)
    choice = Preference.objects.filter(compte=compte, evenement=evenement, canal=canal).first()
    return default(event, canal) if choice is None else choice.is_wanted


def can_text(compte: Compte) -> bool:
    """Whether text messages can leave to this member: a verified number, and a provider."""
    return bool(compte.telephone and compte.telephone_verifie_at) and textos.is_available()


def choices_of(compte: Compte) -> dict[tuple[str, str], bool]:
    """What is done today for each event and channel offered; one query."""
    chosen = {
        (row.evenement, row.canal): row.is_wanted for row in Preference.objects.filter(compte=compte).order_by("pk")
    }
    return {
        (event.code, canal): chosen.get((event.code, canal), default(event, canal))
        for event in EVENEMENTS
        for canal in CANAUX
        if is_offered(event, canal) and not is_locked(event, canal)
    }


def acceptations_of(compte: Compte) -> Sequence[Acceptation]:
    """Every yes to electronic documents, and when it was taken back; the latest first."""
    rows = Acceptation.objects.filter(compte=compte, texte=Acceptation.Texte.E_DOCUMENTS)
    return list(rows.order_by("-accepted_at", "-pk"))


def end_of(acceptation: Acceptation) -> date | None:
    """The first day on paper after a yes was taken back; None while it holds."""
    if acceptation.withdrawn_at is None:
        return None
    return add_months(paris(acceptation.withdrawn_at).date(), MONTHS_OF_NOTICE)


def receives_electronically(compte: Compte, on: date | None = None) -> bool:
    """Whether a document made available on that day is notified by the portal rather than by the post."""
    if compte.closed_at is not None:
        return False  # closed by its holder: back to paper at once, nobody reads here any more
    day = on or today_paris()
    return any(
        paris(row.accepted_at).date() <= day and ((end := end_of(row)) is None or day < end)
        for row in acceptations_of(compte)
    )


@dataclass(frozen=True)
class MonCompte:
    """Where everything stands, as « Mon compte » says it."""

    compte: Compte
    pending: Mapping[str, Changement]
    choices: Mapping[tuple[str, str], bool]
    sessions: int
    cles: int
    associations: int
    is_franceconnect_offered: bool
    e_documents_since: datetime | None
    paper_from: date | None
    password_changed_at: datetime | None


def mon_compte_of(compte: Compte) -> MonCompte:
    """Five queries, whatever the account holds."""
    acceptations = acceptations_of(compte)
    latest = acceptations[0] if acceptations else None
    now = timezone.now()
    counts = (
        Compte.objects.filter(pk=compte.pk)
        .values_list(
            counted(Session.objects.filter(expire_date__gt=now)),
            counted(ClePasse.objects.all()),
            counted(Association.objects.all()),
        )
        .get()
    )
    changed = Ligne.objects.about(compte).filter(event="comptes.mot_de_passe.changed").order_by("-at", "-pk")
    end = end_of(latest) if latest else None
    return MonCompte(
        compte=compte,
        pending=pending_of(compte),
        choices=choices_of(compte),
        sessions=counts[0],
        cles=counts[1],
        associations=counts[2],
        is_franceconnect_offered=franceconnect() is not None,
        e_documents_since=latest.accepted_at if latest and latest.withdrawn_at is None else None,
        paper_from=end if end and end > today_paris() else None,
        password_changed_at=changed.values_list("at", flat=True).first(),
    )


def counted(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows are the account's, as a part of one query."""
    mine = rows.filter(compte=OuterRef("pk")).order_by().values("compte")
    return Coalesce(Subquery(mine.annotate(nombre=Count("pk")).values("nombre")), 0)


@dataclass(frozen=True)
class Conseil:
    """What the home page suggests, once."""

    code: str
    phrase: str
    url_name: str


CONSEILS = (
    Conseil(E_DOCUMENTS, "Recevez vos documents ici, sans attendre la poste.", "avis:e_documents"),
    Conseil(
        FRANCECONNECT, "Reliez votre compte à FranceConnect, pour vous connecter plus vite.", "comptes:franceconnect"
    ),
)


@dataclass(frozen=True)
class Rappels:
    """What the home page reminds of: the advice neither followed nor put aside, and a mailbox that sends our mail back."""

    conseils: Sequence[Conseil]
    is_mail_refused: bool
    had_letter_back: bool  # some day: `courrier.access.returned_letter_of` says whether it still matters


def rappels_of(compte: Compte) -> Rappels:
    """One query for all of it."""
    mine = {"compte": OuterRef("pk")}
    since = compte.courriel_verifie_at or compte.created_at
    accepted = Acceptation.objects.filter(**mine, texte=Acceptation.Texte.E_DOCUMENTS, withdrawn_at=None)
    returned = Lettre.objects.filter(personne=OuterRef("personne"), returned_at__isnull=False)
    put_aside, has_accepted, is_linked, is_mail_refused, had_letter_back = (
        Compte.objects.filter(pk=compte.pk)
        .values_list(
            Exists(ConseilEcarte.objects.filter(**mine)),
            Exists(accepted),
            Exists(Association.objects.filter(**mine)),
            Exists(refusals_of(compte.courriel, since)),
            Exists(returned),
        )
        .get()
    )
    done = {E_DOCUMENTS: has_accepted, FRANCECONNECT: is_linked or franceconnect() is None}
    conseils = [] if put_aside else [conseil for conseil in CONSEILS if not done[conseil.code]]
    return Rappels(conseils, is_mail_refused and bool(compte.courriel), had_letter_back)
