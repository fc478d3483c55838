"""What sendings still owe: the accusé de réception once the files are scanned, a word before a draft is thrown away."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from enclos.caisses.access import services_of
from enclos.envois import emails
from enclos.envois.access import whole_documents_of
from enclos.envois.accuse import issue_acknowledgement
from enclos.envois.brouillon import discard_draft
from enclos.envois.demandes import left_behind, rejoin
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PapierDemande
from enclos.envois.reponses import expire, follow
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import today_paris
from enclos.socle.promesses import keep, sweep
from enclos.socle.refusals import Refusal
from enclos.socle.requetes import walk
from enclos.suivi.actions import refuse_unread
from enclos.suivi.models import UNDO_WITHIN

REMINDER = timedelta(days=5)
DAY = timedelta(days=1)
DANGER = (
    "Notre antivirus a trouvé un danger dans ce fichier : nous ne l’avons pas gardé. Votre appareil est peut-être atteint : "
    "faites-le vérifier. Ensuite, prenez le papier en photo et envoyez la photo."
)


class StillScanning(Exception):
    """The antivirus has not answered for every file yet."""


@sweep("envois.accuses", every=3)
def acknowledge_due() -> int:
    """Give their accusé de réception to the sendings whose files are now scanned."""
    due = Envoi.objects.filter(kept_at=None, broken_at=None, next_at__lte=timezone.now()).values_list("pk", flat=True)[
        :50
    ]
    return sum(keep(Envoi, pk, acknowledge) for pk in list(due))


def acknowledge(envoi: Envoi) -> None:
    """Issue the receipt if nothing is being scanned any more; raises `StillScanning` otherwise. Bears being run twice."""
    with transaction.atomic():
        envoi = Envoi.objects.select_for_update(no_key=True, of=("self",)).get(pk=envoi.pk)
        if envoi.accuse_reception_id:
            return
        documents = whole_documents_of(envoi)
        services = services_of(envoi.caisse_id)
        issue_acknowledgement(envoi, documents, services, by=SYSTEM)
        refuse_dangerous(envoi, documents)
        envoi.save()
    if not envoi.kept_at:
        raise StillScanning


def refuse_dangerous(envoi: Envoi, documents: list[DocumentEnvoye]) -> None:
    """A document whose files are all dangerous is refused by name; the member is told, the others go on."""
    dangerous = [d for d in documents if any(page.fichier.is_infected for page in d.pages.all())]
    if not dangerous:
        return
    for document in dangerous:
        if document.affaire and all(page.fichier.is_infected for page in document.pages.all()):
            refuse_unread(document.affaire, reponse=DANGER, by=SYSTEM)
    emails.fichier_dangereux(envoi, by=SYSTEM)


@sweep("envois.brouillons", every=3600)
def tidy_drafts() -> None:
    """Warn before a draft is thrown away, then throw it away."""
    now = timezone.now()
    drafts = Envoi.objects.drafts().select_related("personne__caisse", "personne__compte", "caisse")
    for envoi in walk(drafts.filter(expires_at__lt=now + REMINDER, expires_at__gte=now)):
        emails.brouillon_bientot_efface(envoi, by=SYSTEM)
    for envoi in drafts.filter(expires_at__lt=now).order_by("expires_at")[:500]:
        with suppress(Refusal):  # sent, or thrown away, since the list was read
            discard_draft(envoi, by=SYSTEM)


def waiting_requests(first: date, last: date) -> Iterator[DemandePapiers]:
    """Requests with a paper that is waited for until one of these days."""
    due = PapierDemande.objects.filter(answered_at=None, due_on__gte=first, due_on__lte=last, demande=OuterRef("pk"))
    rows = DemandePapiers.objects.filter(Exists(due), closed_at=None).select_related(
        "personne__caisse", "personne__compte", "affaire"
    )
    return walk(rows.prefetch_related("papiers"))


@sweep("envois.rappels", every=3600)
def remind_papers() -> None:
    """A reminder some days before the date, another the day before; once each, and again for a new date."""
    today = today_paris()
    for demande in waiting_requests(today, today + REMINDER):
        # Another paper of the list may be late already: that was told on its day, and this date is still to come.
        due_on = min((papier.due_on for papier in demande.a_donner if papier.due_on >= today), default=None)
        if due_on is None:  # it came since the list was read, or it is an agent's turn to answer a word
            continue
        if due_on <= today + DAY:
            emails.papiers_demain(demande, due_on, by=SYSTEM)
        else:
            emails.papiers_bientot(demande, due_on, by=SYSTEM)


@sweep("envois.delais", every=600)
def expire_papers() -> int:
    """What was waited for in vain: the member is told, the agents get the list back the same day."""
    late = PapierDemande.objects.filter(
        answered_at=None, depasse_at=None, due_on__lt=today_paris(), demande=OuterRef("pk")
    )
    rows = DemandePapiers.objects.filter(Exists(late), closed_at=None).select_related(
        "personne__caisse", "personne__compte"
    )
    return sum(expire(demande, by=SYSTEM) for demande in list(rows.order_by("due_on", "pk")[:200]))


@sweep("envois.suites", every=30)
def follow_decisions() -> int:
    """Papers whose document was decided, or taken back, elsewhere than on its own screen; lists whose item another fund has."""
    papers = PapierDemande.objects.filter(pk=OuterRef("papier"))
    decided = Q(Exists(papers.filter(etat=PapierDemande.Etat.ENVOYE)), affaire__ended_at__isnull=False)
    lately = timezone.now() - UNDO_WITHIN - timedelta(hours=1)
    taken_back = Q(
        Exists(papers.filter(etat__in=[PapierDemande.Etat.ACCEPTE, PapierDemande.Etat.A_REFAIRE], etat_at__gte=lately)),
        affaire__ended_at=None,
        affaire__isnull=False,
    )
    found = DocumentEnvoye.objects.filter(decided | taken_back, papier__isnull=False).select_related(
        "papier__demande__personne__caisse"
    )
    rows = list(found.order_by("pk")[:200])
    for document in rows:
        follow(document, by=SYSTEM)
    return len(rows) + sum(rejoin(demande, by=SYSTEM) for demande in list(left_behind()[:200]))
