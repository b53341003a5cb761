"""Whose certificate it is: the names in it against those that may use a connection."""

from __future__ import annotations

from collections.abc import Collection

from cryptography import x509

from protocols.tls.certificate import Certificate
from protocols.tls.security_event import SecurityCode


def names_of(certificate: Certificate) -> tuple[str, ...]:
    """The common name, then every name, address and URI of the subject alternative name."""
    alternative = certificate.extension(x509.SubjectAlternativeName)
    if alternative is None:
        return (certificate.name,)
    return (
        certificate.name,
        *alternative.get_values_for_type(x509.DNSName),
        *alternative.get_values_for_type(x509.UniformResourceIdentifier),
        *(str(address) for address in alternative.get_values_for_type(x509.IPAddress)),
    )


def check_name(certificate: Certificate, allowed: Collection[str]) -> None:
    """CertificateRefusedError unless one of its names is among those allowed; letters' case does not count."""
    names = names_of(certificate)
    if not {name.casefold() for name in names} & {name.casefold() for name in allowed}:
        detail = f"it names {', '.join(names[:4])}; {' or '.join(sorted(allowed))} may use this connection"
        raise certificate.refused(SecurityCode.CERT_OF_ANOTHER, detail)
