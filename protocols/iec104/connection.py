"""The asyncio shell around a station of either role: octets from and to TCP, one timer, nothing decided."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol, cast

from models.errors import RemoteProtocolError
from protocols.iec104.link.closing import Closing, closing_of

logger = logging.getLogger(__name__)

OCTETS_PER_TURN = 16 * 1024
"""Read from one connection in one turn of the loop, so that a peer that floods takes no time from the others."""

_PORTION = 2048
"""Worked on at once, then what that gives is sent: about w frames of full length, so that the peer need not wait."""

_FRAMES_AT_ONCE = 4

_DOES_NOT_READ = "peer does not read"
_FROZEN = "frozen"


class Station(Protocol):
    """One connection of a sans-IO station. failure: why it wants to be closed, in words, empty while it does not."""

    name: str
    failure: str
    closing: Closing

    def receive(self, data: bytes, now_s: float) -> None: ...

    def next_deadline_s(self) -> float: ...

    def tick(self, now_s: float) -> None: ...

    def pump(self, now_s: float, most: int) -> None: ...

    def take_output(self) -> bytes: ...

    def closed(self) -> None: ...

    def counters(self) -> Mapping[str, int]: ...


class _Room(threading.local):
    """What is read lands here and is copied at once: one room for all connections of a loop, since it runs alone."""

    def __init__(self) -> None:
        self.octets = bytearray(OCTETS_PER_TURN)
        self.view = memoryview(self.octets)


_ROOM = _Room()


class Connection(asyncio.BufferedProtocol):
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
        self.host = self.name = self.reason = ""
        self.closing: Closing | None = None
        self.counters: Mapping[str, int] = {}  # of the station, once it has ended

    @property
    def station(self) -> Station | None:
        """None before it is connected and after it is closed."""
        return self._station

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.host, port, *_ = transport.get_extra_info("peername") or ("?", 0)
        peer = f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"
        self._station = self._open_station(self, peer, self._loop.time())
        self.name = self._station.name
        if self._holds:
            self._transport.pause_reading()
        self._send()

    def get_buffer(self, sizehint: int) -> bytearray:
        return _ROOM.octets

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(_ROOM.view[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Octets of the peer, however they came."""
        for at in range(0, len(data), _PORTION):
            station, portion = self._station, data[at : at + _PORTION]
            if station is None or not self._guarded(partial(station.receive, portion, self._loop.time())):
                return
            self._send()  # so that the peer hears of these frames while we work on the next ones

    def wake(self) -> None:
        """There is something to send, or the station wants to be closed."""
        if self._flush is None and self._station is not None:
            self._flush = self._loop.call_soon(self._send)

    def close(self, reason: str, closing: Closing = Closing.BY_US) -> None:
        """What is written already still leaves, if the peer reads it."""
        self._end(reason, closing)
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

    def freeze(self, frozen: bool) -> None:
        """Hang as the connections of a program do that has stopped: what comes stays unread, nothing goes, no timer
        does anything. For simulated devices; also before the connection is made."""
        if frozen:
            self.hold(_FROZEN)
        else:
            self.release(_FROZEN)
            self.wake()

    def pause_writing(self) -> None:
        self.hold(_DOES_NOT_READ)

    def resume_writing(self) -> None:
        self.release(_DOES_NOT_READ)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None:
            self._end(Closing.BY_PEER.value, Closing.BY_PEER)
        else:
            self._end(f"{Closing.BROKEN.value}: {_words(exc)}", Closing.BROKEN)
        self._finish()
        self._transport = None

    def _guarded(self, work: Callable[[], None]) -> bool:
        """False when the connection had to be closed. A defect of ours costs this connection and no other."""
        try:
            work()
        except RemoteProtocolError as error:
            self.close(str(error), closing_of(error))
        except Exception as error:  # supervisor: thousands of other connections live in this process
            logger.exception("IEC 104 %s: defect, the connection is closed", self._station and self._station.name)
            self.close(f"defect: {type(error).__name__}: {error}", Closing.DEFECT)
        return self._station is not None

    def _send(self) -> None:
        self._flush = None
        station, transport = self._station, self._transport
        if station is None or transport is None or _FROZEN in self._holds:
            return
        now_s = self._loop.time()
        while self._guarded(lambda: station.pump(now_s, _FRAMES_AT_ONCE)) and (octets := station.take_output()):
            transport.write(octets)  # the peer works on these frames while we make the next ones
        if self._station is None:
            return
        if station.failure:
            self.close(station.failure, station.closing)
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
        station = self._station
        if station is None or _FROZEN in self._holds:
            return
        if self._guarded(lambda: station.tick(self._loop.time())):
            self._send()

    def _end(self, reason: str, closing: Closing) -> None:
        """The first reason is the one that counts."""
        if self.closing is None:
            self.reason, self.closing = reason, closing

    def _finish(self) -> None:
        """Tell the station and the owner, once."""
        station, self._station = self._station, None
        for handle in (self._timer, self._flush):
            if handle is not None:
                handle.cancel()
        if station is not None:
            logger.info("IEC 104 %s: %s", station.name, self.reason)
            station.closed()
            self.counters = station.counters()
            self._on_close(self)


def _words(error: Exception) -> str:
    """What the system says, without its number."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
