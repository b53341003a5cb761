"""What a certificate says of its holder beyond TLS: role and areas (IEC 62351-8), and the level of a unit."""

from __future__ import annotations

from urllib.parse import quote, unquote

from cryptography import x509

from protocols.tls.certificate import Certificate
from protocols.tls.security_event import SecurityCode
from substation.trust import user_roles
from substation.trust.der import DerError

LEVEL_URN = "urn:ringmain:"


def level_urn(level: str, name: str) -> str:
    """The URI in the subject alternative name that says of which level a unit is."""
    return f"{LEVEL_URN}{quote(level, safe='')}:{quote(name, safe='')}"


def roles_of(holder: Certificate) -> user_roles.UserRoles | None:
    """Role and areas, None without the extension; CertificateRefusedError when it is malformed."""
    for extension in holder.x509.extensions:
        if extension.oid == user_roles.OID and isinstance(extension.value, x509.UnrecognizedExtension):
            try:
                return user_roles.decode(extension.value.value)
            except DerError as error:
                raise holder.refused(SecurityCode.BAD_CERT, f"IECUserRoles: {error}") from error
    return None


def level_of(holder: Certificate) -> str | None:
    """Level of the unit that it names, None for a person or a service; CertificateRefusedError for another's."""
    alternative = holder.extension(x509.SubjectAlternativeName)
    uris = [] if alternative is None else alternative.get_values_for_type(x509.UniformResourceIdentifier)
    ours = [uri.removeprefix(LEVEL_URN).split(":") for uri in uris if uri.startswith(LEVEL_URN)]
    if not ours:
        return None
    if len(ours) != 1 or len(ours[0]) != 2 or unquote(ours[0][1]) != holder.name:
        raise holder.refused(SecurityCode.BAD_CERT, f"{LEVEL_URN}LEVEL:NAME is expected once, with the holder's name")
    return unquote(ours[0][0])
