"""Who wants to be told what, and by which channel: ask it before writing an e-mail or a text message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce, JSONObject, Upper
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from enclos.avis.evenements import (
    CANAUX,
    COURRIEL,
    EVENEMENTS,
    PAR_CODE,
    SMS,
    Evenement,
    concerns,
    default,
    is_locked,
    is_offered,
)
from enclos.avis.models import Avis, ConseilEcarte, Preference, Rythme
from enclos.avis.texte import MONTHS_OF_NOTICE
from enclos.caisses.models import Caisse
from enclos.comptes.coordonnees.access import pending_of
from enclos.comptes.federation.fournisseurs import franceconnect
from enclos.comptes.models import Acceptation, Association, Changement, ClePasse, Compte, Session
from enclos.courrier import budget, textos
from enclos.courrier.models import CompteurTextos, Courriel, Lettre
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import add_months, paris, today_paris
from enclos.socle.requetes import Slot, Written

FRANCECONNECT, E_DOCUMENTS = "franceconnect", "e-documents"


@dataclass(frozen=True)
class Choix:
    """What is done for one event and one member: the channels, and when."""

    courriel: bool
    sms: bool  # asked for; whether one can leave is found out when it is written
    rythme: Rythme


def choix_of(compte: Compte | None, evenement: str) -> Choix:
    """How this member is told of this event: no query when the law leaves no choice, else two.

    Somebody without an account chose nothing. What the law locks is told whatever was chosen, at once and at any hour.
    Raises `KeyError` on an event nobody declared.
    """
    event = PAR_CODE[evenement]
    is_free = compte is not None and not is_locked(event, COURRIEL)
    chosen: dict[str, bool] = {}
    if compte is not None and (is_free or is_offered(event, SMS)):
        rows = Preference.objects.filter(compte=compte, evenement=evenement).order_by("canal")
        chosen = dict(rows.values_list("canal", "is_wanted"))
    rythme = rythme_of(compte) if compte is not None and is_free else Rythme()
    return Choix(
        courriel=chosen.get(COURRIEL, default(event, COURRIEL)) if is_free else default(event, COURRIEL),
        sms=is_offered(event, SMS) and chosen.get(SMS, default(event, SMS)),
        rythme=rythme,
    )


def rythme_of(compte: Compte) -> Rythme:
    """When the e-mails that can wait leave; one that is not saved says « tout de suite »."""
    return Rythme.objects.filter(compte=compte).first() or Rythme(compte=compte)


# The answers of the fund as a whole, beside the events: a member may refuse that they come electronically.
REPONSES, PAPIER = "reponses", "papier"


def refuses_electronic(compte: Compte | None) -> bool:
    """Whether this member refused to be answered electronically (CRPA L112-14): the answer itself then leaves by the post."""
    chosen = Preference.objects.filter(compte=compte, evenement=REPONSES, canal=PAPIER, is_wanted=True)
    return compte is not None and chosen.exists()


def wants(compte: Compte | None, evenement: str, canal: str) -> bool:
    """Whether this member is told of this event by this channel. Raises `KeyError` on an event nobody declared."""
    choix = choix_of(compte, evenement)
    return choix.courriel if canal == COURRIEL else choix.sms and compte is not None and can_text(compte)


def can_text(compte: Compte) -> bool:
    """Whether text messages can be chosen by this member: a verified number, and a provider.

    The budget of the day does not count: a choice stays, and what cannot leave by text message leaves by e-mail.
    """
    return has_number(compte) and textos.is_configured()


def has_number(compte: Compte) -> bool:
    """Whether the account has a number that proved to be the member's."""
    return bool(compte.telephone and compte.telephone_verifie_at)


def choices_of(compte: Compte, *, is_electronic: bool) -> dict[tuple[str, str], bool]:
    """What is done today for each event and channel offered to this kind of member; one query."""
    chosen = {
        (row.evenement, row.canal): row.is_wanted for row in Preference.objects.filter(compte=compte).order_by("pk")
    }
    return {
        (event.code, canal): chosen.get((event.code, canal), default(event, canal))
        for event in events_for(is_electronic=is_electronic)
        for canal in CANAUX
        if is_offered(event, canal) and not is_locked(event, canal)
    }


def events_for(*, is_electronic: bool) -> Sequence[Evenement]:
    """What happens to this kind of member."""
    return [event for event in EVENEMENTS if concerns(event, is_electronic=is_electronic)]


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
    return holds_on(acceptations_of(compte), on or today_paris())


def holds_on(acceptations: Sequence[Acceptation], day: date) -> bool:
    """Whether one of these yeses holds on that day."""
    return any(
        paris(row.accepted_at).date() <= day and ((end := end_of(row)) is None or day < end) for row in acceptations
    )


@dataclass(frozen=True)
class MonCompte:
    """Where everything stands, as « Mon compte » says it."""

    compte: Compte
    pending: Mapping[str, Changement]
    choices: Mapping[tuple[str, str], bool]
    rythme: Rythme
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
            "rythme__frequence",
        )
        .get()
    )
    changed = Ligne.objects.about(compte).filter(event="comptes.mot_de_passe.changed").order_by("-at", "-pk")
    end = end_of(latest) if latest else None
    return MonCompte(
        compte=compte,
        pending=pending_of(compte),
        choices=choices_of(compte, is_electronic=holds_on(acceptations, today_paris())),
        rythme=Rythme(frequence=counts[3] or Rythme.Frequence.AUSSITOT),
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
class Nouveau:
    """A notice that was not read, as the home page shows it."""

    id: UUID
    titre: str
    created_at: datetime


@dataclass(frozen=True)
class Rappels:
    """What the home page reminds of: notices not read, advice neither followed nor put aside, and mail that comes back."""

    nouveaux: Sequence[Nouveau]  # the latest
    nombre: int  # of all those not read
    par_evenement: Mapping[str, int]  # how many of them, for the events of `COMPTES`
    conseils: Sequence[Conseil]
    is_mail_refused: bool
    had_letter_back: bool  # some day: `courrier.access.returned_letter_of` says whether it still matters


SHOWN = 3
# Events that a tile of the home page counts: something that waits to be read behind it.
COMPTES: Final = ("decision", "message-repondu", "document-recu", "document-copie")


def unread() -> QuerySet[Avis]:
    """The notices that the person of the account has not read."""
    return Avis.objects.filter(personne=OuterRef("personne"), read_at=None)


def how_many(rows: QuerySet[Avis]) -> Coalesce:
    """How many of the rows of the person of the account, as one value."""
    return Coalesce(Subquery(rows.order_by().values("personne").annotate(nombre=Count("pk")).values("nombre")), 0)


def nth_unread(rank: int) -> Subquery:
    """The notice of that rank, the latest first, as one value: what both databases do alike."""
    told = JSONObject(id=Cast("id", CharField()), titre="titre", at="created_at")
    return Subquery(unread().order_by("-created_at", "-id").values(told=told)[rank : rank + 1])


# Asked by the home page each time: its SQL is kept, as that of the other questions of that page.
RAPPELS = Written(
    Compte.objects.only("pk")
    .filter(pk=Slot(Compte, "pk"))
    .annotate(
        put_aside=Exists(ConseilEcarte.objects.filter(compte=OuterRef("pk"))),
        has_accepted=Exists(
            Acceptation.objects.filter(compte=OuterRef("pk"), texte=Acceptation.Texte.E_DOCUMENTS, withdrawn_at=None)
        ),
        is_linked=Exists(Association.objects.filter(compte=OuterRef("pk"))),
        is_mail_refused=Exists(
            Courriel.objects.alias(upper=Upper("to")).filter(
                upper=Upper(Slot(Courriel, "to")), address_refused_at__gte=Slot(Courriel, "address_refused_at")
            )
        ),
        had_letter_back=Exists(Lettre.objects.filter(personne=OuterRef("personne"), returned_at__isnull=False)),
        nombre=how_many(unread()),
        **{f"compte_{rank}": how_many(unread().filter(evenement=code)) for rank, code in enumerate(COMPTES)},
        **{f"nouveau_{rank}": nth_unread(rank) for rank in range(SHOWN)},
    )
)


def rappels_of(compte: Compte) -> Rappels:
    """One query for all of it."""
    since = compte.courriel_verifie_at or compte.created_at
    row: Any = RAPPELS.first(pk=compte.pk, to=compte.courriel, address_refused_at=since)
    done = {E_DOCUMENTS: row.has_accepted, FRANCECONNECT: row.is_linked or franceconnect() is None}
    told = [getattr(row, f"nouveau_{rank}") for rank in range(SHOWN)]
    return Rappels(
        nouveaux=[Nouveau(UUID(one["id"]), one["titre"], moment_in(one["at"])) for one in told if one],
        nombre=row.nombre,
        par_evenement={code: getattr(row, f"compte_{rank}") for rank, code in enumerate(COMPTES)},
        conseils=[] if row.put_aside else [conseil for conseil in CONSEILS if not done[conseil.code]],
        is_mail_refused=row.is_mail_refused and bool(compte.courriel),
        had_letter_back=row.had_letter_back,
    )


def moment_in(text: str) -> datetime:
    """An instant that a database wrote in JSON: in UTC, with or without saying so."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def avis_for(personne: Personne, pk: UUID) -> Avis:
    """A notice of this person; 404 otherwise."""
    return get_object_or_404(Avis, personne=personne, pk=pk)


PAGE_SIZE = 20


@dataclass(frozen=True)
class Liste:
    """A page of « Mes avis », the latest first."""

    rows: Sequence[Avis]
    suite: str  # where the next page begins, "" when this is the last one
    has_new: bool


def avis_of(personne: Personne, *, before: str = "") -> Liste:
    """One page of this person's notices (keyset, no count); `before` is the key of the last one already shown."""
    rows = Avis.objects.filter(personne=personne).select_related("courriel", "texto", "resume", "relais__lettre")
    if (limit := key_in(before)) is not None:
        last = Avis.objects.filter(personne=personne, pk=limit).values_list("created_at", flat=True).first()
        if last is None:
            raise Http404
        rows = rows.filter(Q(created_at__lt=last) | Q(created_at=last, pk__lt=limit))
    found = list(rows.order_by("-created_at", "-id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    has_new = any(row.is_new for row in shown) or Avis.objects.filter(personne=personne, read_at=None).exists()
    return Liste(shown, str(shown[-1].pk) if len(found) > PAGE_SIZE else "", has_new)


def key_in(text: str) -> UUID | None:
    """The key an address names; None when it names none. Raises `Http404` on what is not a key."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@dataclass(frozen=True)
class Injoignables:
    """Whom the portal does not reach, as « À surveiller » says it."""

    sans_adresse: int  # e-mails that could not leave, the member having none
    sans_boite: int  # members whose e-mail comes back, with notices they have not read
    textos: textos.Budget | None  # of the day, once four fifths of it are gone


def unreached(caisse_id: int) -> Injoignables:
    """Of this fund; one query."""
    mine = {"caisse": OuterRef("pk")}
    without = Courriel.objects.broken().filter(**mine, to="").order_by().values("caisse")
    returned = Avis.objects.filter(
        personne__caisse=OuterRef("pk"),
        read_at=None,
        returned_at__isnull=False,
        courriel__address_refused_at__isnull=False,
    )
    spent = CompteurTextos.objects.filter(cle=budget.day_key())
    row = (
        Caisse.objects.filter(pk=caisse_id)
        .values_list(
            Coalesce(Subquery(without.annotate(n=Count("pk")).values("n")), 0),
            Coalesce(
                Subquery(
                    returned.order_by()
                    .values("personne__caisse")
                    .annotate(n=Count("personne", distinct=True))
                    .values("n")
                ),
                0,
            ),
            Coalesce(Subquery(spent.values("nombre")[:1]), 0),
        )
        .get()
    )
    return Injoignables(row[0], row[1], textos.budget_to_watch(row[2]))
