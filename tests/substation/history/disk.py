"""A history whose disk can be full at will: SQLite itself refuses, by its page limit."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from models.alarm import Category, Event, Severity
from models.point import Handle, Sample, Value
from substation.history.store import History

LARGE = "x" * 20_000
"""A text that needs pages of its own, so that a full database cannot take it."""


class Disk:
    """`full` and `free` take effect with the next transaction."""

    def __init__(self, history: History) -> None:
        self._pages = 2**30
        event.listen(history.engine.sql, "checkout", self._limit)

    def _limit(self, connection: DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={self._pages}")
        cursor.close()

    def full(self) -> None:
        self._pages = 1  # SQLite takes the present size for what is below it

    def free(self) -> None:
        self._pages = 2**30


def sample(handle: int, value: Value, source_ns: int | None = None, arrival_ns: int = 10**18) -> Sample:
    return Sample(Handle(handle), value, 0, source_ns, arrival_ns)


def line(text: str, time_ns: int = 1) -> Event:
    return Event(time_ns, time_ns, Category.SYSTEM, Severity.LOW, "OBR", text)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[History]:
    history = History(path)
    try:
        yield history
        await history.flush()
    finally:
        history.close()


async def until(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.005)


def is_nan(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)
