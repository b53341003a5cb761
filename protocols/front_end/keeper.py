"""Keeps one driver running: link failures are reported, then tried again with back-off; nothing else is caught."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from models.driver import Driver, Sink
from models.errors import LinkError, ProtocolError
from models.front_end import LinkState, ResumePoints
from models.point import SampleBatch

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0


class _LinkSink:
    """The sink of one link: passes batches on, and knows when the first complete picture has arrived."""

    def __init__(self, sink: Sink, report: Callable[[bool, str], None]) -> None:
        self._sink, self._report = sink, report
        self.was_up = False

    async def events(self, batch: SampleBatch) -> None:
        await self._sink.events(batch)

    def measurands(self, batch: SampleBatch) -> None:
        self._sink.measurands(batch)

    def connected(self) -> None:
        self.was_up = True
        self._report(True, "")


class Keeper:
    """Supervisor of one link. A defect in a driver takes down that link only, with its traceback in the log."""

    def __init__(self, link: str, driver: Driver, sink: Sink, send: Callable[[LinkState | ResumePoints], None]) -> None:
        self._link, self._driver, self._sink, self._send = link, driver, sink, send
        self._last_reason = ""
        self._resume_points: dict[str, str] = {}

    async def run(self) -> None:
        """Until cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            sink = _LinkSink(self._sink, self._report)
            reason = await self._run_once(sink)
            if sink.was_up:
                pause_s = FIRST_PAUSE_S
            if sink.was_up or reason != self._last_reason:
                self._report(False, reason)
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnects, no secret
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _run_once(self, sink: Sink) -> str:
        try:
            await self._driver.run(sink)
        except (LinkError, ProtocolError, OSError) as error:
            return str(error)
        except Exception as error:  # supervisor: the other links of this process go on
            log.exception("%s: defect in the driver", self._link)
            return f"defect in the driver: {type(error).__name__}: {error}"
        return "the driver ended"

    def tell_resume_points(self) -> None:
        """Send them when they have moved on."""
        points = self._driver.resume_points()
        if points != self._resume_points:
            self._resume_points = dict(points)
            self._send(ResumePoints(self._link, self._resume_points))

    def _report(self, up: bool, reason: str) -> None:
        self._last_reason = reason
        self._send(LinkState(self._link, up, reason))
