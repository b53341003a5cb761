"""One certificate, read strictly: who it names, what it may do, until when. Whether it is trusted is for the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID, SignatureAlgorithmOID

from models.wire.keys import VerifyKey
from protocols.tls.security_event import CertificateRefusedError, SecurityCode

_E = TypeVar("_E", bound=x509.ExtensionType)

MAX_OCTETS = 8192
"""IEC 62351-3: certificates up to this size are accepted."""
MAX_NAME = 64
USER_ROLES = x509.ObjectIdentifier("1.2.840.10070.8.1")
"""IECUserRoles of IEC 62351-8."""
_MIN_RSA_BITS, _MIN_CURVE_BITS = 2048, 256
_SIGNATURES = frozenset(
    {
        SignatureAlgorithmOID.ED25519,
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.ECDSA_WITH_SHA512,
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.RSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA512,
        SignatureAlgorithmOID.RSASSA_PSS,
    }
)
_KNOWN = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        USER_ROLES,
    }
)
"""Extensions that may be critical: an unknown critical one refuses the certificate (RFC 5280 4.2)."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is read from one certificate; x509: the library's view of it, der: its octets."""

    x509: x509.Certificate
    der: bytes
    name: str
    serial: int
    valid_from_ns: int
    valid_until_ns: int

    @property
    def what(self) -> str:
        return f"certificate {self.serial:x} of {self.name}"

    def refused(self, code: SecurityCode, detail: str = "") -> CertificateRefusedError:
        return CertificateRefusedError(code, self.what, detail)

    def is_signed_by(self, issuer: Certificate) -> bool:
        try:
            self.x509.verify_directly_issued_by(issuer.x509)
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            return False
        return True

    def check_time(self, now_ns: int) -> None:
        """CertificateRefusedError outside of its validity."""
        if now_ns < self.valid_from_ns:
            raise self.refused(SecurityCode.CERT_NOT_YET_VALID, f"before {self.x509.not_valid_before_utc:%F %T} UTC")
        if now_ns > self.valid_until_ns:
            raise self.refused(SecurityCode.CERT_EXPIRED, f"on {self.x509.not_valid_after_utc:%F %T} UTC")

    def check_authority(self, below: int) -> None:
        """It may issue certificates, with `below` further authorities under it; CertificateRefusedError otherwise."""
        constraints = self.extension(x509.BasicConstraints)
        usage = self.extension(x509.KeyUsage)
        if constraints is None or not constraints.ca or usage is None or not usage.key_cert_sign:
            raise self.refused(SecurityCode.CERT_VALIDATION_FAILED, "it is not an authority's")
        if constraints.path_length is not None and below > constraints.path_length:
            raise self.refused(SecurityCode.CERT_VALIDATION_FAILED, "there are too many authorities under it")

    def check_holder(self) -> None:
        """It may sign and log in; CertificateRefusedError otherwise."""
        constraints = self.extension(x509.BasicConstraints)
        if constraints is not None and constraints.ca:
            raise self.refused(SecurityCode.CERT_VALIDATION_FAILED, "an authority's certificate logs nobody in")
        usage, extended = self.extension(x509.KeyUsage), self.extension(x509.ExtendedKeyUsage)
        if usage is None or not usage.digital_signature:
            raise self.refused(SecurityCode.CERT_VALIDATION_FAILED, "its key usage has no digital signature")
        if extended is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in extended:
            raise self.refused(
                SecurityCode.CERT_VALIDATION_FAILED, "its extended key usage has no client authentication"
            )

    def check_algorithms(self) -> None:
        """CertificateRefusedError for what IEC 62351-3 no longer accepts (short keys, old hashes)."""
        try:
            strong = _is_strong(self.x509.public_key())
        except (UnsupportedAlgorithm, ValueError):
            strong = False
        if not strong or self.x509.signature_algorithm_oid not in _SIGNATURES:
            raise self.refused(SecurityCode.ALGO_NOT_SUPPORTED, "Ed25519, P-256 or RSA of 2048 bit with SHA-2 at least")

    def key(self) -> VerifyKey:
        """The holder's signing key; CertificateRefusedError when it is not Ed25519."""
        public = self.x509.public_key()
        if not isinstance(public, Ed25519PublicKey):
            raise self.refused(SecurityCode.ALGO_NOT_SUPPORTED, "requests are signed with Ed25519 keys")
        return VerifyKey(public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def extension(self, kind: type[_E]) -> _E | None:
        try:
            return self.x509.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None


def read(der: bytes) -> Certificate:
    """CertificateRefusedError when it is too large, malformed, or has no usable name."""
    what = "a certificate"
    if len(der) > MAX_OCTETS:
        raise CertificateRefusedError(SecurityCode.CERT_SIZE_EXCEEDED, what, f"{len(der)} octets, at most {MAX_OCTETS}")
    try:
        found = x509.load_der_x509_certificate(der)
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        unknown = [
            extension.oid for extension in found.extensions if extension.critical and extension.oid not in _KNOWN
        ]
    except (ValueError, TypeError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise CertificateRefusedError(SecurityCode.BAD_CERT, what, str(error)) from error
    name = names[0].value if len(names) == 1 else None
    if not isinstance(name, str) or not is_name(name):
        raise CertificateRefusedError(SecurityCode.BAD_CERT, what, "its subject has no usable common name")
    made = Certificate(found, der, name, found.serial_number, _ns(found.not_valid_before_utc), _end_ns(found))
    if unknown:
        raise made.refused(SecurityCode.CERT_VALIDATION_FAILED, f"critical extension {unknown[0].dotted_string}")
    made.check_algorithms()
    return made


def is_name(name: str) -> bool:
    """A stakeholder's name: 1 to 64 printable characters, no pattern, no path, no blank at its ends."""
    return 0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip() and not set(name) & set('*/\\"')


def _is_strong(key: object) -> bool:
    match key:
        case Ed25519PublicKey():
            return True
        case EllipticCurvePublicKey():
            return key.curve.key_size >= _MIN_CURVE_BITS
        case RSAPublicKey():
            return key.key_size >= _MIN_RSA_BITS
    return False


def _ns(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000_000


def _end_ns(found: x509.Certificate) -> int:
    """The last second counts whole (RFC 5280 4.1.2.5)."""
    return _ns(found.not_valid_after_utc) + 999_999_999
