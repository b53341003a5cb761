"""What every library is asked to do, so that the figures compare the same work.

A side is a process of its own (`python -m tests.bench.iec104.side ROLE LIBRARY`) that answers orders:

| order to a controlled station | result |
|---|---|
| `["open", OBJECTS, FOLDER]` | its port; see below. FOLDER: where the event buffer is, "" for memory |
| `["burst", COUNT, RATE]` | events from 0 on at RATE per s (0: as the link takes them): {"accepted", "seconds"} |
| `["paced", COUNT, RATE]` | the same one by one: UTC ns of each |
| `["open_many", STATIONS]` | ports of so many stations with ten measured values each |

| order to a controlling station | result |
|---|---|
| `["interrogate", HOST, PORT, OBJECTS]` | connect, interrogate, leave: {"objects", "seconds"} up to the termination |
| `["connect", HOST, PORT]` | true once data transfer is started |
| `["watch"]` | true: the next `arrived` tells times |
| `["arrived", COUNT, PATIENCE_S]` | {"count", "in_order", "times_ns"} of the events since the last `arrived` |
| `["hold", PORTS]` | true once all these stations are connected and have been interrogated |
| `["command", COUNT]` | seconds of each round trip from activation to its confirmation |

Both answer `["usage"]` with {"cpu_s", "rss_bytes"}. The station has measured values (M_ME_NC_1) 1 to OBJECTS, an event
object and a command. Event number n is a single-point with the time tag EPOCH_MS + n, by which events are told apart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

STATION = 1
EVENT, COMMAND = 900_001, 900_002
EPOCH_MS = 1_790_000_000_000
TYPE_EVENT, TYPE_MEASURED, TYPE_COMMAND = 30, 36, 45


async def paced(count: int, rate: float, tell: Callable[[int], Awaitable[None]]) -> list[int]:
    """Tell events 0 to COUNT one by one at RATE per s; UTC ns of each."""
    times, begun_s = [], time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, number / rate - (time.monotonic() - begun_s)))
        times.append(time.time_ns())
        await tell(number)
    return times


class Arrivals:
    """Numbers of the events as they come: how many, whether in order, and when (UTC ns) if times are wanted."""

    def __init__(self) -> None:
        self.count, self._last, self._in_order = 0, -1, True
        self._times_ns: list[tuple[int, int]] = []
        self.wants_times = False

    def take(self, number: int, now_ns: int) -> None:
        self.count += 1
        if number <= self._last:
            self._in_order = False
        self._last = number
        if self.wants_times:
            self._times_ns.append((number, now_ns))

    def told(self) -> dict[str, object]:
        """What came; forgets it."""
        result = {"count": self.count, "in_order": self._in_order, "times_ns": self._times_ns}
        self.__init__()  # type: ignore[misc]
        return result
