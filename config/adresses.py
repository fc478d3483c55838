"""What an address such as `postgresql://…` or `smtp://…` means to Django."""

import contextlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# FULL, not NORMAL: a power cut must not take back a receipt that was shown.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA cache_size=-8000;"
    "PRAGMA temp_store=MEMORY;PRAGMA journal_size_limit=27103364;"
)


def host_of(url: str) -> str:
    """The host name of `url`, without its port."""
    return urlsplit(url).hostname or "localhost"


def database_settings(url: str, *, pool: int) -> dict[str, Any]:
    """Django's settings for a `sqlite:///` or `postgresql://` address.

    `sqlite:///x` is relative to the current folder, `sqlite:////x` absolute.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        name = Path(parts.path.removeprefix("/"))
        # SQLite makes the file, not its folder, and lets everybody of the machine read it; its journals follow its mode.
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(name),
            # Every thread keeps its connection: opening one with these pragmas costs 1.6 ms.
            "CONN_MAX_AGE": None,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.removeprefix("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or "") or dict(parse_qsl(parts.query)).get("host", ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 0,
            "OPTIONS": {
                # Tried again for as long as somebody may wait: the default doubles its pauses for five minutes, and finds a
                # database that came back up to two minutes late.
                "pool": {
                    "min_size": 1,
                    "max_size": pool,
                    "timeout": 5,
                    "reconnect_timeout": 5,
                    "check": alive_or_all_new,
                },
                **{key: value for key, value in parse_qsl(parts.query) if key != "host"},
            },
        }
    raise ImproperlyConfigured("ENCLOS_DATABASE_URL commence par sqlite:/// ou postgresql://")


def alive_or_all_new(link: Any) -> None:
    """Look at a connection before a request gets it (50 µs): when it is dead, so are those that slept beside it.

    Raises what psycopg raises; the pool then gives another. Without this a database started again at night would answer
    the first visitors of the morning with an error, one for each connection kept.
    """
    pool = link._pool
    try:
        pool.check_connection(link)
    except Exception:
        pool.drain()
        raise


def mailer_settings(url: str, *, mode: str) -> dict[str, Any]:
    """Django's settings for an `smtp://`, `smtp+tls://` (STARTTLS) or `smtps://` address."""
    if not url:
        if mode == "demo":
            return {"BACKEND": "enclos.demo.boite.MailboxBackend"}
        if mode in {"dev", "test"}:
            return {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
        return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"host": "localhost"}}
    parts: SplitResult = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"}:
        raise ImproperlyConfigured("ENCLOS_SMTP_URL commence par smtp://, smtp+tls:// ou smtps://")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname or "localhost",
            "port": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
            "username": unquote(parts.username or "") or None,
            "password": unquote(parts.password or "") or None,
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtps",
            "timeout": 20,
        },
    }
