"""One side of links that are measured, a process of its own: `python -m tests.bench.exchange_links_side FOLDER NAMES`.

NAMES: units of tests.substation.links.family below FOLDER, comma separated; MV keeps every value that it gets.

| order | result |
|---|---|
| `["start"]`, `["stop"]` | true |
| `["load", RATE, SECONDS]` | values sent: RATE per second over all units, parcels every 0.2 s |
| `["fill", COUNT]` | values queued, COUNT parcels of 100 values for each unit, while the parent is away |
| `["linked"]` | how many units see their parent |
| `["waiting"]` | parcels that wait in all units |
| `["got"]` | values, whether each child's numbers are whole; since asked last: latencies in ms, seconds it took |
| `["cpu"]` | CPU seconds of the whole process, all threads |
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import Connection

from models.wire.instance import Instance
from substation.hierarchy.bundle import packed, unpacked
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter
from tests.bench.child import answer
from tests.bench.figure import percentile
from tests.substation.links.family import Family
from tests.substation.links.sides import USED

KIND, PERIOD_S = "measured", 0.2
TOGETHER = 100


class Side:
    """All units of this process."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._family, self._names = Family(folder, "", 0, {}, {}), names
        self._sent = dict.fromkeys(names, 0)
        self._next: dict[str, int] = {}
        self._whole: dict[str, bool] = {}
        self._late_ms: list[float] = []
        self._span_s: tuple[float, float] | None = None

    async def start(self) -> bool:
        for name in self._names:
            unit = await self._family.start(name)
            unit.links.post.on(KIND, self._take)
        return True

    async def stop(self) -> bool:
        for name in list(self._family.units):
            await self._family.stop(name)
        return True

    async def _take(self, child: str, body: bytes) -> Effect:
        instances = unpacked(body)
        now_ns = time.time_ns()

        def within(connection: Connection) -> None:
            connection.execute(USED.insert().values(neighbour=child, body=body, time_ns=now_ns)).close()

        def after() -> None:
            done_ns, now_s = time.time_ns(), time.monotonic()
            self._span_s = (now_s if self._span_s is None else self._span_s[0], now_s)
            self._late_ms += [(done_ns - instance.time_ns) / 1e6 for instance in instances]
            for instance in instances:
                expected = self._next.get(child, 0)
                self._whole[child] = self._whole.get(child, True) and instance.value == expected
                self._next[child] = expected + 1

        return Effect(within, after=after)

    def _instances(self, name: str, count: int) -> list[Instance]:
        first, now_ns = self._sent[name], time.time_ns()
        self._sent[name] += count
        return [
            Instance("MMXU1.TotW", f"{name}/F{number % 40}", number, now_ns) for number in range(first, first + count)
        ]

    async def _send(self, name: str, count: int) -> None:
        letters = [Letter("MV", KIND, body, values) for body, values in packed(self._instances(name, count))]
        await self._family.units[name].links.post.send(*letters)

    async def load(self, rate: float, seconds: float) -> int:
        each = round(rate * PERIOD_S / len(self._names))
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for _ in range(round(seconds / PERIOD_S)):
            await asyncio.gather(*(self._send(name, each) for name in self._names))
            due_s += PERIOD_S
            await asyncio.sleep(max(0.0, due_s - loop.time()))
        return each * len(self._names) * round(seconds / PERIOD_S)

    async def fill(self, count: int) -> int:
        for _ in range(count):
            await asyncio.gather(*(self._send(name, TOGETHER) for name in self._names))
        return count * TOGETHER * len(self._names)

    async def linked(self) -> int:
        return sum(unit.links.post.up("MV") for unit in self._family.units.values())

    async def waiting(self) -> int:
        def count(connection: Connection) -> int:
            return int(connection.exec_driver_sql("SELECT count(*) FROM link_outgoing").scalar() or 0)

        return sum([await unit.parts.stores.control.run(count) for unit in self._family.units.values()])

    async def got(self) -> dict[str, object]:
        late, self._late_ms = self._late_ms or [0.0], []
        first_s, last_s = self._span_s or (0.0, 0.0)
        self._span_s = None
        return {
            "values": sum(self._next.values()),
            "whole": all(self._whole.values()),
            "median_ms": percentile(late, 0.5),
            "p99_ms": percentile(late, 0.99),
            "span_s": last_s - first_s,
        }

    async def cpu(self) -> float:
        return time.process_time()


async def main(folder: Path, names: list[str]) -> None:
    side = Side(folder, names)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(side.stop)
        orders = (side.start, side.stop, side.load, side.fill, side.linked, side.waiting, side.got, side.cpu)
        await answer({order.__name__: order for order in orders})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2].split(",")))
