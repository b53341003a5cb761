"""Our part in a TLS handshake: the peer's certificate meets the trust store before it is established."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from protocols.tls.reasons import RefusedHandshakeError
from protocols.tls.security_event import CertificateRefusedError

Check = Callable[[bytes], None]
"""Looks at the peer's certificate (DER); CertificateRefusedError ends the handshake."""


class CheckedObject(ssl.SSLObject):
    """A TLS connection that is not established before the trust store has accepted the peer's certificate."""

    def do_handshake(self) -> None:
        super().do_handshake()
        check = self.context.check if isinstance(self.context, CheckedContext) else None
        shown = self.getpeercert(binary_form=True)
        if check is None or shown is None:
            return
        try:
            check(shown)
        except CertificateRefusedError as refusal:
            raise RefusedHandshakeError(refusal) from refusal


class CheckedContext(ssl.SSLContext):
    """`check` is asked at every handshake: revocation, which OpenSSL alone could only do without a policy.

    `renew` is called before each new connection, so that whoever holds the context never has to fetch another one.
    """

    check: Check | None = None
    renew: Callable[[], None] | None = None
    sslobject_class = CheckedObject

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        if self.renew is not None:
            self.renew()
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
