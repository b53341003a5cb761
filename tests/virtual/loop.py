"""An asyncio loop in virtual time: timers fire at once, in order; work in threads and on sockets is waited for.

With a seed, work for threads is done in the loop's own thread, a drawn virtual moment later and in order per executor:
the same seed gives the same run, whatever the machine does besides.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

START_NS = 1_700_000_000_000_000_000
WORK_S = (0.0005, 0.008)
"""Least and most time that work in a thread takes, in virtual seconds."""


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for time to pass, lets it jump; while threads work it waits for them in real time."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.in_threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.in_threads:
            return super().select(0.05 if timeout is None else min(timeout, 0.05))
        ready = super().select(0)
        if not ready and timeout is None:
            return super().select(None)
        if not ready and timeout:
            self.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual seconds; `clock()` is virtual UTC in ns."""

    def __init__(self, seed: int | None = None) -> None:
        self._virtual = _Selector()
        self._random = None if seed is None else Random(seed)
        self._free_s: dict[Executor | None, float] = {}
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now_s

    def clock(self) -> int:
        return START_NS + round(self._virtual.now_s * 1e9)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        if self._random is not None:
            return self._work_later(executor, func, args, self._random)
        future = super().run_in_executor(executor, func, *args)
        self._virtual.in_threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _work_later(
        self, executor: Executor | None, func: Callable[..., T], args: tuple[Any, ...], random: Random
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()

        def work() -> None:  # as in a thread: also when nobody waits for it any more
            try:
                result = func(*args)
            except Exception as error:  # noqa: BLE001 - whatever it is belongs to who asked
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(result)

        due_s = max(self._free_s.get(executor, 0.0), self.time() + random.uniform(*WORK_S))
        self._free_s[executor] = due_s
        self.call_at(due_s, work)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._virtual.in_threads -= 1


def run(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]], seed: int | None = None) -> T:
    """Run `main(loop)` to its end in virtual time."""
    loop = VirtualLoop(seed)
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
