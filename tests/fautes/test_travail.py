"""The background work is killed anywhere, done twice at once, or finds nobody at the other end."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.parcours import code_now
from tests import maison
from tests.fautes import gestes
from tests.fautes.portail import Portail, eventually
from tests.services.clamd import Clamd
from tests.services.processus import free_port
from tests.services.smtp import Received

# In an order such that each still has something to do when its turn comes.
DEATHS = (
    ("avant", "enclos.courrier.tasks:send"),  # the mail claimed, not sent
    ("apres", "enclos.courrier.tasks:send"),  # sent, not written down
    ("avant", "enclos.accuses.tasks:keep"),  # the nudge taken, nothing claimed
    ("avant", "enclos.accuses.impression:typeset"),  # the receipt claimed
    ("avant", "enclos.accuses.impression:keep_first"),  # its bytes durable, no row
    ("apres", "enclos.accuses.impression:keep_first"),  # its row written, the promise still open
)


@dataclass
class Facteur:
    """A mail server that comes and goes on the same port, with one memory."""

    port: int = field(default_factory=free_port)
    received: Received = field(default_factory=Received)
    controller: Any = None

    def start(self) -> None:
        from aiosmtpd.controller import Controller

        self.controller = Controller(self.received, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def about(self, draft: gestes.Brouillon) -> list[str]:
        """The identifiers of the messages received about a sending."""
        return [str(one["Message-ID"]) for one in self.received.messages if draft.reference in str(one["Subject"])]


@pytest.fixture(scope="module")
def facteur() -> Iterator[Facteur]:
    made = Facteur()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def portail(installer: Callable[..., Portail], facteur: Facteur) -> Portail:
    made = installer(smtp_url=f"smtp://127.0.0.1:{facteur.port}")
    made.serve()
    return made


def pdf_count(portail: Portail, draft: gestes.Brouillon) -> int:
    return int(
        portail.value("SELECT count(*) FROM accuses_accuse WHERE reference = ? AND pdf_id IS NOT NULL", draft.reference)
    )


def is_calm(portail: Portail) -> bool:
    """No receipt, no mail is waited for any more."""
    return not any(
        portail.value(f"SELECT count(*) FROM {table} WHERE kept_at IS NULL AND broken_at IS NULL")
        for table in ("accuses_accuse", "courrier_courriel")
    )


def test_a_worker_killed_anywhere_is_followed_by_another_and_each_sending_has_one_receipt(
    portail: Portail, facteur: Facteur, tmp_path: Path
) -> None:
    drafts = [gestes.sent(portail.adherent()) for _ in range(len(DEATHS) + 1)]
    mark = tmp_path / "mort"
    for when, where in DEATHS:
        mark.touch()
        dead = portail.work(mort=[when, where, str(mark)])
        assert dead.wait(30) == -signal.SIGKILL, (when, where)
        assert not mark.exists(), (when, where)
        portail.time_passes()
    portail.work_again()
    assert eventually(lambda: is_calm(portail), patience=30)

    assert [pdf_count(portail, draft) for draft in drafts] == [1] * len(drafts)
    sealed = "SELECT count(*) FROM journal_ligne WHERE event = 'accuses.accuse.sealed'"
    assert portail.value(sealed) == len(drafts)
    assert portail.value("SELECT count(*) FROM coffre_objet WHERE media_type = 'application/pdf'") == len(drafts)
    assert all(draft.pdf().body.startswith(b"%PDF-") for draft in drafts)
    letters = [facteur.about(draft) for draft in drafts]
    assert all(len(set(ids)) == 1 for ids in letters), letters
    # The one sent and not written down came twice, and any other that a death caught at the same instant.
    assert len(drafts) < sum(len(ids) for ids in letters) <= len(drafts) + len(DEATHS), letters
    portail.check()

    # What a dead worker stored without a row, or was storing, is for the sweep once it is a day old.
    rows = {cle for (cle,) in portail.rows("SELECT cle FROM coffre_objet")}
    orphans = portail.stored() - rows
    assert orphans
    for path in (portail.folder / "coffre").rglob("*"):
        if path.name in orphans:
            os.utime(path, (0, 0))
    portail.work_again()
    assert eventually(lambda: portail.stored() == rows), portail.stored() - rows


def test_two_workers_at_once_make_one_receipt_and_one_mail_of_each(portail: Portail, facteur: Facteur) -> None:
    drafts = [gestes.sent(portail.adherent()) for _ in range(6)]
    before = portail.value("SELECT count(*) FROM coffre_objet WHERE media_type = 'application/pdf'")
    workers = [portail.work(), portail.work()]
    assert eventually(lambda: is_calm(portail), patience=30)
    assert [pdf_count(portail, draft) for draft in drafts] == [1] * 6
    assert portail.value("SELECT count(*) FROM coffre_objet WHERE media_type = 'application/pdf'") == before + 6
    assert [len(facteur.about(draft)) for draft in drafts] == [1] * 6
    assert [worker.poll() for worker in workers] == [None, None]
    portail.check()


def test_a_mail_server_away_gets_the_mail_when_it_is_back_and_its_refusals_are_seen(
    portail: Portail, facteur: Facteur
) -> None:
    facteur.stop()
    draft = gestes.sent(portail.adherent())
    portail.work()
    mail = "SELECT echec, attempts, broken_at FROM courrier_courriel WHERE cle LIKE '%' || ? || '%'"
    assert eventually(lambda: portail.rows(mail, draft.reference) == [("temporaire", 1, None)])
    assert eventually(lambda: pdf_count(portail, draft)), "the receipt does not wait for the mail"
    facteur.start()
    portail.work_again()
    assert eventually(lambda: facteur.about(draft))

    facteur.received.answers.append("550 5.7.1 jamais")
    refused = gestes.sent(portail.adherent())
    assert eventually(lambda: portail.rows(mail, refused.reference)[0][2])
    assert eventually(lambda: pdf_count(portail, refused))
    portail.stop_workers()
    told = portail.enclos("controler")
    [line] = [line for line in told.stdout.splitlines() if "Courriels qui n’ont pas pu être remis" in line]
    assert line.split()[0] == "1"
    watch = gestes.text_of(agent(portail).page("/agent/a-surveiller/"))
    assert "Courriels non remis" in watch
    assert "550" in watch
    assert refused.reference in watch


def agent(portail: Portail) -> Any:
    """An agent who gave her second factor."""
    client, who = portail.visiteur(), portail.people["agent"]
    answer = client.submit(client.page("/connexion/"), {k: who[k] for k in ("identifiant", "mot_de_passe")})
    client.submit(client.follow(answer), {"code": code_now(who["totp"])})
    return client


def test_an_antivirus_that_hangs_gives_a_registration_receipt_then_the_other_when_it_wakes(
    installer: Callable[..., Portail],
) -> None:
    clamd = Clamd.start(maison.DOSSIER / f"clamd-fautes-{maison.WORKER}")
    try:
        portail = installer(clamd=clamd.url, clamd_timeout_s="0.5")
        portail.serve()
        portail.work()
        clamd.process.send_signal(signal.SIGSTOP)
        draft = gestes.sent(portail.adherent())
        page = gestes.text_of(draft.receipt())
        assert "Nous vérifions encore vos fichiers" in page
        assert "Télécharger l’accusé d’enregistrement" in page
        received_at = portail.value("SELECT submitted_at FROM envois_envoi")
        assert portail.rows("SELECT genre FROM accuses_accuse") == [("enregistrement",)]
        assert portail.value("SELECT analyse FROM coffre_fichier") == "en_cours"

        clamd.process.send_signal(signal.SIGCONT)

        def both_are_there() -> bool:
            portail.time_passes()  # the try that was under way when it woke waits for nothing
            return bool(portail.value("SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NOT NULL") == 2)

        assert eventually(both_are_there, patience=60, pause=1)
        page = gestes.text_of(draft.receipt())
        assert "Télécharger l’accusé de réception" in page
        assert {at for (at,) in portail.rows("SELECT received_at FROM accuses_accuse")} == {received_at}
        portail.stop_workers()
        portail.check()
    finally:
        clamd.process.send_signal(signal.SIGCONT)
        clamd.stop()
