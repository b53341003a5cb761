"""Handshakes take turns, and half of the loop's time at most: a flood of them delays others by one step, not by all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

Step = Callable[[], None]


class Pacer:
    """One step costs a millisecond of arithmetic; after it the loop has as long for everything else."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque()
        self._planned: asyncio.Handle | None = None

    def put(self, step: Step) -> None:
        self._steps.append(step)
        if self._planned is None:
            self._planned = asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        loop, step = asyncio.get_running_loop(), self._steps.popleft()
        begun_s = loop.time()
        try:
            step()
        finally:
            now_s = loop.time()
            self._planned = loop.call_at(2 * now_s - begun_s, self._next) if self._steps else None
