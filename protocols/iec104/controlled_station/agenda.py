"""What a controlled station does at times of its own: local freezes, scans, integrals of dead-bands."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Action = Callable[[float], None]
"""Takes the monotonic seconds of now."""


class Agenda:
    """Driven by whoever has a timer: `tick` when `next_deadline_s` has come. on_earlier: the next deadline is a new,
    earlier one."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self.on_earlier: Callable[[], None] = lambda: None

    def at(self, deadline_s: float, action: Action) -> None:
        """Call `action` once, at this monotonic time or soon after."""
        earlier = deadline_s < self.next_deadline_s()
        heappush(self._heap, (deadline_s, next(self._numbers), action))
        if earlier:
            self.on_earlier()

    def next_deadline_s(self) -> float:
        return self._heap[0][0] if self._heap else math.inf

    def tick(self, now_s: float) -> None:
        """Do what is due, in the order of its times; what an action adds for now waits for the next tick."""
        due: list[Action] = []
        while self._heap and self._heap[0][0] <= now_s:
            due.append(heappop(self._heap)[2])
        for action in due:
            action(now_s)
