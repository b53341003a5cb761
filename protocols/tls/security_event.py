"""Security events of IEC 62351-3 and -9: why a certificate or a TLS connection is refused, as a code and in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.alarm import Severity
from models.errors import RingmainError


class SecurityCode(Enum):
    """Names as the field's tools log them; the value is what people read."""

    ALGO_NOT_SUPPORTED = "algorithm or key length not accepted"
    UNSECURE_COMMUNICATION = "peer does not speak TLS"
    CERT_UNAVAILABLE = "no certificate is there to be checked"
    BAD_CERT = "certificate is malformed"
    CERT_SIZE_EXCEEDED = "certificate is too large"
    CERT_VALIDATION_FAILED = "certificate does not fit its use"
    CERT_REQUIRED = "peer has shown no certificate"
    CERT_NOT_YET_VALID = "certificate is not valid yet"
    CERT_EXPIRED = "certificate has expired"
    CERT_EXPIRES_SOON = "certificate expires soon"
    CERT_REVOKED = "certificate has been revoked"
    CERT_NOT_CONFIGURED = "own certificate cannot be used"
    CERT_NOT_TRUSTED = "certificate is of an unknown authority"
    CERT_OF_ANOTHER = "certificate is of somebody else than is expected here"
    NO_CIPHER = "no cipher suite in common"
    INSECURE_TLS_VERSION = "TLS version is too old"
    HANDSHAKE_FAILED = "TLS handshake failed"
    CRL_EXPIRED = "revocation list is out of date"
    CRL_UNAVAILABLE = "revocation list cannot be used"
    SESSION_STARTED = "TLS session was begun"
    SESSION_ENDED = "TLS session was ended"


SEVERITIES = {
    SecurityCode.CERT_REVOKED: Severity.HIGH,
    SecurityCode.CERT_NOT_TRUSTED: Severity.HIGH,
    SecurityCode.CERT_NOT_CONFIGURED: Severity.HIGH,
    SecurityCode.CERT_OF_ANOTHER: Severity.HIGH,
    SecurityCode.CRL_EXPIRED: Severity.MEDIUM,
    SecurityCode.CRL_UNAVAILABLE: Severity.MEDIUM,
    SecurityCode.CERT_EXPIRED: Severity.MEDIUM,
    SecurityCode.CERT_EXPIRES_SOON: Severity.MEDIUM,
    SecurityCode.SESSION_STARTED: Severity.INFORMATION,
}
"""What is not listed is LOW: it is refused, and nothing has happened."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One line for the event list and the audit log. what: whom or what it is about."""

    code: SecurityCode
    what: str
    detail: str = ""

    @property
    def severity(self) -> Severity:
        return SEVERITIES.get(self.code, Severity.LOW)

    def __str__(self) -> str:
        end = f": {self.detail}" if self.detail else ""
        return f"{self.code.name}: {self.what}: {self.code.value}{end}"


class CertificateRefusedError(RingmainError):
    """A certificate is not accepted. `code` for programs, the text for people, the event list and the audit log."""

    def __init__(self, code: SecurityCode, what: str, detail: str = "") -> None:
        self.event = SecurityEvent(code, what, detail)
        super().__init__(str(self.event))

    @property
    def code(self) -> SecurityCode:
        return self.event.code
