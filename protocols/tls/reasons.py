"""Failed handshakes in the field's codes: what OpenSSL says, and what that means."""

from __future__ import annotations

import ssl

from protocols.tls.security_event import CertificateRefusedError, SecurityCode

REASONS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": SecurityCode.CERT_REQUIRED,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": SecurityCode.CERT_REQUIRED,
    "UNSUPPORTED_PROTOCOL": SecurityCode.INSECURE_TLS_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": SecurityCode.INSECURE_TLS_VERSION,
    "VERSION_TOO_LOW": SecurityCode.INSECURE_TLS_VERSION,
    "NO_SHARED_CIPHER": SecurityCode.NO_CIPHER,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": SecurityCode.NO_CIPHER,
    "NO_SHARED_SIGNATURE_ALGORITHMS": SecurityCode.ALGO_NOT_SUPPORTED,
    "HTTP_REQUEST": SecurityCode.UNSECURE_COMMUNICATION,
    "HTTPS_PROXY_REQUEST": SecurityCode.UNSECURE_COMMUNICATION,
    "WRONG_VERSION_NUMBER": SecurityCode.UNSECURE_COMMUNICATION,
    "EXCESSIVE_MESSAGE_SIZE": SecurityCode.CERT_SIZE_EXCEEDED,
    "TLSV1_ALERT_UNKNOWN_CA": SecurityCode.CERT_NOT_TRUSTED,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": SecurityCode.CERT_EXPIRED,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": SecurityCode.CERT_REVOKED,
    "SSLV3_ALERT_BAD_CERTIFICATE": SecurityCode.BAD_CERT,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": SecurityCode.CERT_VALIDATION_FAILED,
}
"""OpenSSL's reasons; alerts are what the peer says of our certificate."""

VERIFY_CODES = {
    7: SecurityCode.CERT_VALIDATION_FAILED,  # signature
    9: SecurityCode.CERT_NOT_YET_VALID,
    10: SecurityCode.CERT_EXPIRED,
    18: SecurityCode.CERT_NOT_TRUSTED,  # self-signed
    19: SecurityCode.CERT_NOT_TRUSTED,
    20: SecurityCode.CERT_NOT_TRUSTED,
    21: SecurityCode.CERT_NOT_TRUSTED,
    23: SecurityCode.CERT_REVOKED,
    26: SecurityCode.CERT_VALIDATION_FAILED,  # purpose
    62: SecurityCode.CERT_VALIDATION_FAILED,  # host name
    64: SecurityCode.CERT_VALIDATION_FAILED,  # IP address
    66: SecurityCode.ALGO_NOT_SUPPORTED,  # key too small
    67: SecurityCode.ALGO_NOT_SUPPORTED,  # authority's key too small
    68: SecurityCode.ALGO_NOT_SUPPORTED,  # hash too weak
}
"""X509_V_ERR_* of OpenSSL (openssl-verification-options)."""


class RefusedHandshakeError(ssl.SSLError):
    """Raised inside a handshake, so that the library ends it as any other failed one."""

    def __init__(self, refusal: CertificateRefusedError) -> None:
        super().__init__(1, str(refusal))
        self.refusal = refusal


def refusal_of(error: OSError, peer: str) -> CertificateRefusedError:
    """What went wrong, in the terms of IEC 62351. error: what the handshake raised."""
    if isinstance(error, RefusedHandshakeError):
        event = error.refusal.event
        detail = f"{event.what}: {event.detail}" if event.detail else event.what
        return CertificateRefusedError(event.code, f"TLS with {peer}", detail)
    if isinstance(error, ssl.SSLCertVerificationError):
        code = VERIFY_CODES.get(error.verify_code, SecurityCode.CERT_VALIDATION_FAILED)
        return CertificateRefusedError(code, f"TLS with {peer}", error.verify_message)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        detail = reason.lower().replace("_", " ") or str(error)
        return CertificateRefusedError(REASONS.get(reason, SecurityCode.HANDSHAKE_FAILED), f"TLS with {peer}", detail)
    detail = error.strerror or str(error) or "the peer has closed the connection"
    return CertificateRefusedError(SecurityCode.HANDSHAKE_FAILED, f"TLS with {peer}", detail)
