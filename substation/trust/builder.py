"""How our certificates are made: what stands in an authority's, and what in a holder's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_curve_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from substation.trust import user_roles
from substation.trust.holder import level_urn
from substation.trust.user_roles import UserRoles

BEFORE = timedelta(minutes=5)
"""Certificates begin that much earlier, for units whose clock is behind the authority's."""

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
ALGORITHMS: Mapping[str, Callable[[], PrivateKey]] = {
    "ed25519": lambda: Ed25519PrivateKey.generate(),
    "p256": lambda: generate_curve_key(SECP256R1()),
}
"""Keys that the authority makes. Stakeholders and units sign with Ed25519; p256 is for TLS clients without it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A certificate to be made. roles: None for one that serves TLS alone. hosts: names and addresses of a server."""

    name: str
    key: PublicKey
    days: int
    roles: UserRoles | None = None
    level: str | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority's name and signing key."""

    name: x509.Name
    key: PrivateKey

    @property
    def hash(self) -> hashes.SHA256 | None:
        return None if isinstance(self.key, Ed25519PrivateKey) else hashes.SHA256()


def name_of(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def authority_certificate(name: str, key: PrivateKey, days: int, now_ns: int) -> x509.Certificate:
    """Self-signed; may sign certificates of holders and revocation lists, but no further authorities."""
    issuer = Issuer(name_of(name), key)
    builder = _begun(issuer, issuer.name, key.public_key(), days, now_ns)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return builder.sign(key, issuer.hash)


def holder_certificate(issuer: Issuer, wish: Wish, now_ns: int) -> x509.Certificate:
    """For a person, a service or a unit."""
    builder = _begun(issuer, name_of(wish.name), wish.key, wish.days, now_ns)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if wish.hosts else [])]
    builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
    )
    if names := _alternatives(wish):
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if wish.roles is not None:
        roles = x509.UnrecognizedExtension(user_roles.OID, user_roles.encode(wish.roles))
        builder = builder.add_extension(roles, critical=False)
    return builder.sign(issuer.key, issuer.hash)


def _begun(issuer: Issuer, subject: x509.Name, key: PublicKey, days: int, now_ns: int) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.name).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - BEFORE).not_valid_after(now + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _alternatives(wish: Wish) -> list[x509.GeneralName]:
    names = [_host(host) for host in wish.hosts]
    if wish.level is not None:
        names.append(x509.UniformResourceIdentifier(level_urn(wish.level, wish.name)))
    return names


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(**given: bool) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{use: given.get(use, False) for use in every})
