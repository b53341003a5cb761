"""Work that is done at once where it can be: most requests are served from memory, without a task and without a timer.

`begun` takes the first step of a coroutine where it is called. Only when it has to wait for something does it become a
task. `within` belongs to it: its timer must belong to that task, so it hands over before it starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def begun(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None] | None:
    """None when `work` is done; else what is left of it, to be run as a task."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _finish(work, waits_for)


async def _finish(work: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _Rest(work, waits_for)


async def within(timeout_s: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; TimeoutError when it takes longer. The timer starts when it has to wait for something."""
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    try:
        await asyncio.sleep(0)  # from here on in the task that goes on with it, if `begun` has begun it
        async with asyncio.timeout(timeout_s):
            return await _Rest(work, waits_for)
    finally:
        work.close()


class _Rest(Generic[T]):
    """What is left of a coroutine that has begun and waits for something."""

    def __init__(self, work: Coroutine[Any, Any, T], waits_for: Any) -> None:
        self._work, self._waits_for = work, waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        waits_for = self._waits_for
        try:
            while True:
                try:
                    got = yield waits_for
                except GeneratorExit:
                    raise
                except BaseException as error:
                    waits_for = self._work.throw(error)
                else:
                    waits_for = self._work.send(got)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            self._work.close()
