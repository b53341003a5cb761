"""TLS of accepted connections: the handshake before the first octet is read, and a look at open ones every second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

from protocols.tls.parameters import MAX_SESSION_S
from protocols.tls.reasons import refusal_of
from protocols.tls.security_event import SecurityCode, SecurityEvent
from protocols.tls.store import LOOK_S, Tell
from substation.trust.contexts import Contexts

HANDSHAKE_S = 5.0
MAX_HANDSHAKES = 64
"""Handshakes at the same time; what comes beyond is closed at once, so that nobody can fill the memory with them."""

GoOn = Callable[[asyncio.Transport], None]


@dataclass(frozen=True, slots=True)
class _Open:
    transport: asyncio.Transport
    peer: str
    serial: int | None
    since_s: float


class Acceptance:
    """`connection` goes to `websockets.serve(create_connection=...)`; `run` watches what is open. One loop."""

    def __init__(self, contexts: Contexts, tell: Tell, max_session_s: float = MAX_SESSION_S) -> None:
        self._contexts, self._tell, self._max_session_s = contexts, tell, max_session_s
        self._handshakes: set[asyncio.Task[None]] = set()
        self._open: set[_Open] = set()
        self.connection: type[ServerConnection] = type("SecuredConnection", (_Secured,), {"acceptance": self})

    async def run(self) -> None:
        """Until cancelled: end connections whose certificate is no longer valid, or that are too old."""
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                for each in tuple(self._open):
                    self._examine(each)
        finally:
            for task in tuple(self._handshakes):
                task.cancel()

    def begin(self, transport: asyncio.Transport, protocol: asyncio.Protocol, go_on: GoOn) -> None:
        """Shake hands; `go_on` is called with the encrypted transport, or never."""
        if len(self._handshakes) >= MAX_HANDSHAKES:
            transport.abort()
            return
        transport.pause_reading()  # the first octet belongs to the handshake
        task = asyncio.get_running_loop().create_task(self._shake(transport, protocol, go_on))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    def ended(self, transport: asyncio.BaseTransport | None) -> None:
        self._open = {each for each in self._open if each.transport is not transport}

    async def _shake(self, transport: asyncio.Transport, protocol: asyncio.Protocol, go_on: GoOn) -> None:
        peer = "{}:{}".format(*transport.get_extra_info("peername")[:2])
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                transport, protocol, self._contexts.server, server_side=True, ssl_handshake_timeout=HANDSHAKE_S
            )
        except OSError as error:  # ssl.SSLError, a lost connection, and a handshake that takes too long
            transport.abort()
            protocol.connection_lost(error)  # asyncio tells it only of some ways to fail
            self._tell(refusal_of(error, peer).event)
            return
        if secured is None:
            return
        self._open.add(_Open(secured, peer, _serial(secured), loop.time()))
        go_on(secured)

    def _examine(self, each: _Open) -> None:
        if each.transport.is_closing():
            self._open.discard(each)
        elif each.serial is not None and not self._contexts.store.still_valid(each.serial):
            self._end(each, f"certificate {each.serial:x} is no longer valid")
        elif asyncio.get_running_loop().time() - each.since_s > self._max_session_s:
            self._end(each, f"keys are renewed after {self._max_session_s:g} s")

    def _end(self, each: _Open, why: str) -> None:
        self._open.discard(each)
        self._tell(SecurityEvent(SecurityCode.SESSION_ENDED, f"TLS with {each.peer}", why))
        each.transport.abort()


def _serial(secured: asyncio.Transport) -> int | None:
    """Of the certificate that the peer has shown."""
    shown = secured.get_extra_info("peercert")
    return int(shown["serialNumber"], 16) if shown else None


class _Secured(ServerConnection):
    """Looks like any connection to websockets, once the handshake has succeeded."""

    acceptance: Acceptance

    def __init__(self, protocol: ServerProtocol, server: Server, **limits: int) -> None:
        super().__init__(protocol, server, **limits)
        self._made = self._gone = False
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - narrows the type
        self.acceptance.begin(transport, self, self._go_on)

    def _go_on(self, transport: asyncio.Transport) -> None:
        """What the peer has sent right behind its handshake comes first."""
        if self._gone:
            return
        self._made = True
        super().connection_made(transport)
        if self._early:
            super().data_received(self._early)

    def data_received(self, data: bytes) -> None:
        if self._made:
            super().data_received(data)
        else:
            self._early += data

    def eof_received(self) -> None:
        if self._made:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        if self._made:
            self.acceptance.ended(self.transport)
            super().connection_lost(exc)
