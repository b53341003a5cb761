"""Handshakes take turns: one step in each turn of the loop, so that a flood of them delays nobody else by more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

Step = Callable[[], None]


class Pacer:
    """One step costs a millisecond of arithmetic at most; what else the loop has to do comes between two steps."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque()
        self._planned: asyncio.Handle | None = None

    def put(self, step: Step) -> None:
        self._steps.append(step)
        self._plan()

    def _plan(self) -> None:
        if self._planned is None and self._steps:
            self._planned = asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._planned = None
        step = self._steps.popleft()
        self._plan()  # before the step, which may fail
        step()
