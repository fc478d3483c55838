"""What reconciliation asks of the outbox: each thing left, or somebody knows that it never will."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from config.env import ENV
from enclos.courrier import budget, textos
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.socle.controle import Constat

PATIENCE = timedelta(hours=1)
# A fund exports its letters every working day: past a long week-end, nobody does.
EXPORT_PATIENCE = timedelta(days=4)
POST_PATIENCE = timedelta(days=10)


def constats() -> list[Constat]:
    """Figures of the outbox. A refused e-mail is shown, not a fault: what it announced stands in the member's space."""
    return [*mail_figures(), *text_figures(), *letter_figures()]


def mail_figures() -> list[Constat]:
    return [
        Constat("Courriels en attente", Courriel.objects.open().count(), is_fault=False),
        Constat(
            "Courriels en attente depuis plus d’une heure", Courriel.objects.late(PATIENCE).count(), is_fault=False
        ),
        Constat("Courriels qui n’ont pas pu être remis", Courriel.objects.broken().count(), is_fault=False),
    ]


def text_figures() -> list[Constat]:
    """Nothing of text messages is said where there are none."""
    if not textos.is_configured():
        return []
    day = timezone.now() - timedelta(days=1)
    return [
        Constat("SMS en attente", Texto.objects.open().count(), is_fault=False),
        Constat("SMS refusés ou abandonnés depuis un jour", Texto.objects.filter(broken_at__gte=day).count(), is_fault=False),
        Constat("Budget de SMS du jour entamé aux quatre cinquièmes", int(budget.spent_today() >= budget.warning_at(ENV.sms_per_day)), is_fault=False),
        Constat("Budget de SMS du jour atteint", int(budget.spent_today() >= ENV.sms_per_day), is_fault=True),
    ]  # fmt: skip


def letter_figures() -> list[Constat]:
    etat = Lettre.Etat
    return [
        Constat("Lettres en attente de l’imprimeur", count(etat=etat.EN_ATTENTE, closed_at=None), is_fault=False),
        Constat("Lettres que personne n’a exportées depuis plus de quatre jours", waiting().count(), is_fault=True),
        Constat("Lettres exportées depuis plus de dix jours sans preuve de dépôt", unproved().count(), is_fault=True),
        Constat("Lettres dont l’adresse est à vérifier", count(etat=etat.A_VERIFIER), is_fault=False),
        Constat("Lettres revenues ou sans adresse, que personne n’a vues", count(
            etat__in=[etat.REVENUE, etat.REFUSEE], seen_at=None), is_fault=False),
        Constat("Lettres périmées avant d’être postées", count(etat=etat.PERIMEE, seen_at=None), is_fault=False),
    ]  # fmt: skip


def count(**which: object) -> int:
    return Lettre.objects.filter(**which).count()


def waiting() -> "QuerySet[Lettre]":
    """Ready, and exported by nobody."""
    long_ago = timezone.now() - EXPORT_PATIENCE
    return Lettre.objects.filter(etat=Lettre.Etat.EN_ATTENTE, created_at__lt=long_ago, closed_at=None)


def unproved() -> "QuerySet[Lettre]":
    """Given to the printer, who never said that they were posted."""
    long_ago = timezone.now() - POST_PATIENCE
    return Lettre.objects.filter(Q(etat=Lettre.Etat.EXPORTEE), exported_at__lt=long_ago, closed_at=None)
