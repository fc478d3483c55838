"""A real clamd: what it finds, what it cannot see, and what happens while it is away."""

import contextlib
import io
import signal
import socket
import threading
import time
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from django.utils import timezone

from enclos.coffre import actions, analyses, antivirus, objets, tasks
from enclos.coffre.actions import FileRefused
from enclos.coffre.antivirus import ScannerUnavailable
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.promesses import claim
from tests import maison
from tests.services.clamd import EICAR, MENACE, Clamd
from tests.services.processus import free_port


@pytest.fixture
def armed(coffre, reglages):
    """A vault whose antivirus is at this address."""

    def arm(url, **changes):
        reglages(clamd=url, data_dir=coffre.parent / "donnees", storage_url=f"file://{coffre}", **changes)

    return arm


@contextlib.contextmanager
def own_clamd(name, **options):
    folder = maison.DOSSIER / f"{name}-{maison.WORKER}"
    folder.mkdir(exist_ok=True)
    daemon = Clamd.start(folder, **options)
    try:
        yield daemon
    finally:
        daemon.process.send_signal(signal.SIGCONT)
        daemon.stop()


@contextlib.contextmanager
def says(answer, *, delay=0.0):
    """Somebody who is not clamd, and answers this whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            with contextlib.suppress(OSError):
                link, _ = server.accept()
                with link:
                    link.recv(65536)
                    time.sleep(delay)
                    link.sendall(answer)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.close()
        thread.join(5)


def pdf_with(attachment):
    """A PDF whose attached file is compressed: its bytes are not to be seen from outside."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.attachments["annexe.txt"] = pikepdf.AttachedFileSpec(pdf, attachment, filename="annexe.txt")  # type: ignore[call-arg]
    output = io.BytesIO()
    pdf.save(output, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert attachment not in output.getvalue()
    return output.getvalue()


def test_clean_bytes_are_clean(armed, clamd):
    armed(clamd.url)
    assert antivirus.scan(b"rien de grave" * 50_000).is_clean
    assert antivirus.scan(b"").is_clean


@pytest.mark.parametrize("danger", [EICAR, MENACE])
def test_dangerous_bytes_have_a_name(armed, clamd, danger):
    armed(clamd.url)
    verdict = antivirus.scan(b"x" * 300_000 + danger + b"x" * 10)
    assert not verdict.is_clean
    assert verdict.menace.startswith("Essai.")


def test_the_version_is_told(armed, clamd):
    armed(clamd.url)
    assert antivirus.version().text.startswith("ClamAV ")


def test_the_date_of_the_signatures_is_read(armed):
    with says(b"ClamAV 1.4.3/27793/Thu Nov 19 09:41:51 2026\0") as url:
        armed(url)
        found = antivirus.version()
    assert (found.text, found.signatures_at.isoformat()) == ("ClamAV 1.4.3", "2026-11-19T09:41:51+00:00")


@pytest.mark.parametrize("url", ["unix:/nulle/part/clamd.ctl", "tcp://127.0.0.1:{port}"])
def test_away_is_not_clean(armed, url):
    armed(url.format(port=free_port()))
    with pytest.raises(ScannerUnavailable):
        antivirus.scan(b"x")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",  # cut before its end
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\0",
        b"UNKNOWN COMMAND\0",
        b"HTTP/1.1 200 OK\r\n\r\nstream: OK\0",
    ],
)
def test_no_answer_but_the_right_one_is_clean(armed, answer):
    with says(answer) as url:
        armed(url)
        with pytest.raises(ScannerUnavailable):
            antivirus.scan(b"x")


def test_slow_is_not_clean_and_the_wait_is_bounded(armed):
    with says(b"stream: OK\0", delay=5) as url:
        armed(url, clamd_timeout_s=0.3)
        start = time.monotonic()
        with pytest.raises(ScannerUnavailable):
            antivirus.scan(b"x")
        assert time.monotonic() - start < 3


def test_over_its_limit_is_not_clean(armed):
    with own_clamd("clamd-court", stream_max="100K") as daemon:
        armed(daemon.url)
        assert antivirus.scan(b"x" * 90_000).is_clean
        for size in (150_000, 8_000_000):
            with pytest.raises(ScannerUnavailable):
                antivirus.scan(b"x" * size)


@pytest.mark.django_db
def test_a_clean_file_is_marked_clean_at_once(armed, clamd, inspecteur, recevoir, photo):
    armed(clamd.url)
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    assert fichier.analyse == Fichier.Analyse.SAIN
    assert fichier.is_kept
    assert fichier.is_safe_to_open


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make", [lambda photo: photo + EICAR, lambda photo: pdf_with(EICAR)], ids=["tail", "attachment"]
)
def test_a_dangerous_file_is_refused_by_name_and_nothing_of_it_is_kept(
    armed, clamd, inspecteur, recevoir, photo, coffre, make
):
    armed(clamd.url)
    data = make(photo)
    with pytest.raises(FileRefused) as refusal:
        actions.receive(recevoir(data, "papier"), by=SYSTEM)
    assert (refusal.value.code, refusal.value.nom) == ("fichier_dangereux", "papier")
    assert not Objet.objects.exists()
    assert [path for path in coffre.rglob("*") if path.is_file()] == []
    line = Ligne.objects.get(event="coffre.fichier.refused")
    assert line.details["menace"].startswith("Essai.")
    assert "papier" not in str(line.details)


@pytest.mark.django_db
def test_the_other_files_are_unharmed(armed, clamd, inspecteur, recevoir, photo):
    armed(clamd.url)
    with pytest.raises(FileRefused):
        actions.receive(recevoir(photo + MENACE), by=SYSTEM)
    assert actions.receive(recevoir(photo), by=SYSTEM).is_safe_to_open


@pytest.mark.django_db
def test_while_clamd_sleeps_a_file_waits_and_is_scanned_when_it_wakes(armed, inspecteur, recevoir, photo):
    with own_clamd("clamd-lent") as daemon:
        armed(daemon.url, clamd_timeout_s=0.3)
        daemon.process.send_signal(signal.SIGSTOP)
        fichier = actions.receive(recevoir(photo), by=SYSTEM)
        assert fichier.is_waiting
        assert fichier.is_readable
        assert not fichier.is_safe_to_open
        assert Fichier.objects.due().get() == fichier

        tasks.due_scans()
        fichier.refresh_from_db()
        assert fichier.is_waiting
        assert fichier.attempts == 1
        assert "ScannerUnavailable" in fichier.last_error

        daemon.process.send_signal(signal.SIGCONT)
        with time_machine.travel(timezone.now() + timedelta(seconds=90)):
            assert tasks.due_scans() == 1
    fichier.refresh_from_db()
    assert fichier.analyse == Fichier.Analyse.SAIN
    assert fichier.is_kept


@pytest.mark.django_db
def test_the_task_is_queued_with_the_file(armed, inspecteur, recevoir, photo, clamd, travailleur):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    armed(clamd.url)
    assert travailleur() == 1
    fichier.refresh_from_db()
    assert fichier.analyse == Fichier.Analyse.SAIN


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make", [lambda photo: photo + MENACE, lambda photo: pdf_with(EICAR)], ids=["tail", "attachment"]
)
def test_a_file_found_dangerous_later_is_shown_to_nobody(armed, clamd, inspecteur, recevoir, photo, make):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(make(photo)), by=SYSTEM)
    assert fichier.is_waiting
    armed(clamd.url)
    assert tasks.due_scans() == 1
    fichier.refresh_from_db()
    assert fichier.is_infected
    assert fichier.menace.startswith("Essai.")
    assert not fichier.is_readable
    assert not fichier.is_safe_to_open
    assert Ligne.objects.about(fichier).filter(event="coffre.fichier.scanned").exists()


@pytest.mark.django_db
def test_a_scan_is_never_given_up_while_the_antivirus_is_away(armed, inspecteur, recevoir, photo):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    Fichier.objects.update(attempts=400)
    tasks.due_scans()
    fichier.refresh_from_db()
    assert not fichier.is_broken
    assert fichier.next_at <= timezone.now() + timedelta(minutes=5)
    assert Fichier.objects.late(timedelta(minutes=-1)).get() == fichier


@pytest.mark.django_db
def test_a_file_that_no_longer_opens_breaks_its_promise_for_somebody_to_see(armed, clamd, inspecteur, recevoir, photo):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    storage().delete(fichier.original.cle)
    armed(clamd.url)
    tasks.due_scans()
    fichier.refresh_from_db()
    assert fichier.is_broken
    assert fichier.analyse == Fichier.Analyse.EN_COURS


@pytest.mark.django_db
def test_a_storage_away_is_a_reason_to_try_again(armed, clamd, inspecteur, recevoir, photo, monkeypatch):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    armed(clamd.url)

    def away(objet):
        raise StorageUnavailable("away")

    monkeypatch.setattr(objets, "read", away)
    tasks.due_scans()
    fichier.refresh_from_db()
    assert fichier.is_waiting
    assert not fichier.is_broken


@pytest.mark.django_db
def test_a_scan_done_twice_says_it_once(armed, clamd, inspecteur, recevoir, photo):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    armed(clamd.url)
    analyses.scan_again(fichier)
    analyses.scan_again(fichier)
    assert Ligne.objects.filter(event="coffre.fichier.scanned").count() == 1


@pytest.mark.django_db
def test_a_worker_killed_in_the_middle_of_a_scan_is_followed_by_another(armed, clamd, inspecteur, recevoir, photo):
    armed("unix:/nulle/part.ctl")
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    armed(clamd.url)
    assert claim(Fichier, fichier.pk) is not None  # its worker dies here
    assert tasks.due_scans() == 0
    with time_machine.travel(timezone.now() + Fichier.LEASE + timedelta(seconds=1)):
        assert tasks.due_scans() == 1
