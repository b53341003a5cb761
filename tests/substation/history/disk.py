"""What the tests write, and the opening and closing of a history."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from models.alarm import Category, Event, Severity
from models.point import Handle, Sample, Value
from substation.history.store import History
from tests.substation.history.places import Place

LARGE = "x" * 20_000
"""A text that needs pages of its own, so that a full database cannot take it."""


def sample(handle: int, value: Value, source_ns: int | None = None, arrival_ns: int = 10**18) -> Sample:
    return Sample(Handle(handle), value, 0, source_ns, arrival_ns)


def line(text: str, time_ns: int = 1) -> Event:
    return Event(time_ns, time_ns, Category.SYSTEM, Severity.LOW, "OBR", text)


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[History]:
    history = History(place.engine())
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
