"""The clock goes over midnight, and over the change of hour, while a file comes in: the date of receipt is that of the commit."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from enclos.accuses.models import Accuse
from enclos.coffre.uploads import SealedUpload, SealingUploadHandler
from enclos.suivi.models import Affaire
from tests.conftest import Acteur
from tests.envois.conftest import Parcours, texte

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]
PARIS = ZoneInfo("Europe/Paris")

# When the upload begins, how long it and the reading of the summary last, what the receipt then says.
NIGHTS = {
    "midnight": (
        datetime(2026, 11, 21, 23, 59, 58, tzinfo=PARIS),
        "dimanche 22 novembre 2026 à 0 h 00 min 03 s (heure de Paris)",
    ),
    "midnight, the night that ends with the winter hour": (
        datetime(2026, 10, 24, 23, 59, 58, tzinfo=PARIS),
        "dimanche 25 octobre 2026 à 0 h 00 min 03 s (heure de Paris)",
    ),
    "three o’clock becomes two": (
        datetime(2026, 10, 25, 0, 59, 58, tzinfo=UTC),
        "dimanche 25 octobre 2026 à 2 h 00 min 03 s (heure de Paris, heure d’hiver)",
    ),
    "two o’clock becomes three": (
        datetime(2027, 3, 28, 0, 59, 58, tzinfo=UTC),
        "dimanche 28 mars 2027 à 3 h 00 min 03 s (heure de Paris)",
    ),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_the_date_of_receipt_is_that_of_the_commit_whatever_the_clock_goes_over(
    adherente: Acteur, night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, said = NIGHTS[night]
    complete = SealingUploadHandler.file_complete
    with time_machine.travel(begun - timedelta(seconds=30), tick=False) as clock:
        adherente.force_login(adherente.compte)
        parcours = Parcours(adherente).commence().annonce(1).decrit(1)
        clock.move_to(begun)

        def its_last_bytes_come_late(handler: SealingUploadHandler, size: int) -> SealedUpload:
            clock.shift(5)
            return complete(handler, size)

        monkeypatch.setattr(SealingUploadHandler, "file_complete", its_last_bytes_come_late)
        assert parcours.ajoute(1).status_code == 302
        assert parcours.envoie().status_code == 302
        page = texte(adherente.get(parcours.url("accuse")))
    envoi, accuse = parcours.envoi, Accuse.objects.get()
    assert envoi.submitted_at == begun.astimezone(UTC) + timedelta(seconds=5)
    assert accuse.received_at == Affaire.objects.get().received_at == envoi.submitted_at
    assert said in page
