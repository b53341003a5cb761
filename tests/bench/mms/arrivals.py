"""What has come to a client since it was asked last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_STEP_S = 0.001


class Arrivals:
    """reports: of measured values; points: of these. gaps: reports whose number does not follow the last one."""

    def __init__(self) -> None:
        self.reports = self.points = self.gaps = 0
        self.events: list[tuple[int, int]] = []

    async def of_reports(self, count: int, patience_s: float) -> dict[str, int]:
        await _until(lambda: self.reports, count, patience_s)
        told = {"reports": self.reports, "points": self.points, "gaps": self.gaps}
        self.reports = self.points = self.gaps = 0
        return told

    async def of_events(self, count: int, patience_s: float) -> list[tuple[int, int]]:
        await _until(lambda: len(self.events), count, patience_s)
        told, self.events = self.events, []
        return told


async def _until(present: Callable[[], int], count: int, patience_s: float) -> None:
    """Until so many are there, or nothing has come for a while."""
    loop = asyncio.get_running_loop()
    seen, deadline_s = present(), loop.time() + patience_s
    while present() < count and loop.time() < deadline_s:
        if present() != seen:
            seen, deadline_s = present(), loop.time() + patience_s
        await asyncio.sleep(_STEP_S)
