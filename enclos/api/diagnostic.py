"""What `enclos doctor` looks at: each examination says what is well, what to watch, and what must be mended, in plain words."""

import os
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from django.core.checks import ERROR, WARNING, CheckMessage, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config.env import ENV, secret_files
from enclos.accuses import cachet
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse
from enclos.coffre import antivirus, inspecteur, objets
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.coffre.storage import StorageUnavailable, storage

type Gravite = Literal["bon", "attention", "faute"]

OLDEST_SIGNATURES = timedelta(days=7)
CLOCK_TOLERANCE = timedelta(seconds=5)
PATIENCE = 5.0  # seconds a server has to answer


@dataclass(frozen=True)
class Constat:
    """One thing seen. A `faute` is a reason not to open to members."""

    gravite: Gravite
    phrase: str
    remede: str = ""


def bon(phrase: str) -> Constat:
    return Constat("bon", phrase)


def attention(phrase: str, remede: str = "") -> Constat:
    return Constat("attention", phrase, remede)


def faute(phrase: str, remede: str = "") -> Constat:
    return Constat("faute", phrase, remede)


def mode() -> Iterator[Constat]:
    if ENV.is_production:
        yield bon("Le mode est « production ».")
    else:
        yield faute(f"Le mode est « {ENV.mode} » : rien n’y protège de vrais adhérents.", "ENCLOS_MODE=production")


def settings() -> Iterator[Constat]:
    """Django's deployment checks and ours, keys included."""
    found = run_checks(include_deployment_checks=ENV.is_production)
    # The seal has its own examination.
    messages = [message for message in found if message.level >= WARNING and not str(message.id).startswith("accuses.")]
    if not messages:
        yield bon("Les réglages et les clés passent tous les contrôles.")
    yield from map(told, messages)


def told(message: CheckMessage) -> Constat:
    return Constat("faute" if message.level >= ERROR else "attention", str(message.msg), str(message.hint or ""))


def exposed_secrets() -> Iterator[Constat]:
    """Secrets given as files are for this account alone."""
    files = secret_files()
    exposed = {name: path for name, path in files.items() if path.exists() and path.stat().st_mode & 0o077}
    for name, path in exposed.items():
        yield faute(f"D’autres comptes de la machine peuvent lire {path} ({name}).", f"chmod 600 {path}")
    if files and not exposed:
        yield bon(f"{len(files)} fichiers de secrets, lisibles par ce seul compte.")


def database() -> Iterator[Constat]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            executor = MigrationExecutor(connection)
            waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if waiting:
                yield faute(f"La base n’est pas à jour : elle attend {len(waiting)} migrations.", "enclos migrate")
            else:
                yield bon(f"La base répond et elle est à jour ({connection.vendor}).")
            if connection.vendor == "postgresql":
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    cursor.execute(f"SHOW {setting}")
                    if cursor.fetchone()[0] == "off":
                        yield faute(f"PostgreSQL tourne avec {setting} = off : une panne de courant perdrait des envois.",
                                    f"Mettez {setting} = on dans postgresql.conf.")  # fmt: skip
                cursor.execute("SELECT clock_timestamp()")
                gap = abs(cursor.fetchone()[0] - datetime.now(UTC))
                if gap > CLOCK_TOLERANCE:
                    yield faute(f"L’horloge de la base et celle de ce serveur diffèrent de {gap.total_seconds():.0f} s.",
                                "Réglez les deux sur le même service de temps (NTP).")  # fmt: skip
            else:
                cursor.execute("PRAGMA synchronous")
                synchronous = cursor.fetchone()[0]
                cursor.execute("PRAGMA journal_mode")
                if synchronous < 2 or cursor.fetchone()[0] != "wal":
                    yield faute("SQLite n’est pas réglé pour survivre à une panne de courant.")
                yield attention("La base est SQLite : un seul serveur, et des sauvegardes à prévoir autrement.",
                                "PostgreSQL 15 ou plus récent : ENCLOS_DATABASE_URL=postgresql://…")  # fmt: skip
        if waiting:
            return  # its tables may not be there
        caisse = default_caisse()
        yield bon(f"La caisse par défaut est {caisse.nom}.")
    except DatabaseError as error:
        yield faute(f"La base ne répond pas : {str(error).splitlines()[0]}", "Vérifiez ENCLOS_DATABASE_URL.")
    except Caisse.DoesNotExist:
        yield faute("Aucune caisse n’est installée.", "enclos migrate, puis enclos charger-caisse FICHIER.toml")


def vault() -> Iterator[Constat]:
    """A real object goes in, comes out the same, and leaves."""
    cle, content = objets.new_cle(), os.urandom(1000)
    try:
        storage().put(cle, [content])
        same = b"".join(storage().get(cle)) == content
        storage().delete(cle)
    except StorageUnavailable as error:
        yield faute(f"Le coffre n’est pas utilisable : {error}", "Vérifiez ENCLOS_STORAGE_URL et ses droits.")
        return
    yield (
        bon("Le coffre garde et rend ce qu’on lui donne.")
        if same
        else faute("Le coffre rend autre chose que ce qu’il a reçu.")
    )


def scanner() -> Iterator[Constat]:
    if not antivirus.is_configured():
        yield faute(
            "Aucun antivirus : les agents ouvriraient des fichiers que personne n’a regardés.",
            "ENCLOS_CLAMD=unix:/run/clamav/clamd.ctl",
        )
        return
    try:
        version = antivirus.version(timeout=PATIENCE)
    except antivirus.ScannerUnavailable as error:
        yield faute(f"L’antivirus ne répond pas ({error}).", "Démarrez clamd, ou corrigez ENCLOS_CLAMD.")
        return
    yield bon(f"L’antivirus répond : {version.text}.")
    if version.signatures_at is None:
        yield attention("L’antivirus ne dit pas de quand datent ses signatures.", "freshclam")
    elif datetime.now(UTC) - version.signatures_at > OLDEST_SIGNATURES:
        yield attention(f"Les signatures de l’antivirus datent du {version.signatures_at:%d/%m/%Y}.", "freshclam")


def inspection() -> Iterator[Constat]:
    try:
        with inspecteur.own_inspector():
            status = inspecteur.inspector().status()
    except InspectionUnavailable as error:
        yield faute(f"Les fichiers reçus ne peuvent pas être examinés : {error}")
        return
    if status.get("sandbox") == "complete":
        yield bon("Les fichiers reçus sont examinés dans un bac à sable complet.")
        return
    protections = status.get("protections")
    missing = [name for name, stands in protections.items() if not stands] if isinstance(protections, dict) else []
    yield attention(f"Le bac à sable où les fichiers sont examinés est incomplet : {', '.join(missing) or 'état inconnu'}.",
                    "Le noyau ou le conteneur refuse ces protections : voyez le guide de l’exploitant.")  # fmt: skip


def seal() -> Iterator[Constat]:
    found = cachet.problems(ENV.seals)
    yield from (Constat("faute" if problem.blocks else "attention", problem.phrase) for problem in found)
    if not found:
        yield bon("Le cachet qui signe les accusés de réception est valable.")


def mail() -> Iterator[Constat]:
    parts = urlsplit(ENV.smtp_url)
    if not parts.hostname:
        yield faute("Aucun serveur de courriel : personne ne serait prévenu.", "ENCLOS_SMTP_URL=smtp+tls://…")
        return
    port = parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                parts.hostname, port, timeout=PATIENCE, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(parts.hostname, port, timeout=PATIENCE)
        with server:
            if parts.scheme == "smtp+tls":
                server.starttls(context=ssl.create_default_context())
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield faute(
            f"Le serveur de courriel {parts.hostname}:{port} ne répond pas : {error}", "Vérifiez ENCLOS_SMTP_URL."
        )
        return
    yield bon(f"Le serveur de courriel {parts.hostname} répond.")
    if ENV.mail_from.endswith(".example"):
        yield faute(
            "Les courriels partiraient d’une adresse d’exemple.", "ENCLOS_MAIL_FROM=ne-pas-repondre@votre-caisse.fr"
        )
    if not ENV.mail_bounce:
        yield attention(
            "Les avis de non-remise ne reviennent pas au portail : personne ne saura qu’une adresse e-mail est morte.",
            "ENCLOS_MAIL_BOUNCE=retours@votre-caisse.fr, et enclos courriels-retours dans le serveur de courriel",
        )


def static_files() -> Iterator[Constat]:
    manifest = ENV.data_dir / "statique" / "staticfiles.json"
    if manifest.is_file():
        yield bon("Les fichiers de style et d’image sont en place.")
    else:
        yield faute("Les fichiers de style et d’image manquent.", "enclos collectstatic --no-input")


def clock() -> Iterator[Constat]:
    """A clock that never was set shows: earlier than the code, or in a year to come."""
    now = datetime.now(UTC)
    written = datetime.fromtimestamp(os.path.getmtime(__file__), UTC)
    if now < written - timedelta(days=1) or time.gmtime().tm_year > written.year + 20:
        yield faute(f"L’horloge de ce serveur dit {now:%d/%m/%Y %H:%M} (temps universel) : les accusés seraient mal datés.",
                    "timedatectl set-ntp true")  # fmt: skip


def name_of_host() -> Iterator[Constat]:
    """What members type leads somewhere."""
    host = urlsplit(ENV.base_url).hostname or ""
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        yield attention(
            f"Le nom {host} (ENCLOS_BASE_URL) n’est pas connu de ce serveur.",
            "Vérifiez le nom, ou attendez sa publication.",
        )


EXAMENS: dict[str, Callable[[], Iterator[Constat]]] = {
    "Mode": mode,
    "Réglages": settings,
    "Secrets": exposed_secrets,
    "Base de données": database,
    "Coffre": vault,
    "Antivirus": scanner,
    "Examen des fichiers": inspection,
    "Cachet": seal,
    "Courriel": mail,
    "Fichiers statiques": static_files,
    "Horloge": clock,
    "Adresse": name_of_host,
}
