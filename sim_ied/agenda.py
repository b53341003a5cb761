"""What will happen when: one entry per key, run in the order of time. Time is handed in, nothing waits."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable

Action = Callable[[int], None]
"""Called with the instant it was due (integer ns UTC)."""


class Agenda:
    """Entries of equal time run in the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Hashable]] = []
        self._entries: dict[Hashable, tuple[int, Action]] = {}
        self._number = 0

    def set(self, key: Hashable, due_ns: int, action: Action) -> None:
        """Enter, replacing what stood under this key."""
        self._number += 1
        self._entries[key] = (self._number, action)
        heapq.heappush(self._heap, (due_ns, self._number, key))

    def cancel(self, key: Hashable) -> None:
        self._entries.pop(key, None)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def next_due_ns(self) -> int | None:
        """When the next entry is due; None when there is none."""
        while self._heap and not self._valid(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_until(self, now_ns: int) -> None:
        """Run everything due up to now, including what those actions enter."""
        while (due_ns := self.next_due_ns()) is not None and due_ns <= now_ns:
            _, _, key = heapq.heappop(self._heap)
            _, action = self._entries.pop(key)
            action(due_ns)

    def _valid(self, item: tuple[int, int, Hashable]) -> bool:
        _, number, key = item
        entry = self._entries.get(key)
        return entry is not None and entry[0] == number


def after_ns(now_ns: int, seconds: float) -> int:
    """The instant that many seconds later, to the nanosecond."""
    return now_ns + round(seconds * 1e9)
