"""What health and metrics read of the whole portal."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.env import ENV
from enclos.coffre import antivirus, inspecteur
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.comptes.models import Compte
from enclos.socle.promesses import Promesse


def has_people() -> bool:
    """Whether somebody can sign in: in demo, the sign that its people are there."""
    return Compte.objects.exists()


def promises() -> Iterator[type[Promesse]]:
    """Every kind of promise there is."""
    return (model for model in apps.get_models() if issubclass(model, Promesse))


def dependencies() -> dict[str, str]:
    """What the portal leans on, each with « ok » or what is wrong, in one word or two."""
    state = {"base": "ok", "inspection": "ok", "antivirus": "absent"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    try:
        inspecteur.inspector().status()
    except InspectionUnavailable:
        state["inspection"] = "injoignable"
    if antivirus.is_configured():
        try:
            antivirus.version(timeout=ENV.clamd_timeout_s)
            state["antivirus"] = "ok"
        except antivirus.ScannerUnavailable:
            state["antivirus"] = "injoignable"
    return state


def gauges() -> list[tuple[str, str, dict[str, str], float]]:
    """(name, help, labels, value) read from the database at the time of asking: true whatever process answers."""
    now = timezone.now()
    oldest = DBTaskResult.objects.ready().order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    rows: list[tuple[str, str, dict[str, str], float]] = [
        ("enclos_tasks_ready", "Background tasks waiting", {}, DBTaskResult.objects.ready().count()),
        (
            "enclos_tasks_oldest_seconds",
            "Age of the oldest waiting task",
            {},
            (now - oldest).total_seconds() if oldest else 0,
        ),
    ]
    for model in sorted(promises(), key=lambda model: model._meta.label_lower):
        labels = {"kind": model._meta.label_lower}
        rows += [
            ("enclos_promises_due", "Promises whose time has come", labels, model._default_manager.filter(
                kept_at=None, broken_at=None, next_at__lte=now).count()),
            ("enclos_promises_broken", "Promises given up, which somebody must look at", labels,
             model._default_manager.exclude(broken_at=None).count()),
        ]  # fmt: skip
    return rows
