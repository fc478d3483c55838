"""What reconciliation asks of messages: each has its receipt, each open thread somebody in charge or an end."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.socle.controle import Constat
from enclos.suivi.models import Affaire, Genre

SCAN_PATIENCE = timedelta(hours=1)


def constats() -> list[Constat]:
    """Figures of messages, the faults among them."""
    now = timezone.now()
    sent = Message.objects.by_members().sent()
    without = sent.filter(accuse_reception=None, accuse_enregistrement=None)
    late = Affaire.objects.late().filter(genre__in=[Genre.MESSAGE, Genre.RECLAMATION])
    stray = sent.filter(Q(affaire=None) | ~Q(affaire__personne=F("fil__personne")))
    written = Message.objects.by_members().sent().filter(fil=OuterRef("pk"))
    nobody = Fil.objects.active().filter(Exists(written.order_by()), affaire=None)
    return [
        Constat("Messages reçus", sent.count(), is_fault=False),
        Constat("Messages non envoyés", Message.objects.by_members().drafts().count(), is_fault=False),
        Constat("Réponses après la date promise", late.count(), is_fault=False),
        Constat("Messages sans aucun accusé", without.count(), is_fault=True),
        Constat(
            "Messages enregistrés dont l’analyse dure depuis plus d’une heure",
            sent.filter(kept_at=None, sent_at__lt=now - SCAN_PATIENCE).count(),
            is_fault=True,
        ),
        Constat("Messages dont l’accusé est abandonné", sent.broken().count(), is_fault=True),
        Constat("Messages que personne ne suit, ou suivis pour une autre personne", stray.count(), is_fault=True),
        Constat("Échanges ouverts sans personne en charge", nobody.count(), is_fault=True),
        Constat("Sujets de message sans service dans une caisse", len(subjects_without_team()), is_fault=True),
    ]


def subjects_without_team() -> list[tuple[str, str]]:
    """(fund, subject) for each subject whose team a fund does not have: another team answers meanwhile."""
    teams = set(Service.objects.values_list("caisse__code", "code").order_by())
    wanted = set(Sujet.objects.filter(is_active=True).values_list("code", "service_code").order_by())
    funds = Caisse.objects.values_list("code", flat=True).order_by()
    return [(fund, code) for fund in funds for code, team in wanted if (fund, team) not in teams]
