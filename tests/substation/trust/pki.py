"""An authority of the tests' own, whose clock is moved, and certificates that nobody should issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from models.wire.keys import SigningKey
from protocols.tls.files import read_chain
from protocols.tls.security_event import SecurityEvent
from protocols.tls.store import CrlExpired
from substation.exchange.access import Role
from substation.trust.authority import Authority
from substation.trust.builder import Wish
from substation.trust.settings import TlsSettings
from substation.trust.store import TrustStore
from substation.trust.user_roles import OID, UserRoles, encode

NOW_NS = 1_800_000_000_000_000_000
DAY_NS = 86_400_000_000_000


@dataclass
class Clocks:
    """UTC and monotonic time, moved together."""

    now_ns: int = NOW_NS

    def __call__(self) -> int:
        return self.now_ns

    def seconds(self) -> float:
        return self.now_ns / 1e9

    def move(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


@dataclass
class Pki:
    """One authority in a folder, and what a store tells."""

    folder: Path
    clock: Clocks = field(default_factory=Clocks)
    told: list[SecurityEvent] = field(default_factory=list)
    algorithm: str = "ed25519"

    def __post_init__(self) -> None:
        self.authority = Authority.create(self.folder, "Utility", self.algorithm, 3650, self.clock)

    def store(self, crl_expired: CrlExpired = CrlExpired.WARN, lists: bool = True) -> TrustStore:
        return TrustStore(
            self.folder / "authority.pem",
            self.folder / "crl.pem" if lists else None,
            self.clock,
            crl_expired=crl_expired,
            tell=self.told.append,
            timer=self.clock.seconds,
        )

    def issue(
        self,
        name: str,
        *,
        role: Role | None = Role.OPERATOR,
        areas: Sequence[str] = ("*",),
        level: str | None = None,
        hosts: Sequence[str] = (),
        days: int = 365,
        algorithm: str = "ed25519",
    ) -> tuple[bytes, ...]:
        """The chain (DER); the private key lies beside the certificate."""
        key, _ = self.authority.make_key(name, algorithm)
        roles = None if role is None else UserRoles(role, tuple(areas))
        file = self.authority.issue(Wish(name, key, days, roles, level, tuple(hosts)))
        return read_chain(file)

    def key(self, name: str) -> SigningKey:
        return SigningKey.from_text(self.authority.file_of(name, ".key").read_text())

    def settings(self, name: str, **changed: Path) -> TlsSettings:
        files = {
            "certificate": self.authority.file_of(name),
            "key": self.authority.file_of(name, ".key"),
            "authorities": self.folder / "authority.pem",
            "revocations": self.folder / "crl.pem",
        }
        return TlsSettings(**{**files, **changed}, crl_expired=CrlExpired.WARN)


def private_key(file: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def odd_certificate(
    pki: Pki,
    *,
    name: str | None = "Olga",
    issuer: str = "Utility",
    signer: Ed25519PrivateKey | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] | None = None,
) -> bytes:
    """DER of a certificate with what a test wants to be wrong; by default everything in it is right."""
    names = [] if name is None else [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    now = datetime.fromtimestamp(pki.clock() // 1_000_000_000, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(Ed25519PrivateKey.generate().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension, critical in GOOD if extensions is None else extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer or private_key(pki.folder / "authority.key"), None).public_bytes(Encoding.DER)


def usage(**given: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


ROLES = x509.UnrecognizedExtension(OID, encode(UserRoles(Role.OPERATOR)))
GOOD: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (x509.BasicConstraints(False, None), True),
    (usage(digital_signature=True), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
    (ROLES, False),
)
