"""One TLS connection without I/O: octets of the network in, octets for the network and clear octets out; either role.

asyncio's own TLS keeps 256 KB per connection, sends no alert when it refuses, and resumes no session; this does.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable

from protocols.tls.reasons import RefusedHandshakeError
from protocols.tls.security_event import CertificateRefusedError, SecurityCode

_CHUNK = 1 << 16
_SHOWS_NONE = CertificateRefusedError(SecurityCode.CERT_REQUIRED, "the peer")

Accept = Callable[[bytes], None]
"""Looks at the peer's certificate (DER); CertificateRefusedError ends the handshake."""


class TlsEngine:
    """`start`, then `receive` and `send`; after each call take what is for the network.

    session: of an earlier connection to the same peer (clients only); whether it was taken tells `is_resumed`.
    """

    def __init__(
        self, context: ssl.SSLContext, accept: Accept, server_side: bool, session: ssl.SSLSession | None = None
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server_side, session=session)
        self.context, self._accept = context, accept
        self.is_established = False
        self.is_ended = False
        """The peer has said that nothing more comes."""
        self.has_heard = False
        """The peer has sent something clear: it has accepted our certificate, too."""
        self.octets = self.records = 0
        """What the keys of this connection have protected, both ways (records: as many at least)."""

    def start(self) -> bytes:
        """Client: the first flight. Nothing clear comes of it."""
        self._shake()
        return b""

    def receive(self, data: bytes) -> bytes:
        """Take octets of the network; the clear octets in them, b"" while hands are shaken.

        ssl.SSLError when the handshake fails or a record is forged: send what is to be taken (the alert) and close.
        """
        self._incoming.write(data)
        if not self.is_established and not self._shake():
            return b""
        return self._clear()

    def send(self, clear: bytes) -> None:
        """After the handshake alone."""
        if clear:
            self._tls.write(clear)
            self._count(len(clear))

    def take_output(self) -> bytes:
        return self._outgoing.read()

    def close(self) -> None:
        """Say that nothing more comes. A session whose end was not said cannot be resumed."""
        if self.is_established:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()

    @property
    def session(self) -> ssl.SSLSession | None:
        """What may be resumed later."""
        return self._tls.session

    @property
    def is_resumed(self) -> bool:
        return bool(self._tls.session_reused)

    @property
    def description(self) -> str:
        """Version and cipher suite."""
        suite = self._tls.cipher()
        return f"{self._tls.version()} {suite[0] if suite else ''}".strip()

    @property
    def shown(self) -> bytes | None:
        """The peer's certificate (DER)."""
        return self._tls.getpeercert(binary_form=True)

    def _shake(self) -> bool:
        """Whether the connection is established now."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        try:
            shown = self.shown
            if shown is None:
                raise _SHOWS_NONE
            self._accept(shown)
        except CertificateRefusedError as refusal:
            raise RefusedHandshakeError(refusal) from refusal
        self.is_established = True
        return True

    def _clear(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while piece := self._tls.read(_CHUNK):
                pieces.append(piece)
                self.has_heard = True
                self._count(len(piece))
            self.is_ended = True
        except ssl.SSLWantReadError:
            pass
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _count(self, octets: int) -> None:
        self.octets += octets
        self.records += 1
