"""A disk that can be filled: a small file system of its own when the system lets us mount one, else a limit on what processes write."""

import os
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.processus import tree
from tests.fautes.portail import Portail

SIZE = "16m"


@dataclass
class Disque:
    """What lies in `folder` is on it."""

    folder: Path
    is_mounted: bool

    @classmethod
    def make(cls, folder: Path) -> "Disque":
        folder.mkdir(parents=True)
        if os.geteuid() != 0:
            return cls(folder, is_mounted=False)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", folder], capture_output=True, check=False
        )
        return cls(folder, is_mounted=mounted.returncode == 0)

    def fill(self, portail: Portail, *, leaving: int = 0) -> None:
        """Take all the room but `leaving` bytes, for what is running and what will be written."""
        if not self.is_mounted:
            limit(portail, leaving)
            return
        free = os.statvfs(self.folder)
        size = free.f_bavail * free.f_frsize - leaving
        with (self.folder / "lest").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def free(self, portail: Portail) -> None:
        if not self.is_mounted:
            limit(portail, resource.RLIM_INFINITY)
        (self.folder / "lest").unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=True)


def limit(portail: Portail, size: int) -> None:
    """No process of this portal may write a file longer than that: the system then says « file too large »."""
    for process in [portail.server, *portail.workers]:
        for pid in tree(process.pid) if process else []:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
