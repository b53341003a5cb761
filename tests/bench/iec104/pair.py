"""A controlled and a controlling station of one library in two processes, and the turns that are measured with them."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench.child import Child, ChildError, child
from tests.bench.figure import percentile

HOST = "127.0.0.1"
PATIENCE_S = 3.0
"""Nothing has come for so long: what is missing is lost."""


@dataclass(frozen=True, slots=True)
class Sustained:
    """events_per_s: until the last has come. cpu: us per event at the controlled and the controlling station."""

    events_per_s: float
    controlled_us: float
    controlling_us: float
    lost: int


@dataclass(frozen=True, slots=True)
class Interrogation:
    seconds: float
    objects: int


@dataclass(frozen=True, slots=True)
class Delay:
    median_ms: float
    p99_ms: float


@asynccontextmanager
async def pair(library: str, objects: int = 0, folder: str = "", centre: str = "") -> AsyncIterator[Pair]:
    """centre: another library's controlling station."""
    async with (
        child("iec104.side", "controlled", library) as station,
        child("iec104.side", "controlling", centre or library) as master,
    ):
        yield Pair(station, master, await station.ask("open", objects, folder), objects)


class Pair:
    """Turns of one library."""

    def __init__(self, station: Child, master: Child, port: int, objects: int) -> None:
        self._station, self._master, self._port, self._objects = station, master, port, objects

    async def connect(self) -> None:
        await self._master.ask("connect", HOST, self._port)

    async def interrogate(self) -> Interrogation:
        told = await self._master.ask("interrogate", HOST, self._port, self._objects)
        return Interrogation(told["seconds"], round(told["objects"]))

    async def sustained(self, count: int, rate: float = 0.0) -> Sustained:
        before = await self._cpu()
        begun_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            arriving = group.create_task(self._master.ask("arrived", count, PATIENCE_S))
            group.create_task(self._station.ask("burst", count, rate))
        took_s = time.monotonic() - begun_s
        after = await self._cpu()
        arrived = arriving.result()
        used_us = [(late - early) / count * 1e6 for early, late in zip(before, after, strict=True)]
        lost = count - arrived["count"] if arrived["in_order"] or arrived["count"] < count else 0
        return Sustained(arrived["count"] / took_s, *used_us, lost)

    async def delay(self, count: int, rate: float) -> Delay:
        """ChildError when an event did not arrive."""
        await self._master.ask("watch")
        async with asyncio.TaskGroup() as group:
            arriving = group.create_task(self._master.ask("arrived", count, PATIENCE_S))
            sending = group.create_task(self._station.ask("paced", count, rate))
        sent_ns, arrived = sending.result(), arriving.result()
        delays_ms = [(now_ns - sent_ns[number]) / 1e6 for number, now_ns in arrived["times_ns"]]
        if len(delays_ms) < count:
            raise ChildError(f"{count - len(delays_ms)} of {count} events did not arrive")
        return Delay(statistics.median(delays_ms), percentile(delays_ms, 0.99))

    async def command_us(self, count: int) -> float:
        """Median."""
        return statistics.median(await self._master.ask("command", count)) * 1e6

    async def _cpu(self) -> list[float]:
        return [(await side.ask("usage"))["cpu_s"] for side in (self._station, self._master)]


async def memory_per_link(library: str, links: int) -> float:
    """KiB of the controlling process per link that is connected and interrogated."""
    async with (
        child("iec104.side", "controlled", library) as station,
        child("iec104.side", "controlling", library) as master,
    ):
        ports = await station.ask("open_many", links)
        before = (await master.ask("usage"))["rss_bytes"]
        await master.ask("hold", ports)
        after = (await master.ask("usage"))["rss_bytes"]
        return float((after - before) / links / 1024)
