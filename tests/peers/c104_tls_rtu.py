"""c104's RTU behind TLS, in a process of its own: `c104_tls_rtu.py PORT AUTHORITIES CERTIFICATE KEY`.

Prints `ready` and serves point 103/20 (7.5) until its standard input ends. Its authority's key must not be Ed25519,
which mbedTLS does not know.
"""

from __future__ import annotations

import sys

import c104


def main(port: int, authorities: str, certificate: str, key: str) -> None:
    tls = c104.TransportSecurity(validate=True, only_known=False)
    tls.set_certificate(cert=certificate, key=key)
    tls.set_ca_certificate(cert=authorities)
    tls.set_version(min=c104.TlsVersion.TLS_1_2, max=c104.TlsVersion.TLS_1_3)
    server = c104.Server(ip="127.0.0.1", port=port, tick_rate_ms=50, transport_security=tls)
    point = server.add_station(common_address=103).add_point(io_address=20, type=c104.Type.M_ME_NC_1)
    point.value = 7.5
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
