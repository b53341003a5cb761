"""The asyncio shell around a station of either role: octets from and to TCP, one timer, nothing decided."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol, cast

from models.errors import RemoteProtocolError

logger = logging.getLogger(__name__)


class Station(Protocol):
    """One connection of a sans-IO station. failure: why it wants to be closed, empty while it does not."""

    name: str
    failure: str

    def receive(self, data: bytes, now_s: float) -> None: ...

    def next_deadline_s(self) -> float: ...

    def tick(self, now_s: float) -> None: ...

    def pump(self, now_s: float) -> None: ...

    def take_output(self) -> bytes: ...

    def closed(self) -> None: ...


class Connection(asyncio.Protocol):
    """Drives one station. What several causes want to send in one turn of the loop leaves in one segment.

    TCP_NODELAY is asyncio's default for TCP. A peer that does not read is not read from either; t1 ends it.
    """

    def __init__(
        self, open_station: Callable[[Connection, str, float], Station], on_close: Callable[[Connection], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._open_station, self._on_close = open_station, on_close
        self._station: Station | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._flush: asyncio.Handle | None = None
        self._holds: set[str] = set()  # who wants nothing to be read now
        self.reason = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        host, port, *_ = transport.get_extra_info("peername") or ("?", 0)
        self._station = self._open_station(self, f"{host}:{port}", self._loop.time())
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._station is None:
            return
        try:
            self._station.receive(data, self._loop.time())
        except RemoteProtocolError as error:
            self.close(str(error))
            return
        self._send()

    def wake(self) -> None:
        """There is something to send, or the station wants to be closed."""
        if self._flush is None and self._station is not None:
            self._flush = self._loop.call_soon(self._send)

    def close(self, reason: str) -> None:
        """What is written already still leaves, if the peer reads it."""
        self.reason = self.reason or reason
        if self._transport is None or self._station is None:
            return
        self._transport.write(self._station.take_output())
        if self._transport.get_write_buffer_size():
            self._transport.abort()  # a peer that does not read would keep the connection open
        else:
            self._transport.close()
        self._finish()

    def hold(self, who: str) -> None:
        """Read nothing until `who` releases: what was read is not consumed."""
        if self._transport is not None and not self._holds:
            self._transport.pause_reading()
        self._holds.add(who)

    def release(self, who: str) -> None:
        """Take back a hold, if there is one."""
        if who in self._holds:
            self._holds.discard(who)
            if self._transport is not None and not self._holds:
                self._transport.resume_reading()

    def pause_writing(self) -> None:
        self.hold("peer does not read")

    def resume_writing(self) -> None:
        self.release("peer does not read")

    def connection_lost(self, exc: Exception | None) -> None:
        self.reason = self.reason or (str(exc) if exc is not None else "closed by the peer")
        self._finish()
        self._transport = None

    def _send(self) -> None:
        self._flush = None
        station, transport = self._station, self._transport
        if station is None or transport is None:
            return
        now_s = self._loop.time()
        station.pump(now_s)
        if octets := station.take_output():
            transport.write(octets)
        if station.failure:
            self.close(station.failure)
            return
        self._set_timer(station.next_deadline_s())

    def _set_timer(self, deadline_s: float) -> None:
        """Deadlines mostly move away: an earlier timer is left to fire in vain, which is cheaper than a new one."""
        if self._timer is not None:
            if self._timer.when() <= deadline_s:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._station is None:
            return
        try:
            self._station.tick(self._loop.time())
        except RemoteProtocolError as error:
            self.close(str(error))
            return
        self._send()

    def _finish(self) -> None:
        """Tell the station and the owner, once."""
        station, self._station = self._station, None
        for handle in (self._timer, self._flush):
            if handle is not None:
                handle.cancel()
        if station is not None:
            logger.info("IEC 104 %s: %s", station.name, self.reason)
            station.closed()
            self._on_close(self)
