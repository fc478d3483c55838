"""Every knob of the portal, read once from the environment. Nothing else reads `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

type Mode = Literal["dev", "test", "demo", "production"]

PREFIX = "ENCLOS_"


class EnvError(Exception):
    """The environment names a knob that does not exist, or gives one a value it cannot take."""


@dataclass(frozen=True, kw_only=True)
class Env:
    """Every knob of the portal, with what it is worth when nobody turns it.

    Each field `name` is read from `ENCLOS_NAME`, or from the file whose path is in `ENCLOS_NAME_FILE`
    (secrets of containers and of systemd come as files).
    """

    mode: Literal["dev", "test", "demo", "production"] = "dev"
    data_dir: Path = Path("var/dev")  # everything the portal writes outside its database
    base_url: str = "http://127.0.0.1:8000"  # as members type it; receipts and mails are built on it
    allowed_hosts: tuple[str, ...] = ()  # the host of base_url is always allowed
    trusted_proxies: int = 0  # how many reverse proxies append to X-Forwarded-For

    secret_key: str = "dev"  # refused in production
    secret_key_fallbacks: tuple[str, ...] = ()

    database_url: str = ""  # empty: SQLite in data_dir
    database_pool: int = 12  # PostgreSQL connections a web process may hold
    storage_url: str = ""  # empty: a folder in data_dir
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_region: str = "us-east-1"
    cache_url: str = ""  # empty: in the memory of each process
    smtp_url: str = ""  # smtp://, smtp+tls:// or smtps://; empty: refused in production
    mail_from: str = "ne-pas-repondre@enclos.example"
    mail_bounce: str = ""  # where mail servers say that an address does not exist; empty: mail_from
    sms_url: str = ""  # the provider of text messages takes a POST of JSON there; empty: none are offered
    sms_token: str = ""
    sms_sender: str = "MSA"  # what the telephone shows as the sender
    sms_per_day: int = 500  # each one costs money: past it, none leaves until the next day
    sms_per_number: int = 6  # in a day
    # Mobiles of France, mainland and overseas: others cost ten times as much, and thieves live on it.
    sms_prefixes: tuple[str, ...] = (
        "+336", "+337", "+262639", "+262692", "+262693", "+590690", "+590691", "+594694", "+596696", "+596697", "+50855",
    )  # fmt: skip
    notice_post_days: int = 14  # what matters and was not read by then leaves by post; 0: nothing does
    letter_zone: tuple[str, ...] = ("110", "45", "85", "30")  # where the address block goes: x, y, width, height in mm
    letter_front: Literal["lettre", "porte-adresse"] = "lettre"  # or a first page that bears the address alone
    natures_documents: str = ""  # a TOML file of natures of documents, in the place of the one shipped
    clamd: str = ""  # unix:/run/clamav/clamd.ctl or tcp://host:3310
    clamd_timeout_s: float = 3.0  # what a member waits for; the background task waits ten times as long
    inspector_socket: str = ""  # empty: `serve` and `worker` start an inspector of their own

    # id:base64 of 32 bytes, the first one seals, the others still open what they sealed.
    vault_keys: tuple[str, ...] = ()
    field_keys: tuple[str, ...] = ()
    index_key: str = ""  # base64 of 32 bytes; changing it needs every blind index to be made again
    seal_dir: Path = Path("")  # keys and certificates that sign the receipts; empty: data_dir/cachet
    tsa_url: str = ""  # RFC 3161 time-stamping authority

    # OpenID Connect. Of a provider, the issuer alone is named: its other addresses come from what it publishes.
    fc_issuer: str = ""  # FranceConnect, for members; empty: no button
    fc_client_id: str = ""
    fc_client_secret: str = ""
    agents_oidc_issuer: str = ""  # ProConnect or any provider, for agents
    agents_oidc_client_id: str = ""
    agents_oidc_client_secret: str = ""
    agents_oidc_scope: str = "openid"
    agents_oidc_acr: str = ""  # the level asked, and the one required; empty: any
    agents_oidc_claim: str = ""  # what tells the agent's identifier here; empty: `enclos associer-agent` alone does
    agents_oidc_mfa: tuple[str, ...] = ()  # values of acr or amr that stand for our second factor

    upload_max_bytes: int = 20_000_000  # one file, as received
    sending_max_bytes: int = 200_000_000  # one sending, as received
    draft_days: int = 30
    journal_traces_days: int = (
        365  # who opened what, who signed in: a year, three at most (CNIL, délibération 2021-122)
    )
    journal_actes_days: int = 1826  # everything else that was done: as long as it may be argued about
    message_days: int = 730  # what was written is forgotten so long after the end of a thread

    member_idle_minutes: int = 20
    agent_idle_minutes: int = 15
    session_hours: int = 10
    # What an agent may read in a day, by role: documents, persons, searches by NIR (`agents.quotas`).
    agent_quotas: tuple[str, ...] = (
        "accueil:0:150:100", "gestionnaire:350:100:60", "superviseur:350:200:100", "comptable:350:150:60",
        "administrateur:0:0:0",
    )  # fmt: skip
    outside_per_hour: int = 15  # persons an agent opens outside their portfolio before somebody is told
    # Working hours without anything, after which somebody is told; 0: never.
    silence_sending_h: int = 9
    silence_decision_h: int = 9
    silence_import_h: int = 20
    silence_worker_min: int = 15  # minutes, at any time
    password_shapes: Literal["8-ou-15", "15"] = "8-ou-15"  # 8 signs of four kinds, or a phrase of 15
    leaked_passwords: Path = Path("")  # SHA-1 of passwords that leaked elsewhere, in order; empty: none is looked up
    mail_password_days: int = 7  # how long a provisional password serves when it came by e-mail
    hashes_at_once: int = 2  # Argon2 computations running together in one web process
    registration_wrong_per_hour: int = 200  # over the whole site: beyond, passwords of new accounts go by post alone
    web_workers: int = 2
    web_threads: int = 160

    metrics_token: str = ""  # empty: /metrics does not exist
    log_level: str = "INFO"

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> "Env":
        """Build the configuration from `environ`.

        Raises `EnvError` on an unknown `ENCLOS_*` name, so that a typo never becomes a silent default.
        """
        source = os.environ if environ is None else environ
        known = {field.name: field for field in fields(cls)}
        values: dict[str, Any] = {}
        for variable, raw in source.items():
            if not variable.startswith(PREFIX):
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name not in known and name.endswith("_file") and name.removesuffix("_file") in known:
                name = name.removesuffix("_file")
                if f"{PREFIX}{name.upper()}" in source:
                    raise EnvError(
                        f"{variable} et {PREFIX}{name.upper()} sont donnés tous les deux : n’en gardez qu’un."
                    )
                try:
                    raw = Path(raw).read_text(encoding="utf-8").strip()
                except OSError as error:
                    raise EnvError(f"{variable} : le fichier {raw} ne se lit pas ({error.strerror}).") from error
            if name not in known:
                raise EnvError(f"{variable} n’est pas un réglage d’Enclos : voyez docs/guides/configuration.md.")
            values[name] = convert(variable, raw, known[name].type)
        return cls(**values)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:////{self.data_dir.resolve().as_posix().lstrip('/')}/enclos.sqlite3"

    @property
    def storage(self) -> str:
        return self.storage_url or f"file://{self.data_dir.resolve().as_posix()}/coffre"

    @property
    def seals(self) -> Path:
        return self.seal_dir if self.seal_dir != Path("") else self.data_dir / "cachet"

    @property
    def is_production(self) -> bool:
        return self.mode == "production"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")


def secret_files(environ: Mapping[str, str] | None = None) -> dict[str, Path]:
    """The settings given as files: the variable, and the file it names."""
    source = os.environ if environ is None else environ
    return {name: Path(path) for name, path in source.items() if name.startswith(PREFIX) and name.endswith("_FILE")}


def convert(variable: str, raw: str, kind: Any) -> Any:
    """Turn the text of one variable into the type its field declares."""
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            raise EnvError(f"{variable} vaut « {raw} » ; valeurs possibles : {', '.join(get_args(kind))}.")
        return raw
    if get_origin(kind) is tuple:
        return tuple(piece for piece in raw.replace("\n", ",").replace(" ", "").split(",") if piece)
    if kind is str:
        return raw
    try:
        return kind(raw)
    except ValueError as error:
        raise EnvError(f"{variable} vaut « {raw} » : un {kind.__name__} est attendu.") from error


try:
    ENV = Env.read()
except EnvError as error:
    # Whatever starts, the operator reads a sentence, not where in our code it was found out.
    raise SystemExit(str(error)) from None
