"""A large drop, in a process of its own: flat memory, and a kill in the middle that the next run makes good."""

import csv
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from enclos.demo.nir import synthetic_nir
from tests.api.depots import HEADERS, USUAL
from tests.api.installations import Installation

PEOPLE = 60_000
MEMORY_MAX_MB = 150


@dataclass
class Grand:
    installation: Installation
    folder: Path
    after_kill: int  # people in the registry once the first run was killed

    def measured(self, folder: Path) -> tuple[str, float]:
        """Import for real: what was printed, and the most memory it held, in MB."""
        process = self.installation.start("importer", str(folder), "--pour-de-vrai")
        most = 0.0
        # Not `ru_maxrss`: it remembers the weight of the process that forked, which is this whole suite.
        here = Path(f"/proc/{process.pid}")
        while process.poll() is None:
            # Between its birth and its first instruction, a process weighs what the one that forked it weighs.
            is_begun = b"importer" in (here / "cmdline").read_bytes()
            if is_begun and (found := re.search(r"VmHWM:\s+(\d+) kB", (here / "status").read_text())):
                most = max(most, int(found[1]) / 1024)
            time.sleep(0.02)
        said, _ = process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode(), most


def write_people(folder: Path, count: int) -> Path:
    folder.mkdir()
    header = HEADERS["personnes.csv"].split(",")
    with (folder / "personnes.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        for number in range(count):
            writer.writerow(
                USUAL["personnes.csv"]
                | {"ref": f"G{number:07d}", "nir": synthetic_nir(number), "vitale_serie": f"{number}"}
            )
    return folder


@pytest.fixture(scope="module")
def grand(tmp_path_factory: pytest.TempPathFactory) -> Grand:
    """An installation whose import was killed once it had begun to write."""
    folder = tmp_path_factory.mktemp("grand")
    installation = Installation.make(folder)
    drop = write_people(folder / "depot", PEOPLE)
    process = installation.start("importer", str(drop), "--pour-de-vrai")
    while process.poll() is None and not installation.count("registre_personne"):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return Grand(installation, drop, installation.count("registre_personne"))


def test_a_killed_import_leaves_whole_batches_and_the_next_run_does_the_rest_in_flat_memory(grand, tmp_path):
    assert 0 < grand.after_kill < PEOPLE
    small, floor = grand.measured(write_people(tmp_path / "petit", 10))
    assert "importation faite" in small.lower()
    said, most = grand.measured(grand.folder)
    assert grand.installation.count("registre_personne") == PEOPLE
    line = next(line for line in said.splitlines() if line.startswith("personnes.csv")).split()
    assert int(line[1]) == PEOPLE - max(grand.after_kill, 10)
    assert most < MEMORY_MAX_MB
    assert most - floor < 60, (floor, most)
    again, _ = grand.measured(grand.folder)
    assert f"{PEOPLE:>12}" in again
    assert int(again.splitlines()[2].split()[3]) == PEOPLE


def test_readers_say_what_one_process_would(grand, tmp_path):
    drop = write_people(tmp_path / "depot", PEOPLE)
    lines = (drop / "personnes.csv").read_text().splitlines(keepends=True)
    lines[1001] = lines[1001].replace("NPC", "ZZZ")
    lines[PEOPLE - 5] = '"G0\n' + lines[PEOPLE - 5].split(",")[1]
    whole = lines[: PEOPLE - 5]
    (drop / "personnes.csv").write_text("".join(whole))
    grand.installation.run("importer", str(drop), expect=3)
    with (drop / "rejets.csv").open(newline="") as stream:
        assert [(row["ligne"], row["colonne"]) for row in csv.DictReader(stream)] == [("1002", "caisse")]

    (drop / "personnes.csv").write_text("".join(lines))
    grand.installation.run("importer", str(drop), "--pour-de-vrai", expect=3)
    with (drop / "rejets.csv").open(newline="") as stream:
        (broken,) = csv.DictReader(stream)
    assert broken["cle"] == ""
    assert "guillemet" in broken["motif"]
