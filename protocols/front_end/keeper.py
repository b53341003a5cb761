"""Keeps one driver running: link failures are reported, then tried again with back-off; nothing else is caught."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from models.difference import Difference
from models.driver import Driver, Sink
from models.errors import LinkError, ProtocolError
from models.front_end import LinkCounters, LinkDifferences, LinkNotice, LinkState, ResumePoints
from models.point import SampleBatch
from models.record import Record
from protocols.front_end.pace import Pace

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
STABLE_S = 10.0
"""A link that was up for less is not taken for mended: the pause before the next attempt goes on growing."""


Told = LinkState | LinkNotice | LinkDifferences | LinkCounters | ResumePoints
_TellDifferences = Callable[[tuple[Difference, ...]], None]


class _LinkSink:
    """The sink of one link: passes batches on, and knows when the first complete picture has arrived."""

    def __init__(
        self,
        sink: Sink,
        report: Callable[[bool, str], None],
        notice: Callable[[str], None],
        differences: _TellDifferences,
    ) -> None:
        self._sink, self._report = sink, report
        self.notice, self.differences = notice, differences
        self.was_up = False

    async def events(self, batch: SampleBatch) -> None:
        await self._sink.events(batch)

    def measurands(self, batch: SampleBatch) -> None:
        self._sink.measurands(batch)

    async def record(self, record: Record) -> None:
        await self._sink.record(record)

    def connected(self) -> None:
        self.was_up = True
        self._report(True, "")


class Keeper:
    """Supervisor of one link. A defect in a driver takes down that link only, with its traceback in the log.

    pace: shared by the links of a process.
    """

    def __init__(
        self, link: str, driver: Driver, sink: Sink, send: Callable[[Told], None], pace: Pace | None = None
    ) -> None:
        self._link, self._driver, self._sink, self._send = link, driver, sink, send
        self._pace = pace or Pace()
        self._last_reason = ""
        self._resume_points: dict[str, str] = {}
        self._counters: dict[str, int] = {}
        self._differences: tuple[Difference, ...] | None = None

    async def run(self) -> None:
        """Until cancelled."""
        pause_s, loop = FIRST_PAUSE_S, asyncio.get_running_loop()
        while True:
            await self._pace.turn()
            started_s = loop.time()
            sink = _LinkSink(self._sink, self._report, self._notice, self._differ)
            reason = await self._run_once(sink)
            if sink.was_up and loop.time() - started_s >= STABLE_S:
                pause_s = FIRST_PAUSE_S
            if sink.was_up or reason != self._last_reason:
                self._report(False, reason)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - spreads reconnects, no secret
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

    def tell_counters(self) -> None:
        """Send them when something was counted."""
        counters = self._driver.counters()
        if counters != self._counters:
            self._counters = dict(counters)
            self._send(LinkCounters(self._link, self._counters))

    def _notice(self, text: str) -> None:
        self._send(LinkNotice(self._link, text))

    def _differ(self, found: tuple[Difference, ...]) -> None:
        """At first in any case, since the server may know some of an earlier process; then what is new."""
        if found != self._differences:
            self._differences = found
            self._send(LinkDifferences(self._link, found))

    def _report(self, up: bool, reason: str) -> None:
        self._last_reason = reason
        self._send(LinkState(self._link, up, reason))
