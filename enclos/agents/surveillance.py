"""« À surveiller »: what failed or waits too long in a fund, and trying it again.

Any agent of the fund sees it and may try again: nothing of it opens a document, and what nobody sees nobody mends. What concerns
agents themselves is for those in charge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.agents.models import Alerte
from enclos.agents.papiers_en_retard import ListeEnRetard, late_lists_for
from enclos.agents.silence import Signe, signes_of
from enclos.avis.access import Injoignables, unreached
from enclos.bibliotheque.models import Notification
from enclos.bibliotheque.notifications import failed_in, posted
from enclos.caisses.models import Caisse, Service
from enclos.coffre.models import Fichier
from enclos.comptes.canaux import masked_mail
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.courrier import lettres
from enclos.courrier.access import letters_to_watch
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.envois.models import Envoi, PageEnvoyee
from enclos.journal.actions import record
from enclos.messagerie.models import Message
from enclos.socle.promesses import Promesse, restart
from enclos.suivi.access import Chiffres, figures_of, for_list, saying_hers
from enclos.suivi.controle import without_agent
from enclos.suivi.models import Affaire, Genre

SHOWN = 30
SCAN_PATIENCE = timedelta(hours=1)
MAIL_PATIENCE = timedelta(hours=4)
SEAL_PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class Panne:
    """A promise that is broken, or open for too long."""

    genre: str
    pk: str
    quoi: str
    depuis: datetime
    is_broken: bool
    raison: str
    essais: int


def sent_pages() -> "models.QuerySet[PageEnvoyee]":
    """The pages that hold a file, the first first: a document given again has several."""
    return PageEnvoyee.objects.select_related("document__envoi").order_by("pk")


def promises_of(caisse_id: int) -> dict[str, "models.QuerySet[Promesse]"]:
    """By kind, what is wrong in this fund, the oldest first: the only rows that may be shown and tried again."""
    now = timezone.now()

    def wrong(rows: "models.QuerySet[Promesse]", patience: timedelta) -> "models.QuerySet[Promesse]":
        late = Q(kept_at=None, broken_at=None, promised_at__lt=now - patience)
        return rows.filter(Q(broken_at__isnull=False) | late).order_by("promised_at", "pk")

    return {
        "analyse": wrong(
            Fichier.objects.filter(Exists(sent_pages().filter(fichier=OuterRef("pk"), document__envoi__caisse=caisse_id))
                                   | Q(piece__message__fil__caisse=caisse_id),
                                   analyse=Fichier.Analyse.EN_COURS)
            .select_related("piece__message").prefetch_related(Prefetch("pages_envoyees", sent_pages())), SCAN_PATIENCE),
        "accuse_message": wrong(Message.objects.by_members().sent().filter(fil__caisse=caisse_id), SCAN_PATIENCE),
        "accuse": wrong(Envoi.objects.filter(caisse=caisse_id, submitted_at__isnull=False), SCAN_PATIENCE),
        "cachet": wrong(Accuse.objects.filter(caisse=caisse_id), SEAL_PATIENCE),
        # Without an address, trying again changes nothing: those are counted apart.
        "courriel": wrong(Courriel.objects.filter(caisse=caisse_id).exclude(to=""), MAIL_PATIENCE),
    } | {
        model._meta.label_lower: wrong(model._default_manager.filter(**{path: caisse_id}), model.PATIENCE)
        for model, path in other_promises()
    }  # fmt: skip


# Told apart above, or of no use once late: a code that did not leave is asked for again.
TOLD_APART: tuple[type[Promesse], ...] = (Fichier, Envoi, Message, Accuse, Courriel, Texto)


@cache
def other_promises() -> "list[tuple[type[Promesse], str]]":
    """Every other promise of the house with the way from it to its fund: an app that adds one has nothing to say here."""
    return [
        (model, path)
        for model in apps.get_models()
        if issubclass(model, Promesse) and model not in TOLD_APART and (path := way_to_fund(model))
    ]


def way_to_fund(model: type[models.Model], depth: int = 2) -> str:
    """« caisse », « compte__caisse »…: the shortest path by foreign keys, "" when there is none within `depth` steps."""
    keys = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    if any(field.name == "caisse" for field in keys):
        return "caisse"
    for field in keys if depth else []:
        if isinstance(field.related_model, type) and (rest := way_to_fund(field.related_model, depth - 1)):
            return f"{field.name}__{rest}"
    return ""


def kinds_in_trouble(caisse_id: int) -> list[str]:
    """The kinds of which something is wrong: one query, whatever the number of kinds."""
    kinds = promises_of(caisse_id)
    asked = Caisse.objects.filter(pk=caisse_id).annotate(
        **{f"panne_{rang}": Exists(rows.order_by()) for rang, rows in enumerate(kinds.values())}
    )
    row = asked.values(*(f"panne_{rang}" for rang in range(len(kinds)))).first() or {}
    return [genre for rang, genre in enumerate(kinds) if row.get(f"panne_{rang}")]


def described(row: Promesse) -> str:
    """Which one it is, without a word of what the document says."""
    match row:
        case Fichier() if hasattr(row, "piece"):
            return f"Fichier du message {row.piece.message.reference}"
        case Message():
            return f"Message {row.reference}"
        case Fichier():
            page = next(iter(row.pages_envoyees.all()))
            return f"Envoi {page.document.envoi.reference}, document {page.document.rang}"
        case Envoi():
            return f"Envoi {row.reference}"
        case Accuse():
            return f"{row.get_genre_display()} {row.reference}"
        case Courriel():
            return f"« {row.subject} », à {masked_mail(row.to)}"
    return f"N° {getattr(row, 'reference', None) or str(row.pk)[:13]}"


@dataclass(frozen=True)
class Section:
    """A kind of failure."""

    titre: str
    aide: str
    pannes: Sequence[Panne]

    @property
    def is_full(self) -> bool:
        """There may be more than what is shown."""
        return len(self.pannes) == SHOWN


SECTIONS = {
    "analyse": ("Fichiers que l’antivirus n’a pas analysés", "Le document attend : personne ne peut l’ouvrir."),
    "accuse": ("Envois sans accusé de réception définitif", "L’adhérent n’a que l’accusé d’enregistrement."),
    "accuse_message": ("Messages sans accusé de réception définitif", "L’adhérent n’a que l’accusé d’enregistrement."),
    "cachet": ("Accusés sans PDF signé", "L’adhérent voit son accusé à l’écran, mais ne peut pas le télécharger."),
    "courriel": ("Courriels non remis", "L’adhérent n’a pas été prévenu. Son espace privé, lui, est à jour."),
}


def section_of(genre: str, rows: "models.QuerySet[Promesse]") -> Section:
    """A kind told apart above, or another in the words of its model."""
    pannes = [panne(genre, row) for row in rows[:SHOWN]]
    if genre in SECTIONS:
        return Section(*SECTIONS[genre], pannes)
    title = rows.model.EN_PANNE or f"Travail de fond en panne : {rows.model.__name__}"
    return Section(title, "Le travail de fond recommence seul ; relancez s’il a abandonné.", pannes)


@dataclass(frozen=True)
class Veille:
    """The whole page."""

    alertes: Sequence[Alerte]  # for those in charge alone
    signes: Sequence[Signe]  # what does not come, waits or is spent
    reclamations: Sequence[Affaire]  # past their date
    papiers: Sequence[ListeEnRetard]  # « À compléter » past their date

    sections: Sequence[Section]
    chiffres: Sequence[Chiffres]
    oubliees: Sequence[Affaire]
    sans_agent: Sequence[Affaire]
    notifications: Sequence[Notification]  # documents to post: their notice reached nobody
    lettres: Sequence[Lettre]  # whose address must be looked at, or that came back
    injoignables: Injoignables

    @property
    def is_calm(self) -> bool:
        return not (
            any(s.pannes for s in self.sections)
            or self.alertes
            or self.signes
            or self.reclamations
            or self.papiers
            or self.oubliees
            or self.sans_agent
            or self.lettres
            or self.notifications
            or self.injoignables.textos
            or any(c.en_retard for c in self.chiffres)
        )


def watched(agent: Compte) -> Veille:
    """What is wrong in the agent's fund: a few queries, and one more for each kind of promise of which some are broken.

    Who opens nothing of anybody (`Acte.ADMINISTRER` alone) sees what is broken, and no item.
    """
    services = list(Service.objects.filter(caisse=agent.caisse_id))
    sees_items = peut(agent, Acte.RECHERCHER)
    of_fund = Affaire.objects.filter(caisse=agent.caisse_id) if sees_items else Affaire.objects.none()
    kinds = promises_of(agent.caisse_id)
    sections = [section_of(genre, kinds[genre]) for genre in kinds_in_trouble(agent.caisse_id)]
    return Veille(
        alertes=alarms_for(agent),
        signes=signes_of(agent.caisse_id),
        reclamations=list(
            saying_hers(for_list(of_fund.late().filter(genre=Genre.RECLAMATION)), agent).oldest_due_first()[:SHOWN]
        ),
        papiers=late_lists_for(agent) if sees_items else [],
        sections=sections,
        chiffres=figures_of(services),
        oubliees=list(saying_hers(for_list(of_fund.forgotten()), agent).oldest_due_first()[:SHOWN]),
        sans_agent=list(
            saying_hers(for_list(without_agent().filter(caisse=agent.caisse_id)), agent).oldest_due_first()[:SHOWN]
        )
        if sees_items
        else [],
        notifications=list(failed_in(agent.caisse_id)[:SHOWN]),
        lettres=letters_to_watch(agent.caisse_id),
        injoignables=unreached(agent.caisse_id),
    )


def alarms_for(agent: Compte) -> Sequence[Alerte]:
    """What those in charge must look at; the others are told nothing of their colleagues."""
    if not peut(agent, Acte.SUPERVISER):
        return []
    rows = Alerte.objects.filter(caisse=agent.caisse_id, seen_at=None).exclude(agent=agent)
    return list(rows.order_by("created_at", "pk")[:SHOWN])


def alarm_for(agent: Compte, pk: int) -> Alerte:
    """One of those still open; raises `Http404`."""
    alerte = Alerte.objects.filter(caisse=agent.caisse_id, pk=pk).first()
    if alerte is None:
        raise Http404
    return alerte


def panne(genre: str, row: Promesse) -> Panne:
    return Panne(genre, str(row.pk), described(row), row.promised_at, row.is_broken, row.last_error, row.attempts)


@transaction.atomic
def retry(caisse: Caisse, genre: str, pk: str, *, by: Compte) -> None:
    """« Relancer »: the background worker takes it up within seconds. Raises `Http404` for what is not wrong in this fund."""
    if genre == "lettre":
        settle_letter(caisse, pk, by=by)
        return
    if genre == "notification":
        settle_notification(caisse, pk, by=by)
        return
    rows = promises_of(caisse.pk).get(genre)
    if rows is None:
        raise Http404
    try:
        row = rows.filter(pk=pk).first()
    except (ValueError, ValidationError) as error:  # not a key at all
        raise Http404 from error
    if row is None:
        raise Http404
    restart(type(row), row.pk)
    record("agents.promesse.restarted", row, by=by, genre=genre, essais=row.attempts)


def settle_notification(caisse: Caisse, pk: str, *, by: Compte) -> None:
    """The agent saw to the letter that the notice could not announce."""
    notification = next((row for row in failed_in(caisse.pk) if str(row.pk) == pk), None)
    if notification is None:
        raise Http404
    posted(notification, by=by)


def settle_letter(caisse: Caisse, pk: str, *, by: Compte) -> None:
    """Read again an address that the registry may have corrected, or say that one dealt with a letter that came back."""
    lettre = next((row for row in letters_to_watch(caisse.pk) if str(row.pk) == pk), None)
    if lettre is None:
        raise Http404
    if lettre.awaits_address:
        lettres.read_address_again(lettre, by=by)
    else:
        lettres.mark_seen(lettre, by=by)
