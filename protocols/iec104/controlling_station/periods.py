"""What a controlling station repeats by itself, each at its own period."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum


class Routine(Enum):
    INTERROGATION = "general interrogation"
    COUNTERS = "counter interrogation"
    CLOCK = "clock synchronisation"
    TEST = "test command"


class Periods:
    """periods_s: 0 for never. Times are monotonic seconds."""

    def __init__(self, periods_s: Mapping[Routine, float]) -> None:
        self._periods_s = periods_s
        self._next_s = dict.fromkeys(Routine, math.inf)

    def done(self, routine: Routine, now_s: float) -> None:
        """It was asked for just now: the next time is a period later."""
        self._next_s[routine] = now_s + (self._periods_s.get(routine, 0.0) or math.inf)

    @property
    def deadline_s(self) -> float:
        return min(self._next_s.values())

    def due(self, now_s: float) -> Iterable[Routine]:
        return [routine for routine, next_s in self._next_s.items() if next_s <= now_s]
