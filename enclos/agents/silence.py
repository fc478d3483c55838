"""When nothing happens, or something waits that nobody sees: the signs read on « À surveiller », and the alarm that comes by itself.

A portal that receives nothing looks like a quiet day. So what should come is expected: sendings, decisions, the registry's drop, the
worker's own beat. Beyond the working hours that the fund has set, somebody is told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from config.env import ENV
from enclos.agents.models import Battement
from enclos.caisses.models import Caisse
from enclos.courrier.budget import day_key
from enclos.courrier.models import CompteurTextos, Lettre, Texto
from enclos.courrier.textos import is_configured
from enclos.envois.controle import without_anybody
from enclos.registre.models import Depot
from enclos.socle.dates import jour, paris
from enclos.socle.jours_ouvres import working_hours_between
from enclos.suivi.models import Affaire

LETTERS_PATIENCE_H = 20.0  # working hours that a letter waits for its printer
TEXTS_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class Signe:
    """Something that should have come and has not, or waits."""

    quoi: str  # a key, for the alarm
    titre: str
    detail: str
    is_alarm: bool = True  # somebody is written to


def beat() -> None:
    """The worker is alive."""
    Battement.objects.update_or_create(cle=Battement.TRAVAIL, defaults={"at": timezone.now()})


def first(rows: "QuerySet[Any]", field: str) -> Subquery:
    """One value of the first row."""
    return Subquery(rows.values(field)[:1])


def count(rows: "QuerySet[Any]") -> Coalesce:
    """How many rows, 0 for none."""
    return Coalesce(Subquery(rows.order_by().values("caisse").annotate(n=Count("pk")).values("n")), 0)


def state_of(caisse_id: int) -> dict[str, Any]:
    """All that the signs are read from, in one query: each part is the end of an index."""
    of_fund = Affaire.objects.filter(caisse=OuterRef("pk"))
    depots = Depot.objects.order_by("-started_at")
    letters = Lettre.objects.filter(caisse=OuterRef("pk"), etat=Lettre.Etat.EN_ATTENTE)
    row = Caisse.objects.filter(pk=caisse_id).annotate(
        recu=first(of_fund.order_by("-received_at"), "received_at"),
        decide=first(of_fund.filter(ended_at__isnull=False).order_by("-ended_at"), "ended_at"),
        travail=first(Battement.objects.filter(cle=Battement.TRAVAIL), "at"),
        depot=first(depots, "started_at"),
        depot_fini=first(depots, "ended_at"),
        depot_lignes=first(depots, "lignes"),
        depot_rejets=first(depots, "rejets"),
        ouvertes=Exists(Affaire.objects.open().filter(caisse=OuterRef("pk"))),
        lettre=first(letters.order_by("created_at"), "created_at"),
        papier=first(without_anybody().filter(demande__caisse=OuterRef("pk")).order_by("due_on"), "due_on"),
        textos_rompus=count(
            Texto.objects.filter(caisse=OuterRef("pk"), broken_at__gte=timezone.now() - TEXTS_SINCE)
        ),
        textos=first(CompteurTextos.objects.filter(cle=day_key()), "nombre"),
    )  # fmt: skip
    names = ("recu", "decide", "travail", "depot", "depot_fini", "depot_lignes", "depot_rejets", "ouvertes", "lettre",
             "papier", "textos_rompus", "textos")  # fmt: skip
    return row.values(*names).first() or {}


def hours_since(moment: datetime, now: datetime) -> float:
    """Working hours from then to now, in Paris; a month or more is told as endless."""
    if now - moment > timedelta(days=31):
        return float("inf")
    return working_hours_between(paris(moment), paris(now))


def is_over(moment: datetime | None, hours: float, now: datetime) -> bool:
    """Whether so many working hours have passed; never when none are set, or when nothing ever came."""
    return bool(hours) and moment is not None and hours_since(moment, now) > hours


def depuis(moment: datetime) -> str:
    """« depuis le 3 novembre 2026 »."""
    return f"depuis le {jour(paris(moment).date())}"


def signes_of(caisse_id: int) -> list[Signe]:
    """What does not come, or waits, in this fund."""
    now, seen = timezone.now(), state_of(caisse_id)
    found: list[Signe] = []
    beat_at = seen.get("travail")
    if ENV.silence_worker_min and beat_at and now - beat_at > timedelta(minutes=ENV.silence_worker_min):
        found.append(Signe("travail", "Le travail de fond ne tourne plus", f"Rien ne part {depuis(beat_at)} : ni courriel, ni accusé, ni lettre. Relancez « enclos worker »."))  # fmt: skip
    if is_over(seen.get("recu"), ENV.silence_sending_h, now):
        found.append(Signe("envois", "Aucun envoi n’arrive plus", f"Rien n’a été reçu {depuis(seen['recu'])}. Vérifiez qu’un adhérent peut envoyer un document."))  # fmt: skip
    # Nothing to decide is not a silence.
    if seen.get("ouvertes") and is_over(seen.get("decide") or seen.get("recu"), ENV.silence_decision_h, now):
        found.append(Signe("decisions", "Plus aucune décision", f"Aucun document n’a été traité {depuis(seen['decide'] or seen['recu'])}, alors que des documents attendent."))  # fmt: skip
    found += signs_of_drops(seen, now)
    if late := seen.get("papier"):
        found.append(Signe("papiers", "Des papiers indispensables ne viennent pas, et personne ne s’en occupe", f"Le plus ancien était attendu avant le {jour(late)}. Elles sont dans « À surveiller », sous « À compléter »."))  # fmt: skip
    if is_over(seen.get("lettre"), LETTERS_PATIENCE_H, now):
        found.append(Signe("lettres", "Des lettres attendent l’imprimeur", f"La plus ancienne attend {depuis(seen['lettre'])}. Lancez « enclos courriers-exporter »."))  # fmt: skip
    if is_configured() and (seen.get("textos") or 0) >= ENV.sms_per_day:
        found.append(Signe("sms-budget", "Le budget de SMS du jour est dépensé", f"{seen['textos']} SMS sur {ENV.sms_per_day} aujourd’hui."))  # fmt: skip
    if broken := seen.get("textos_rompus"):
        found.append(Signe("sms", "Des SMS n’ont pas pu partir", f"{broken} en sept jours. Un code arrivé trop tard ne sert plus : l’adhérent en a demandé un autre.", is_alarm=False))  # fmt: skip
    return found


def signs_of_drops(seen: dict[str, Any], now: datetime) -> list[Signe]:
    """The registry's drop: late, cut in the middle, or full of rejects."""
    started, ended = seen.get("depot"), seen.get("depot_fini")
    if started is None:
        return []
    if is_over(started, ENV.silence_import_h, now):
        return [Signe("depot", "Le dépôt du registre ne vient plus", f"Rien n’a été importé {depuis(started)} : les adresses et les paiements vieillissent.")]  # fmt: skip
    if ended is None:
        if now - started > timedelta(hours=2):
            return [Signe("depot", "La dernière importation n’a pas fini", f"Commencée {depuis(started)}, coupée en route. Relancez « enclos importer » : elle reprend où elle en était.")]  # fmt: skip
        return []
    rejets, lignes = seen.get("depot_rejets") or 0, seen.get("depot_lignes") or 0
    if rejets:
        some = "ligne refusée" if rejets == 1 else "lignes refusées"
        return [Signe("rejets", "La dernière importation a refusé des lignes", f"{rejets} {some} sur {lignes}, le {jour(paris(ended).date())} : le détail est dans rejets.csv.", is_alarm=rejets * 20 > lignes)]  # fmt: skip
    return []
