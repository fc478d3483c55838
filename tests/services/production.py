"""The settings of a production, keys and seal made for the occasion: for the deployment checks, `enclos doctor` and the bench."""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests.services.processus import ROOT

SEAL = "from pathlib import Path; from enclos.accuses.cachet import make_demo_seal as make; make(Path('{}'), organisation='Caisse d’essai')"


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def own_environment() -> dict[str, str]:
    """Ours, without any setting of the portal nor of the suite."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENCLOS_", "TESTS_", "DJANGO_", "PYTEST"))
    }


def production_env(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of an installation in `folder`, ready but for what `settings` changes: `clamd="unix:/…"`."""
    files = folder / "secrets"
    files.mkdir(parents=True, exist_ok=True)
    env = own_environment()
    drawn = {
        "secret_key": secrets.token_urlsafe(60),
        "vault_keys": f"a:{key()}",
        "field_keys": f"a:{key()}",
        "index_key": key(),
        "metrics_token": secrets.token_urlsafe(20),
    }
    for name, value in drawn.items():
        path = files / name
        path.write_text(value)
        path.chmod(0o600)
        env[f"ENCLOS_{name.upper()}_FILE"] = str(path)
    seal = folder / "cachet"
    if not seal.exists():
        subprocess.run([sys.executable, "-c", SEAL.format(seal)], check=True, cwd=ROOT, env=own_environment())
    chosen = {
        "mode": "production",
        "data_dir": str(folder),
        "base_url": "https://localhost",
        "trusted_proxies": "1",
        "database_url": "postgresql://enclos@127.0.0.1/enclos",
        "smtp_url": "smtp+tls://courrier.caisse.example",
        "mail_from": "ne-pas-repondre@caisse-essai.fr",
        "clamd": "unix:/run/clamav/clamd.ctl",
        "seal_dir": str(seal),
    } | settings
    return env | {f"ENCLOS_{name.upper()}": value for name, value in chosen.items() if value}
