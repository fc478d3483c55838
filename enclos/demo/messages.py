"""Every message of the house, with invented people: what an e-mail, a text message or a letter says, without waiting for its day.

The messages of `exemples.py` are written by their own functions, in a transaction that is undone: what is shown here is what would leave.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

from enclos.caisses.access import default_caisse
from enclos.courrier import lisible, textos
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.courrier.papier import typeset
from enclos.demo.decor import REFERENCE, SECRET, Decor, decor
from enclos.demo.exemples import EXEMPLES, Exemple
from enclos.socle.dates import today_paris


@dataclass(frozen=True)
class Rendu:
    """What one example writes."""

    nom: str  # « envois.emails.envoi_recu »
    quand: str
    courriels: list[dict[str, str]]
    textos: list[str]


def rendered() -> list[tuple[str, list[Rendu]]]:
    """Every example as it would leave, by chapter; nothing of it stays in the database."""
    with transaction.atomic():
        d = decor()
        told = [(titre, [played(exemple, d) for exemple in exemples]) for titre, exemples in EXEMPLES]
        transaction.set_rollback(True)
    return told


def played(exemple: Exemple, d: Decor) -> Rendu:
    """One example. Each has a mobile of its own, so that the share of a number is not spent by the others."""
    d.compte.telephone = next(d.numbers)
    d.compte.save(update_fields=["telephone"])
    last = {
        model: model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in (Courriel, Texto)
    }
    exemple.geste(d)
    courriels = [
        described(row) for row in Courriel.objects.select_related("caisse").filter(pk__gt=last[Courriel]).order_by("pk")
    ]
    texts = [row.with_secret(row.text) for row in Texto.objects.filter(pk__gt=last[Texto]).order_by("pk")]
    fonction: Any = exemple.fonction
    return Rendu(f"{fonction.__module__.removeprefix('enclos.')}.{fonction.__name__}", exemple.quand, courriels, texts)  # fmt: skip


def described(row: Courriel) -> dict[str, str]:
    html = lisible.html_of(row)
    return {
        "a": row.to,
        "objet": row.subject,
        "texte": row.with_secret(row.text),
        "html": html,
        "html_lu": strip_tags(html.partition("<body")[2].partition(">")[2]).strip(),
    }


@cache
def kept(day: date, with_textos: bool) -> list[tuple[str, list[Rendu]]]:
    """Played once a day by each process: the words change with the code, the dates with the day."""
    return rendered()


LETTRES: dict[str, dict[str, Any]] = {
    Lettre.Genre.AVIS: {"nombre": 2, "depuis": "1er novembre 2026", "en_ligne": True, "accuses": []},
    Lettre.Genre.PAPIERS: {
        "demande": REFERENCE,
        "libelle": "Votre aide au logement",
        "message": "",
        "avant": "15 décembre 2026",
        "papiers": [
            {
                "rang": 1,
                "libelle": "Bail, toutes les pages",
                "personne": "Jeanne Delattre",
                "raison": "Pour recalculer votre aide.",
                "avant": "15 décembre 2026",
                "indispensable": True,
                "sinon": "Sans lui, nous ne pouvons pas calculer votre aide.",
            }
        ],
        "effet": "Votre dossier attend ce papier.",
        "base": "Code des relations entre le public et l’administration, article L114-5",
        "service": "Famille et logement",
        "retour": ["MSA Nord-Pas de Calais", "33 rue du Grand But", "59716 Lille Cedex 9"],
    },
}
AVEC_SECRET = {Lettre.Genre.MOT_DE_PASSE: SECRET, Lettre.Genre.CODE: "48392017"}


def sample_letter(genre: str) -> Lettre:
    """A letter that is not in the database. Raises `Http404` on a kind that has no sample."""
    if genre not in Lettre.Genre.values:
        raise Http404
    now = timezone.now()
    lettre = Lettre(
        cle="galerie", reference="KM7-RP4-QB2", genre=genre, caisse=default_caisse(), created_at=now,
        expire_at=now + timedelta(days=30), destinataire=["Mme Jeanne Delattre", "12 RUE DU MOULIN", "59190 HAZEBROUCK"],
        donnees=LETTRES.get(genre, {}),
    )  # fmt: skip
    lettre.seal_secret(AVEC_SECRET.get(Lettre.Genre(genre), ""))
    return lettre


@login_not_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    told = {
        "chapitres": kept(today_paris(), textos.is_configured()),
        "lettres": Lettre.Genre.choices,
        "avec_sms": textos.is_configured(),
    }
    return render(request, "demo/messages.html", told)


@login_not_required
@require_safe
def lettre(request: HttpRequest, genre: str) -> HttpResponse:
    """A letter of each kind, as the printer gets it."""
    pdf = typeset(sample_letter(genre))
    return HttpResponse(
        pdf, "application/pdf", headers={"Content-Disposition": f'inline; filename="exemple-{genre}.pdf"'}
    )
