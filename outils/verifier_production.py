"""`enclos check --deploy` as a production would run it: with its settings, and keys made for the occasion."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from enclos.accuses.cachet import make_demo_seal


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {
            "secret_key": secrets.token_urlsafe(60),
            "vault_keys": f"a:{key()}",
            "field_keys": f"a:{key()}",
            "index_key": key(),
        }
        env = {name: value for name, value in os.environ.items() if not name.startswith("ENCLOS_")}
        for setting, value in settings.items():
            path = folder / setting
            path.write_text(value)
            path.chmod(0o600)
            env[f"ENCLOS_{setting.upper()}_FILE"] = str(path)
        env |= {
            "ENCLOS_MODE": "production",
            "ENCLOS_DATA_DIR": str(folder),
            "ENCLOS_TRUSTED_PROXIES": "1",
            "ENCLOS_BASE_URL": "https://espace.caisse.example",
            "ENCLOS_DATABASE_URL": "postgresql://enclos@127.0.0.1/enclos",
            "ENCLOS_SMTP_URL": "smtp+tls://courrier.caisse.example",
            "ENCLOS_CLAMD": "unix:/run/clamav/clamd.ctl",
            "ENCLOS_SEAL_DIR": str(folder / "cachet"),
        }
        # An authority of the occasion: what matters here is that a seal of one's own is accepted.
        make_demo_seal(folder / "cachet", organisation="Caisse d’essai")
        command = [sys.executable, "-m", "enclos", "check", "--deploy", "--fail-level", "WARNING"]
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
