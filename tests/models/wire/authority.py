"""A certificate authority for tests: Ed25519 certificates of stakeholders, fixed so that vectors stay the same."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from models.wire.keys import VerifyKey

AUTHORITY = Ed25519PrivateKey.from_private_bytes(bytes([5]) * 32)
NOT_BEFORE, NOT_AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def certificate(key: VerifyKey, name: str, serial: int = 1) -> bytes:
    """DER, issued by AUTHORITY."""
    return issued(Ed25519PublicKey.from_public_bytes(key.raw), name, serial)


def authority_certificate() -> bytes:
    """DER, of AUTHORITY itself."""
    return issued(AUTHORITY.public_key(), "Test authority", 100)


def issued(public: Ed25519PublicKey | RSAPublicKey, name: str, serial: int) -> bytes:
    """DER, signed by AUTHORITY."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")]))
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .sign(AUTHORITY, None)
        .public_bytes(Encoding.DER)
    )
