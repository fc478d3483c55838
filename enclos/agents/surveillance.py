"""« À surveiller »: what failed or waits too long in a fund, and trying it again.

Any agent of the fund sees it and may try again: nothing of it opens a document, and what nobody sees nobody mends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.avis.access import Injoignables, unreached
from enclos.caisses.models import Caisse, Service
from enclos.coffre.models import Fichier
from enclos.comptes.canaux import masked_mail
from enclos.comptes.models import Compte
from enclos.courrier import lettres
from enclos.courrier.access import letters_to_watch
from enclos.courrier.models import Courriel, Lettre
from enclos.envois.models import Envoi
from enclos.journal.actions import record
from enclos.messagerie.access import overdue_reclamations
from enclos.messagerie.models import Message
from enclos.socle.promesses import Promesse, restart
from enclos.suivi.access import Chiffres, figures_of, for_list
from enclos.suivi.controle import without_agent
from enclos.suivi.models import Affaire

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


def promises_of(caisse_id: int) -> dict[str, "models.QuerySet[Promesse]"]:
    """By kind, what is wrong in this fund, the oldest first: the only rows that may be shown and tried again."""
    now = timezone.now()

    def wrong(rows: "models.QuerySet[Promesse]", patience: timedelta) -> "models.QuerySet[Promesse]":
        late = Q(kept_at=None, broken_at=None, promised_at__lt=now - patience)
        return rows.filter(Q(broken_at__isnull=False) | late).order_by("promised_at", "pk")

    return {
        "analyse": wrong(Fichier.objects.filter(Q(page__document__envoi__caisse=caisse_id) | Q(piece__message__fil__caisse=caisse_id),
                                                analyse=Fichier.Analyse.EN_COURS)
                         .select_related("page__document__envoi", "piece__message"), SCAN_PATIENCE),
        "accuse_message": wrong(Message.objects.by_members().sent().filter(fil__caisse=caisse_id), SCAN_PATIENCE),
        "accuse": wrong(Envoi.objects.filter(caisse=caisse_id, submitted_at__isnull=False), SCAN_PATIENCE),
        "cachet": wrong(Accuse.objects.filter(caisse=caisse_id), SEAL_PATIENCE),
        # Without an address, trying again changes nothing: those are counted apart.
        "courriel": wrong(Courriel.objects.filter(caisse=caisse_id).exclude(to=""), MAIL_PATIENCE),
    }  # fmt: skip


def described(row: Promesse) -> str:
    """Which one it is, without a word of what the document says."""
    match row:
        case Fichier() if hasattr(row, "piece"):
            return f"Fichier du message {row.piece.message.reference}"
        case Message():
            return f"Message {row.reference}"
        case Fichier():
            return f"Envoi {row.page.document.envoi.reference}, document {row.page.document.rang}"
        case Envoi():
            return f"Envoi {row.reference}"
        case Accuse():
            return f"{row.get_genre_display()} {row.reference}"
        case Courriel():
            return f"« {row.subject} », à {masked_mail(row.to)}"
    raise TypeError(row)


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


@dataclass(frozen=True)
class Veille:
    """The whole page."""

    sections: Sequence[Section]
    chiffres: Sequence[Chiffres]
    oubliees: Sequence[Affaire]
    sans_agent: Sequence[Affaire]
    miens: frozenset[int]  # services of the agent: what she may open
    reclamations: Sequence[Affaire]  # that silence has refused: the law's date is past
    lettres: Sequence[Lettre]  # whose address must be looked at, or that came back
    injoignables: Injoignables

    @property
    def is_calm(self) -> bool:
        return not (
            any(s.pannes for s in self.sections)
            or self.oubliees
            or self.sans_agent
            or self.reclamations
            or self.lettres
            or self.injoignables.textos
            or any(c.en_retard for c in self.chiffres)
        )


def watched(agent: Compte) -> Veille:
    """What is wrong in the agent's fund. Fourteen queries, whatever the number of rows."""
    services = list(Service.objects.filter(caisse=agent.caisse_id))
    of_fund = Affaire.objects.filter(caisse=agent.caisse_id)
    sections = [
        Section(*SECTIONS[genre], [panne(genre, row) for row in rows[:SHOWN]])
        for genre, rows in promises_of(agent.caisse_id).items()
    ]
    return Veille(
        sections=sections,
        chiffres=figures_of(services),
        oubliees=list(for_list(of_fund.forgotten()).oldest_due_first()[:SHOWN]),
        sans_agent=list(for_list(without_agent().filter(caisse=agent.caisse_id)).oldest_due_first()[:SHOWN]),
        miens=frozenset(agent.services.values_list("pk", flat=True)),
        reclamations=list(for_list(overdue_reclamations(agent.caisse_id)).oldest_due_first()[:SHOWN]),
        lettres=letters_to_watch(agent.caisse_id),
        injoignables=unreached(agent.caisse_id),
    )


def panne(genre: str, row: Promesse) -> Panne:
    return Panne(genre, str(row.pk), described(row), row.promised_at, row.is_broken, row.last_error, row.attempts)


@transaction.atomic
def retry(caisse: Caisse, genre: str, pk: str, *, by: Compte) -> None:
    """« Relancer »: the background worker takes it up within seconds. Raises `Http404` for what is not wrong in this fund."""
    if genre == "lettre":
        settle_letter(caisse, pk, by=by)
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


def settle_letter(caisse: Caisse, pk: str, *, by: Compte) -> None:
    """Read again an address that the registry may have corrected, or say that one dealt with a letter that came back."""
    lettre = next((row for row in letters_to_watch(caisse.pk) if str(row.pk) == pk), None)
    if lettre is None:
        raise Http404
    if lettre.awaits_address:
        lettres.read_address_again(lettre, by=by)
    else:
        lettres.mark_seen(lettre, by=by)
