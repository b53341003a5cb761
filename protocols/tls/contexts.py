"""OpenSSL set up after IEC 62351-3: versions 1.2 and 1.3, forward secrecy, authenticated encryption, no renegotiation.

Of TLS 1.3 the suites are OpenSSL's own (AES-256-GCM, ChaCha20-Poly1305, AES-128-GCM): Python lets nobody choose.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from models.errors import ConfigError
from protocols.tls.parameters import TlsParameters, Version

CIPHERS_1_2 = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES128-GCM-SHA256",
)
"""Of TLS 1.2: forward secrecy and authenticated encryption only. An Ed25519 certificate uses ECDHE-ECDSA."""
SECURITY_LEVEL = "@SECLEVEL=2"
"""OpenSSL's own bound beside ours: keys of 112 bits of strength (RSA 2048, P-224) and no SHA-1 at least."""
_REMEDY = "give certificate and key of this unit, as 'ringmain authority DIR issue' writes them"


def harden(context: ssl.SSLContext, minimum: Version = Version.TLS_1_2) -> None:
    """What holds for every connection. No tickets: sessions are kept here, not at the peer, for TLS 1.3 too."""
    context.minimum_version = minimum.openssl
    context.set_ciphers(":".join((*CIPHERS_1_2, SECURITY_LEVEL)))
    context.options |= (
        ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET | ssl.OP_CIPHER_SERVER_PREFERENCE
    )


def load(context: ssl.SSLContext, certificate: Path, key: Path, authorities: Path) -> None:
    """Our own certificate, and whom we trust. ConfigError when a file cannot be used."""
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        problem = f"certificate or key ({key}) cannot be used: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(str(certificate), None, problem, _REMEDY) from error
    try:
        context.load_verify_locations(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        problem = f"cannot be used: {error.strerror or error}"
        raise ConfigError(str(authorities), None, problem, "give the authorities' certificates") from error


def mutual_context(parameters: TlsParameters, server_side: bool) -> ssl.SSLContext:
    """Certificates both ways; whose they must be is checked by who uses it. ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # stations are known by name, not by the address of the day
    context.verify_mode = ssl.CERT_REQUIRED
    harden(context, parameters.minimum)
    load(context, parameters.certificate, parameters.key, parameters.authorities)
    return context


def _no_password() -> str:
    """Instead of a question on the terminal, which nobody would answer."""
    raise ValueError("it is encrypted with a password")
