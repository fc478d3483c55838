"""The seal of the house: the key that signs receipts, and the certificates it is recognised by.

A folder (`ENCLOS_SEAL_DIR`) holds pairs: `NAME.pem` is a certificate followed by its chain, `NAME.key.pem` its private key.
The valid certificate that has a key and began last signs; the others, with or without a key, are still recognised. So a
rotation is: add the next pair, restart, take the former key away, keep its certificate.

Signing needs pyHanko (one second to import): it stays out of web workers. Recognising a file needs only its bytes, see `check`.
"""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

DEMO_ORGANISATION = "Démonstration Enclos, sans valeur"
WARN_BEFORE = timedelta(days=60)


class SealMissing(Exception):
    """No certificate of the folder can sign today: an operator must act, the receipt waits."""


@dataclass(frozen=True)
class Seal:
    """A certificate the house signs or signed with."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key_file: Path | None  # None: recognised, but signs no more
    name: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hexadecimal signs."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def holder(self) -> str:
        """Who seals, as the certificate names it."""
        subject = self.certificate.subject
        names = [
            *subject.get_attributes_for_oid(NameOID.COMMON_NAME),
            *subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME),
        ]
        return ", ".join(dict.fromkeys(str(name.value) for name in names)) or subject.rfc4514_string()

    @property
    def is_demo(self) -> bool:
        return any(name.value == DEMO_ORGANISATION for name in self.certificate.subject)

    @property
    def is_self_signed(self) -> bool:
        return self.certificate.subject == self.certificate.issuer

    def is_valid_at(self, moment: datetime) -> bool:
        return self.certificate.not_valid_before_utc <= moment <= self.certificate.not_valid_after_utc


def known(directory: Path) -> tuple[Seal, ...]:
    """Every seal of the folder, the newest first; none when the folder does not exist. Raises `ValueError` on a broken file."""
    state = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in directory.glob("*.pem")))
    return read(directory, state)


@lru_cache(maxsize=4)
def read(directory: Path, state: tuple[tuple[str, int], ...]) -> tuple[Seal, ...]:
    """Read the folder once per state of it: `state` is there for the cache."""
    seals = []
    for path in directory.glob("*.pem"):
        if path.name.endswith(".key.pem"):
            continue
        first, *chain = x509.load_pem_x509_certificates(path.read_bytes())
        key_file = path.with_name(f"{path.stem}.key.pem")
        seals.append(Seal(first, tuple(chain), key_file if key_file.exists() else None, path.stem))
    return tuple(sorted(seals, key=lambda seal: seal.certificate.not_valid_before_utc, reverse=True))


def active(directory: Path, now: datetime | None = None) -> Seal:
    """The seal that signs at `now`. Raises `SealMissing`."""
    moment = now or datetime.now(UTC)
    for seal in known(directory):
        if seal.key_file and seal.is_valid_at(moment):
            return seal
    raise SealMissing(f"Aucun certificat de {directory} ne peut signer aujourd’hui.")


@lru_cache(maxsize=4)
def signer(seal: Seal) -> "SimpleSigner":
    """pyHanko's signer for a seal: the key is read once per process."""
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import CertificateRegistry

    if seal.key_file is None:
        raise SealMissing(f"Le certificat {seal.name} n’a pas de clé.")
    key = serialization.load_pem_private_key(seal.key_file.read_bytes(), password=None)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    chain = [asn1_x509.Certificate.load(der_of(certificate)) for certificate in seal.chain]
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(der_of(seal.certificate)),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=CertificateRegistry.build(chain),
    )


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def sign(pdf: bytes, *, seal: Seal, reason: str) -> bytes:
    """`pdf` with a PAdES B-B signature that forbids any later change. `reason` is shown by PDF readers."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter

    ready = signer(seal)
    chain = sum(len(der_of(certificate)) for certificate in (seal.certificate, *seal.chain))
    metadata = signers.PdfSignatureMetadata(
        field_name="Cachet",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        name=seal.holder,
    )
    signed = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        metadata,
        ready,
        new_field_spec=SigFieldSpec("Cachet", readable_field_name="Cachet électronique"),
        # Said beforehand: pyHanko would sign twice to guess it. Two hexadecimal signs a byte; 1,500 bytes besides the chain.
        bytes_reserved=2 * (chain + 1_500),
    )
    return bytes(signed.getvalue())


def make_demo_seal(directory: Path, *, organisation: str = DEMO_ORGANISATION) -> None:
    """Put a seal without value in `directory` unless there is one: an authority whose key is thrown away, and a P-256 seal.

    Two processes may start at once: the folder appears whole, by a rename, and the loser keeps the winner's.
    """
    if known(directory):
        return
    draft = directory.with_name(f"{directory.name}.{secrets.token_hex(4)}")
    draft.mkdir(parents=True)
    try:
        start = datetime.now(UTC) - timedelta(hours=1)
        key, certificate, authority = demo_certificates(
            start=start, end=start + timedelta(days=3 * 365), organisation=organisation
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )  # fmt: skip
        descriptor = os.open(draft / "demonstration.key.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
        (draft / "demonstration.pem").write_bytes(
            b"".join(item.public_bytes(serialization.Encoding.PEM) for item in (certificate, authority))
        )
        draft.rename(directory)
    except OSError:
        if not known(directory):
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def demo_certificates(
    *, start: datetime, end: datetime, organisation: str = DEMO_ORGANISATION
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate, x509.Certificate]:
    """A P-256 key, its certificate, and the certificate of an authority made for it and forgotten."""
    authority_key, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )

    def builder(common_name: str, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name_of(common_name, organisation))
            .issuer_name(name_of("Autorité de démonstration", organisation))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
                critical=False,
            )
        )

    authority = (
        builder("Autorité de démonstration", authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        builder("Cachet de démonstration", key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    return key, certificate, authority


def name_of(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class Problem:
    """Something to say to the operator; `blocks` when production must not start with it."""

    phrase: str
    blocks: bool


def problems(directory: Path, *, now: datetime | None = None) -> list[Problem]:
    """What `enclos doctor` says of the seal."""
    moment = now or datetime.now(UTC)
    try:
        seal = active(directory, moment)
        signer_key = (
            serialization.load_pem_private_key(seal.key_file.read_bytes(), password=None) if seal.key_file else None
        )
    except SealMissing as error:
        return [
            Problem(
                f"{error} Les accusés de réception ne peuvent pas être signés.",
                blocks=True,
            )
        ]
    except (OSError, ValueError, TypeError) as error:
        return [Problem(f"Un fichier de {directory} ne se lit pas : {error}", blocks=True)]
    found = []
    if seal.is_demo:
        found.append(
            Problem(
                "Le cachet est celui de la démonstration : il n’a aucune valeur.",
                blocks=True,
            )
        )
    elif seal.is_self_signed:
        found.append(
            Problem(
                "Le cachet est signé par lui-même : personne ne peut le reconnaître.",
                blocks=True,
            )
        )
    if not isinstance(signer_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or spki(signer_key) != spki_of(seal):
        found.append(
            Problem(
                f"La clé {seal.name}.key.pem n’est pas celle du certificat {seal.name}.pem.",
                blocks=True,
            )
        )
    if seal.key_file and seal.key_file.stat().st_mode & 0o077:
        found.append(
            Problem(
                f"D’autres que le service peuvent lire {seal.key_file} : chmod 600.",
                blocks=True,
            )
        )
    left = seal.certificate.not_valid_after_utc - moment
    successor = any(other.key_file and other.is_valid_at(moment + WARN_BEFORE) for other in known(directory))
    if left < WARN_BEFORE and not successor:
        found.append(
            Problem(
                f"Le cachet expire dans {left.days} jours : préparez le suivant.",
                blocks=False,
            )
        )
    return found


def spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def spki_of(seal: Seal) -> bytes:
    return seal.certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
