"""Numbered events, a buffer on disk, and a control centre that takes them out of it, without a link between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from protocols.iec104.controlled_station.events.buffer import BufferLimits, EventBuffer
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.events.records import pack, time_of
from protocols.iec104.event_store.event_log import EventLog
from protocols.iec104.event_store.segment_writer import SEGMENT_OCTETS

START_NS = 1_795_000_000_000_000_000
POINTS = 50
NO_LIMIT = BufferLimits(10_000_000)


def record(number: int) -> bytes:
    """Event `number`: its number is its time in milliseconds."""
    return pack(Event(30, 103, 1 + number % POINTS, bool(number & 64), 0, START_NS + number * 1_000_000))


def number_of(octets: bytes) -> int:
    time_ns = time_of(octets)
    assert time_ns is not None
    number, rest = divmod(time_ns - START_NS, 1_000_000)
    assert rest == 0
    return number


class Store:
    """One life of a buffer on disk."""

    def __init__(self, log: EventLog, limits: BufferLimits) -> None:
        self.log, self.troubles = log, list[str]()
        log.on_trouble = log.on_damage = self.troubles.append
        self.buffer = EventBuffer(limits, log)
        self.news = asyncio.Event()
        self.buffer.on_delivery = self.news.set

    def feed(self, first: int, after: int) -> None:
        for number in range(first, after):
            self.buffer.append(record(number))

    async def fill(self, first: int, after: int, at_once: int = 2000) -> None:
        """As feed, in batches that are durable one after the other."""
        for number in range(first, after, at_once):
            self.feed(number, min(number + at_once, after))
            await self.stored()

    async def stored(self) -> None:
        if (waiting := self.log.stored()) is not None:
            async with asyncio.timeout(20):
                await waiting

    async def take(self, count: int) -> list[int]:
        """So many events are sent; none is acknowledged."""
        found: list[int] = []
        async with asyncio.timeout(10):
            while len(found) < count:
                self.news.clear()
                unit = self.buffer.take_unit()
                found += map(number_of, unit)
                if not unit:
                    assert self.buffer.is_loading, f"{found[-3:]}, {len(self.buffer)} left, and nothing comes"
                    await self.news.wait()
        return found

    async def drain(self) -> list[int]:
        """Everything is sent and acknowledged."""
        found: list[int] = []
        while len(self.buffer):
            numbers = await self.take(1)
            self.buffer.acknowledge(len(numbers))
            found += numbers
        return found


class Disk:
    """The folder over several lives."""

    def __init__(self, folder: Path, segment_octets: int = SEGMENT_OCTETS) -> None:
        self.folder, self._segment_octets = folder, segment_octets
        self.thread = ThreadPoolExecutor(1)
        self._logs: list[EventLog] = []

    async def open(self, limits: BufferLimits = NO_LIMIT) -> Store:
        """The life before needs no end: a kill is none either."""
        log = await EventLog.open(self.folder, self.thread, lambda: START_NS, self._segment_octets)
        self._logs.append(log)
        return Store(log, limits)

    async def end(self) -> None:
        for log in self._logs:
            await log.close()
        self.thread.shutdown()

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.events"))


def lives(folder: Path, work: Callable[[Disk], Awaitable[None]], segment_octets: int = SEGMENT_OCTETS) -> None:
    """Run a scenario over one folder."""

    async def main() -> None:
        disk = Disk(folder, segment_octets)
        try:
            await work(disk)
        finally:
            await disk.end()

    asyncio.run(main())
