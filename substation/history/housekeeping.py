"""Roll-ups, retention and partitions of the time to come: small work between commits, a little all the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import ParamSpec, TypeVar

import sqlalchemy as sa

from models.driver import Clock
from models.errors import StorageError
from substation.history.compaction import Compaction
from substation.history.engine import Engine, Slice
from substation.history.retention import cutoff_ns, slices
from substation.history.schema import counters
from substation.history.settings import MOST_DAYS, KeepDays
from substation.history.trend import Horizon

P = ParamSpec("P")
T = TypeVar("T")

ROUND_S = 900.0
"""From one round to the next."""

REST = 9.0
"""After each slice, so many times as long as it took, the writer's thread is left to commits."""

JUMP_NS = 3600 * 10**9
"""The clock and the monotonic one may differ by so much in a round; else nothing is cleared in it."""

SAMPLES_GONE, MINUTES_GONE = "samples cleared before", "minutes cleared before"
"""Counters, ns UTC."""


class Housekeeping:
    """`run` until cancelled. on_trouble hears, once each time it begins, why nothing is cleared."""

    def __init__(self, engine: Engine, thread: Executor, keep: KeepDays, clock: Clock) -> None:
        self._engine, self._thread, self._keep, self._clock = engine, thread, keep, clock
        self.compaction = Compaction(engine)
        self.on_trouble: Callable[[str], None] = lambda text: None
        self._trouble = ""
        self._gone = (0, 0)
        self._seen: tuple[int, float] | None = None

    def begin(self) -> None:
        """Before the first commit."""
        self.compaction.begin()
        with self._engine.reading() as connection:
            found = {row.name: row.number for row in connection.execute(sa.select(counters))}
        self._gone = (found.get(SAMPLES_GONE, 0), found.get(MINUTES_GONE, 0))

    @property
    def horizon(self) -> Horizon:
        """Where trends find what."""
        return Horizon(self.compaction.rolled_ns or 0, *self._gone)

    async def run(self) -> None:
        """A round every ROUND_S."""
        self._jumped()
        while True:
            await asyncio.sleep(ROUND_S)
            try:
                await self.round()
            except StorageError as error:
                self._tell(f"history cannot be cleared: {error}")
            except self._engine.failures as error:
                self._tell(f"history cannot be cleared: {self._engine.cause(error)}")
            else:
                self._trouble = ""

    async def round(self) -> None:
        """Roll-ups up to now, then what is too old is cleared. StorageError, or the engine's failures."""
        now_ns = self._clock()
        if self._jumped():
            self._tell("the clock has jumped; history clears nothing before it has run evenly for a while")
            return
        await self._do(self._engine.make_ahead, now_ns)
        longest = 0 if 0 in (self._keep.minutes, self._keep.quarters) else max(self._keep.minutes, self._keep.quarters)
        oldest_ns = cutoff_ns(longest or MOST_DAYS, now_ns)
        await self._do(self.compaction.look, now_ns, oldest_ns)
        while self.compaction.due(now_ns):
            await self._do(self.compaction.slice, now_ns)
        rolled_ns = self.compaction.rolled_ns or 0
        gone = (min(cutoff_ns(self._keep.measurands, now_ns), rolled_ns), cutoff_ns(self._keep.minutes, now_ns))
        if gone > self._gone:  # trends look elsewhere before the samples go
            await self._do(self._set_gone, gone)
        for each in await self._do(lambda: list(slices(self._engine, self._keep, now_ns, rolled_ns))):
            while not await self._do(self._transact, each):
                pass

    async def _do(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """In the writer's thread, then leave it alone for a while."""
        began_s = time.monotonic()
        result = await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments, **named))
        await asyncio.sleep(REST * (time.monotonic() - began_s))
        return result

    def _set_gone(self, gone: tuple[int, int]) -> None:
        with self._engine.writing() as connection:
            self._engine.replace(connection, counters, list(zip((SAMPLES_GONE, MINUTES_GONE), gone, strict=True)))
        self._gone = gone

    def _transact(self, work: Slice) -> bool:
        with self._engine.writing(durable=False) as connection:
            return work(connection)

    def _jumped(self) -> bool:
        """Whether clock and monotonic clock disagree since the last look."""
        before, self._seen = self._seen, (self._clock(), time.monotonic())
        if before is None:
            return False
        return abs((self._seen[0] - before[0]) - (self._seen[1] - before[1]) * 1e9) > JUMP_NS

    def _tell(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            self.on_trouble(text)
