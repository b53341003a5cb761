"""The asyncio shell of a TLS connection: between a TCP transport and a protocol, which sees a transport like any other.

What asyncio gives with `ssl=` is not used: see `engine`. No task, no thread; a handshake has `HANDSHAKE_S`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from models.errors import LinkError
from protocols.tls.certificate import Certificate
from protocols.tls.engine import Accept, TlsEngine
from protocols.tls.reasons import refusal_of
from protocols.tls.security_event import CertificateRefusedError
from protocols.tls.transport import TlsTransport

if TYPE_CHECKING:
    from protocols.tls.pacer import Pacer

HANDSHAKE_S = 10.0


OCTETS_PER_TURN = 16 * 1024
"""Read from one connection in one turn of the loop, so that a peer that floods takes no time from the others."""


class App(Protocol):
    """What stands behind TLS: a protocol of asyncio of either kind that takes `data_received`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None: ...

    def data_received(self, data: bytes) -> None: ...

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None: ...


class Owner(Protocol):
    """Who lets connections in, and is told what becomes of them (an Endpoint)."""

    pacer: Pacer
    server_side: bool
    room: bytearray
    """Where what is read lands, and is copied at once: one for all connections of a loop."""

    def admit(self, shell: Shell) -> bool: ...

    def engine(self, shell: Shell, accept: Accept) -> TlsEngine: ...

    def check(self, shell: Shell, shown: bytes) -> Certificate: ...

    def established(self, shell: Shell) -> None: ...

    def failed(self, shell: Shell, refusal: CertificateRefusedError) -> None: ...

    def gone(self, shell: Shell) -> None: ...


class Shell(asyncio.BufferedProtocol):
    """One connection. `app` hears of it once hands are shaken, or never.

    names: whose certificates are accepted. key: under which the session is kept for the next connection (clients).
    """

    def __init__(self, owner: Owner, app: App, names: frozenset[str], key: str = "") -> None:
        self.names, self.key = names, key
        self.host = self.peer = "?"
        self.certificate: Certificate | None = None
        self.since_s = 0.0
        self.is_expired = False
        """It was told that the peer's certificate has expired meanwhile."""
        self.on_old: Callable[[], None] | None = None
        """Renews the keys by another connection, in order; None: this one is simply ended."""
        self.engine: TlsEngine | None = None
        self.failure: CertificateRefusedError | None = None
        self._owner, self._app = owner, app
        self._loop = asyncio.get_running_loop()
        self._raw: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._early = b""
        self._is_shown = self._is_closing = False
        self._ready: asyncio.Future[None] | None = None

    async def ready(self) -> None:
        """Until hands are shaken. LinkError (with the refusal's words) when that fails."""
        if self.certificate is None and self.failure is None and self._raw is not None:
            self._ready = self._loop.create_future()
            await self._ready
        if self.failure is not None:
            raise LinkError(str(self.failure)) from self.failure

    # -- what TCP tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = cast(asyncio.Transport, transport)
        self.host, port, *_ = transport.get_extra_info("peername") or ("?", 0)
        self.peer = f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"
        if not self._owner.admit(self):
            self._raw.abort()
            return
        self._timer = self._loop.call_later(HANDSHAKE_S, self._take_too_long)
        if not self._owner.server_side:
            self._owner.pacer.put(self._shake)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._owner.room

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(memoryview(self._owner.room)[:nbytes])
        if self._is_shown and self.engine is not None:
            self._take(self.engine, data)
        elif self._raw is not None and not self._is_closing:
            if not self._early:
                self._raw.pause_reading()
                self._owner.pacer.put(self._shake)
            self._early += data

    def pause_writing(self) -> None:
        if self._is_shown:
            self._app.pause_writing()

    def resume_writing(self) -> None:
        if self._is_shown:
            self._app.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._raw = None
        if self.engine is not None:
            self.engine.close()
        if not self._is_shown and self.failure is None:
            self.failure = refusal_of(exc if isinstance(exc, OSError) else ConnectionResetError(), self.peer)
            if not self._is_closing:
                self._owner.failed(self, self.failure)
        self._settle()
        self._owner.gone(self)
        if self._is_shown:
            self._app.connection_lost(self._why(exc))

    def _why(self, exc: Exception | None) -> Exception | None:
        if self.failure is not None:
            return ConnectionError(str(self.failure))
        if self._is_closing or self.engine is None or self.engine.has_heard or self._owner.server_side:
            return exc
        return ConnectionError("closed by the peer right after the handshake: it may not accept our certificate")

    # -- what the app wants, through its transport

    def write(self, data: bytes) -> None:
        if self.engine is None or self._raw is None or self._is_closing:
            return
        self.engine.send(data)
        self._raw.write(self.engine.take_output())

    def close(self) -> None:
        """What is written already still leaves; we do not wait for the peer's answer (RFC 8446 6.1)."""
        if self._raw is None or self._is_closing:
            return
        self._is_closing = True
        if self.engine is not None:
            self.engine.close()
            self._raw.write(self.engine.take_output())
        self._raw.close()

    def abort(self) -> None:
        self._is_closing = True
        if self._raw is not None:
            self._raw.abort()

    def end(self) -> None:
        """As close, from a peer that does not read too."""
        if self._raw is not None and self._raw.get_write_buffer_size():
            self.abort()
        else:
            self.close()

    @property
    def raw(self) -> asyncio.Transport | None:
        """The TCP transport; None once it is gone."""
        return self._raw

    @property
    def is_closing(self) -> bool:
        return self._raw is None or self._is_closing

    # -- the handshake

    def _shake(self) -> None:
        """One step, when it is our turn."""
        raw = self._raw
        if raw is None or self._is_closing:
            return
        early, self._early = self._early, b""
        try:
            if self.engine is None:
                self.engine = self._owner.engine(self, self._accept)
            engine = self.engine
            clear = engine.receive(early) if early else engine.start()
        except OSError as error:
            self._fail(error)
            return
        raw.write(engine.take_output())
        raw.resume_reading()
        if engine.is_established:
            self._show(engine, clear)

    def _accept(self, shown: bytes) -> None:
        self.certificate = self._owner.check(self, shown)

    def _show(self, engine: TlsEngine, clear: bytes) -> None:
        """The app takes over, with what the peer has sent right behind its handshake."""
        self._is_shown, self.since_s = True, self._loop.time()
        self._settle()
        self._owner.established(self)
        self._app.connection_made(TlsTransport(self))
        self._hand_on(engine, clear)

    def _take(self, engine: TlsEngine, data: bytes) -> None:
        try:
            clear = engine.receive(data)
        except ssl.SSLError as error:
            self._fail(error)
            return
        if self._raw is not None and (octets := engine.take_output()):
            self._raw.write(octets)  # an answer to the peer's key update
        self._hand_on(engine, clear)

    def _hand_on(self, engine: TlsEngine, clear: bytes) -> None:
        if clear and not self._is_closing:
            self._app.data_received(clear)
        if engine.is_ended:
            self.end()

    def _fail(self, error: OSError) -> None:
        self.failure = refusal_of(error, self.peer)
        self._owner.failed(self, self.failure)
        raw, self._is_closing = self._raw, True
        if raw is None:
            return
        if self.engine is not None:
            raw.write(self.engine.take_output())  # the alert
        if raw.get_write_buffer_size():
            raw.abort()
        else:
            raw.close()
        self._settle()

    def _take_too_long(self) -> None:
        self._timer = None
        self._fail(TimeoutError(f"no handshake within {HANDSHAKE_S:g} s"))

    def _settle(self) -> None:
        """The handshake is over, one way or the other."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
