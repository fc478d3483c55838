"""`enclos check --deploy` as a production would run it: with its settings, and keys made for the occasion."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.services.production import production_env


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "enclos", "check", "--deploy", "--fail-level", "WARNING"]
        return subprocess.run(command, env=production_env(Path(name)), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
