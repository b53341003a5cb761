"""Between a TLS connection of the event loop and threads that block on a socket: a socket pair, octets both ways.

Two threads must not share one TLS socket, and a library that reads in one and writes in another does just that. So TLS
stays on the loop, and the library is handed the far end of a socket pair. Each side waits for the other where it does
not read (nothing is buffered beyond the transports' own limits), and each side's end is the other's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

Ended = Callable[[str], None]


class Relay(asyncio.Protocol):
    """What stands behind a `Shell`. ended: told once on the loop, with the reason ('' for an orderly end), before the
    far end of the socket pair shows it.
    """

    def __init__(self, ended: Ended = lambda reason: None, made: Callable[[Relay], None] = lambda relay: None) -> None:
        self.reason = ""
        self._ended, self._made = ended, made
        self._outer: asyncio.Transport | None = None
        self._inner: asyncio.Transport | None = None
        self._early = b""
        self._is_over = False

    async def open(self) -> socket.socket:
        """The far end, blocking; once hands are shaken. The caller owns it. ConnectionError when TLS has ended."""
        near, far = socket.socketpair()
        near.setblocking(False)
        try:
            made, _ = await asyncio.get_running_loop().create_connection(lambda: _Near(self), sock=near)
        except BaseException:
            near.close()
            far.close()
            raise
        self._inner = made
        if self._is_over or self._outer is None:
            self._inner.abort()
            far.close()
            raise ConnectionError(self.reason or "the TLS connection has ended")
        self._inner.write(self._early)
        self._early = b""
        self._outer.resume_reading()
        return far

    @property
    def addresses(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Of TCP: our own and the peer's, host and port."""
        return self._address("sockname"), self._address("peername")

    def abort(self) -> None:
        """End both sides now."""
        for transport in (self._outer, self._inner):
            if transport is not None:
                transport.abort()

    # -- TLS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._outer = cast(asyncio.Transport, transport)
        self._outer.pause_reading()  # until there is somebody to read it
        self._made(self)

    def data_received(self, data: bytes) -> None:
        if self._inner is None:
            self._early += data
        else:
            self._inner.write(data)

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_reading()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("" if exc is None else str(exc) or type(exc).__name__)
        if self._inner is not None:
            self._inner.close()

    # -- the socket pair

    def near_received(self, data: bytes) -> None:
        if self._outer is not None:
            self._outer.write(data)

    def near_paused(self, is_full: bool) -> None:
        """Whoever holds the far end does not read: then neither do we."""
        if self._outer is None or self._is_over:
            return
        if is_full:
            self._outer.pause_reading()
        else:
            self._outer.resume_reading()

    def near_lost(self) -> None:
        """The far end was closed. A peer that does not read is not waited for."""
        self._end("")
        if self._outer is not None and self._outer.get_write_buffer_size():
            self._outer.abort()
        elif self._outer is not None:
            self._outer.close()

    def _end(self, reason: str) -> None:
        if not self._is_over:
            self._is_over, self.reason = True, reason
            self._ended(reason)

    def _address(self, which: str) -> tuple[str, int]:
        found = None if self._outer is None else self._outer.get_extra_info(which)
        return (str(found[0]), int(found[1])) if found else ("", 0)


class _Near(asyncio.Protocol):
    """Our end of the socket pair."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def data_received(self, data: bytes) -> None:
        self._relay.near_received(data)

    def pause_writing(self) -> None:
        self._relay.near_paused(True)

    def resume_writing(self) -> None:
        self._relay.near_paused(False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._relay.near_lost()
