"""What a provider has told of late, in the order told: for subscribers whose link was lost meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from substation.exchange.variables import MOST_REPEATED

T = TypeVar("T")

OVERLAP_NS = 5_000_000_000
"""Told again where a restart lies between: arrival times of several devices are not in order among each other."""


class Recent(Generic[T]):
    """start_ns: UTC ns of this run's beginning. A cursor is the arrival time, or one more than the cursor before it."""

    def __init__(self, start_ns: int, most: int = MOST_REPEATED) -> None:
        self._start = self.position = start_ns
        self._items: deque[tuple[int, T]] = deque(maxlen=most)
        self._forgotten = start_ns

    def add(self, items: Iterable[tuple[int, T]]) -> None:
        """Each with its arrival time, UTC ns."""
        for arrival_ns, item in items:
            if len(self._items) == self._items.maxlen:
                self._forgotten = self._items[0][0]
            self.position = max(self.position + 1, arrival_ns)
            self._items.append((self.position, item))

    def reaches(self, after: int) -> bool:
        """Whether everything after this cursor is still here."""
        return after >= self._forgotten

    def is_of_this_run(self, after: int) -> bool:
        return after >= self._start

    def since(self, after: int, until: int) -> list[T]:
        return [item for cursor, item in self._items if after < cursor <= until]
