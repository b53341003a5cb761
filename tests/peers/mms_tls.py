"""TLS of libiec61850 (mbedTLS 3.6): certificates both ways."""

from __future__ import annotations

import libiec61850 as lib

TLS_1_2, TLS_1_3 = 6, 7
"""TLSConfigVersion of tls_config.h."""
VERSIONS = {"1.2": TLS_1_2, "1.3": TLS_1_3}

lib.SIGNATURES.update(
    {
        "TLSConfiguration_create": (lib.P, ()),
        "TLSConfiguration_setChainValidation": (None, (lib.P, lib.B)),
        "TLSConfiguration_setAllowOnlyKnownCertificates": (None, (lib.P, lib.B)),
        "TLSConfiguration_setOwnCertificateFromFile": (lib.B, (lib.P, lib.S)),
        "TLSConfiguration_setOwnKeyFromFile": (lib.B, (lib.P, lib.S, lib.S)),
        "TLSConfiguration_addCACertificateFromFile": (lib.B, (lib.P, lib.S)),
        "TLSConfiguration_setMaxTlsVersion": (None, (lib.P, lib.INT)),
    }
)


def tls(library: lib.Library, certificate: str, key: str, authorities: str, newest: str) -> int:
    """newest: '1.2', '1.3'. A client's is 1.2: it takes a session ticket of TLS 1.3 for the end of the connection
    (docs/decisions/0003-open61850.md).
    """
    made = library.TLSConfiguration_create()
    library.TLSConfiguration_setMaxTlsVersion(made, VERSIONS[newest])
    library.TLSConfiguration_setChainValidation(made, True)
    library.TLSConfiguration_setAllowOnlyKnownCertificates(made, False)
    assert library.TLSConfiguration_setOwnCertificateFromFile(made, certificate.encode())
    assert library.TLSConfiguration_setOwnKeyFromFile(made, key.encode(), None)
    assert library.TLSConfiguration_addCACertificateFromFile(made, authorities.encode())
    return int(made)
