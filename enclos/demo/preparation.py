"""What `enclos demo` settles before the settings are read: its port, its folder, its keys. Knows nothing of Django."""

import argparse
import base64
import fcntl
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import IO

from enclos.demo.franceconnect import installation, simulateur

NPM_PATIENCE = 15  # seconds, when `outils/preparer` could not install it before
MARK = ".demo-enclos"  # only a folder that holds it is ever emptied
_held: list[IO[str]] = []  # the lock lasts as long as the process


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command, told once for it and for `prepare`."""
    parser.add_argument("--port", type=int, default=8000, help="port d’écoute (8000)")
    parser.add_argument("--data", type=Path, default=Path("var/demo"), help="dossier des données (var/demo)")
    parser.add_argument("--reset", action="store_true", help="oublie tout et recommence")


def prepare(argv: Sequence[str], environ: MutableMapping[str, str]) -> None:
    """Make the folder and keys of the demo, and the settings that name them. Ends the program with a sentence when it cannot."""
    parser = argparse.ArgumentParser(add_help=False)
    arguments(parser)
    options, _ = parser.parse_known_args(argv)
    refuse_taken(options.port)
    folder = options.data.resolve()
    make_folder(folder, reset=options.reset)
    if "ENCLOS_DATABASE_URL" not in environ:
        # A database that one names is opened by other commands too, which know nothing of this folder: keys drawn here
        # would lock them out.
        draw_keys(folder)
    name_keys(folder, environ)
    environ["ENCLOS_MODE"] = "demo"
    environ["ENCLOS_DATA_DIR"] = str(folder)
    environ.setdefault("ENCLOS_LOG_LEVEL", "WARNING")
    environ.setdefault("ENCLOS_BASE_URL", f"http://127.0.0.1:{options.port}")
    name_providers(options.port, environ)
    environ.setdefault("ENCLOS_SMS_URL", f"http://127.0.0.1:{options.port}/demo/textos/recevoir/")


def name_providers(port: int, environ: MutableMapping[str, str]) -> None:
    """Have FranceConnect and the agents' provider played beside the portal, unless one names real ones or npm is out of reach."""
    if any(name.startswith(("ENCLOS_FC_", "ENCLOS_AGENTS_OIDC_")) for name in environ):
        return
    if installation.just_failed() or not installation.install(patience=NPM_PATIENCE):
        return  # the demo's page says which people are missing, and why
    issuer = simulateur.issuer(simulateur.free_port(port))
    for name, client in (("FC", simulateur.CLIENT), ("AGENTS_OIDC", simulateur.CLIENT_AGENTS)):
        environ[f"ENCLOS_{name}_ISSUER"] = issuer
        environ[f"ENCLOS_{name}_CLIENT_ID"] = client
        environ[f"ENCLOS_{name}_CLIENT_SECRET"] = secrets.token_hex(32)
    environ["ENCLOS_AGENTS_OIDC_SCOPE"] = "openid uid"
    environ["ENCLOS_AGENTS_OIDC_CLAIM"] = "uid"
    environ["ENCLOS_AGENTS_OIDC_MFA"] = "mfa"


def adopt(environ: MutableMapping[str, str]) -> None:
    """Let the other commands work on the data of a demo: `ENCLOS_DATA_DIR=var/demo enclos controler`."""
    folder = Path(environ.get("ENCLOS_DATA_DIR", "var/dev")).resolve()
    if environ.get("ENCLOS_MODE", "demo") == "demo" and (folder / MARK).is_file():
        environ["ENCLOS_MODE"] = "demo"
        name_keys(folder, environ)


def draw_keys(folder: Path) -> None:
    """Each key once: what it sealed must open the next time."""
    keys = folder / "secrets"
    keys.mkdir(mode=0o700, exist_ok=True)
    for name, draw in KEYS.items():
        if not (keys / name).exists():
            write_secret(keys / name, draw())


def name_keys(folder: Path, environ: MutableMapping[str, str]) -> None:
    """Tell the settings where the keys are, but for those given otherwise."""
    for name in KEYS:
        path, variable = folder / "secrets" / name, f"ENCLOS_{name.upper()}"
        if path.exists() and not {variable, f"{variable}_FILE"} & environ.keys():
            environ[f"{variable}_FILE"] = str(path)


def refuse_taken(port: int) -> None:
    if not 0 < port < 65_536:
        sys.exit(f"Le port {port} n’existe pas : choisissez-en un entre 1024 et 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(
                f"Le port {port} est réservé : choisissez-en un au-dessus de 1024, par exemple PORT=8123 make demo"
            )
        except OSError:
            sys.exit(
                f"Le port {port} est déjà pris par un autre programme (peut-être une démonstration restée ouverte).\n"
                f"Arrêtez-le, ou choisissez un autre port : PORT={port + 123 if port < 65_000 else 8123} make demo"
            )


def make_folder(folder: Path, *, reset: bool) -> None:
    """Hold the folder for this process alone, emptied when asked."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        sys.exit(f"{folder} contient autre chose qu’une démonstration : choisissez un autre dossier avec --data.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (folder / MARK).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"Une démonstration tourne déjà sur {folder}. Arrêtez-la, ou choisissez un autre dossier avec --data.")
    _held.append(lock)
    if reset:
        for path in folder.iterdir():
            if path.name == MARK:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def write_secret(path: Path, text: str) -> None:
    """For the owner's eyes only, and never over another."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text + "\n")


def named_key() -> str:
    return "demo:" + index_key()


def index_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


KEYS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(50),
    "vault_keys": named_key,
    "field_keys": named_key,
    "index_key": index_key,
    "sms_token": lambda: secrets.token_urlsafe(24),
}
