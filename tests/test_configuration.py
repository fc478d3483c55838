"""The knobs: each is read by its type, each is documented, none is invented."""

from dataclasses import fields
from pathlib import Path

import pytest

from config.adresses import database_settings, mailer_settings
from config.env import Env, EnvError

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "configuration.md"


def test_every_knob_is_in_the_guide_and_the_guide_invents_none():
    guide = GUIDE.read_text()
    names = {f"ENCLOS_{field.name.upper()}" for field in fields(Env)}
    written = {word.strip("`|,. ") for word in guide.replace("`", " ").split() if word.startswith("ENCLOS_")}
    written = {word.split("=")[0] for word in written}
    assert names - written == set()
    assert written - names == {"ENCLOS_X", "ENCLOS_X_FILE"}


def test_values_are_read_by_their_type():
    env = Env.read({"ENCLOS_WEB_WORKERS": "4", "ENCLOS_CLAMD_TIMEOUT_S": "1.5", "ENCLOS_ALLOWED_HOSTS": "a.fr, b.fr"})
    assert (env.web_workers, env.clamd_timeout_s, env.allowed_hosts) == (4, 1.5, ("a.fr", "b.fr"))


def test_a_secret_is_read_from_its_file(tmp_path):
    secret = tmp_path / "cle"
    secret.write_text("très secret\n")
    assert Env.read({"ENCLOS_SECRET_KEY_FILE": str(secret)}).secret_key == "très secret"


@pytest.mark.parametrize(
    "environ",
    [
        {"ENCLOS_SERCET_KEY": "x"},
        {"ENCLOS_MODE": "prod"},
        {"ENCLOS_WEB_WORKERS": "deux"},
        {"ENCLOS_SECRET_KEY_FILE": "/nulle/part"},
        {"ENCLOS_SECRET_KEY_FILE": "/dev/null", "ENCLOS_SECRET_KEY": "x"},
    ],
    ids=["typo", "mode", "number", "file", "both"],
)
def test_a_mistake_is_refused_by_the_name_of_its_variable(environ):
    with pytest.raises(EnvError, match=next(iter(environ))):
        Env.read(environ)


def test_addresses_of_databases(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert database_settings("sqlite:///ici.sqlite3", pool=1)["NAME"] == "ici.sqlite3"
    assert (
        database_settings(f"sqlite:////{tmp_path}/la.sqlite3".replace("////" + "/", "////"), pool=1)["NAME"]
        == f"{tmp_path}/la.sqlite3"
    )
    settings = database_settings("postgresql://moi:mot%40de@hote:5433/base?sslmode=require", pool=7)
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"], settings["PORT"]) == (
        "moi",
        "mot@de",
        "hote",
        "5433",
    )
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["pool"]["max_size"] == 7


def test_addresses_of_mail_servers():
    options = mailer_settings("smtp+tls://moi:mot@mail.example", mode="production")["OPTIONS"]
    assert (options["host"], options["port"], options["use_tls"], options["use_ssl"]) == (
        "mail.example",
        587,
        True,
        False,
    )
    assert mailer_settings("smtps://mail.example", mode="production")["OPTIONS"]["use_ssl"]


def test_a_database_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "donnees" / "enclos.sqlite3"
    database_settings(f"sqlite:////{str(file).lstrip('/')}", pool=1)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"kept")
    database_settings(f"sqlite:////{str(file).lstrip('/')}", pool=1)
    assert file.read_bytes() == b"kept"
