"""Work that is done at once where it can be: most requests are served from memory, without a task and without a timer.

`begun` takes the first step of a coroutine where it is called. Only when it has to wait for something does it become a
task. `within` belongs to it: its timer must belong to that task, so it hands over before it starts. What is begun must
therefore start no timer or task group of its own before it first waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Steps(Generic[T]):
    """A coroutine whose first step has been taken; awaiting it does the rest. done: nothing is left to wait for."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work, self.done = work, False
        self._result: list[T] = []
        self._waits_for: Any = None
        try:
            self._waits_for = work.send(None)
        except StopIteration as done:
            self.done, self._result = True, [done.value]

    def close(self) -> None:
        """It will not be awaited."""
        self._work.close()

    def __await__(self) -> Generator[Any, Any, T]:
        if self.done:
            return self._result[0]
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


def begun(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None] | None:
    """None when `work` is done; else what is left of it, to be run as a task."""
    steps = Steps(work)
    return None if steps.done else _finish(steps)


async def _finish(steps: Steps[None]) -> None:
    await steps


async def within(timeout_s: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; TimeoutError when it takes longer. The timer starts when it has to wait for something."""
    steps = Steps(work)
    if steps.done:
        return await steps
    try:
        await asyncio.sleep(0)  # from here on in the task that goes on with it, if `begun` has begun it
        async with asyncio.timeout(timeout_s):
            return await steps
    finally:
        steps.close()
