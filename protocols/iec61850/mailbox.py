"""Events on their way to history: bounded, in order, with the EntryIDs that their commit makes worth remembering."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from models.errors import LinkError
from models.point import Sample, SampleBatch

CAPACITY = 20_000
"""Events that may wait for history. More ends the link: the device's own buffer keeps what has not been committed."""


class Letters(NamedTuple):
    """entries: EntryID by block, of the last report whose events are among these or before them."""

    events: SampleBatch
    entries: dict[str, bytes]


class Mailbox:
    """Made and used on the loop; `end` may be called by other threads.

    committed: takes the EntryIDs of what no event had to be committed for, at once.
    """

    def __init__(self, committed: Callable[[dict[str, bytes]], None], capacity: int = CAPACITY) -> None:
        self._loop = asyncio.get_running_loop()
        self._committed, self._capacity = committed, capacity
        self._under_way = False
        self._events = SampleBatch()
        self._entries: dict[str, bytes] = {}
        self._posted = False
        self._failure: str | None = None
        self._wake = asyncio.Event()

    @property
    def failure(self) -> str | None:
        """Why nothing more will come; None while the link lives."""
        return self._failure

    def post(self, events: Sequence[Sample], entries: dict[str, bytes]) -> None:
        """After a failure nothing is taken any more: its entries must not be remembered."""
        if self._failure is not None:
            return
        if not events and not self._posted and not self._under_way:
            self._committed(entries)
            return
        if len(self._events) + len(events) > self._capacity:
            self.fail(
                f"{self._capacity} events wait for history; the device's buffer keeps the rest for the next attempt"
            )
            return
        for sample in events:
            self._events.append(sample)
        self._entries.update(entries)
        self._posted = True
        self._wake.set()

    def end(self, reason: str) -> None:
        """Any thread: nothing more will come. Harmless when the loop is gone already."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.fail, reason)

    def fail(self, reason: str) -> None:
        """On the loop; the first reason counts."""
        if self._failure is None:
            self._failure = reason
            self._wake.set()

    async def take(self) -> Letters:
        """Everything that waits; what was taken before is committed by now. LinkError: the link has ended."""
        self._under_way = False
        while not self._posted:
            if self._failure is not None:
                raise LinkError(self._failure)
            self._wake.clear()
            await self._wake.wait()
        taken = Letters(self._events, self._entries)
        self._events, self._entries, self._posted = SampleBatch(), {}, False
        self._under_way = True
        return taken
