"""One e-mail for what happened since the former one: its titles, and nothing of what they say."""

from django.db import transaction
from django.utils import timezone

from enclos.avis import emails
from enclos.avis.models import Avis, Resume
from enclos.journal.actions import SYSTEM, record


@transaction.atomic
def gather(resume: Resume) -> None:
    """Write the e-mail of what nobody read meanwhile; nothing when all was read. Bears being run twice, or by two at once.

    A notice that comes during this waits for us, then opens another digest.
    """
    held = Resume.objects.select_for_update(no_key=True, of=("self",)).get(pk=resume.pk)
    if held.gathered_at is not None:
        return
    held.gathered_at = timezone.now()
    held.save(update_fields=["gathered_at"])
    rows = list(
        Avis.objects.select_for_update(no_key=True, of=("self",))
        .select_related("personne__caisse", "personne__compte")
        .filter(resume=held, read_at=None, courriel=None)
        .order_by("pk")  # which is that of their moments too
    )
    if not rows:
        return
    courriel = emails.resume(rows, key=f"avis.resume.{held.pk}", by=SYSTEM)
    Avis.objects.filter(pk__in=[row.pk for row in rows]).update(courriel=courriel)
    record("avis.resume.written", held, by=SYSTEM, avis=len(rows))
