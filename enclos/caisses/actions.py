"""Loading a fund and the nomenclatures from TOML: the only writers of these tables."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from enclos.caisses.access import forget
from enclos.caisses.modeles import ensure_modele
from enclos.caisses.models import Agence, Caisse, Motif, Nature, Service
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.socle.contraste import check_theme
from enclos.socle.refusals import Refusal

SHIPPED = Path(__file__).parent / "donnees"


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"Le fichier {path.name} ne se lit pas : {error}", code="toml_illisible") from error


@transaction.atomic
def load_caisse(data: dict[str, Any], *, by: Actor = SYSTEM) -> Caisse:
    """Add or update a fund with its agencies and services; raises `Refusal` naming what is wrong.

    A service or agency that the file no longer names stays: items still point to it.
    """
    fields = dict(data.get("caisse", {}))
    code = fields.pop("code", "")
    if not code:
        raise Refusal("Le fichier ne donne pas de [caisse] avec son code.", code="caisse_sans_code")
    check_theme(fields.get("theme", {}))
    if fields.get("is_default"):
        Caisse.objects.exclude(code=code).update(is_default=False)
    try:
        caisse, _ = Caisse.objects.update_or_create(code=code, defaults=fields)
        caisse.full_clean()
        for agence in data.get("agences", []):
            row, _ = Agence.objects.update_or_create(caisse=caisse, code=agence.pop("code"), defaults=agence)
            row.full_clean()
        for service in data.get("services", []):
            # A service that has no address of its own is reached at the fund's: the receipt must name one.
            defaults = {"adresse": caisse.adresse, "telephone": caisse.telephone, **service}
            row_service, _ = Service.objects.update_or_create(
                caisse=caisse, code=defaults.pop("code"), defaults=defaults
            )
            row_service.full_clean()
    except (TypeError, KeyError, ValidationError) as error:
        raise Refusal(f"Caisse {code} : {error}", code="caisse_invalide") from error
    missing = set(Nature.objects.values_list("service_code", flat=True)) - set(
        caisse.services.values_list("code", flat=True)
    )
    if missing:
        raise Refusal(
            f"Caisse {code} : il manque les services {', '.join(sorted(missing))}.", code="services_manquants"
        )
    try:
        for modele in data.get("modeles", []):
            ensure_modele(caisse, **modele, by=by)
    except (TypeError, ValueError, Service.DoesNotExist) as error:
        raise Refusal(f"Caisse {code}, modèles de réponse : {error}", code="caisse_invalide") from error
    record("caisses.caisse.loaded", caisse, by=by, code=code)
    transaction.on_commit(forget)
    return caisse


@transaction.atomic
def load_nomenclatures(data: dict[str, Any]) -> None:
    """Bring natures and motives to what the file says; those it no longer names are put out of use, not deleted."""
    natures = data["natures"]
    Nature.objects.exclude(code__in=[nature["code"] for nature in natures]).update(is_active=False)
    for nature in natures:
        Nature.objects.update_or_create(code=nature["code"], defaults={"is_active": True, **nature})
    for motif in data["motifs"]:
        Motif.objects.update_or_create(code=motif["code"], defaults=motif)


def install_shipped_data() -> None:
    """What `migrate` does: nomenclatures always brought up to date, the first fund only when there is none."""
    load_nomenclatures(read_toml(SHIPPED / "nomenclatures.toml"))
    if not Caisse.objects.exists():
        load_caisse(read_toml(SHIPPED / "NPC.toml"))
