"""The seal: made for the demo, checked for production, changed without losing what it signed."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from config.env import ENV
from enclos.accuses import cachet, checks

PEM, PKCS8, BARE = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


@pytest.fixture
def seals(tmp_path: Path) -> Path:
    directory = tmp_path / "cachet"
    cachet.make_demo_seal(directory)
    return directory


def put(directory: Path, name: str, *, start: datetime, days: int = 365, organisation: str = "Caisse d’essai") -> None:
    """A pair as an authority would deliver it, valid from `start` for `days`."""
    key, certificate, authority = cachet.demo_certificates(
        start=start, end=start + timedelta(days=days), organisation=organisation
    )
    (directory / f"{name}.key.pem").write_bytes(key.private_bytes(PEM, PKCS8, BARE))
    (directory / f"{name}.key.pem").chmod(0o600)
    (directory / f"{name}.pem").write_bytes(certificate.public_bytes(PEM) + authority.public_bytes(PEM))


def phrases(directory: Path, now: datetime | None = None) -> list[tuple[bool, str]]:
    return [(problem.blocks, problem.phrase) for problem in cachet.problems(directory, now=now)]


def test_the_demo_makes_its_seal_once(seals: Path):
    first = cachet.active(seals)
    cachet.make_demo_seal(seals)
    assert cachet.active(seals).fingerprint == first.fingerprint
    assert first.holder.startswith("Cachet de démonstration")
    assert len(first.chain) == 1
    assert (seals / "demonstration.key.pem").stat().st_mode & 0o777 == 0o600
    assert not list(seals.parent.glob("cachet.*"))


def test_two_processes_starting_together_share_one_seal(tmp_path: Path):
    directory = tmp_path / "cachet"
    threads = [threading.Thread(target=cachet.make_demo_seal, args=[directory]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in sorted(directory.iterdir())] == ["demonstration.key.pem", "demonstration.pem"]
    assert [path.name for path in tmp_path.iterdir()] == ["cachet"]


def test_the_newest_valid_certificate_that_has_a_key_signs(seals: Path):
    now = datetime.now(UTC)
    put(seals, "2027", start=now + timedelta(days=5))
    assert cachet.active(seals, now).name == "demonstration"
    assert cachet.active(seals, now + timedelta(days=6)).name == "2027"
    (seals / "2027.key.pem").unlink()
    assert cachet.active(seals, now + timedelta(days=6)).name == "demonstration"


def test_a_certificate_without_its_key_is_still_recognised(seals: Path):
    (seals / "demonstration.key.pem").unlink()
    assert [seal.name for seal in cachet.known(seals)] == ["demonstration"]
    with pytest.raises(cachet.SealMissing):
        cachet.active(seals)


def test_an_expired_certificate_signs_no_more(seals: Path):
    with pytest.raises(cachet.SealMissing):
        cachet.active(seals, datetime.now(UTC) + timedelta(days=4000))


def test_doctor_refuses_the_seal_of_the_demo_for_production(seals: Path):
    assert phrases(seals) == [(True, "Le cachet est celui de la démonstration : il n’a aucune valeur.")]


def test_doctor_finds_nothing_to_say_of_a_sound_seal(tmp_path: Path):
    put(tmp_path, "caisse", start=datetime.now(UTC) - timedelta(days=1))
    assert phrases(tmp_path) == []


def test_doctor_warns_sixty_days_before_the_end_unless_the_next_is_there(tmp_path: Path):
    now = datetime.now(UTC).replace(microsecond=0)
    put(tmp_path, "caisse", start=now - timedelta(days=1), days=31)
    assert phrases(tmp_path, now) == [(False, "Le cachet expire dans 30 jours : préparez le suivant.")]
    put(tmp_path, "suivant", start=now + timedelta(days=20))
    assert phrases(tmp_path, now) == []


def test_doctor_says_when_there_is_no_seal_when_it_is_broken_and_when_the_key_is_another_s(tmp_path: Path):
    missing = phrases(tmp_path / "rien")
    assert missing[0][0]
    assert "ne peuvent pas être signés" in missing[0][1]
    put(tmp_path, "caisse", start=datetime.now(UTC) - timedelta(days=1))
    other = tmp_path / "autre"
    other.mkdir()
    put(other, "caisse", start=datetime.now(UTC) - timedelta(days=1))
    (other / "caisse.key.pem").rename(tmp_path / "caisse.key.pem")
    assert phrases(tmp_path) == [(True, "La clé caisse.key.pem n’est pas celle du certificat caisse.pem.")]
    (tmp_path / "caisse.pem").write_text("n’importe quoi")
    assert "ne se lit pas" in phrases(tmp_path)[0][1]


def test_the_deployment_check_speaks_in_production_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cachet.make_demo_seal(tmp_path / "cachet")
    monkeypatch.setattr(checks, "ENV", replace(ENV, seal_dir=tmp_path / "cachet"))
    assert checks.seal_is_sound() == []
    monkeypatch.setattr(checks, "ENV", replace(ENV, seal_dir=tmp_path / "cachet", mode="production"))
    assert [message.id for message in checks.seal_is_sound()] == ["accuses.E001"]
    monkeypatch.setattr(checks, "ENV", replace(ENV, seal_dir=tmp_path / "sien", mode="production"))
    cachet.make_demo_seal(tmp_path / "sien", organisation="Caisse d’essai")
    assert checks.seal_is_sound() == []


def test_doctor_says_when_others_can_read_the_key(tmp_path: Path):
    put(tmp_path, "caisse", start=datetime.now(UTC) - timedelta(days=1))
    (tmp_path / "caisse.key.pem").chmod(0o644)
    assert "chmod 600" in phrases(tmp_path)[0][1]
