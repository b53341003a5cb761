"""One client and its devices, in two processes, and the turns that are measured with them."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from tests.bench.child import Child, ChildError, child
from tests.bench.figure import percentile
from tests.bench.mms.work import MEASURANDS

PATIENCE_S = 5.0
"""Nothing has come for so long: what is missing is lost."""
QUIET_S = 1.0
"""Nothing has come for so long: all pictures are there."""
MANY = 1 << 30


@dataclass(frozen=True, slots=True)
class Burst:
    """cpu_us: of the client, per point. gaps: as it has noticed; missing: reports that have not come."""

    reports_per_s: float
    points_per_s: float
    cpu_us: float
    gaps: int
    missing: int


@dataclass(frozen=True, slots=True)
class Delay:
    median_ms: float
    p99_ms: float


@asynccontextmanager
async def bay(client: str, devices: int) -> AsyncIterator[Bay]:
    """Connected: every device has told everything once."""
    async with (
        child("mms.devices") as servers,
        child("mms.devices") as one_more,
        child("mms.side", client) as side,
    ):
        ports = await servers.ask("open", devices)
        await side.ask("connect", ports + await one_more.ask("open", 1))
        await side.ask("arrived", MANY, QUIET_S)
        made = Bay(servers, one_more, side, devices)
        made.rest()
        try:
            yield made
        finally:
            made.wake()


class Bay:
    """Turns of one client. Between them its devices stand still: a hundred of these servers occupy half a core idling,
    which would be missing where somebody else is measured."""

    def __init__(self, servers: Child, one_more: Child, side: Child, devices: int) -> None:
        self._servers, self._one_more, self._side, self._devices = servers, one_more, side, devices

    def rest(self) -> None:
        self._servers.freeze(True)
        self._one_more.freeze(True)

    def wake(self) -> None:
        self._servers.freeze(False)
        self._one_more.freeze(False)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.wake()
        try:
            yield
        finally:
            self.rest()

    async def burst(self, reports: int) -> Burst:
        """The client stands still while the devices fill their buffers: their speed is not what is measured."""
        with self._turn():
            return await self._burst(reports)

    async def _burst(self, reports: int) -> Burst:
        before = await self._side.ask("usage")
        self._side.freeze(True)
        await self._servers.ask("burst", reports)
        self._side.freeze(False)
        begun_s, wanted = time.monotonic(), self._devices * reports
        arrived = await self._side.ask("arrived", wanted, PATIENCE_S)
        took_s = time.monotonic() - begun_s
        after = await self._side.ask("usage")
        cpu_us = (after["cpu_s"] - before["cpu_s"]) / max(arrived["points"], 1) * 1e6
        rate = arrived["points"] / took_s
        return Burst(rate / MEASURANDS, rate, cpu_us, arrived["gaps"], wanted - arrived["reports"])

    async def delay(self, count: int, rate: float) -> Delay:
        """ChildError when an event did not arrive."""
        with self._turn():
            return await self._delay(count, rate)

    async def delay_beside_one_frozen(self, count: int, rate: float) -> Delay:
        """The same while the device that sends no events stands still, its connection open."""
        with self._turn():
            self._one_more.freeze(True)
            return await self._delay(count, rate)

    async def _delay(self, count: int, rate: float) -> Delay:
        async with asyncio.TaskGroup() as group:
            arriving = group.create_task(self._side.ask("events", count, PATIENCE_S))
            sending = group.create_task(self._servers.ask("paced", count, rate))
        sent_ns, arrived = sending.result(), arriving.result()
        delays_ms = [(now_ns - sent_ns[number - 1]) / 1e6 for number, now_ns in arrived]
        if len(delays_ms) < count:
            raise ChildError(f"{count - len(delays_ms)} of {count} events did not arrive")
        return Delay(statistics.median(delays_ms), percentile(delays_ms, 0.99))

    async def switch_ms(self, count: int) -> float:
        """Median."""
        with self._turn():
            return statistics.median(await self._side.ask("switch", 0, count)) * 1e3

    async def idle_percent(self, seconds: float) -> float:
        """Of one core, while nothing happens."""
        with self._turn():
            before = await self._side.ask("usage")
            await asyncio.sleep(seconds)
            after = await self._side.ask("usage")
        return float(after["cpu_s"] - before["cpu_s"]) / seconds * 100

    async def memory_mib(self) -> float:
        return float((await self._side.ask("usage"))["rss_bytes"]) / (1 << 20)
