"""What is wrong with a set of files, before anybody connects: for `ringmain check`, and told while a unit runs."""

from __future__ import annotations

from models.driver import Clock
from models.errors import ConfigError
from protocols.tls.contexts import mutual_context
from protocols.tls.files import read_certificates
from protocols.tls.parameters import TlsParameters
from protocols.tls.security_event import CertificateRefusedError, SecurityCode, SecurityEvent
from protocols.tls.store import TrustStore
from protocols.tls.watch import WARN_NS


def inspect(parameters: TlsParameters, clock: Clock) -> list[SecurityEvent]:
    """Files that cannot be used, lists out of date; our own certificate that peers would refuse now, or soon."""
    told: list[SecurityEvent] = []
    try:
        mutual_context(parameters, server_side=True)
        own = read_certificates(parameters.certificate, "give the certificate's file (PEM)")[0]
        store = TrustStore(
            parameters.authorities,
            parameters.revocations,
            clock,
            crl_expired=parameters.crl_expired,
            tell=told.append,
        )
    except ConfigError as error:
        return [SecurityEvent(SecurityCode.CERT_NOT_CONFIGURED, "own files", str(error))]
    try:
        store.check([own.der])
    except CertificateRefusedError as refusal:
        told.append(refusal.event)
    else:
        if own.valid_until_ns - clock() < WARN_NS:
            until = f"on {own.x509.not_valid_after_utc:%F %T} UTC; renew it"
            told.append(SecurityEvent(SecurityCode.CERT_EXPIRES_SOON, f"own {own.what}", until))
    return list(dict.fromkeys(told))
