"""The storage is away: when a file comes in, when a receipt is sealed, when it is downloaded. A folder, then S3."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.fautes import gestes
from tests.fautes.portail import Portail, eventually
from tests.fautes.relais import Relais
from tests.services.s3 import S3


@dataclass
class Stockage:
    """A portal, how its storage goes away and how it comes back."""

    portail: Portail
    part: Callable[[], object]
    revient: Callable[[], object]


@pytest.fixture(params=["dossier", "s3"])
def stockage(request: pytest.FixtureRequest, installer: Callable[..., Portail]) -> Iterator[Stockage]:
    if request.param == "dossier":
        portail = installer()
        here, away = portail.folder / "coffre", portail.folder / "coffre.parti"
        yield Stockage(portail, lambda: here.rename(away), lambda: away.rename(here))
        return
    s3: S3 = request.getfixturevalue("s3")
    relais = Relais(s3.port)
    portail = installer(
        storage_url=f"s3://{s3.bucket}/fautes?endpoint=http://127.0.0.1:{relais.port}",
        s3_access_key=s3.access_key,
        s3_secret_key=s3.secret_key,
    )
    yield Stockage(portail, relais.cut, relais.mend)
    portail.stop()
    relais.close()


def test_a_storage_away_is_told_to_the_member_waited_for_by_the_worker_and_found_again(stockage: Stockage) -> None:
    portail = stockage.portail
    portail.serve()
    draft, photo = gestes.ready(portail.adherent()), gestes.photo()

    stockage.part()
    told = draft.upload(photo)
    assert told.status == 422
    assert "Nous ne pouvons pas le garder pour le moment" in gestes.text_of(told)
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee") == 1
    assert portail.value("SELECT count(*) FROM coffre_fichier") == 1
    assert eventually(lambda: not portail.half_received())
    assert not (portail.folder / "coffre").exists(), "nothing is written under a disk that is not mounted"
    thumbnail = draft.client.get(gestes.first_image(draft.page()))
    assert thumbnail.status == 503
    assert "Il est bien gardé" in gestes.text_of(thumbnail)

    # Sending asks nothing of the storage: the file was durable before.
    assert draft.send().status == 302
    worker = portail.work()
    assert eventually(lambda: portail.value("SELECT last_error FROM accuses_accuse"))
    assert portail.rows("SELECT pdf_id, kept_at, broken_at FROM accuses_accuse") == [(None, None, None)]
    assert worker.poll() is None

    stockage.revient()
    portail.work_again()
    assert eventually(lambda: portail.value("SELECT pdf_id FROM accuses_accuse"))
    assert draft.pdf().body.startswith(b"%PDF-")

    stockage.part()
    told = draft.pdf()
    assert told.status == 503
    assert int(told.headers["retry-after"]) > 0
    assert "Nous ne pouvons pas afficher ce fichier pour le moment" in gestes.text_of(told)
    assert portail.enclos("controler").returncode == 1
    stockage.revient()
    assert draft.pdf().body.startswith(b"%PDF-")
    assert portail.enclos("controler").returncode == 0
