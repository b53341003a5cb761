"""The clock that simulated customers live by; tests let it run faster than real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from models.wire.instant import Instant


@dataclass(frozen=True, slots=True)
class WorldTime:
    """now: UTC ns. pace: its seconds in one real second."""

    now: Callable[[], int] = time.time_ns
    pace: float = 1.0

    def instant(self) -> Instant:
        """For the data interface: this clock's time, and monotonic time for its time-outs."""
        return Instant(self.now(), time.monotonic_ns())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0) / self.pace)

    async def until(self, time_ns: int) -> None:
        await self.sleep((time_ns - self.now()) / 1e9)
