"""Where the receive thread hands reports to the event loop: bounded, in order, the end of the link as last word."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from open61850.mms import InformationReport, Report, decode_report, is_report

from models.driver import Clock
from models.errors import LinkError

CAPACITY = 4096
"""Reports that may wait for history. More ends the link: the device's own buffer keeps what has not been committed."""


class Arrival(NamedTuple):
    """A decoded report and when it came (UTC ns)."""

    report: Report
    arrival_ns: int


class Mailbox:
    """Made on the loop; `post` and `end` are called by other threads, everything else on the loop."""

    def __init__(
        self,
        clock: Clock,
        on_control: Callable[[InformationReport], None],
        on_heard: Callable[[Report], None],
        capacity: int = CAPACITY,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._on_control = on_control
        self._on_heard = on_heard
        self._capacity = capacity
        self._waiting: deque[Arrival] = deque()
        self._failure: str | None = None
        self._wake = asyncio.Event()

    @property
    def failure(self) -> str | None:
        """Why nothing more will come; None while the link lives."""
        return self._failure

    def post(self, message: InformationReport) -> None:
        """Receive thread: raises MmsProtocolError for a report that cannot be decoded, which ends the association."""
        if is_report(message):
            arrival = Arrival(decode_report(message), self._clock())
            self._loop.call_soon_threadsafe(self._arrived, arrival)
        else:
            self._loop.call_soon_threadsafe(self._on_control, message)

    def end(self, reason: str) -> None:
        """Any thread: nothing more will come. Harmless when the loop is gone already."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._fail, reason)

    async def take(self) -> list[Arrival]:
        """Everything that waits, at least one report. LinkError once the link has ended and nothing waits."""
        while not self._waiting:
            if self._failure is not None:
                raise LinkError(self._failure)
            self._wake.clear()
            await self._wake.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _arrived(self, arrival: Arrival) -> None:
        self._on_heard(arrival.report)
        if self._failure is not None:
            return
        if len(self._waiting) >= self._capacity:
            self._fail(
                f"{self._capacity} reports wait for history; the device's buffer keeps the rest for the next attempt"
            )
            return
        self._waiting.append(arrival)
        self._wake.set()

    def _fail(self, reason: str) -> None:
        if self._failure is None:
            self._failure = reason
            self._wake.set()
